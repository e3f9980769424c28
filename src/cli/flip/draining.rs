//! What is to be done about a port that drains: most often a flip that was cut off goes on. One of another
//! machine is known there alone.

use crate::cli::error::CliError;
use crate::cli::unfinished::{go_on, unfinished_flips};
use crate::report::Access;
use crate::rollout::Refusal;
use crate::runs::Past;

/// The errors of these refusals, each of a port that drains with the command that helps.
pub(super) fn naming_what_drains(
    error: CliError,
    refusals: &[Refusal],
    runs: &[Past],
    access: &Access,
) -> CliError {
    let hint = |refusal: &Refusal| {
        let Refusal::PortDrains { place } = refusal else { return None };
        let by = unfinished_flips(runs, &place.id).next().map(|past| go_on(past, access));
        Some(by.unwrap_or_else(|| {
            let words = format!("wait deregistered {} {}", place.group.name(), place.place());
            format!("wait until it is gone: {}", access.command(&words))
        }))
    };
    refusals.iter().map(hint).fold(error, CliError::hint)
}
