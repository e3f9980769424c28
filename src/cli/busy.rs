//! Waits for whoever works on a target, a run under way or a command that has outlived its run: what
//! they take out, put in or deploy is not told by what a look shows meanwhile.

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

/// Who is at work, and how that can be ended.
pub(super) struct Busy {
    pub(super) what: String,
    pub(super) end: Option<String>,
}

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
    who: impl Fn(&[Past]) -> Option<Busy>,
) -> Result<Vec<Past>, CliError> {
    let until = Instant::now() + patience;
    let mut told = false;
    loop {
        let runs = Past::all(state_dir)?;
        let Some(Busy { what, end }) = who(&runs) else { return Ok(runs) };
        if Instant::now() >= until {
            let hint = "wait until it has ended, or give it time with --lock-wait 10m";
            return Err(CliError::new(Exit::Journal, what).hint(Some(hint)).hint(end));
        }
        if !std::mem::replace(&mut told, true) {
            talk.note(&format!("waiting: {what}"));
        }
        sleep(GAP).await;
    }
}

/// That this run is under way, in words.
pub(super) fn under_way(runs: &[Past], run: RunId) -> Option<Busy> {
    let past = runs.iter().find(|past| past.run == run && past.under_way)?;
    let what = match &past.told {
        Ok(told) => format!("{} is under way: {}", who(&told.header), told.header.asked_for()),
        Err(_) => format!("run {run} is just beginning"),
    };
    Some(Busy { what, end: None })
}

/// Who works on one of the targets, in words.
pub(super) fn at_work(runs: &[Past], ids: &BTreeSet<TargetId>) -> Option<Busy> {
    let busy = runs.iter().filter(|past| past.under_way);
    let mut told = busy.filter_map(|past| past.told.as_ref().ok());
    told.find_map(|told| {
        let id = told.header.plan.targets().map(|target| &target.id).find(|id| ids.contains(id))?;
        Some(Busy { what: works_on(&told.header, id), end: None })
    })
}

/// That a run works on a target, in words.
pub(super) fn works_on(header: &Header, id: &TargetId) -> String {
    format!("{} works on {id}: {}", who(header), header.asked_for())
}

fn who(Header { run, user, host, pid, .. }: &Header) -> String {
    format!("run {run} by {user} (pid {pid} on {host})")
}
