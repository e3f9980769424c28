//! One signal: what is out is carried to its end. Two: the end at once, and what is out is named.

use std::fs;
use std::time::Duration;

use rustix::process::{Signal, kill_process_group};
use tokio::time::{Instant, sleep, timeout};

use crate::run::Running;
use crate::stage::{A, B, Stage};

const DRAINING: &str = "await drained     draining";
const DEPLOYING: &str = "deploy            started";

#[tokio::test]
async fn sigterm_during_a_drain_carries_the_target_to_its_end_and_takes_no_other_out() {
    let stage = Stage::of(2).await;
    let mut run = stage.start(&[], &["echo", "deployed"]);
    run.until(DRAINING).await;
    run.signal(Signal::TERM);
    let ran = run.end().await;
    ran.ended(143);
    ran.says(&format!("{A} | deployed"));
    ran.says("SIGTERM after ");
    ran.says(&format!("not begun: {B}\n"));
    assert_eq!(stage.in_service("web"), [A, B]);
}

#[tokio::test]
async fn sigint_twice_ends_at_once_and_names_what_is_out() {
    let stage = Stage::of(2).await;
    let stubborn = "trap 'echo asked to end; exit 1' TERM; sleep 30 & wait; echo survived";
    let mut run = stage.start(&[], &["sh", "-c", stubborn]);
    run.until(DEPLOYING).await;
    run.signal(Signal::INT);
    run.until("SIGINT: ").await;
    let began = Instant::now();
    run.signal(Signal::INT);
    let ran = run.end().await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    ran.ended(5);
    ran.says(&format!("out of service now:\n  {A}:8080 in web\n"));
    ran.says("aws elbv2 register-targets ");
    assert_eq!(stage.in_service("web"), [B]);
    let log = stage.recorded().0.output().join(format!("{A}.log"));
    let asked = async {
        while !fs::read_to_string(&log).unwrap().contains("asked to end") {
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(Duration::from_secs(2), asked).await.is_ok(), "the command goes on unseen");
}

#[tokio::test]
async fn ctrl_c_at_the_terminal_reaches_the_tool_and_not_the_command() {
    let stage = Stage::of(2).await;
    let command = ["sh", "-c", "trap 'echo hit; exit 1' INT; echo begun; sleep 1; echo unhurt"];
    let mut rolling = stage.rolling(&[], &command);
    rolling.process_group(0);
    let mut run = Running::start(rolling);
    run.until("| begun").await;
    kill_process_group(run.pid(), Signal::INT).unwrap();
    let ran = run.end().await;
    ran.ended(130);
    ran.says(&format!("{A} | unhurt"));
    assert!(!ran.stderr.contains("hit"), "{}", ran.stderr);
    assert_eq!(stage.in_service("web"), [A, B]);
}

#[tokio::test]
async fn a_signal_to_the_last_target_changes_nothing() {
    let stage = Stage::of(2).await;
    let mut run = stage.start(&["--target", B], &["true"]);
    run.until(DRAINING).await;
    run.signal(Signal::TERM);
    run.end().await.ended(0);
    assert_eq!(stage.in_service("web"), [A, B]);
}
