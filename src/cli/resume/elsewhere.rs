//! Whether a run that is taken up would deploy targets under the traffic of groups that are not its
//! own: somebody may have put them in there since.

use std::collections::BTreeSet;

use crate::cli::beside::Beside;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::reach::Reach;
use crate::cli::shown::Talk;
use crate::journal::RunId;
use crate::report::Access;
use crate::rollout::{Progress, Refusal, Rollout, Target, serving_elsewhere};

/// # Errors
/// A target that is still to be deployed serves elsewhere, or the load balancer cannot be asked.
pub(super) async fn none_serves_elsewhere(
    run: RunId,
    rollout: &Rollout,
    reach: &Reach,
    access: &Access,
    talk: &Talk,
) -> Result<(), CliError> {
    let plan = rollout.plan();
    // Of a flip, what it stops last must get no traffic, either.
    let last = plan.steps().into_iter().rev().find(|step| step.act.changes_target());
    let Some(last) = last else { return Ok(()) };
    let is_left = |at: &Progress| !at.is_over() && at.finished_at(last.act).is_none();
    let left = rollout.targets().filter(|(_, progress)| is_left(progress));
    let ids: BTreeSet<_> = left.map(|(target, _)| target.id.clone()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let groups = &plan.groups;
    let beside = Beside::search(groups, reach, |what| talk.note(what)).await;
    let beside = beside.map_err(|error| CliError::refused(&error))?;
    let mut places = reach.watch.decide(|seen| beside.registered(seen));
    if plan.strategy.overlaps() {
        let ports: BTreeSet<_> = plan.targets().flat_map(ports_of).collect();
        places.retain(|(place, _)| ports.contains(&place.port));
    }
    let refusals = serving_elsewhere(&places, groups, |id| ids.contains(id));
    if refusals.is_empty() {
        return Ok(());
    }
    let what = refusals.iter().map(Refusal::to_string).collect();
    let error = CliError { kind: Exit::Refused, what, hints: Vec::new() };
    let back = access.command(&format!("restore --run {}", run));
    Err(error
        .hint(Some("take it out there first, with elb-deploy drain TARGET --group GROUP"))
        .hint(
            rollout
                .held_out()
                .next()
                .map(|_| format!("or put back what the run holds out: {back}")),
        ))
}

/// A flip leaves other ports of its target alone.
fn ports_of(target: &Target) -> impl Iterator<Item = u16> {
    target.old.iter().chain(&target.new).map(|place| place.port)
}
