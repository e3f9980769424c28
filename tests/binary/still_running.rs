//! A command that outlives its run, because that was killed or the command would not end: it is named,
//! and nobody is deployed or put back beside it.

use std::fs;
use std::time::Duration;

use elb_deploy::executor::command::still_running;
use rustix::process::{Signal, kill_process_group};
use tokio::time::sleep;

use crate::run::Running;
use crate::stage::{A, B, C, Stage, UNTIL_GO};

const DEPLOYING: &str = "deploy            started";

/// Notes when it begins and, once it is let go, when it ends; no signal that can be heard ends it.
fn stubborn() -> String {
    let until_go = UNTIL_GO[2];
    let note = |what| format!("echo {what} >> \"$STAGE/deploys\"");
    format!("trap '' TERM INT; {}; {until_go}; {}", note("begun"), note("ended"))
}

/// A roll whose command runs.
async fn deploying(stage: &Stage) -> Running {
    let run = stage.start(&["--target", A], &["sh", "-c", &stubborn()]);
    until_begun(stage).await;
    run
}

async fn until_begun(stage: &Stage) {
    while fs::read_to_string(stage.path("deploys")).is_err() {
        sleep(Duration::from_millis(10)).await;
    }
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
    for verb in [&["resume"][..], &["restore", A]] {
        let mut stopped = Running::start(stage.tool(&[verb, &["--lock-wait", "60s"]].concat()));
        stopped.until("waiting: still running").await;
        stopped.signal(Signal::TERM);
        let stopped = stopped.end().await;
        stopped.ended(5);
        stopped.says(&format!("still out of service: {A}:8080 in web"));
    }
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
async fn restore_puts_back_everything_but_whom_a_command_still_works_on() {
    let stage = Stage::of(3).await;
    stage.run(&["drain", B, "--settle", "1s"]).await.ended(0);
    let options = ["--if-held-out", "ignore", "--min-healthy", "1", "--target", A];
    let run = stage.start(&options, &["sh", "-c", &stubborn()]);
    until_begun(&stage).await;
    run.kill().await;
    stage.until_unwritten().await;
    let ran = stage.run(&["restore"]).await;
    ran.ended(5);
    let of_a = format!("the deploy command of {A} (pid ");
    ran.says(&format!(
        "error: {A} is not put back: still running, and nothing is done beside it: {of_a}"
    ));
    stage.until_in_service("web", &[B, C]).await;
    for args in [&["restore"][..], &["restore", A]] {
        let ran = stage.run(args).await;
        ran.is_refusal(6, &of_a, "or end it with: kill -- -");
        ran.says("--lock-wait 10m");
    }
    let mut restore = Running::start(stage.tool(&["restore", A, "--lock-wait", "60s"]));
    restore.until("waiting: still running").await;
    stage.go();
    restore.end().await.ended(0);
    stage.until_in_service("web", &[A, B, C]).await;
}

#[tokio::test]
async fn roll_deploys_nobody_beside_a_command_that_outlived_its_run_and_waits_if_told_to() {
    let stage = Stage::of(2).await;
    deploying(&stage).await.kill().await;
    stage.until_unwritten().await;
    stage.put_back("web", A, 8080).await;
    let changes = stage.mutating().len();
    let said = format!("the deploy command of {A} (pid {})", pid(&stage));
    let ran = stage.roll(&[], &["true"]).await;
    ran.ended(6);
    ran.says(&said);
    ran.says(&format!("kill -- -{}", pid(&stage)));
    assert_eq!(stage.mutating().len(), changes, "nothing was changed");
    stage.roll(&["--target", B], &["true"]).await.ended(0);
    let plan = stage.run(&["plan", "web", "--", "true"]).await;
    plan.ended(0);
    assert!(plan.stdout.contains(&said), "{plan:#?}");
    let mut roll = stage.start(&["--lock-wait", "60s"], &["sh", "-c", &stubborn()]);
    roll.until("waiting: still running").await;
    stage.go();
    roll.end().await.ended(0);
    assert_eq!(deploys(&stage), "begun\nended\n".repeat(3));
}

#[tokio::test]
async fn nobody_is_rolled_beside_a_hook_that_outlived_its_run() {
    let stage = Stage::of(2).await;
    let run = stage.start(&["--target", A, "--before-batch", &stubborn()], &["true"]);
    until_begun(&stage).await;
    run.kill().await;
    stage.until_unwritten().await;
    let ran = stage.roll(&["--target", A], &["true"]).await;
    ran.is_refusal(6, "still running, and nothing is done beside it: ", "kill -- -");
    stage.roll(&["--target", B], &["true"]).await.ended(0);
    stage.until_let_go().await;
    stage.roll(&["--target", A], &["true"]).await.ended(0);
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
