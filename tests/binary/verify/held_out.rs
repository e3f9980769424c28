//! What runs of this machine hold out.

use crate::run::Running;
use crate::stage::{A, B, Stage};

/// A run over `web` that stands in its first deploy.
async fn deploying(stage: &Stage) -> Running {
    let run = stage.deploying(&[]).await;
    stage.until_in_service("web", &[B]).await;
    run
}

#[tokio::test]
async fn what_a_killed_run_holds_out_fails_with_the_way_back_or_warns_if_that_is_wanted() {
    let stage = Stage::of(2).await;
    deploying(&stage).await.kill().await;
    stage.go();
    let changes = stage.mutating();
    let ran = stage.run(&["verify", "web"]).await;
    ran.ended(3);
    let (run, _) = stage.runs().remove(0);
    for part in [
        "held-out  ",
        &format!("run {run} by tester"),
        &format!("took out and did not put back: {A}:8080 in web"),
        &format!("-> put it back with: elb-deploy restore {A} --state-dir "),
        "-> or go on without it: --if-held-out ignore",
        &format!("-> if {A} is gone for good: elb-deploy runs forget {A} --group arn:"),
    ] {
        assert!(ran.stdout.contains(part), "{part:?} is not in\n{}", ran.stdout);
    }
    let ignored = stage.run(&["verify", "web", "--if-held-out", "ignore"]).await;
    let line = ignored.stdout.lines().find(|line| line.contains("held-out")).unwrap();
    assert!(line.starts_with("warn"), "{}", ignored.stdout);
    assert_eq!(stage.mutating(), changes);
}

#[tokio::test]
async fn a_run_that_is_under_way_is_waited_for_whatever_is_ignored() {
    let stage = Stage::of(2).await;
    let run = deploying(&stage).await;
    let ran = stage.run(&["verify", "web", "--if-held-out", "ignore"]).await;
    ran.ended(3);
    assert!(ran.stdout.contains("is under way and holds out: i-0000000a:8080"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("put it back with"), "{}", ran.stdout);
    stage.go();
    run.end().await.ended(0);
}
