//! Groups and targets that are gone for good while they are held out, and restores that cannot
//! begin: what is left to do is said, and what nobody can put back can be given up.

use std::fs;

use serde_json::Value;

use crate::run::{Ran, Running};
use crate::stage::{A, B, C, Stage};

/// The tool, where no file may grow beyond this many blocks.
async fn limited(stage: &Stage, blocks: u32, args: &[&str]) -> Ran {
    let mut limited = tokio::process::Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
    let tool = stage.tool(args);
    let tool = tool.as_std();
    limited.args(["-c", &script, "sh"]).arg(tool.get_program()).args(tool.get_args()).env_clear();
    limited.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ran::of(limited).await
}

/// A is drained out of two groups, of which one is then no more.
async fn drained_of_a_group_that_is_gone() -> (Stage, String) {
    let stage = Stage::with(2, &[("web", 8080), ("api", 8081)], "").await;
    stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    let (run, folder) = stage.runs().remove(0);
    let text = fs::read_to_string(folder.journal()).unwrap();
    let api = text.split('"').find(|word| word.contains(":targetgroup/api/")).unwrap().to_owned();
    let gone = api.rsplit_once('/').unwrap().0.to_owned() + "/00000000deadbeef";
    fs::write(folder.journal(), text.replace(&api, &gone)).unwrap();
    (stage, run.to_string())
}

#[tokio::test]
async fn what_is_back_is_closed_and_only_the_group_that_is_gone_is_left_to_be_given_up() {
    let (stage, run) = drained_of_a_group_that_is_gone().await;
    let ran = stage.run(&["restore"]).await;
    ran.ended(5);
    ran.says(&format!("{A}:8081 in api cannot be put back"));
    stage.until_in_service("web", &[A, B]).await;
    let again = stage.run(&["restore"]).await;
    again.ended(3);
    let hint = again.told("hint: if the group is gone for good: elb-deploy ");
    let [hint] = hint[..] else { panic!("{again:#?}") };
    let shown = stage.run(&["runs", "show", &run]).await;
    assert!(shown.stdout.contains(&format!("{A}  put back by run ")), "{shown:#?}");
    let give_up: Vec<_> = hint.split(' ').collect();
    let given_up = Ran::of(stage.tool(&give_up)).await;
    given_up.ended(0);
    assert_eq!(given_up.stdout, format!("given up: {A}:8081 in api (run {run})\n"));
    stage.run(&["restore"]).await.says("there is nothing to restore");
    let twice = Ran::of(stage.tool(&give_up)).await;
    twice.is_refusal(3, &format!("holds {A} out of arn:"), "elb-deploy runs");
}

#[tokio::test]
async fn only_what_is_held_out_can_be_given_up_and_no_call_is_made_for_it() {
    let stage = Stage::of(2).await;
    stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    let calls = stage.mutating().len();
    for args in [&[B][..], &[A, B], &[A, "--group", "api"]] {
        let ran = stage.run(&[&["runs", "forget"], args].concat()).await;
        ran.is_refusal(3, "no journal in ", "see what is held out with: elb-deploy runs");
    }
    let port = stage.run(&["runs", "forget", &format!("{A}:8080")]).await;
    port.is_refusal(2, "a target goes out and in as a whole", "name it without its port");
    assert!(stage.run(&["runs"]).await.stdout.contains("holds out"), "nothing was given up");
    let given_up = stage.run(&["runs", "forget", A, "--group", "web"]).await;
    given_up.ended(0);
    stage.run(&["restore"]).await.says("there is nothing to restore");
    assert_eq!(stage.mutating().len(), calls);
    stage.until_in_service("web", &[B]).await;
}

#[tokio::test]
async fn a_restore_that_cannot_keep_a_journal_names_what_is_out_and_how_to_put_it_back_by_hand() {
    let stage = Stage::of(2).await;
    stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    let calls = stage.mutating().len();
    let ran = limited(&stage, 0, &["restore"]).await;
    ran.ended(6);
    ran.says(&format!("error: still out of service: {A}:8080 in web"));
    ran.says("hint: without a journal, by hand: aws elbv2 register-targets --region us-east-1");
    ran.says(&format!("--targets Id={A},Port=8080"));
    assert_eq!(stage.mutating().len(), calls);
    stage.run(&["restore"]).await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn a_restore_that_cannot_close_the_journal_of_the_drain_is_no_success() {
    let stage = Stage::of(2).await;
    let long = "because ".repeat(100);
    stage.run(&["drain", A, "--settle", "1s", "--reason", &long]).await.ended(0);
    let (_, folder) = stage.runs().remove(0);
    let size = fs::metadata(folder.journal()).unwrap().len();
    let tool = stage.tool(&["restore"]);
    let tool = tool.as_std();
    let mut limited = tokio::process::Command::new("prlimit");
    limited.arg(format!("--fsize={size}")).arg(tool.get_program()).args(tool.get_args());
    limited.env_clear().envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = Ran::of(limited).await;
    ran.ended(6);
    ran.says("it is back, but a journal still says that it is out");
    stage.until_in_service("web", &[A, B]).await;
    stage.run(&["restore"]).await.ended(0);
    stage.run(&["restore"]).await.says("there is nothing to restore");
}

#[tokio::test]
async fn what_is_given_up_is_json_too_and_its_groups_can_be_named_by_a_variable() {
    let stage = Stage::with(2, &[("web", 8080), ("api", 8081)], "").await;
    stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    let run = stage.runs()[0].0.to_string();
    let mut forget = stage.tool(&["runs", "forget", A, "--format", "json"]);
    forget.env("ELB_DEPLOY_FORGET_GROUPS", ",api,");
    let ran = Ran::of(forget).await;
    ran.ended(0);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((&told["v"], told["given_up"].as_array().unwrap().len()), (&1.into(), 1));
    let given_up = &told["given_up"][0];
    assert_eq!((&given_up["target"], &given_up["runs"]), (&A.into(), &vec![run].into()));
    assert_eq!(given_up["registrations"].as_array().unwrap().len(), 1);
    assert_eq!(given_up["registrations"][0]["port"], 8081);
    stage.run(&["restore"]).await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
    stage.until_in_service("api", &[B]).await;
}

#[tokio::test]
async fn nothing_is_given_up_while_one_of_the_runs_is_under_way() {
    let stage = Stage::of(3).await;
    stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    let mut drain = Running::start(stage.tool(&["drain", B, "--settle", "4s"]));
    drain.until("await drained     started").await;
    let ran = stage.run(&["runs", "forget", A, B]).await;
    ran.is_refusal(6, &format!("works on {B}: drain {B}"), "wait until it has ended");
    drain.end().await.ended(0);
    stage.run(&["restore"]).await.ended(0);
    stage.until_in_service("web", &[A, B, C]).await;
}

#[tokio::test]
async fn what_was_given_up_before_a_journal_could_not_be_written_is_told() {
    let stage = Stage::of(3).await;
    stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    let long = "x".repeat(9000);
    stage.run(&["drain", B, "--settle", "1s", "--reason", &long]).await.ended(0);
    // The second journal is beyond this many blocks already, of half a KiB or one.
    let ran = limited(&stage, 8, &["runs", "forget", A, B]).await;
    ran.ended(6);
    ran.says("error: failed to write to ");
    let first = stage.runs()[0].0;
    ran.says(&format!("error: given up: {A}:8080 in web (run {first})"));
    stage.run(&["restore"]).await.ended(0);
    stage.until_in_service("web", &[B, C]).await;
}

#[tokio::test]
async fn a_name_that_groups_of_several_accounts_have_does_not_say_which_is_given_up() {
    let (stage, run) = drained_of_a_group_that_is_gone().await;
    let folder = stage.runs().remove(0).1;
    let text = fs::read_to_string(folder.journal()).unwrap();
    let other = "0".repeat(8) + &run[8..];
    let copy = folder.path().with_file_name(&other);
    fs::create_dir(&copy).unwrap();
    let text = text.replace(&run, &other).replace(":000000000000:", ":999988887777:");
    fs::write(copy.join("journal.ndjson"), text.replace(":123456789012:", ":999988887777:"))
        .unwrap();
    let before = stage.run(&["runs"]).await.stdout;
    let ran = stage.run(&["runs", "forget", A, "--group", "api"]).await;
    ran.is_refusal(2, "--group api can be arn:", "name it by its ARN");
    assert_eq!(stage.run(&["runs"]).await.stdout, before);
}
