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
use crate::stage::{A, B, C, Stage, UNTIL_GO};

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

/// The steps of every roll.
const ROLL_STEPS: [&str; 5] = [
    "deregister        started",
    DRAINING,
    DEPLOYING,
    "register          started",
    "await in service  started",
];

/// What a roll can have beside them: what it says, by which flag, and whether a target is out then.
const MORE_STEPS: [(&str, &str, bool); 6] = [
    ("batch 1  before-batch  started", "--before-batch", false),
    ("await ready       started", "--ready-command", true),
    ("verify            started", "--verify", false),
    ("bake              started", "--bake", false),
    ("batch 1  after-batch  started", "--after-batch", false),
    ("roll back         started", "--rollback", true),
];

/// A roll with one of them, which takes this long or until this command is through.
fn rolling_with(stage: &Stage, flag: &str, (bake, command): (&str, &str)) -> Command {
    match flag {
        "--bake" => stage.rolling(&[flag, bake], &["true"]),
        "--rollback" => stage.rolling(&["--on-failure", "rollback", flag, command], &["false"]),
        _ => stage.rolling(&[flag, command], &["true"]),
    }
}

/// A stage whose answers take long enough to meet a call under way.
async fn slow_stage() -> Stage {
    let stage = Stage::of(3).await;
    let settings = FaultSettings::NONE.with(br#"{"latency_ms": 150}"#).unwrap();
    stage.server.lab().with_faults(|faults, _| faults.set(settings));
    stage
}

/// Notes that a command runs: until it has a process group of its own, a signal to the tool's group
/// reaches it too.
const BEGUN: &str = "touch \"$STAGE/begun\"";

/// Waits until a command has noted that it runs.
async fn until_begun(stage: &Stage) {
    let noted = async {
        while fs::remove_file(stage.path("begun")).is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(ANSWER_LIMIT, noted).await.is_ok(), "the command never began");
}

/// A run of these words, told to stop like CodeDeploy does it, when it says this.
async fn told_to_stop(tool: Command, line: &str) -> Running {
    stopped(started(tool, line).await, line).await
}

/// The same, once what is run there has noted that it runs.
async fn told_to_stop_running(stage: &Stage, tool: Command, line: &str) -> Running {
    fs::remove_file(stage.path("begun")).ok();
    let run = started(tool, line).await;
    until_begun(stage).await;
    stopped(run, line).await
}

async fn started(mut tool: Command, line: &str) -> Running {
    tool.process_group(0);
    let mut run = Running::start(tool);
    run.until(line).await;
    run
}

async fn stopped(mut run: Running, line: &str) -> Running {
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
        let deploy = format!("{BEGUN}; sleep 0.2");
        let rolling = stage.rolling(&["--if-held-out", "ignore"], &["sh", "-c", &deploy]);
        let run = match line {
            DEPLOYING => told_to_stop_running(&stage, rolling, line).await,
            _ => told_to_stop(rolling, line).await,
        };
        let ran = run.end().await;
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
        let deploy = format!("{BEGUN}; exec sleep 2");
        let rolling = stage.rolling(&[], &["sh", "-c", &deploy]);
        let run = match line {
            DEPLOYING => told_to_stop_running(&stage, rolling, line).await,
            _ => told_to_stop(rolling, line).await,
        };
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
async fn sigterm_to_the_group_in_any_gate_hook_or_rollback_lets_it_go_on_and_takes_nothing_more_out()
 {
    let stage = slow_stage().await;
    let before = stage.registrations("web");
    let command = format!("{BEGUN}; sleep 0.2; touch \"$STAGE/through\"");
    for (line, flag, _) in MORE_STEPS {
        let rolling = rolling_with(&stage, flag, ("500ms", &command));
        let run = match flag {
            "--bake" => told_to_stop(rolling, line).await,
            _ => told_to_stop_running(&stage, rolling, line).await,
        };
        let ran = run.end().await;
        ran.ended(143);
        let through = fs::remove_file(stage.path("through"));
        assert!(flag == "--bake" || through.is_ok(), "{line}: {}", ran.stderr);
        ran.says("not begun: ");
        last_journal_is_whole(&stage);
        assert_eq!(stage.registrations("web"), before, "{line}");
        stage.until_in_service("web", &[A, B, C]).await;
    }
}

#[tokio::test]
async fn sigterm_twice_in_any_gate_hook_or_rollback_ends_it_and_leaves_a_journal_that_restore_finishes()
 {
    let stage = slow_stage().await;
    let before = stage.registrations("web");
    let command = format!("{BEGUN}; {}", UNTIL_GO[2]);
    for (line, flag, is_out) in MORE_STEPS {
        let rolling = rolling_with(&stage, flag, ("1h", &command));
        let run = match flag {
            "--bake" => told_to_stop(rolling, line).await,
            _ => told_to_stop_running(&stage, rolling, line).await,
        };
        let began = Instant::now();
        kill_process_group(run.pid(), Signal::TERM).unwrap();
        run.end().await.ended(if is_out { 5 } else { 143 });
        answered(line, began);
        last_journal_is_whole(&stage);
        stage.until_let_go().await;
        fs::remove_file(stage.path("go")).unwrap();
        stage.run(&["restore"]).await.ended(0);
        assert_eq!(stage.registrations("web"), before, "{line}");
        stage.until_in_service("web", &[A, B, C]).await;
    }
}

#[tokio::test]
async fn sigterm_to_the_group_in_any_step_of_a_restore_is_answered_and_another_one_finishes_it() {
    let stage = slow_stage().await;
    let before = stage.registrations("web");
    for line in &ROLL_STEPS[3..] {
        for times in [1, 2] {
            stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
            let run = told_to_stop(stage.tool(&["restore"]), line).await;
            if times == 2 {
                kill_process_group(run.pid(), Signal::TERM).unwrap();
            }
            let ran = run.end().await;
            // It may be in service before the second one comes.
            assert!(ran.code == 0 || (times == 2 && ran.code == 5), "{line}: {ran:#?}");
            last_journal_is_whole(&stage);
            stage.run(&["restore"]).await.ended(0);
            assert_eq!(stage.registrations("web"), before, "{line}");
            stage.until_in_service("web", &[A, B, C]).await;
        }
    }
}

#[tokio::test]
async fn sigterm_to_the_group_while_on_finish_runs_lets_it_go_on_and_a_second_one_ends_it() {
    let stage = Stage::of(2).await;
    let hook = format!("echo begun; {}; echo through", UNTIL_GO[2]);
    for times in [1, 2] {
        fs::remove_file(stage.path("go")).ok();
        let rolling = stage.rolling(&["--target", A, "--on-finish", &hook], &["true"]);
        let run = told_to_stop(rolling, "on-finish | begun").await;
        match times {
            1 => stage.go(),
            _ => kill_process_group(run.pid(), Signal::TERM).unwrap(),
        }
        let ran = run.end().await;
        ran.ended(if times == 1 { 0 } else { 143 });
        ran.says("SIGTERM: on-finish goes on to its end; one more stops it");
        assert_eq!(ran.stderr.contains("on-finish | through"), times == 1, "{ran:#?}");
        stage.until_in_service("web", &[A, B]).await;
    }
    stage.until_let_go().await;
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
