//! Whether a run that is taken up would take more targets out, of groups that somebody has put on
//! hold since. What is out already may go on: it comes back.

use crate::balancer::Balancer;
use crate::cli::error::CliError;
use crate::cli::hold::{self, IgnoreHold};
use crate::journal::RunId;
use crate::report::Access;
use crate::rollout::{Group, Refusal, Rollout, Target};

/// What of a hold is ignored, in words.
///
/// # Errors
/// A group out of which a target would be taken is on hold, or that cannot be asked.
pub(super) async fn none_on_hold(
    run: RunId,
    rollout: &Rollout,
    ignore: &IgnoreHold,
    balancer: &dyn Balancer,
    access: &Access,
) -> Result<Vec<String>, CliError> {
    let groups = losing(rollout);
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let hold::Asked { holds, notes } = ignore.ask(balancer, &groups).await?;
    if holds.is_empty() {
        return Ok(notes);
    }
    let refusals: Vec<_> = holds.into_iter().map(|hold| Refusal::OnHold { hold }).collect();
    let back = rollout.held_out().next().map(|_| {
        let command = access.command(&format!("restore --run {}", run));
        format!("what the run holds out is put back with: {command}")
    });
    Err(hold::refused(&refusals, access).hint(back))
}

/// The groups of targets that are still to be taken out.
fn losing(rollout: &Rollout) -> Vec<Group> {
    let again = rollout.taken_up();
    let to_be_out: Vec<_> = again.to_take_out().flat_map(Target::groups).collect();
    let groups = rollout.plan().groups.iter();
    groups.filter(|group| to_be_out.contains(&&group.arn)).cloned().collect()
}
