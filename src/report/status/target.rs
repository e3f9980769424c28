//! One registration as it is shown: what the load balancer says of it, and whether a run has it.

use super::words;
use crate::journal::RunId;
use crate::rollout::{Health, Look, Moment, Registration};

/// What a run of this machine took out and did not put back yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOut {
    /// What.
    pub place: Registration,
    /// Which run.
    pub run: RunId,
    /// Since when.
    pub since: Moment,
    /// What the run does, e.g. `roll web`, with the reason if one was given.
    pub what: String,
    /// Who began it.
    pub user: String,
    /// Whether its process is alive, so that it may still put it back by itself.
    pub under_way: bool,
}

/// How one registration fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetStatus {
    /// Which one.
    pub place: Registration,
    /// What the load balancer says of it; a list of a group does not name what is gone.
    pub health: Health,
    /// Why, in words; nothing if it is in service.
    pub why: Option<String>,
    /// The run that holds it out, if one of this machine does.
    pub held_out: Option<HeldOut>,
}

/// What a look and the runs say, those out of service first.
pub(super) fn all(at: Moment, look: &Look, held: &[&HeldOut]) -> Vec<TargetStatus> {
    let holder =
        |place: &Registration| held.iter().rev().find(|held| held.place.same_place(place)).copied();
    let seen = look.seen.iter().filter(|(_, health)| !health.is_not_registered());
    let mut all: Vec<_> =
        seen.map(|(place, health)| one(at, place, health, holder(place))).collect();
    for held in held {
        if !all.iter().any(|known| known.place.same_place(&held.place)) {
            all.push(one(at, &held.place, &Health::not_registered(), holder(&held.place)));
        }
    }
    all.sort_by(|one, other| {
        let key = |it: &TargetStatus| (it.health.is_in_service(), it.place.clone());
        key(one).cmp(&key(other))
    });
    all
}

fn one(
    at: Moment,
    place: &Registration,
    health: &Health,
    held_out: Option<&HeldOut>,
) -> TargetStatus {
    let why = held_out.map(|held| words::held_out(at, held)).or_else(|| words::why(health));
    TargetStatus { place: place.clone(), health: health.clone(), why, held_out: held_out.cloned() }
}
