//! What is run at the end of a run, whatever its end: it is told the outcome, and cannot change it.

use std::collections::BTreeMap;

use futures_util::future::join;
use serde_json::json;
use tokio::sync::mpsc;

use super::error::CliError;
use super::exit::Exit;
use crate::clock::Clock;
use crate::executor::{Briefing, Executor, Occasion, OutputLine};
use crate::journal::RunId;
use crate::report::{Event, Report, Summary};

/// The version of the document that it reads.
const VERSION: u32 = 1;
/// Lines of it that may be waiting to be shown.
const UNREAD_LINES: usize = 256;

/// Runs it and shows what it prints; a signal ends it.
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
    let show = async {
        while let Some(line) = unread.recv().await {
            let from = Occasion::OnFinish.hook();
            report.event(clock.now(), &Event::HookOutput { from, line: &line.text });
        }
    };
    let told = executor.hook(Occasion::OnFinish, briefing(run, summary, ended), lines);
    tokio::select! {
        (done, ()) = join(told, show) => done.map_err(|error| {
            failed(format!("failed to {error}")).hint(error.hint())
        }),
        Some(signal) = signals.recv() => {
            Err(failed(format!("the on-finish hook was stopped by {signal}")))
        }
    }
}

fn failed(what: String) -> CliError {
    CliError::new(Exit::HaltedInService, what)
}

fn briefing(run: RunId, summary: &Summary, ended: &Result<Exit, CliError>) -> Briefing {
    let exit = ended.as_ref().map_or_else(|error| error.kind, |exit| *exit);
    let outcome = match (exit, &summary.interrupted) {
        (Exit::Done, _) => "done",
        (_, Some(_)) => "interrupted",
        (_, None) => "halted",
    };
    let document = json!({
        "v": VERSION,
        "hook": Occasion::OnFinish.hook(),
        "run": run,
        "outcome": outcome,
        "exit_code": exit.code(),
        "summary": summary,
    });
    let out: Vec<_> = summary.out().map(|place| place.id.as_str()).collect();
    let variables = [
        ("ELB_DEPLOY_OUTCOME", outcome.to_owned()),
        ("ELB_DEPLOY_EXIT_CODE", exit.code().to_string()),
        ("ELB_DEPLOY_OUT", out.join(",")),
    ];
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value));
    let variables = variables.collect::<BTreeMap<_, _>>();
    Briefing { variables, document: document.to_string() }
}
