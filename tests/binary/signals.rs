//! One signal: what is out is carried to its end. Two: the end at once, and what is out is named.

use std::fs;
use std::time::Duration;

use elb_deploy::journal;
use elb_deploy::lab::faults::FaultSettings;
use elb_deploy::rollout::{Dated, Fact};
use rustix::process::{Signal, kill_process_group};
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

use crate::run::Running;
use crate::stage::{A, B, C, Stage};

/// An answer takes milliseconds; on a machine that is busy with everything else it may take this.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// Prints how long it took until a signal was answered, so that it can be read off.
fn answered(when: &str, asked: Instant) {
    let took = asked.elapsed();
    println!("signal at {when:?} answered in {took:?}");
    assert!(took < ANSWER_LIMIT, "{when}: {took:?}");
}

const DRAINING: &str = "await drained     started";
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
    stage.until_in_service("web", &[A, B]).await;
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
    answered("sigint, twice", began);
    ran.ended(5);
    ran.says(&format!("out of service now:\n  {A}:8080 in web\n"));
    ran.says(&format!("put it back with:\n  elb-deploy restore {A} --state-dir "));
    stage.until_in_service("web", &[B]).await;
    let log = stage.recorded().0.output().join(format!("{A}.log"));
    let asked = async {
        while !fs::read_to_string(&log).unwrap().contains("asked to end") {
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(ANSWER_LIMIT, asked).await.is_ok(), "the command goes on unseen");
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
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn a_signal_to_the_last_target_changes_nothing() {
    let stage = Stage::of(2).await;
    let mut run = stage.start(&["--target", B], &["true"]);
    run.until(DRAINING).await;
    run.signal(Signal::TERM);
    run.end().await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}

const ROLL_STEPS: [&str; 5] = [
    "deregister        started",
    DRAINING,
    DEPLOYING,
    "register          started",
    "await in service  started",
];

/// A stage whose answers take long enough to meet a call under way.
async fn slow_stage() -> Stage {
    let stage = Stage::of(3).await;
    let settings = FaultSettings::NONE.with(br#"{"latency_ms": 150}"#).unwrap();
    stage.server.lab().with_faults(|faults, _| faults.set(settings));
    stage
}

/// A run of these words, told to stop like CodeDeploy does it, when it says this.
async fn told_to_stop(mut tool: Command, line: &str) -> Running {
    tool.process_group(0);
    let mut run = Running::start(tool);
    run.until(line).await;
    let began = Instant::now();
    kill_process_group(run.pid(), Signal::TERM).unwrap();
    run.until("SIGTERM: ").await;
    answered(line, began);
    run
}

fn last_journal_is_whole(stage: &Stage) {
    let (_, folder) = stage.runs().pop().unwrap();
    let recorded = journal::read(&folder.journal()).unwrap();
    let asked = |dated: &Dated| matches!(dated.fact, Fact::Interrupted { .. });
    assert!(!recorded.torn && recorded.facts.iter().any(asked), "{:#?}", recorded.facts);
}

#[tokio::test]
async fn sigterm_to_the_group_in_any_step_of_a_roll_is_answered_and_what_is_out_comes_back() {
    let stage = slow_stage().await;
    let before = stage.registrations("web");
    for line in ROLL_STEPS {
        let rolling = stage.rolling(&["--if-held-out", "ignore"], &["sleep", "0.2"]);
        let ran = told_to_stop(rolling, line).await.end().await;
        ran.ended(143);
        last_journal_is_whole(&stage);
        assert_eq!(stage.registrations("web"), before, "{line}");
        stage.until_in_service("web", &[A, B, C]).await;
    }
}

#[tokio::test]
async fn sigterm_twice_in_any_step_of_a_roll_ends_it_and_leaves_a_journal_that_restore_finishes() {
    let stage = slow_stage().await;
    let before = stage.registrations("web");
    for line in ROLL_STEPS {
        let run = told_to_stop(stage.rolling(&[], &["sleep", "2"]), line).await;
        let began = Instant::now();
        kill_process_group(run.pid(), Signal::TERM).unwrap();
        run.end().await.ended(5);
        answered(line, began);
        last_journal_is_whole(&stage);
        stage.run(&["restore"]).await.ended(0);
        assert_eq!(stage.registrations("web"), before, "{line}");
        stage.until_in_service("web", &[A, B, C]).await;
    }
}

#[tokio::test]
async fn sigterm_in_any_step_of_a_drain_is_answered_and_leaves_a_journal_that_restore_finishes() {
    let stage = slow_stage().await;
    let before = stage.registrations("web");
    for line in &ROLL_STEPS[..2] {
        for times in [1, 2] {
            let run = told_to_stop(stage.tool(&["drain", A, B, "--settle", "1s"]), line).await;
            if times == 2 {
                kill_process_group(run.pid(), Signal::TERM).unwrap();
            }
            let ran = run.end().await;
            ran.ended(if times == 1 { 0 } else { 5 });
            ran.says("elb-deploy restore ");
            last_journal_is_whole(&stage);
            stage.run(&["restore"]).await.ended(0);
            assert_eq!(stage.registrations("web"), before, "{line}");
            stage.until_in_service("web", &[A, B, C]).await;
        }
    }
}

#[tokio::test]
async fn who_waits_for_a_lock_ends_at_once() {
    let stage = Stage::of(2).await;
    let first = stage.deploying(&["--target", A]).await;
    let args = ["drain", B, "--lock-wait", "60s", "--min-healthy", "0"];
    let mut second = Running::start(stage.tool(&args));
    second.until("waiting up to 1m to ").await;
    second.signal(Signal::TERM);
    let ran = second.end().await;
    ran.ended(143);
    ran.says("stopped by SIGTERM before anything was changed");
    stage.go();
    first.end().await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}
