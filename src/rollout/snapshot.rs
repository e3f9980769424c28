//! The latest that is known of every group: what decisions are made on.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Deref, DerefMut};

use super::health::Health;
use super::moment::Moment;
use super::target::{GroupArn, Registration, TargetId};

/// One look at one group: what it said of each registration, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When the answer came.
    pub at: Moment,
    /// Registered and draining registrations, and those that were asked for by name.
    pub seen: Vec<(Registration, Health)>,
}

impl Look {
    /// What was said of a registration; `None` if it was neither listed nor asked for.
    pub fn health(&self, registration: &Registration) -> Option<&Health> {
        self.seen.iter().find(|(place, _)| place.same_place(registration)).map(|(_, health)| health)
    }

    /// The ports with which a target is registered here, draining ones not counted.
    pub fn ports(&self, id: &TargetId) -> Vec<u16> {
        let mine =
            self.seen.iter().filter(|(place, health)| place.id == *id && health.can_receive());
        mine.map(|(place, _)| place.port).collect()
    }

    /// The targets that are registered here, draining ones not counted, each once.
    pub fn registered(&self) -> impl Iterator<Item = &TargetId> {
        self.targets(Health::can_receive)
    }

    /// The targets with at least one registration in service, each once.
    pub fn in_service(&self) -> impl Iterator<Item = &TargetId> {
        self.targets(Health::is_in_service)
    }

    /// The targets that get traffic: those in service, or all registered ones if there are none,
    /// because a load balancer without a healthy target fails open ("Target group health" in the
    /// user guide).
    pub fn serving(&self) -> impl Iterator<Item = &TargetId> {
        let fails_open = self.in_service().next().is_none();
        self.targets(if fails_open { Health::can_receive } else { Health::is_in_service })
    }

    fn targets(&self, counts: impl Fn(&Health) -> bool) -> impl Iterator<Item = &TargetId> {
        let counted = self.seen.iter().filter(move |(_, health)| counts(health));
        counted.map(|(place, _)| &place.id).collect::<BTreeSet<_>>().into_iter()
    }
}

/// The latest look at each group, and the latest search for groups beside those of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    looks: BTreeMap<GroupArn, Look>,
    /// None if nobody has searched.
    pub search: Option<Search>,
}

/// A search through all other groups that can hold the targets of a run; each of them was looked at since it
/// began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// When it began.
    pub began: Moment,
    /// When the last of them was looked at.
    pub ended: Moment,
    /// Those that there are, and that a load balancer uses.
    pub groups: BTreeSet<GroupArn>,
}

impl Snapshot {
    /// Nothing has been looked at.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Deref for Snapshot {
    type Target = BTreeMap<GroupArn, Look>;

    fn deref(&self) -> &Self::Target {
        &self.looks
    }
}

impl DerefMut for Snapshot {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.looks
    }
}

impl<const N: usize> From<[(GroupArn, Look); N]> for Snapshot {
    fn from(looks: [(GroupArn, Look); N]) -> Self {
        looks.into_iter().collect()
    }
}

impl FromIterator<(GroupArn, Look)> for Snapshot {
    fn from_iter<T: IntoIterator<Item = (GroupArn, Look)>>(looks: T) -> Self {
        Self { looks: looks.into_iter().collect(), search: None }
    }
}

/// What the latest look at its group said of a registration; `None` if there was no look, or it
/// did not name the registration.
pub fn said_of<'a>(seen: &'a Snapshot, place: &Registration) -> Option<&'a Health> {
    seen.get(&place.group)?.health(place)
}
