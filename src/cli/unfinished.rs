//! What runs on this machine took out and nobody has put back: who refuses a run over it, and who
//! only shows it, read it from here.

use std::path::Path;

use super::error::CliError;
use super::exit::Exit;
use crate::journal::{Header, JournalError};
use crate::report::{Access, put_right};
use crate::rollout::{Health, LEAVING_GRACE, Look, Registration, Snapshot, TargetId};
use crate::runs::{HeldOut, Past, Told, Untold};

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
    pub(super) out: Vec<HeldOut>,
    /// Whether its process is alive, so that it may still put everything back by itself.
    pub(super) is_under_way: bool,
}

impl LeftOut {
    pub(super) fn places(&self) -> impl Iterator<Item = &Registration> {
        self.out.iter().map(|held| &held.place)
    }
}

/// The runs that hold something out of a group that was looked at, oldest first, and why some
/// journals cannot be read. What a look shows registered is not out, whatever a journal says.
pub(super) fn left_out(
    state_dir: &Path,
    seen: &Snapshot,
) -> Result<(Vec<LeftOut>, Vec<String>), JournalError> {
    let is_out = |held: &HeldOut| {
        let look = seen.get(&held.place.group);
        // A look right after it was touched may be from before that.
        let is_old = |look: &Look| look.at < held.touched.after(LEAVING_GRACE);
        let is_in = |look: &Look| look.health(&held.place).is_some_and(Health::can_receive);
        look.is_some_and(|look| is_old(look) || !is_in(look))
    };
    let (mut left, mut unreadable) = (Vec::new(), Vec::new());
    for Past { under_way: is_under_way, told, .. } in Past::all(state_dir)? {
        match told {
            Ok(Told { header, mut held_out, .. }) => {
                held_out.retain(is_out);
                left.push(LeftOut { header, out: held_out, is_under_way });
            }
            Err(Untold::Journal(JournalError::NotBegun { .. })) => {}
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
    let error = held_out_by(&left, access);
    Err(error.hint(Some("or go on without it: --if-held-out ignore")))
}

/// Each of these runs, with what it holds out, and the command that puts it back.
pub(super) fn held_out_by(left: &[LeftOut], access: &Access) -> CliError {
    let mut error = CliError { kind: Exit::Refused, what: Vec::new(), hints: Vec::new() };
    for run in left {
        let Header { run: id, user, host, .. } = &run.header;
        let what = run.header.asked_for();
        let places = run.places().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        error.what.push(format!(
            "run {id} by {user} on {host}, {what}, took out and did not put back: {places}"
        ));
    }
    let commands = put_right(left.iter().flat_map(LeftOut::places), access);
    error.hint(commands.map(|command| format!("put it back with: {command}")))
}

/// The unfinished flips of a target, the latest first.
pub(super) fn unfinished_flips<'a>(
    runs: &'a [Past],
    id: &TargetId,
) -> impl Iterator<Item = &'a Past> {
    let is_of = |past: &&Past| {
        let header = past.told.as_ref().map(|told| &told.header);
        header.is_ok_and(|it| it.plan.strategy.overlaps() && it.plan.target(id).is_some())
    };
    runs.iter().rev().filter(|past| past.can_go_on()).filter(is_of)
}

/// The command that goes on with a run that is not done.
pub(super) fn go_on(past: &Past, access: &Access) -> String {
    let reached = past.told.as_ref().map(|told| &told.header.reached);
    let access = reached.map_or_else(|_| access.clone(), |reached| access.or(reached));
    let command = access.command(&format!("resume {}", past.run));
    format!("run {} is not done; go on with it: {command}", past.run)
}
