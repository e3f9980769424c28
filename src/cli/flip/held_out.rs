//! A target that is held out with one of the ports of a flip: the flip would put its other port in, and a
//! later restore the first one beside it.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::report::{Access, put_right};
use crate::rollout::{Plan, Registration};

/// # Errors
/// Something of what is away is a port of a target that is flipped. Of others it can be ignored.
pub(super) fn none_held_out_on(
    plan: &Plan,
    away: &[Registration],
    access: &Access,
) -> Result<(), CliError> {
    let is_of_flip = |place: &&Registration| {
        let target = plan.target(&place.id).filter(|_| plan.group(&place.group).is_some());
        let mut ports = target.into_iter().flat_map(|target| target.old.iter().chain(&target.new));
        ports.any(|it| it.port == place.port)
    };
    let held: Vec<_> = away.iter().filter(is_of_flip).collect();
    let Some(back) = put_right(held.iter().copied(), access) else { return Ok(()) };
    let held = held.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let what = format!(
        "an earlier run holds out {held}: put back later, it would serve beside what the flip puts in"
    );
    let hint = format!("put it back first with: {back}");
    Err(CliError::new(Exit::Refused, what).hint(Some(hint)))
}
