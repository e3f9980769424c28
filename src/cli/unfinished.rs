//! What runs on this machine took out and nobody has put back: who refuses a run over it, and who
//! only shows it, read it from here.

use std::path::Path;

use super::error::CliError;
use super::exit::Exit;
use crate::journal::{self, Header, JournalError, Recorded, RunFolder};
use crate::report::{Access, put_right};
use crate::rollout::{Act, Health, Moment, Plan, Registration, Rollout, Snapshot};

/// What is done about targets that an earlier run holds out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum IfHeldOut {
    /// Refuse the run
    Fail,
    /// Leave them as they are
    Ignore,
}

/// A run, and what is out because of it.
pub(super) struct LeftOut {
    pub(super) header: Header,
    /// Each with the time since when it is out.
    pub(super) out: Vec<(Registration, Moment)>,
    pub(super) folder: RunFolder,
}

impl LeftOut {
    pub(super) fn places(&self) -> impl Iterator<Item = &Registration> {
        self.out.iter().map(|(place, _)| place)
    }

    /// Whether its process is alive, so that it may still put everything back by itself.
    pub(super) fn is_under_way(&self) -> bool {
        journal::is_being_written(&self.folder.journal())
    }
}

/// The runs that hold something out of a group that was looked at, oldest first, and why some
/// journals cannot be read.
pub(super) fn left_out(
    state_dir: &Path,
    seen: &Snapshot,
) -> Result<(Vec<LeftOut>, Vec<String>), JournalError> {
    let (mut left, mut unreadable) = (Vec::<LeftOut>::new(), Vec::new());
    // Oldest first: whatever a later run planned was registered again by then.
    for (_, folder) in RunFolder::all(state_dir)? {
        match recorded(&folder) {
            Ok(Some((header, rollout))) => {
                for earlier in &mut left {
                    earlier.out.retain(|(place, _)| !is_planned(&header.plan, place));
                }
                left.push(LeftOut { out: held_out(&rollout, seen), header, folder });
            }
            Ok(None) => {}
            Err(why) => unreadable.push(format!("an earlier run is passed over: failed to {why}")),
        }
    }
    left.retain(|run| !run.out.is_empty());
    Ok((left, unreadable))
}

/// Refuses if an earlier run holds something out of a group that was looked at. Journals that
/// cannot be read are told by their reason.
///
/// # Errors
/// Each such run, with what it holds out and the commands that put it back.
pub(super) fn none_held_out(
    state_dir: &Path,
    seen: &Snapshot,
    access: &Access,
) -> Result<Vec<String>, CliError> {
    let (left, unreadable) = left_out(state_dir, seen)?;
    if left.is_empty() {
        return Ok(unreadable);
    }
    let mut error = CliError { kind: Exit::Refused, what: Vec::new(), hints: Vec::new() };
    for run in &left {
        let Header { run: id, user, host, .. } = &run.header;
        let places = run.places().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        error
            .what
            .push(format!("run {id} by {user} on {host} took out and did not put back: {places}"));
    }
    let commands = put_right(left.iter().flat_map(LeftOut::places), access);
    for command in commands {
        error = error.hint(Some(format!("put it back with: {command}")));
    }
    let folders = left.iter().map(|run| run.folder.path().display().to_string());
    let gone = format!("if it is gone for good, delete {}", folders.collect::<Vec<_>>().join(" "));
    Err(error.hint(Some("or go on without it: --if-held-out ignore")).hint(Some(gone)))
}

/// A run as its journal tells it; none if it died before it did anything.
fn recorded(folder: &RunFolder) -> Result<Option<(Header, Rollout)>, String> {
    match journal::read(&folder.journal()) {
        Ok(Recorded { header, facts, .. }) => {
            let rollout = Rollout::recover(header.plan.clone(), header.at, &facts);
            let unfit = |why| format!("follow {}: {why}", folder.journal().display());
            rollout.map(|rollout| Some((header, rollout))).map_err(unfit)
        }
        Err(JournalError::NotBegun { .. }) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

fn is_planned(plan: &Plan, place: &Registration) -> bool {
    plan.targets().flat_map(|target| &target.old).any(|planned| planned.same_place(place))
}

/// What the run took out and the looks do not show registered again.
fn held_out(rollout: &Rollout, seen: &Snapshot) -> Vec<(Registration, Moment)> {
    let targets = rollout.targets().filter(|(_, progress)| progress.is_held_out());
    let is_out = |place: &&Registration| {
        let look = seen.get(&place.group);
        look.is_some_and(|look| !look.health(place).is_some_and(Health::can_receive))
    };
    let mut out = Vec::new();
    for (target, progress) in targets {
        let since = progress.finished_at(Act::Deregister).unwrap_or(rollout.changed());
        out.extend(target.old.iter().filter(is_out).map(|place| (place.clone(), since)));
    }
    out
}
