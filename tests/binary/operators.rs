//! What operators and hooks get wrong, or meet: one line with its reason, a way out, the exit code
//! as documented, and no call that changes anything.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use elb_deploy::journal::{RunFolder, RunId};
use elb_deploy::lab::model::TargetSpec;
use elb_deploy::rollout::Fact;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::run::{Ran, Running};
use crate::stage::{A, B, C, Stage, TOOL, UNTIL_GO, group};

async fn refused(stage: &Stage, args: &[&str], code: i32, error: &str, hint: &str) {
    let before = stage.mutating().len();
    stage.run(args).await.is_refusal(code, error, hint);
    assert_eq!(stage.mutating().len(), before, "{args:?}");
}

#[tokio::test]
async fn who_is_meant_has_to_be_clear() {
    let stage = Stage::of(2).await;
    let one_or_other = "give one or the other";
    for verb in ["drain", "restore"] {
        refused(&stage, &[verb, A, "--self"], 2, "--self names this instance", one_or_other).await;
        let port = format!("target {A}:8080: a target goes out and in as a whole");
        let args = [verb, &format!("{A}:8080")];
        refused(&stage, &args, 2, &port, "name it without its port").await;
    }
    refused(&stage, &["drain"], 2, "nobody is named", "with --self").await;
    refused(&stage, &["restore", "--group", "web"], 2, "nobody is named", "with --self").await;
    assert_eq!(stage.runs().len(), 0, "nothing was begun");
}

#[tokio::test]
async fn without_an_instance_metadata_service_nobody_is_this_instance() {
    let stage = Stage::of(2).await;
    let closed = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    for verb in ["drain", "restore"] {
        let mut tool = stage.tool(&[verb, "--self"]);
        tool.env_remove("AWS_EC2_METADATA_DISABLED");
        tool.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{closed}"));
        let ran = Ran::of(tool).await;
        ran.is_refusal(3, "failed to ask the instance metadata service", "name the target");
    }
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn a_drain_that_cannot_be_is_refused() {
    let stage = Stage::of(2).await;
    let below = "taking out i-0000000a, i-0000000b would leave 0 in service in group web";
    let ran = stage.run(&["drain", A, B]).await;
    ran.ended(3);
    ran.says(&format!("error: {below}"));
    ran.says("--min-healthy 0");
    let short = "a drain in group web takes 15s, so a limit of 2s would always be passed";
    let ran = stage.run(&["drain", A, "--within", "2s"]).await;
    ran.ended(3);
    ran.says(&format!("error: {short}"));
    ran.says("hint: give it more time");
    assert_eq!(stage.mutating(), [""; 0]);
    assert_eq!(stage.runs().len(), 0, "nothing was begun");
}

#[tokio::test]
async fn who_is_registered_nowhere_is_drained_already_unless_that_is_an_error() {
    let stage = Stage::of(2).await;
    let nobody = "i-0000000e";
    let ran = stage.run(&["drain", nobody]).await;
    ran.ended(0);
    ran.says("registered in no group that was looked at, so there is nothing to drain");
    let strict = stage.run(&["drain", nobody, "--strict"]).await;
    strict.ended(3);
    strict.says("error: i-0000000e: registered in no group that was looked at");
    strict.says("hint: look at the id, the region and the account");
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn a_state_folder_that_cannot_be_written_refuses_a_drain() {
    let stage = Stage::of(2).await;
    fs::write(stage.state(), "a file in its place").unwrap();
    let ran = stage.run(&["drain", A]).await;
    ran.ended(6);
    ran.says(&format!("error: failed to use {} for the state", stage.state().display()));
    ran.says("--state-dir");
    assert_eq!(stage.mutating(), [""; 0]);
}

/// A drain of [`A`] whose journal is changed afterwards.
async fn drained_with(change: impl Fn(String) -> String) -> (Stage, String, PathBuf) {
    let stage = Stage::of(3).await;
    stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    let (run, folder): (_, RunFolder) = stage.runs().remove(0);
    let journal = fs::read_to_string(folder.journal()).unwrap();
    fs::write(folder.journal(), change(journal)).unwrap();
    (stage, run.to_string(), folder.journal())
}

#[tokio::test]
async fn a_journal_of_a_newer_version_is_left_to_that_version() {
    let newer = |text: String| text.replacen("\"format\":2", "\"format\":9", 1);
    let (stage, run, journal) = drained_with(newer).await;
    let said = format!("failed to read {}: it has format 9", journal.display());
    for args in [&["restore"][..], &["restore", A], &["restore", "--run", &run], &["resume", &run]]
    {
        refused(&stage, args, 6, &said, "use a later version on this run").await;
    }
    stage.run(&["restore", "--group", "web", A]).await.ended(0);
    stage.until_in_service("web", &[A, B, C]).await;
}

#[tokio::test]
async fn an_unreadable_journal_keeps_no_other_from_being_restored() {
    let (stage, run, _) =
        drained_with(|text| text.replacen("\"fact\":\"finished\"", "\"fa", 1)).await;
    stage.run(&["drain", B, "--settle", "1s"]).await.ended(0);
    stage.run(&["restore", B]).await.ended(0);
    stage.until_in_service("web", &[B, C]).await;
    stage.run(&["drain", B, "--settle", "1s"]).await.ended(0);
    let all = stage.run(&["restore"]).await;
    all.ended(6);
    all.says("is damaged");
    all.says(&format!("hint: see what can be saved of it with: elb-deploy runs show {run}"));
    stage.until_in_service("web", &[B, C]).await;
}

#[tokio::test]
async fn a_damaged_journal_is_put_aside_once_its_targets_are_put_back_by_hand() {
    let damages: [fn(String) -> String; 2] = [
        |text| text.replacen("\"fact\":\"finished\"", "\"fa", 1),
        |text| text.replacen("\"format\":2", "\"for", 1),
    ];
    for damage in damages {
        let (stage, run, _) = drained_with(damage).await;
        stage.put_back("web", A, 8080).await;
        stage.run(&["restore"]).await.ended(6);
        let json = stage.run(&["runs", "show", &run, "--format", "json"]).await.stdout;
        let told: serde_json::Value = serde_json::from_str(&json).unwrap();
        let shown = stage.run(&["runs", "show", &run]).await.stdout;
        let command = shown.lines().find_map(|line| line.strip_prefix("  mv ")).expect(&shown);
        assert_eq!(told["put_aside"], format!("mv {command}"));
        let mv = std::process::Command::new("sh").args(["-c", &format!("mv {command}")]).status();
        assert!(mv.unwrap().success());
        let ran = stage.run(&["restore"]).await;
        ran.ended(0);
        ran.says("there is nothing to restore");
        assert!(stage.run(&["runs"]).await.stdout.starts_with("no run is recorded"));
    }
}

const OTHER: &str = "999988887777";

fn of_another_account(text: String) -> String {
    text.replace(":000000000000:", &format!(":{OTHER}:"))
        .replace(":123456789012:", &format!(":{OTHER}:"))
}

#[tokio::test]
async fn a_journal_of_another_account_is_refused_and_says_of_which() {
    let (stage, run, _) = drained_with(of_another_account).await;
    let said = format!("the journal is of account {OTHER} in us-east-1, group web: ");
    refused(&stage, &["restore"], 3, &said, "--profile").await;
    refused(&stage, &["restore", "--run", &run], 3, &said, "--profile").await;
    // It holds others out, too; they are put back.
    stage.run(&["drain", B, "--settle", "1s"]).await.ended(0);
    let ran = stage.run(&["restore"]).await;
    ran.ended(5);
    ran.says(&format!("{A}:8080 in web cannot be put back: {said}"));
    stage.until_in_service("web", &[B, C]).await;
}

#[tokio::test]
async fn a_run_of_another_account_or_region_is_not_resumed() {
    let stage = Stage::of(2).await;
    let run = stage.deploying(&[]).await;
    run.kill().await;
    stage.until_let_go().await;
    let ran = stage.run(&["resume", "--region", "eu-west-1"]).await;
    ran.ended(3);
    ran.says("in us-east-1, group web: ");
    ran.says("--region");
    let (_, folder) = stage.runs().remove(0);
    let text = fs::read_to_string(folder.journal()).unwrap();
    fs::write(folder.journal(), of_another_account(text)).unwrap();
    let said = format!("the journal is of account {OTHER} in us-east-1, group web: ");
    refused(&stage, &["resume"], 3, &said, "--profile").await;
}

#[tokio::test]
async fn a_run_that_cannot_be_taken_up_is_refused() {
    let stage = Stage::of(3).await;
    refused(&stage, &["resume"], 3, "there is no state folder", "--state-dir").await;
    stage.roll(&["--target", B], &["true"]).await.ended(0);
    let done = stage.runs()[0].0.to_string();
    let runs = "elb-deploy runs";
    refused(&stage, &["resume", "0198ffff"], 3, "failed to find run '0198ffff'", runs).await;
    let args = ["restore", "--run", "0198ffff"];
    refused(&stage, &args, 3, "failed to find run '0198ffff'", runs).await;
    refused(&stage, &["resume"], 3, "is unfinished", runs).await;
    refused(&stage, &["resume", &done], 3, "is done", runs).await;
    let run = stage.deploying(&["--target", A]).await;
    let under_way = stage.runs()[1].0.to_string();
    stage.run(&["resume", &under_way]).await.is_refusal(3, "is under way", runs);
    run.kill().await;
    stage.until_let_go().await;
    stage.run(&["restore"]).await.ended(0);
    refused(&stage, &["resume", &under_way], 3, "has nothing left to do", runs).await;
}

#[tokio::test]
async fn of_several_unfinished_runs_one_has_to_be_named() {
    let stage = Stage::of(3).await;
    for target in [A, B] {
        let options = ["--target", target, "--if-held-out", "ignore"];
        let run = stage.deploying(&options).await;
        run.kill().await;
        stage.until_let_go().await;
    }
    let many = "several runs are unfinished, the newest first:";
    refused(&stage, &["resume"], 2, many, "name one of them").await;
    let [older, newer] = [0, 1].map(|at| stage.runs()[at].0.to_string());
    let ran = stage.run(&["resume"]).await;
    let [_, first, second] = ran.told("error: ")[..] else { panic!("{ran:#?}") };
    assert!(first.starts_with(&format!("run {newer}, the newest, begun 20")), "{first}");
    assert!(first.ends_with(&format!("roll web: holds out {B}:8080 in web")), "{first}");
    assert!(second.starts_with(&format!("run {older}, begun 20")), "{second}");
    assert!(second.ends_with(&format!("roll web: holds out {A}:8080 in web")), "{second}");
}

#[tokio::test]
async fn a_run_does_not_wait_for_whom_another_run_holds_out() {
    let stage = Stage::of(3).await;
    stage.deploying(&[]).await.kill().await;
    stage.until_let_go().await;
    stage.run(&["drain", B, "--settle", "1s", "--reason", "swap the disk"]).await.ended(0);
    let [older, drain] = [0, 1].map(|at| stage.runs()[at].0.to_string());
    let changes = stage.mutating();
    let ran = stage.run(&["resume", &older]).await;
    ran.is_refusal(3, &format!("run {drain} by "), &format!("elb-deploy restore {B}"));
    ran.says(&format!("swap the disk), took out and did not put back: {B}:8080 in web\n"));
    assert_eq!(stage.mutating(), changes);
    stage.run(&["restore", B]).await.ended(0);
    stage.run(&["resume", &older]).await.ended(0);
    stage.until_in_service("web", &[A, B, C]).await;
}

#[tokio::test]
async fn an_older_release_does_not_go_out_again_over_a_newer_one() {
    let stage = Stage::of(3).await;
    stage.deploying(&["--target", A, "--target", B]).await.kill().await;
    stage.until_let_go().await;
    stage.roll(&["--target", B, "--if-held-out", "ignore"], &["true"]).await.ended(0);
    let [older, newer] = [0, 1].map(|at| stage.runs()[at].0.to_string());
    let list = stage.run(&["runs"]).await;
    let overtaken = format!("overtaken by run {newer}, which has deployed {B} since\n");
    assert!(list.stdout.contains(&overtaken), "{list:#?}");
    assert!(!list.stdout.contains("go on: ") && list.stdout.contains("put back: "), "{list:#?}");
    let said = format!("run {older} is overtaken: run {newer} has deployed {B} since");
    refused(&stage, &["resume", &older], 3, &said, &format!("elb-deploy restore {A}")).await;
    refused(&stage, &["resume"], 3, "is unfinished", "elb-deploy runs").await;
}

/// A roll of [`A`] that dies while its command runs, which notes that it did.
async fn killed_in_deploy(stage: &Stage) {
    let note = format!("echo ran >> \"$STAGE/deploys\"; {}", UNTIL_GO[2]);
    let mut run = stage.start(&["--target", A], &["sh", "-c", &note]);
    run.until("deploy            started").await;
    while !stage.path("deploys").exists() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    run.kill().await;
    stage.until_let_go().await;
}

#[tokio::test]
async fn a_deploy_that_may_have_happened_is_run_again_or_taken_for_done_as_told() {
    for (how, deploys) in [("rerun", 2), ("skip", 1)] {
        let stage = Stage::of(2).await;
        killed_in_deploy(&stage).await;
        stage.run(&["resume", "--deploy", how]).await.ended(0);
        let ran = fs::read_to_string(stage.path("deploys")).unwrap();
        assert_eq!(ran.lines().count(), deploys, "{how}");
        stage.until_in_service("web", &[A, B]).await;
    }
}

/// `resume --deploy ask` at a terminal of its own, where this is typed.
async fn asked(stage: &Stage, typed: &str) -> (i32, String) {
    let tool = stage.tool(&[]);
    let mut terminal = tokio::process::Command::new("script");
    let resume = format!("exec {TOOL} resume --deploy ask --progress lines");
    terminal.args(["--quiet", "--return", "--command", &resume, "/dev/null"]);
    terminal.env_clear().kill_on_drop(true).stdin(Stdio::piped()).stdout(Stdio::piped());
    terminal.envs(tool.as_std().get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut terminal = terminal.spawn().unwrap();
    let mut keyboard = terminal.stdin.take().unwrap();
    keyboard.write_all(typed.as_bytes()).await.unwrap();
    let ended = timeout(Duration::from_secs(120), terminal.wait_with_output()).await;
    // A terminal whose keyboard is gone hangs up.
    drop(keyboard);
    let ended = ended.expect("it hangs").unwrap();
    (ended.status.code().unwrap(), String::from_utf8_lossy(&ended.stdout).into_owned())
}

#[tokio::test]
async fn who_is_asked_about_a_deploy_is_told_what_each_answer_does_and_asked_until_it_is_one() {
    let unclear = "answer yes or no";
    for (typed, deploys, times) in [("Yes\n", 1, 0), ("sure\nYES\n", 1, 1), ("NO\n", 2, 0)] {
        let stage = Stage::of(2).await;
        killed_in_deploy(&stage).await;
        let (code, said) = asked(&stage, typed).await;
        assert_eq!(code, 0, "{said}");
        assert!(said.contains("yes: the command is not run again, and i-0000000a goes"), "{said}");
        assert!(said.contains("no:  the command is run again"), "{said}");
        assert_eq!(said.matches(unclear).count(), times, "{said}");
        let ran = fs::read_to_string(stage.path("deploys")).unwrap();
        assert_eq!(ran.lines().count(), deploys, "{typed:?}: {said}");
        stage.until_in_service("web", &[A, B]).await;
    }
}

#[tokio::test]
async fn without_a_terminal_nobody_can_be_asked_about_a_deploy() {
    let stage = Stage::of(2).await;
    killed_in_deploy(&stage).await;
    let said = "the deploy of i-0000000a may have happened, and nobody can be asked";
    refused(&stage, &["resume", "--deploy", "ask"], 3, said, "--deploy skip").await;
    stage.run(&["resume"]).await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn what_was_in_a_group_that_nothing_uses_comes_back_there_too() {
    let idle = group("idle", 8082, &[A]);
    let stage = Stage::with(2, &[("web", 8080)], &idle).await;
    let before = (stage.registrations("web"), stage.registrations("idle"));
    stage.run(&["drain", A, "--settle", "1s", "--min-healthy", "0"]).await.ended(0);
    assert_eq!(stage.registrations("idle"), []);
    stage.run(&["restore", A]).await.ended(0);
    assert_eq!((stage.registrations("web"), stage.registrations("idle")), before);
}

#[tokio::test]
async fn where_a_person_puts_a_target_in_by_mistake_is_not_held_out_by_anybody() {
    let stage = Stage::of(2).await;
    let mistake = ["restore", "--group", "web", "--port", "9", A, "--in-service-timeout", "1s"];
    stage.run(&mistake).await.ended(5);
    stage.server.lab().with_model(|model, now| {
        let arn = model.group_named("web").unwrap().arn.clone();
        model.deregister(now, &arn, &[TargetSpec::id(A).port(9)]).unwrap();
    });
    let ran = stage.roll(&["--target", B], &["true"]).await;
    ran.ended(0);
    let ran = stage.run(&["restore", A]).await;
    ran.ended(0);
    ran.says("nothing of that is held out");
    assert_eq!(stage.registrations("web").len(), 2);
}

#[tokio::test]
async fn nobody_is_told_that_there_is_nothing_to_do_while_a_run_works_on_the_target() {
    let stage = Stage::of(2).await;
    let roll = stage.deploying(&["--target", A]).await;
    for args in [["drain", A], ["restore", A]] {
        let ran = stage.run(&args).await;
        ran.ended(6);
        ran.says(&format!("works on {A}: roll web"));
        ran.says("--lock-wait");
    }
    let drain = ["drain", A, "--settle", "1s", "--lock-wait", "60s"];
    let mut drain = Running::start(stage.tool(&drain));
    drain.until("waiting: run ").await;
    stage.go();
    drain.end().await.ended(0);
    roll.end().await.ended(0);
    stage.until_in_service("web", &[B]).await;
    stage.run(&["restore", A]).await.ended(0);
}

#[tokio::test]
async fn of_a_run_that_was_taken_up_again_the_process_that_works_on_it_is_named() {
    let stage = Stage::of(2).await;
    killed_in_deploy(&stage).await;
    let dead = stage.recorded().1.header.pid;
    let mut resume = Running::start(stage.tool(&["resume"]));
    resume.until("taken up again").await;
    let alive = resume.pid().as_raw_nonzero().get();
    let named = format!("tester (pid {alive} on ");
    for args in [&["drain", A][..], &["restore", A], &["roll", "web", "--", "true"]] {
        let ran = stage.run(args).await;
        ran.ended(6);
        ran.says(&named);
        assert!(!ran.stderr.contains(&format!("pid {dead} ")), "{ran:#?}");
    }
    let listed = stage.run(&["runs"]).await;
    assert!(listed.stdout.contains(&format!("under way, pid {alive}")), "{listed:#?}");
    resume.end().await.ended(0);
    let by = stage.recorded().1.facts.into_iter().find_map(|dated| match dated.fact {
        Fact::Resumed { by } => by,
        _ => None,
    });
    assert_eq!(by.map(|by| (by.user, by.pid)), Some(("tester".to_owned(), alive.cast_unsigned())));
}

#[tokio::test]
async fn a_clock_that_was_set_back_makes_nobody_forget_a_drain() {
    let stage = Stage::of(2).await;
    stage.roll(&["--target", A], &["true"]).await.ended(0);
    let (run, folder) = stage.runs().remove(0);
    // As if that run had been made an hour later than it is now.
    let journal = fs::read_to_string(folder.journal()).unwrap();
    let later = RunId::made_at(run.made().unwrap().after(Duration::from_secs(3600)));
    let at = regex_lite::Regex::new("\"at\":(\\d+)").unwrap();
    let moved = at.replace_all(&journal, |found: &regex_lite::Captures<'_>| {
        format!("\"at\":{}", found[1].parse::<u64>().unwrap() + 3_600_000)
    });
    let moved = moved.replace(&run.to_string(), &later.to_string());
    fs::write(folder.journal(), moved).unwrap();
    fs::rename(folder.path(), folder.path().with_file_name(later.to_string())).unwrap();
    stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    stage.run(&["restore", A]).await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn a_run_that_died_before_it_had_a_journal_stands_in_nobodys_way() {
    let stage = Stage::of(2).await;
    stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    let run = RunId::unique();
    fs::create_dir_all(RunFolder::of(&stage.state(), &run).output()).unwrap();
    let listed = stage.run(&["runs"]).await;
    assert!(listed.stdout.contains("died before it did anything"), "{}", listed.stdout);
    stage.run(&["restore"]).await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn a_drain_that_was_killed_reads_so_also_when_it_is_put_back() {
    let stage = Stage::of(2).await;
    let args = ["drain", A, "--group", "web", "--settle", "2s"];
    let mut drain = Running::start(stage.tool(&args));
    drain.until("await drained     started").await;
    drain.kill().await;
    stage.until_let_go().await;
    let run = stage.runs()[0].0.to_string();
    stage.run(&["restore", A]).await.ended(0);
    let shown = stage.run(&["runs", "show", &run]).await.stdout;
    assert!(shown.contains(" died after "), "{shown}");
    let resumed = stage.run(&["resume", &run]).await;
    resumed.is_refusal(3, "what it held out was put back or given up", "begin anew");
    resumed.says(&format!(": elb-deploy drain {A} --group web"));
}

#[tokio::test]
async fn what_is_no_file_where_a_journal_or_a_lock_should_be_holds_nobody_up() {
    let (stage, run, journal) = drained_with(|text| text).await;
    fs::remove_file(&journal).unwrap();
    let pipe = |path: &std::path::Path| {
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
    };
    pipe(&journal);
    let said = format!("failed to read {}: line 1 is damaged (it is no file", journal.display());
    for args in [&["restore"][..], &["restore", A], &["restore", "--run", &run], &["resume", &run]]
    {
        refused(&stage, args, 6, &said, "elb-deploy runs show").await;
    }
    let listed = stage.run(&["runs"]).await;
    assert!(listed.stdout.contains("unreadable"), "{listed:#?}");
    let shown = stage.run(&["runs", "show", &run]).await;
    assert!(shown.stdout.contains("nothing can be saved of it"), "{shown:#?}");
    stage.run(&["status"]).await.ended(0);

    fs::remove_dir_all(stage.state()).unwrap();
    stage.roll(&["--target", B], &["true"]).await.ended(0);
    let locks = fs::read_dir(stage.state().join("locks")).unwrap();
    let lock = locks.map(|entry| entry.unwrap().path()).next().unwrap();
    fs::remove_file(&lock).unwrap();
    pipe(&lock);
    let ran = stage.roll(&["--target", B], &["true"]).await;
    ran.is_refusal(6, "it is no file but a folder, a pipe or a device", "--state-dir");
}
