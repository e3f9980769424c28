//! Waits for runs under way that work on a target: what they take out or put in is not told by
//! what a look shows meanwhile.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::CliError;
use super::exit::Exit;
use super::shown::Talk;
use crate::journal::{Header, RunId};
use crate::rollout::TargetId;
use crate::runs::Past;

/// Runs take minutes, so nobody misses a second.
const GAP: Duration = Duration::from_secs(1);

/// Returns when no other run on this machine works on one of the targets, with all runs as they
/// are then.
///
/// # Errors
/// One still does when `patience` is over, or the journals cannot be listed.
pub(super) async fn none_at_work(
    state_dir: &Path,
    ids: &BTreeSet<TargetId>,
    patience: Duration,
    talk: &Talk,
) -> Result<Vec<Past>, CliError> {
    nobody(state_dir, patience, talk, |runs| at_work(runs, ids)).await
}

/// The same when `who` tells of nobody any more.
///
/// # Errors
/// It still does when `patience` is over, or the journals cannot be listed.
pub(super) async fn nobody(
    state_dir: &Path,
    patience: Duration,
    talk: &Talk,
    who: impl Fn(&[Past]) -> Option<String>,
) -> Result<Vec<Past>, CliError> {
    let until = Instant::now() + patience;
    let mut told = false;
    loop {
        let runs = Past::all(state_dir)?;
        let Some(who) = who(&runs) else { return Ok(runs) };
        if Instant::now() >= until {
            let hint = "wait until it has ended, or give it time with --lock-wait 10m";
            return Err(CliError::new(Exit::Journal, who).hint(Some(hint)));
        }
        if !std::mem::replace(&mut told, true) {
            talk.note(&format!("waiting: {who}"));
        }
        sleep(GAP).await;
    }
}

/// That this run is under way, in words.
pub(super) fn under_way(runs: &[Past], run: RunId) -> Option<String> {
    let past = runs.iter().find(|past| past.run == run && past.under_way)?;
    Some(match &past.told {
        Ok(told) => format!("{} is under way: {}", who(&told.header), told.header.asked_for()),
        Err(_) => format!("run {run} is just beginning"),
    })
}

/// Who works on one of the targets, in words.
pub(super) fn at_work(runs: &[Past], ids: &BTreeSet<TargetId>) -> Option<String> {
    let busy = runs.iter().filter(|past| past.under_way);
    let mut told = busy.filter_map(|past| past.told.as_ref().ok());
    told.find_map(|told| {
        let id = told.header.plan.targets().map(|target| &target.id).find(|id| ids.contains(id))?;
        Some(works_on(&told.header, id))
    })
}

/// That a run works on a target, in words.
pub(super) fn works_on(header: &Header, id: &TargetId) -> String {
    format!("{} works on {id}: {}", who(header), header.asked_for())
}

fn who(Header { run, user, host, pid, .. }: &Header) -> String {
    format!("run {run} by {user} (pid {pid} on {host})")
}
