//! What a drain says of targets that are not as it was asked for. Whether it is told or an error
//! is not decided here.

use std::collections::BTreeMap;

use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::whom::Targets;
use crate::report::{Access, give_up, put_right, take_out_by_hand};
use crate::rollout::{Plan, Registration, Snapshot, State, TargetId, said_of};
use crate::runs::Past;

/// What earlier runs hold out of the targets, so that nobody takes a drain for what it is not.
pub(super) fn out_already(
    runs: &[Past],
    targets: &Targets,
    found: &[Registration],
    access: &Access,
) -> Vec<String> {
    let is_out = |place: &&Registration| {
        targets.ids.contains(&place.id) && !found.iter().any(|other| other.same_place(place))
    };
    let told = runs.iter().filter_map(|past| {
        let held = past.held_out().iter().map(|held| &held.place);
        let places: Vec<_> = held.filter(is_out).collect();
        let command = put_right(places.iter().copied(), access)?;
        let (run, places) = (past.run, listed(&places));
        Some(format!("out already by run {run}: {places}; put it back with: {command}"))
    });
    told.collect()
}

/// Targets that are registered nowhere; none if there are none.
pub(super) fn registered_nowhere(missing: &[&TargetId]) -> Option<String> {
    (!missing.is_empty())
        .then(|| format!("{}: registered in no group that was looked at", listed(missing)))
}

/// The same as an error.
pub(super) fn strictly(what: String, access: &Access) -> CliError {
    let runs = access.command("runs");
    let hint = format!(
        "look at the id, the region and the account; what is held out already is told by: {runs}"
    );
    CliError::new(Exit::Refused, what).hint(Some(hint))
}

/// What a drain takes along that is draining by nobody's doing on this machine, group by group: who
/// began that may not want it back.
pub(super) fn taken_along(
    plan: &Plan,
    seen: &Snapshot,
    access: &Access,
    away: &[Registration],
) -> Vec<String> {
    let is_theirs = |place: &Registration| {
        let drains = said_of(seen, place).is_some_and(|health| health.state == State::Draining);
        drains && !away.iter().any(|ours| ours.same_place(place))
    };
    let places = || plan.targets().flat_map(|target| &target.old);
    let is_shared = |place: &Registration| {
        let other = |it: &Registration| it.id == place.id && it.group == place.group;
        places().any(|it| other(it) && !is_theirs(it))
    };
    let mut theirs: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for place in places().filter(|place| is_theirs(place)) {
        theirs.entry((&place.group, is_shared(place))).or_default().push(place);
    }
    let told = theirs.into_iter().map(|((group, is_shared), places)| {
        let way_out = match is_shared {
            // It is given up in a group as a whole, and the rest of it there has to come back.
            true => {
                let commands = take_out_by_hand(places.iter().copied(), access);
                format!("then after the restore: {}", commands.join("; "))
            }
            false => format!("then after this drain: {}", give_up(places.clone(), group, access)),
        };
        format!(
            "draining already, taken out by somebody else: {}; restore will put it back; if it is \
             being removed for good, {way_out}",
            listed(&places)
        )
    });
    told.collect()
}

fn listed<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
