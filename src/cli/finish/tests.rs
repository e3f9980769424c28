use std::sync::Mutex;

use async_trait::async_trait;
use tokio::sync::Notify;

use super::*;
use crate::executor::{Briefing, ExecutorError, Work};
use crate::journal::sample::{self, at};
use crate::rollout::{Act, Dated, Fact, Moment, Rollout, Target};

/// A hook that takes until it is let go, prints a line, and ends well.
#[derive(Default)]
struct Told {
    go: Notify,
    /// It ends badly.
    fails: bool,
    /// It never ends.
    hangs: bool,
    document: Mutex<String>,
}

#[async_trait]
impl Executor for Told {
    async fn run(
        &self,
        _: Work,
        _: &Target,
        _: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        Ok(())
    }

    async fn hook(
        &self,
        _: Occasion,
        briefing: Briefing,
        output: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        *self.document.lock().unwrap() = briefing.document;
        self.go.notified().await;
        if self.hangs {
            std::future::pending::<()>().await;
        }
        output.send(OutputLine { text: "bye".to_owned() }).await.unwrap();
        let source = std::io::Error::other("no such host");
        let program = "./tell.sh".to_owned();
        if self.fails { Err(ExecutorError::NotStarted { program, source }) } else { Ok(()) }
    }
}

/// Lets the hook go once a signal was answered.
struct Answering<'a> {
    hook: &'a Told,
    said: Vec<String>,
}

impl Report for Answering<'_> {
    fn event(&mut self, _: Moment, event: &Event<'_>) {
        match event {
            Event::Noted { what } => {
                self.said.push((*what).to_owned());
                self.hook.go.notify_one();
            }
            Event::HookOutput { line, .. } => self.said.push((*line).to_owned()),
            _ => {}
        }
    }
}

fn summary(facts: &[Dated]) -> Summary {
    let rollout = Rollout::recover(sample::plan(&[&["i-0a"]]), sample::NOON, facts).unwrap();
    Summary::of(&rollout, sample::NOON, facts)
}

fn done() -> Summary {
    summary(&sample::undisturbed(0.0, "i-0a"))
}

fn halted() -> Summary {
    summary(&[
        sample::started(0.0, "i-0a", Act::Deregister),
        sample::failed(1.0, "i-0a", Act::Deregister, false),
    ])
}

fn interrupted() -> Summary {
    summary(&[Dated { at: at(1.0), fact: Fact::Interrupted { signal: "SIGTERM".into() } }])
}

/// How a run that ended so ends with this hook, and what was said meanwhile; a hook that nobody
/// interrupts is let go at once.
async fn ends(
    hook: &Told,
    summary: &Summary,
    ended: Result<Exit, CliError>,
    signals: &[&str],
) -> (Result<Exit, CliError>, Vec<String>) {
    let (sender, mut receiver) = mpsc::channel(8);
    for signal in signals {
        sender.send((*signal).to_owned()).await.unwrap();
    }
    if signals.is_empty() {
        hook.go.notify_one();
    }
    let mut report = Answering { hook, said: Vec::new() };
    let run = RunId::unique();
    let clock = Clock::starting_at(sample::NOON);
    let told = on_finish(hook, run, summary, &ended, (&mut report, clock), &mut receiver).await;
    (both(ended, told), report.said)
}

const ON: &str = "SIGINT: on-finish goes on to its end; one more stops it";

#[tokio::test]
async fn the_first_signal_lets_it_go_on_to_its_end_and_changes_no_exit_code() {
    let (exit, said) = ends(&Told::default(), &done(), Ok(Exit::Done), &["SIGINT"]).await;
    assert_eq!((exit.unwrap(), &said[..]), (Exit::Done, &[ON.into(), "bye".to_owned()][..]));
    let halted_out = Ok(Exit::HaltedOut);
    let (exit, _) = ends(&Told::default(), &halted(), halted_out, &["SIGINT"]).await;
    assert_eq!(exit.unwrap(), Exit::HaltedOut);
}

#[tokio::test]
async fn the_second_signal_ends_it_at_once_and_what_is_out_counts_more() {
    for (summary, ended, kind) in [
        (done(), Exit::Done, Exit::Terminated),
        (halted(), Exit::HaltedInService, Exit::Terminated),
        (halted(), Exit::HaltedOut, Exit::HaltedOut),
    ] {
        let hook = Told { hangs: true, ..Told::default() };
        let (exit, _) = ends(&hook, &summary, Ok(ended), &["SIGINT", "SIGTERM"]).await;
        let error = exit.unwrap_err();
        assert_eq!(error.kind, kind);
        assert!(error.what[0].ends_with("; on-finish was stopped by SIGTERM"), "{error:?}");
    }
}

#[tokio::test]
async fn a_signal_that_came_during_the_run_counts() {
    let ended = Ok(Exit::Terminated);
    let hook = Told { hangs: true, ..Told::default() };
    let (exit, said) = ends(&hook, &interrupted(), ended, &["SIGINT"]).await;
    let error = exit.unwrap_err();
    assert_eq!(error.kind, Exit::Terminated);
    assert_eq!(error.what, ["the run was interrupted; on-finish was stopped by SIGINT"]);
    assert!(said.is_empty(), "{said:?}");
}

#[tokio::test]
async fn a_failure_is_told_beside_how_the_run_ended_and_is_no_success() {
    let failing = || Told { fails: true, ..Told::default() };
    let (exit, _) = ends(&failing(), &done(), Ok(Exit::Done), &[]).await;
    let error = exit.unwrap_err();
    assert_eq!(error.kind, Exit::HaltedInService);
    assert_eq!(error.what, ["the run is done; on-finish failed: start ./tell.sh: no such host"]);
    let (exit, _) = ends(&failing(), &halted(), Ok(Exit::HaltedOut), &[]).await;
    let error = exit.unwrap_err();
    assert_eq!(error.kind, Exit::HaltedOut);
    assert!(error.what[0].starts_with("the run was halted; on-finish failed: "), "{error:?}");
    let (exit, _) = ends(&failing(), &done(), Ok(Exit::Done), &["SIGINT"]).await;
    assert_eq!(exit.unwrap_err().kind, Exit::Interrupted);
}

#[tokio::test]
async fn it_is_told_the_outcome_of_the_run_alone() {
    let failing = Told { fails: true, ..Told::default() };
    ends(&failing, &done(), Ok(Exit::Done), &[]).await.0.unwrap_err();
    let told: serde_json::Value = serde_json::from_str(&failing.document.lock().unwrap()).unwrap();
    assert_eq!((&told["outcome"], &told["exit_code"]), (&"done".into(), &0.into()));
}
