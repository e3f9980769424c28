//! Blue and green exchanged: a release would be taken for the other one, and the live one be stopped by its
//! color. The journals of this machine tell how it was.

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::executor::Jobs;
use crate::executor::command::names_color;
use crate::rollout::{Plan, Ports, Target};
use crate::runs::Past;

/// # Errors
/// The latest flip of a target had the same two ports the other way round.
pub(super) fn as_it_was(plan: &Plan, now: &Jobs, runs: &[Past]) -> Result<(), CliError> {
    let exchanged = plan.targets().filter_map(|target| exchanged(target, now, runs));
    exchanged.reduce(CliError::and).map_or(Ok(()), Err)
}

fn exchanged(target: &Target, now: &Jobs, runs: &[Past]) -> Option<CliError> {
    let told = runs.iter().rev().filter_map(|past| past.told.as_ref().ok());
    let mut flips = told.filter(|told| {
        let progress = told.rollout.progress(&target.id);
        told.header.plan.strategy.overlaps() && progress.is_some_and(|it| it.is_begun())
    });
    let latest = &flips.next()?.header;
    let (Ports { blue, green }, then) = (now.ports?, latest.jobs.ports?);
    let from = latest.plan.target(&target.id).and_then(|target| target.old.first());
    // Where a flip away from another port puts the idle one first, for once, only colors are exchanged.
    let came_from_elsewhere = from.is_some_and(|place| then.color(place.port).is_none());
    let commands = [&now.start, &now.stop, &latest.jobs.start, &latest.jobs.stop];
    let goes_by_color = commands.into_iter().flatten().any(|command| names_color(command));
    let is_harmless = came_from_elsewhere && !goes_by_color;
    if is_harmless || (then.blue, then.green) != (green, blue) {
        return None;
    }
    let what = format!(
        "the latest flip of {}, run {}, had --ports {green},{blue}: the colors would be exchanged",
        target.id, latest.run
    );
    let hint = format!("say --ports {green},{blue} as it was");
    Some(CliError::new(Exit::Refused, what).hint(Some(hint)))
}
