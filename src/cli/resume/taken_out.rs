//! Whether other runs of this machine hold out whom a run that is taken up has still to take out: it would
//! wait for them as for anybody else's, and its end would put back what those left out on purpose.

use std::path::Path;

use crate::cli::error::CliError;
use crate::cli::unfinished::{held_out_by, left_out};
use crate::journal::RunId;
use crate::report::Access;
use crate::rollout::{Registration, Rollout, Snapshot};

/// Refuses if one does.
///
/// # Errors
/// Each such run, with what it holds out and the command that puts it back; or the journals cannot be
/// listed.
pub(super) fn none_taken_out(
    by: RunId,
    rollout: &Rollout,
    state_dir: &Path,
    seen: &Snapshot,
    access: &Access,
) -> Result<(), CliError> {
    let again = rollout.taken_up();
    let to_go: Vec<_> = again.to_take_out().flat_map(|target| &target.old).collect();
    let is_to_go = |place: &Registration| to_go.iter().any(|other| other.same_place(place));
    let (mut left, _) = left_out(state_dir, seen)?;
    left.retain(|run| run.header.run != by && run.places().any(is_to_go));
    match left.is_empty() {
        true => Ok(()),
        false => Err(held_out_by(&left, access)),
    }
}
