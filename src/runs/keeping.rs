//! Decides which journals are kept. It is given the time and touches no file.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::flips::TargetPort;
use super::held_out::{Found, Place};
use crate::rollout::Moment;

/// Long enough for whoever looks into what went wrong last month.
pub const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Each new run reads all journals, so they must not become too many.
pub const KEPT_RUNS: usize = 200;

/// What decides whether a run's journal is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// When the run ended; `None` if it has not, or nobody can tell.
    pub(super) ended: Option<Moment>,
    /// What its own facts say that it holds out, and when it last touched that.
    pub(super) left_out: BTreeMap<Place, Moment>,
    /// What it found registered again that earlier runs may have held out.
    pub(super) found: Found,
    /// The ports that it flipped a target to or from, and whether it may have left something running there.
    pub(super) flipped: BTreeMap<TargetPort, bool>,
}

/// Which of these runs, oldest first, need not be remembered any more.
///
/// A run that holds something out, or has not ended, is always kept. So is one that tells of
/// an older one which is kept that what it had taken out is back: deleting it would have the
/// older one hold that out again. And so is the latest flip that was about a port, if it has left
/// something running there, or tells of an older one which is kept that it has not: nobody else knows
/// whose that is.
pub(super) fn outdated(runs: &[Entry], now: Moment) -> Vec<usize> {
    let mut outdated = Vec::new();
    let mut remembered_out: BTreeSet<&Place> = BTreeSet::new();
    let mut remembered_there: BTreeSet<&TargetPort> = BTreeSet::new();
    let mut settled_since = (0..runs.len()).filter(|at| is_settled(runs, *at)).count();
    for (at, run) in runs.iter().enumerate() {
        let settled = is_settled(runs, at);
        let old = run.ended.is_some_and(|ended| now.since(ended) > KEPT_FOR);
        let is_witness = run.found.places.iter().any(|place| remembered_out.contains(place));
        let tells_of = |(port, left): (&TargetPort, &bool)| {
            let is_latest = !runs[at + 1..].iter().any(|later| later.flipped.contains_key(port));
            is_latest && (*left || remembered_there.contains(port))
        };
        let is_witness = is_witness || run.flipped.iter().any(tells_of);
        if settled && (old || settled_since > KEPT_RUNS) && !is_witness {
            outdated.push(at);
        } else {
            remembered_out.extend(run.left_out.keys());
            let left = run.flipped.iter().filter(|(_, left)| **left);
            remembered_there.extend(left.map(|(port, _)| port));
        }
        settled_since -= usize::from(settled);
    }
    outdated
}

fn is_settled(runs: &[Entry], at: usize) -> bool {
    let found_later = |(place, touched): (&Place, &Moment)| {
        runs[at + 1..].iter().any(|later| later.found.settles(place, *touched))
    };
    runs[at].ended.is_some() && runs[at].left_out.iter().all(found_later)
}

#[cfg(test)]
mod tests;
