//! Targets that a command still works on: they are not put into service while it does.

use std::collections::BTreeSet;

use crate::cli::busy::Busy;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::still_running::outlived;
use crate::rollout::TargetId;
use crate::runs::{Past, ToRestore};

/// Leaves out whom a command still works on; they are an error for later.
pub(super) fn leave_to_their_commands(found: &mut ToRestore, runs: &[Past]) -> Option<CliError> {
    let ids: BTreeSet<_> = found.places.iter().map(|(_, place)| place.id.clone()).collect();
    let busy = |id: &TargetId| outlived(runs, &[id.clone()].into());
    let left: Vec<_> = ids.into_iter().filter_map(|id| Some((busy(&id)?, id))).collect();
    found.places.retain(|(_, place)| !left.iter().any(|(_, id)| *id == place.id));
    let kind = if found.places.is_empty() { Exit::Journal } else { Exit::HaltedOut };
    let told = left.into_iter().map(|(Busy { what, end }, id)| {
        let what = format!("{id} is not put back: {what}");
        let wait =
            format!("wait until it has ended, or give it time with: restore {id} --lock-wait 10m");
        CliError::new(kind, what).hint(Some(wait)).hint(end)
    });
    told.reduce(CliError::and)
}
