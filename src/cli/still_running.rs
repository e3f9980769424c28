//! Commands that have outlived their run: told before their targets are put back, and nothing is
//! deployed beside one.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::CliError;
use super::exit::Exit;
use super::shown::Talk;
use crate::executor::command::{StillRunning, still_running};
use crate::journal::RunFolder;
use crate::runs::ToRestore;

/// Deploys take minutes, so nobody misses a second.
const GAP: Duration = Duration::from_secs(1);

/// What is asked to end and does so ends within this, mostly.
const ENDS_WITHIN: Duration = Duration::from_millis(500);
const GLANCE: Duration = Duration::from_millis(20);

/// Returns when no command of a run that is gone runs any more.
///
/// # Errors
/// One still does when `patience` is over.
pub(super) async fn none_running(
    folder: &RunFolder,
    patience: Duration,
    talk: &Talk,
) -> Result<(), CliError> {
    let until = Instant::now() + patience;
    let mut told = false;
    loop {
        let running = still_running(&folder.output());
        let Some(first) = running.first() else { return Ok(()) };
        let all = running.iter().map(words).collect::<Vec<_>>().join(", ");
        let what = format!("still running, and nothing is done beside it: {all}");
        if Instant::now() >= until {
            let wait = "wait until it has ended, or give it time with --lock-wait 10m";
            let end = format!("or end it with: kill -- -{}", first.pid);
            return Err(CliError::new(Exit::Journal, what).hint(Some(wait)).hint(Some(end)));
        }
        if !std::mem::replace(&mut told, true) {
            talk.note(&format!("waiting: {what}"));
        }
        sleep(GAP).await;
    }
}

/// Tells which commands still run of the targets that are to be put back.
pub(super) fn tell_running(talk: &Talk, state_dir: &Path, found: &ToRestore) {
    let runs: BTreeSet<_> = found.places.iter().map(|(run, _)| run).collect();
    let outputs = runs.into_iter().map(|run| RunFolder::of(state_dir, run).output());
    let mut running: Vec<_> = outputs.flat_map(|output| still_running(&output)).collect();
    let is_of = |command: &StillRunning, id| command.target.as_ref().is_none_or(|of| of == id);
    running.retain(|command| found.places.iter().any(|(_, place)| is_of(command, &place.id)));
    running.iter().for_each(|command| talk.note(&may_be_running(command)));
}

/// The commands that a run which stopped has asked to end, and that have not.
pub(super) async fn left_running(output_folder: &Path) -> Vec<String> {
    let until = Instant::now() + ENDS_WITHIN;
    loop {
        let running = still_running(output_folder);
        if running.is_empty() || Instant::now() >= until {
            return running.iter().map(may_be_running).collect();
        }
        sleep(GLANCE).await;
    }
}

fn may_be_running(command: &StillRunning) -> String {
    format!("{command} may still be running (pid {})", command.pid)
}

fn words(command: &StillRunning) -> String {
    format!("{command} (pid {})", command.pid)
}
