//! A group that somebody has put on hold: nobody takes anything out of it, and everybody may put back.

use elb_deploy::rollout::HOLD_TAG;

use crate::gate::gate;
use crate::run::Ran;
use crate::stage::{A, B, Stage, group, listener};

const WHY: &str = "database migration, ask ann";

fn put_on_hold(stage: &Stage, group: &str, reason: &str) {
    stage.server.lab().with_model(|model, _| {
        let arn = model.group_named(group).unwrap().arn.clone();
        model.add_tags(&arn, &[(HOLD_TAG.to_owned(), reason.to_owned())]).unwrap();
    });
}

#[tokio::test]
async fn whoever_would_take_out_of_it_is_refused_with_the_reason_and_the_command_that_lifts_it() {
    let stage = Stage::of(2).await;
    put_on_hold(&stage, "web", WHY);
    let url = format!("http://{}", stage.server.api());
    let error = format!("group web is on hold: {WHY}");
    for args in [
        &["roll", "web", "--endpoint-url", &url, "--", "true"][..],
        &["drain", A, "--endpoint-url", &url],
    ] {
        let ran = stage.run(args).await;
        ran.ended(3);
        ran.says(&format!("error: {error}\nhint: "));
        ran.says("or go on all the same with --ignore-hold");
        let [command] = ran.told("hint: remove the tag with: ")[..] else { panic!("{ran:#?}") };
        let arn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/";
        let begin = format!(
            "aws elbv2 remove-tags --region us-east-1 --endpoint-url {url} --resource-arns {arn}"
        );
        assert!(command.starts_with(&begin), "{command}");
        assert!(command.ends_with(" --tag-keys elb-deploy:hold"), "{command}");
    }
    assert_eq!(stage.mutating(), [""; 0]);
    assert!(stage.runs().is_empty(), "a run that is refused has no journal");
}

#[tokio::test]
async fn every_group_on_hold_is_named_beside_the_other_reasons_and_an_empty_one_too() {
    let more = listener(99, "api") + &group("api", 8081, &[]);
    let stage = Stage::with(1, &[("web", 8080)], &more).await;
    put_on_hold(&stage, "web", WHY);
    put_on_hold(&stage, "api", "");
    let ran = stage.run(&["roll", "web", "api", "--", "true"]).await;
    ran.is_refusal(3, &format!("group web is on hold: {WHY}"), "--ignore-hold");
    ran.says("error: group api is on hold: no reason is given");
    ran.says("error: group api has no registered targets");
    ran.says("below the floor of 1");
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn who_ignores_it_goes_on_and_says_so_with_the_reason() {
    let stage = Stage::of(2).await;
    put_on_hold(&stage, "web", WHY);
    let ran = stage.roll(&["--ignore-hold", "--target", A], &["true"]).await;
    ran.ended(0);
    ran.says(&format!("group web is on hold: {WHY}; --ignore-hold goes on all the same"));

    let mut drain = stage.tool(&["drain", B, "--settle", "1s"]);
    drain.env("ELB_DEPLOY_IGNORE_HOLD", "true");
    let ran = Ran::of(drain).await;
    ran.ended(0);
    ran.says(&format!("group web is on hold: {WHY}; --ignore-hold goes on all the same"));

    let restored = stage.run(&["restore"]).await;
    restored.ended(0);
    assert!(!restored.stderr.contains("hold:"), "nobody asks: {}", restored.stderr);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn who_may_not_ask_for_tags_is_refused_unless_a_hold_is_ignored_anyhow() {
    let stage = Stage::of(2).await;
    let url = gate(stage.server.api(), &["DescribeTags"]).await;
    let hint = "allow the role elasticloadbalancing:DescribeTags, or go on without knowing with --ignore-hold";
    let denied = ["--endpoint-url", &url];
    stage.roll(&denied, &["true"]).await.is_refusal(3, "DescribeTags: AccessDenied", hint);
    let drain = stage.run(&[&["drain", A], &denied[..]].concat()).await;
    drain.ended(3);
    drain.says("error: DescribeTags: AccessDenied");
    drain.says(hint);
    assert_eq!(stage.mutating(), [""; 0]);

    let options = [&denied[..], &["--ignore-hold", "--target", A]].concat();
    let ran = stage.roll(&options, &["true"]).await;
    ran.ended(0);
    ran.says("whether a group is on hold is not known: DescribeTags: AccessDenied");
}

#[tokio::test]
async fn verify_fails_in_the_same_words_and_warns_of_one_that_is_ignored() {
    let stage = Stage::of(2).await;
    put_on_hold(&stage, "web", WHY);
    let line =
        |ran: &Ran| ran.stdout.lines().find(|it| it.contains("  hold  ")).unwrap().to_owned();
    let ran = stage.run(&["verify", "web"]).await;
    ran.ended(3);
    assert!(line(&ran).starts_with("fail  web  hold"), "{}", ran.stdout);
    assert!(line(&ran).ends_with(&format!("group web is on hold: {WHY}")), "{}", ran.stdout);
    assert!(ran.stdout.contains("aws elbv2 remove-tags --region us-east-1"), "{}", ran.stdout);
    let ran = stage.run(&["verify", "web", "--ignore-hold"]).await;
    assert!(line(&ran).starts_with("warn  web  hold"), "{}", ran.stdout);
    assert!(line(&ran).contains(WHY), "{}", ran.stdout);
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn a_run_that_is_taken_up_takes_nothing_more_out_of_it_and_can_still_put_back() {
    let stage = Stage::of(2).await;
    let mut run = stage.start(&[], &["sleep", "1"]);
    run.until("deploy            started").await;
    run.kill().await;
    stage.until_let_go().await;
    put_on_hold(&stage, "web", WHY);
    let changes = stage.mutating();
    let refused = stage.run(&["resume"]).await;
    refused.is_refusal(3, &format!("group web is on hold: {WHY}"), "--ignore-hold");
    let (run, _) = stage.runs().remove(0);
    let back =
        format!("hint: what the run holds out is put back with: elb-deploy restore --run {run}");
    refused.says(&back);
    assert_eq!(stage.mutating(), changes);
    let resumed = stage.run(&["resume", "--ignore-hold"]).await;
    resumed.ended(0);
    resumed.says(&format!("group web is on hold: {WHY}; --ignore-hold goes on all the same"));
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn a_run_that_only_puts_back_is_taken_up_whatever_is_on_hold() {
    let stage = Stage::of(2).await;
    let mut run = stage.start(&["--target", A], &["sleep", "1"]);
    run.until("deploy            started").await;
    run.kill().await;
    stage.until_let_go().await;
    put_on_hold(&stage, "web", WHY);
    stage.run(&["resume"]).await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}
