//! Flips that are not done, where a restore has nothing to put back: they hold nothing out, and yet their
//! targets may serve nowhere, if what was put in has died since. Nothing is changed about them here.

use std::collections::BTreeSet;

use crate::cli::Global;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::holding::seen_of;
use crate::cli::reach::Reach;
use crate::cli::shown::Talk;
use crate::cli::unfinished::{go_on, unfinished_flips};
use crate::journal::RunId;
use crate::report::Access;
use crate::rollout::{GroupArn, Health, Registration, Snapshot, Target, TargetId, said_of};
use crate::runs::Past;

/// Tells how each of them goes on.
///
/// # Errors
/// A target of one serves nowhere. That the load balancer cannot be asked is told, and no error: nothing
/// is to be put back.
pub(super) async fn tell_unfinished_flips(
    runs: &[Past],
    meant: (&BTreeSet<TargetId>, Option<RunId>),
    global: &Global,
    talk: &Talk,
) -> Result<(), CliError> {
    let (flips, access) = (latest_flips(runs, meant), global.access());
    let groups: BTreeSet<_> = flips
        .iter()
        .flat_map(|(target, _)| target.groups().into_iter().cloned().collect::<Vec<_>>())
        .collect();
    if groups.is_empty() {
        return Ok(());
    }
    let seen = look(&groups, global).await;
    if let Err(error) = &seen {
        let why = error.what.join("; ");
        talk.note(&format!("whether targets of unfinished flips serve is not known: {why}"));
    }
    let is_gone = |target: &Target| seen.as_ref().is_ok_and(|seen| serves_nowhere(target, seen));
    let (gone, others): (Vec<_>, Vec<_>) =
        flips.into_iter().partition(|(target, _)| is_gone(target));
    for (target, past) in others {
        talk.note(&format!("the flip of {} by {}", target.id, go_on(past, &access)));
    }
    let gone = gone.into_iter().map(|(target, past)| nowhere(target, past, &access));
    gone.reduce(CliError::and).map_or(Ok(()), Err)
}

async fn look(groups: &BTreeSet<GroupArn>, global: &Global) -> Result<Snapshot, CliError> {
    let reach = Reach::for_journals(global, groups).await?;
    let looked = reach.watch.first_look(groups).await;
    looked.map_err(|error| CliError::refused(&error))?;
    Ok(reach.watch.decide(|seen| seen_of(groups, seen)))
}

/// Each target of such a flip that is meant, with the latest of them.
fn latest_flips<'a>(
    runs: &'a [Past],
    (ids, only): (&BTreeSet<TargetId>, Option<RunId>),
) -> Vec<(&'a Target, &'a Past)> {
    let told = runs.iter().filter_map(|past| past.told.as_ref().ok());
    let all: BTreeSet<_> =
        told.flat_map(|told| told.header.plan.targets()).map(|target| &target.id).collect();
    let is_meant = |id: &&&TargetId| ids.is_empty() || ids.contains(**id);
    let flip = |id: &TargetId| {
        let mut flips = unfinished_flips(runs, id);
        let past = flips.find(|past| only.is_none_or(|only| only == past.run))?;
        Some((past.told.as_ref().ok()?.header.plan.target(id)?, past))
    };
    all.iter().filter(is_meant).filter_map(|id| flip(id)).collect()
}

/// Whether neither of its ports is in service in one of its groups.
fn serves_nowhere(target: &Target, seen: &Snapshot) -> bool {
    let serves = |place: &Registration| said_of(seen, place).is_some_and(Health::is_in_service);
    let groups = target.groups();
    groups.into_iter().any(|group| {
        let mut places = target.old.iter().chain(&target.new);
        !places.any(|place| place.group == *group && serves(place))
    })
}

fn nowhere(target: &Target, past: &Past, access: &Access) -> CliError {
    let ports = target.old.iter().chain(&target.new).map(Registration::place);
    let ports = ports.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" and ");
    let what = format!("{ports} is not in service, and no journal holds it out");
    CliError::new(Exit::HaltedOut, what).hint(Some(format!(
        "the flip of {} by {}",
        target.id,
        go_on(past, access)
    )))
}
