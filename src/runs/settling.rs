//! Writes into the journal of an earlier run that others have seen to what it holds out. It decides
//! nothing about the load balancer.

use std::collections::BTreeSet;
use std::path::Path;

use super::past::Past;
use crate::journal::{Journal, JournalError, Recorded, RunId, read};
use crate::rollout::{Dated, Fact, GroupArn, Moment, Registration, Rollout, TargetId};

/// A person gives up what runs hold out of a target: in the groups that `is_meant` says, or where
/// only part of what is held out of a group is meant, not there.
///
/// Returns the runs in which something was given up.
///
/// # Errors
/// The journals cannot be listed, or one of them cannot be read or written; those before it are.
pub fn forget(
    state_dir: &Path,
    target: &TargetId,
    is_meant: impl Fn(&Registration) -> bool,
    by: &str,
    at: Moment,
) -> Result<Vec<RunId>, JournalError> {
    let holds = |past: &Past| past.held_out().iter().any(|held| held.place.id == *target);
    let mut forgotten = Vec::new();
    for past in Past::all(state_dir)?.into_iter().filter(holds) {
        let given_up =
            |groups| Fact::Forgotten { target: target.clone(), by: by.to_owned(), groups };
        if settle(&past.folder.journal(), at, target, &is_meant, given_up)? {
            forgotten.push(past.run);
        }
    }
    Ok(forgotten)
}

/// Writes a fact into a journal for the groups of which it holds a target out, and in which
/// everything that is held out is settled; says whether there was such a group.
pub(super) fn settle(
    journal: &Path,
    at: Moment,
    target: &TargetId,
    is_settled: impl Fn(&Registration) -> bool,
    fact: impl Fn(Vec<GroupArn>) -> Fact,
) -> Result<bool, JournalError> {
    let dated = |recorded: &Recorded| {
        let Settled { groups, all } = settled(recorded, target, &is_settled);
        let fact = |groups| Dated { at, fact: fact(groups) };
        (!groups.is_empty()).then(|| fact(if all { Vec::new() } else { groups }))
    };
    // Where nothing is to be written, nobody has to be able to.
    if dated(&read(journal)?).is_none() {
        return Ok(false);
    }
    let (mut journal, recorded) = Journal::reopen_briefly(journal)?;
    // Somebody else may have written it meanwhile.
    let Some(fact) = dated(&recorded) else { return Ok(false) };
    journal.append(&fact)?;
    Ok(true)
}

/// The groups of which a target is held out and in which all of that is settled.
#[derive(Default)]
struct Settled {
    groups: Vec<GroupArn>,
    /// Whether it is held out of no other.
    all: bool,
}

fn settled(
    Recorded { header, facts, .. }: &Recorded,
    target: &TargetId,
    is_settled: impl Fn(&Registration) -> bool,
) -> Settled {
    let Ok(rollout) = Rollout::recover(header.plan.clone(), header.at, facts) else {
        return Settled::default();
    };
    let out = rollout.left_out(target);
    let groups: BTreeSet<_> = out.iter().map(|place| &place.group).collect();
    let is_whole = |group: &&GroupArn| {
        out.iter().filter(|place| place.group == **group).all(|place| is_settled(place))
    };
    let count = groups.len();
    let groups: Vec<_> = groups.into_iter().filter(is_whole).cloned().collect();
    Settled { all: groups.len() == count, groups }
}

#[cfg(test)]
mod tests;
