//! The flip of this machine that left a target registered with both ports. That of another machine is
//! known there alone.

use crate::cli::error::CliError;
use crate::report::Access;
use crate::rollout::{Refusal, TargetId};
use crate::runs::Past;

/// The refusals of a flip, with the command that goes on with the earlier one that is not done.
pub(super) fn naming_unfinished(
    error: CliError,
    refusals: &[Refusal],
    runs: &[Past],
    access: &Access,
) -> CliError {
    let in_two_places = refusals.iter().filter_map(|refusal| match refusal {
        Refusal::BothLive { target, .. } | Refusal::PortsDiffer { target, .. } => Some(target),
        _ => None,
    });
    let hints = in_two_places.map(|target| go_on(runs, target, access));
    hints.fold(error, CliError::hint)
}

fn go_on(runs: &[Past], id: &TargetId, access: &Access) -> Option<String> {
    let told = |past: &Past| Some((past.run, past.told.as_ref().ok()?.header.clone()));
    let open = runs.iter().rev().filter(|past| past.can_go_on()).filter_map(told);
    let is_about = |header: &crate::journal::Header| {
        header.plan.strategy.overlaps() && header.plan.target(id).is_some()
    };
    let (run, header) = { open }.find(|(_, header)| is_about(header))?;
    let command = access.or(&header.reached).command(&format!("resume {run}"));
    Some(format!("the flip of {id} that is not done, by {}, goes on with: {command}", header.user))
}
