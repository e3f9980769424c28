//! Whether a run is taken up inside of its window. Outside of it, what is begun may go on: it is brought
//! back into service.

use crate::cli::error::CliError;
use crate::cli::roll::{opening, shut};
use crate::journal::RunId;
use crate::report::Access;
use crate::rollout::{Moment, Rollout};

/// What the window leaves to be done now, in words, if that is not all.
///
/// # Errors
/// It is nothing: the window is not open, and nobody is to be carried to the end.
pub(super) fn in_window(
    run: RunId,
    rollout: &Rollout,
    now: Moment,
    access: &Access,
) -> Result<Option<String>, CliError> {
    let policy = &rollout.plan().policy;
    let (Some(window), Some(shut)) = (&policy.window, shut(policy, now)) else { return Ok(None) };
    if rollout.taken_up().has_begun_ones() {
        let opens = opening(window, now).unwrap_or_default();
        let only = "what is begun is carried to its end, and nobody else is taken out";
        return Ok(Some(format!("the window {window} is not open now: {only}; {opens}")));
    }
    let again = access.command(&format!("resume {run}"));
    Err(shut.hint(Some(format!("go on with the run then, with: {again}"))))
}
