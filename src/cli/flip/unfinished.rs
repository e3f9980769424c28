//! What is to be done about a flip that is not done and stands in the way: most often it goes on. One of
//! another machine is known there alone.

use crate::cli::error::CliError;
use crate::cli::unfinished::{go_on, unfinished_flips};
use crate::report::Access;
use crate::rollout::{Refusal, TargetId};
use crate::runs::Past;

/// The errors of these refusals, each with the command that goes on with the earlier flip; or where a port
/// drains for another reason, the one that waits for it.
pub(super) fn naming_unfinished(
    error: CliError,
    refusals: &[Refusal],
    runs: &[Past],
    access: &Access,
) -> CliError {
    let by = |id: &TargetId| unfinished_flips(runs, id).next().map(|past| go_on(past, access));
    let hint = |refusal: &Refusal| match refusal {
        Refusal::BothLive { target, .. } | Refusal::PortsDiffer { target, .. } => by(target),
        Refusal::PortDrains { place } => Some(by(&place.id).unwrap_or_else(|| {
            let words = format!("wait deregistered {} {}", place.group.name(), place.place());
            format!("wait until it is gone: {}", access.command(&words))
        })),
        _ => None,
    };
    refusals.iter().map(hint).fold(error, CliError::hint)
}
