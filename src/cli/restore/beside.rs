//! Targets that a run or a command is at work on: they are not put into service meanwhile.

use std::collections::BTreeSet;

use crate::cli::busy::Busy;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::still_running::anybody_at_work;
use crate::report::Access;
use crate::rollout::TargetId;
use crate::runs::{Past, ToRestore};

/// Leaves out whom somebody is at work on; they are an error for later.
pub(super) fn leave_to_others(
    found: &mut ToRestore,
    runs: &[Past],
    access: &Access,
) -> Option<CliError> {
    let ids: BTreeSet<_> = found.places.iter().map(|(_, place)| place.id.clone()).collect();
    let busy = |id: &TargetId| anybody_at_work(runs, &[id.clone()].into());
    let left: Vec<_> = ids.into_iter().filter_map(|id| Some((busy(&id)?, id))).collect();
    found.places.retain(|(_, place)| !left.iter().any(|(_, id)| *id == place.id));
    let kind = if found.places.is_empty() { Exit::Journal } else { Exit::HaltedOut };
    let told = left.into_iter().map(|(Busy { what, end }, id)| {
        let what = format!("{id} is not put back: {what}");
        let command = access.command(&format!("restore {id} --lock-wait 10m"));
        let wait = format!("wait until it has ended, or let this wait for it: {command}");
        CliError::new(kind, what).hint(Some(wait)).hint(end)
    });
    told.reduce(CliError::and)
}
