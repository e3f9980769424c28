//! What listens on the port that comes next, as far as that can be known from here. What an earlier flip
//! of this machine has left there is its own to stop; what anybody else has is not.

use std::net::IpAddr;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::unfinished::go_on;
use crate::executor::listens;
use crate::report::Access;
use crate::rollout::{Flip, Plan};
use crate::runs::{LeftThere, Past, left_there};

/// # Errors
/// A stranger listens on a port on which the new release is to be started; or nothing does on the one to
/// which a flip goes back.
pub(super) async fn nobody_in_the_way(
    plan: &Plan,
    myself: Option<IpAddr>,
    runs: &[Past],
    access: &Access,
) -> Result<(), CliError> {
    let Flip { starts, clears, .. } = &plan.policy.flip;
    let is_back = !starts;
    let mut wrong = Vec::new();
    for target in plan.targets() {
        let Some(address) = myself.or_else(|| target.id.as_str().parse().ok()) else { continue };
        let Some(port) = target.new.first().map(|place| place.port) else { continue };
        let left = left_there(runs, &target.id, port);
        wrong.push(match (is_back, listens(address, port).await) {
            (true, false) => nothing_there(address, port),
            (true, true) if left != Some(LeftThere::Kept) => not_kept(port, left, runs, access),
            // What is registered there is the target's, whoever started it.
            (false, true) if !clears.contains(&target.id) && left.is_none() => {
                stranger(address, port)
            }
            _ => continue,
        });
    }
    wrong.into_iter().reduce(CliError::and).map_or(Ok(()), Err)
}

fn not_kept(port: u16, left: Option<LeftThere>, runs: &[Past], access: &Access) -> CliError {
    let what = format!("what runs on port {port} is not what the latest flip has left running");
    let hint = "only what --keep-old has left can be gone back to; flip to it with --start";
    let by = runs.iter().find(|past| left == Some(LeftThere::Perhaps(past.run)));
    let go_on = by.filter(|past| past.can_go_on()).map(|past| go_on(past, access));
    CliError::new(Exit::Refused, what).hint(go_on).hint(Some(hint))
}

fn nothing_there(address: IpAddr, port: u16) -> CliError {
    let what =
        format!("nothing listens on port {port} of {address}, so there is nothing to go back to");
    let hint = "flip to it with --start, without --back";
    CliError::new(Exit::Refused, what).hint(Some(hint))
}

fn stranger(address: IpAddr, port: u16) -> CliError {
    let what = format!(
        "something listens on port {port} of {address} already, and no flip of this machine has left it there"
    );
    let hint = format!(
        "find out what it is, and stop it or choose other ports: ss -ltnp 'sport = :{port}'"
    );
    CliError::new(Exit::Refused, what).hint(Some(hint))
}
