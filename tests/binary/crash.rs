//! Killed where it stands, as by a crash or a reboot: a later process puts everything back where it
//! was. Every point of a run is shown in `tests/crash`; here are real processes and real files.

use crate::run::{Ran, Running};
use crate::stage::{A, B, C, Stage};

/// What a roll of three says at its steps.
const STEPS: [&str; 4] = [
    "await drained     started",
    "deploy            started",
    "register          started",
    "await in service  started",
];

async fn killed_at(stage: &Stage, line: &str) {
    let mut run = stage.start(&[], &["sleep", "0.3"]);
    run.until(line).await;
    run.kill().await;
    stage.until_let_go().await;
}

async fn back_by(verb: &str) {
    let stage = Stage::of(3).await;
    let before = stage.registrations("web");
    for step in STEPS {
        killed_at(&stage, step).await;
        stage.run(&[verb]).await.ended(0);
        assert_eq!(stage.registrations("web"), before, "{step}");
        stage.until_in_service("web", &[A, B, C]).await;
        let none = stage.run(&["restore"]).await;
        none.ended(0);
        none.says("there is nothing to restore");
    }
}

#[tokio::test]
async fn a_roll_that_is_killed_is_ended_by_resume() {
    back_by("resume").await;
}

#[tokio::test]
async fn what_a_killed_roll_left_out_is_put_back_by_restore() {
    back_by("restore").await;
}

#[tokio::test]
async fn a_drain_that_is_killed_is_resumed_or_restored() {
    let stage = Stage::of(3).await;
    let before = stage.registrations("web");
    for verbs in [&["resume", "restore"][..], &["restore"]] {
        let mut drain = Running::start(stage.tool(&["drain", A, B, "--settle", "1s"]));
        drain.until("await drained     started").await;
        drain.kill().await;
        stage.until_let_go().await;
        for verb in verbs {
            stage.run(&[verb]).await.ended(0);
        }
        assert_eq!(stage.registrations("web"), before);
        stage.until_in_service("web", &[A, B, C]).await;
    }
}

#[tokio::test]
async fn a_restore_that_is_killed_is_resumed_or_done_again() {
    let stage = Stage::of(3).await;
    let before = stage.registrations("web");
    for verb in ["resume", "restore"] {
        stage.run(&["drain", A, B, "--settle", "1s"]).await.ended(0);
        let mut restore = Running::start(stage.tool(&["restore"]));
        restore.until("await in service  ").await;
        restore.kill().await;
        stage.until_let_go().await;
        stage.run(&[verb]).await.ended(0);
        assert_eq!(stage.registrations("web"), before);
        stage.until_in_service("web", &[A, B, C]).await;
        stage.run(&["restore"]).await.says("there is nothing to restore");
    }
}

#[tokio::test]
async fn a_reboot_between_drain_and_restore_loses_nothing() {
    let stage = Stage::of(2).await;
    let before = stage.registrations("web");
    stage.run(&["drain", A, "--settle", "1s", "--reason", "new disk"]).await.ended(0);
    // Sockets, locks and processes are gone; the files are as a copy of the disk would have them.
    let copied = stage.path("copied");
    let copy =
        std::process::Command::new("cp").arg("-a").args([stage.state(), copied.clone()]).status();
    assert!(copy.unwrap().success());
    std::fs::remove_dir_all(stage.state()).unwrap();
    let restored = stage.run(&["restore", "--state-dir", copied.to_str().unwrap()]).await;
    restored.ended(0);
    assert_eq!(stage.registrations("web"), before);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn without_the_state_folder_restore_says_so_and_works_with_a_group() {
    let stage = Stage::of(2).await;
    let before = stage.registrations("web");
    stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    std::fs::remove_dir_all(stage.state()).unwrap();
    let ran = stage.run(&["restore"]).await;
    ran.is_refusal(3, "there is no state folder", "elb-deploy restore --group GROUP");
    let args = ["restore", "--group", "web", "--port", "8080", A];
    for _ in 0..2 {
        Ran::of(stage.tool(&args)).await.ended(0);
        assert_eq!(stage.registrations("web"), before);
        stage.until_in_service("web", &[A, B]).await;
    }
}

#[tokio::test]
async fn what_is_put_back_by_group_closes_the_journal_that_holds_it_out() {
    let stage = Stage::of(2).await;
    stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    stage.run(&["restore", "--group", "web", A]).await.ended(0);
    stage.run(&["restore"]).await.says("there is nothing to restore");
}

#[tokio::test]
async fn a_deploy_is_not_taken_for_done_where_another_run_has_put_the_target_back() {
    let stage = Stage::of(3).await;
    let before = stage.registrations("web");
    let mut roll = stage.start(&["--batch", "2"], &["sleep", "5"]);
    for _ in 0..2 {
        roll.until("deploy            started").await;
    }
    roll.kill().await;
    stage.until_let_go().await;
    stage.run(&["restore", A]).await.ended(0);
    let resumed = stage.run(&["resume", "--deploy", "skip"]).await;
    resumed.ended(4);
    resumed.says(&format!("left alone, since others have seen to it: {A}; begin anew"));
    resumed.says(&format!("not done, since others have seen to it: {A}\n"));
    let list = stage.run(&["runs"]).await;
    let ending = format!(": passed over {A}, which others had seen to\n");
    assert!(list.stdout.contains(&ending) && !list.stdout.contains("died"), "{list:#?}");
    assert_eq!(stage.registrations("web"), before);
    stage.run(&["restore"]).await.says("there is nothing to restore");
}
