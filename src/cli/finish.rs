//! What is run at the end of a run, whatever its end: it is told the outcome, and cannot change it.

use tokio::sync::mpsc;

use super::error::CliError;
use super::exit::Exit;
use crate::clock::Clock;
use crate::executor::{Executor, ExecutorError, Occasion, OutputLine};
use crate::journal::RunId;
use crate::report::{Event, Report, Summary, at_the_end};

/// Lines of it that may be waiting to be shown.
const UNREAD_LINES: usize = 256;
/// The outcome of a run that went well, in one word.
const DONE: &str = "done";

/// Runs it and shows what it prints. The first signal lets it go on to its end, the second one ends
/// it at once; one that came during the run counts.
///
/// # Errors
/// It failed, or was stopped. Where the run itself was done, everything is in service all the same.
pub(super) async fn on_finish(
    executor: &dyn Executor,
    run: RunId,
    summary: &Summary,
    ended: &Result<Exit, CliError>,
    (report, clock): (&mut dyn Report, Clock),
    signals: &mut mpsc::Receiver<String>,
) -> Result<(), CliError> {
    let (lines, mut unread) = mpsc::channel::<OutputLine>(UNREAD_LINES);
    let exit = exit_of(ended);
    let outcome = outcome(exit, summary);
    let run_is = match outcome {
        DONE => "the run is done".to_owned(),
        outcome => format!("the run was {outcome}"),
    };
    let briefing = at_the_end(run, summary, (outcome, exit.code()));
    let hook = executor.hook(Occasion::OnFinish, briefing, lines);
    tokio::pin!(hook);
    let mut interrupted = summary.interrupted.clone();
    let mut done: Option<Result<(), ExecutorError>> = None;
    let mut is_all_read = false;
    loop {
        if let (Some(done), true) = (&done, is_all_read) {
            let Err(error) = done else { return Ok(()) };
            let kind = interrupted.map_or(Exit::HaltedInService, |by| Exit::interrupted_by(&by));
            let what = format!("{run_is}; on-finish failed: {error}");
            return Err(CliError::new(kind, what).hint(error.hint()));
        }
        tokio::select! {
            ended = &mut hook, if done.is_none() => done = Some(ended),
            line = unread.recv(), if !is_all_read => match line {
                Some(line) => {
                    let from = Occasion::OnFinish.hook();
                    report.event(clock.now(), &Event::HookOutput { from, line: &line.text });
                }
                None => is_all_read = true,
            },
            Some(signal) = signals.recv() => {
                if interrupted.is_some() {
                    let what = format!("{run_is}; on-finish was stopped by {signal}");
                    return Err(CliError::new(Exit::interrupted_by(&signal), what));
                }
                let what = format!("{signal}: on-finish goes on to its end; one more stops it");
                report.event(clock.now(), &Event::Noted { what: &what });
                interrupted = Some(signal);
            }
        }
    }
}

/// How the process ends after a run that ended so, and what was run after it. That it has failed, or
/// was stopped, makes no run a success; what is out counts more.
pub(super) fn both(
    ended: Result<Exit, CliError>,
    told: Result<(), CliError>,
) -> Result<Exit, CliError> {
    match (ended, told) {
        (Ok(Exit::Done | Exit::HaltedInService | Exit::WindowClosed), Err(error)) => Err(error),
        (Ok(exit), Err(error)) => Err(CliError { kind: exit, ..error }),
        (Err(ended), Err(error)) => Err(ended.and(error)),
        (ended, Ok(())) => ended,
    }
}

fn exit_of(ended: &Result<Exit, CliError>) -> Exit {
    ended.as_ref().map_or_else(|error| error.kind, |exit| *exit)
}

/// In one word.
fn outcome(exit: Exit, summary: &Summary) -> &'static str {
    match (exit, &summary.interrupted) {
        (Exit::Done, _) => DONE,
        (_, Some(_)) => "interrupted",
        (_, None) => "halted",
    }
}

#[cfg(test)]
mod tests;
