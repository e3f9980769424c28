//! A deploy command that outlives its run, because that was killed or the command would not end: it is
//! named, and nothing is deployed beside it.

use std::fs;
use std::time::Duration;

use elb_deploy::executor::command::still_running;
use rustix::process::{Signal, kill_process_group};
use tokio::time::sleep;

use crate::run::Running;
use crate::stage::{A, B, Stage, UNTIL_GO};

const DEPLOYING: &str = "deploy            started";

/// Notes when it begins and, once it is let go, when it ends; no signal that can be heard ends it.
fn stubborn() -> String {
    let until_go = UNTIL_GO[2];
    let note = |what| format!("echo {what} >> \"$STAGE/deploys\"");
    format!("trap '' TERM INT; {}; {until_go}; {}", note("begun"), note("ended"))
}

/// A roll whose command runs.
async fn deploying(stage: &Stage) -> Running {
    let mut run = stage.start(&["--target", A], &["sh", "-c", &stubborn()]);
    run.until(DEPLOYING).await;
    while fs::read_to_string(stage.path("deploys")).is_err() {
        sleep(Duration::from_millis(10)).await;
    }
    run
}

fn pid(stage: &Stage) -> i32 {
    let (_, folder) = stage.runs().remove(0);
    let running = still_running(&folder.output());
    assert_eq!(running.len(), 1, "{running:?}");
    running[0].pid
}

fn deploys(stage: &Stage) -> String {
    fs::read_to_string(stage.path("deploys")).unwrap()
}

#[tokio::test]
async fn resume_deploys_nothing_beside_a_command_that_outlived_its_run_and_waits_if_told_to() {
    let stage = Stage::of(2).await;
    deploying(&stage).await.kill().await;
    let changes = stage.mutating().len();
    for how in ["rerun", "skip"] {
        let ran = stage.run(&["resume", "--deploy", how]).await;
        let said = format!("the deploy command of {A} (pid {})", pid(&stage));
        ran.is_refusal(6, &said, &format!("kill -- -{}", pid(&stage)));
        ran.says("or give it time with --lock-wait 10m");
    }
    assert_eq!(stage.mutating().len(), changes, "nothing was changed");
    assert_eq!(deploys(&stage), "begun\n");
    let mut resume = Running::start(stage.tool(&["resume", "--lock-wait", "60s"]));
    resume.until("waiting: still running").await;
    stage.go();
    resume.end().await.ended(0);
    assert_eq!(deploys(&stage), "begun\nended\nbegun\nended\n");
    stage.until_in_service("web", &[A, B]).await;
    let (folder, _) = stage.recorded();
    assert!(!folder.output().join(format!("{A}.running")).exists(), "it has ended");
}

#[tokio::test]
async fn restore_says_first_that_a_command_may_still_run() {
    let stage = Stage::of(2).await;
    deploying(&stage).await.kill().await;
    stage.until_unwritten().await;
    let said = format!("the deploy command of {A} may still be running (pid {})", pid(&stage));
    let ran = stage.run(&["restore"]).await;
    ran.ended(0);
    assert!(ran.stderr.lines().next().is_some_and(|line| line.contains(&said)), "{ran:#?}");
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn whoever_stops_a_run_at_once_is_told_which_command_would_not_end() {
    let stage = Stage::of(2).await;
    let run = deploying(&stage).await;
    let pid = pid(&stage);
    run.signal(Signal::TERM);
    sleep(Duration::from_millis(100)).await;
    run.signal(Signal::TERM);
    let ran = run.end().await;
    ran.ended(5);
    ran.says(&format!("the deploy command of {A} may still be running (pid {pid})"));
    ran.says(&format!("out of service now:\n  {A}:8080 in web\n"));
}

#[tokio::test]
async fn a_command_that_ends_when_it_is_asked_to_is_not_named() {
    let stage = Stage::of(2).await;
    let mut run = stage.start(&["--target", A], &["sleep", "30"]);
    run.until(DEPLOYING).await;
    for _ in 0..2 {
        run.signal(Signal::TERM);
        sleep(Duration::from_millis(100)).await;
    }
    let ran = run.end().await;
    ran.ended(5);
    assert!(!ran.stderr.contains("still be running"), "{ran:#?}");
}

#[tokio::test]
async fn a_command_that_was_ended_by_hand_holds_nobody_up() {
    let stage = Stage::of(2).await;
    deploying(&stage).await.kill().await;
    stage.until_unwritten().await;
    let leader = rustix::process::Pid::from_raw(pid(&stage)).unwrap();
    kill_process_group(leader, Signal::KILL).unwrap();
    stage.until_let_go().await;
    stage.run(&["resume", "--deploy", "skip"]).await.ended(0);
    assert_eq!(deploys(&stage), "begun\n");
}
