//! How groups fare: what one pass over them saw, as a table and as JSON, and what changed since the
//! pass before. It is told everything; it asks nobody.

mod document;
mod follower;
mod heading;
mod table;
mod target;
mod words;
mod wrap;

#[cfg(test)]
mod tests;

pub use document::document;
pub use follower::{Follower, Size};
pub use table::{Page, table};
pub use target::{HeldOut, TargetStatus};

use super::access::Access;
use super::put_right::put_right;
use crate::rollout::{
    DEFAULT_MIN_HEALTHY, Front, Group, Look, Moment, Registration, Snapshot, TargetType,
};

/// What is known of the groups that are shown.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The groups, with their settings.
    pub groups: &'a [Group],
    /// Their load balancers; `None` if listeners cannot be read.
    pub fronts: Option<&'a [Front]>,
    /// The latest look at each group.
    pub looks: &'a Snapshot,
    /// What runs of this machine hold out of them.
    pub held_out: &'a [HeldOut],
    /// How the account was reached.
    pub access: &'a Access,
}

/// How groups fare at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// When.
    pub at: Moment,
    /// The groups, in the order in which they are shown.
    pub groups: Vec<GroupStatus>,
}

/// How one group fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupStatus {
    /// The group.
    pub group: Group,
    /// Its load balancers with only those uses that forward to it; `None` if they cannot be read.
    pub fronts: Option<Vec<Front>>,
    /// Its targets, those out of service first.
    pub targets: Vec<TargetStatus>,
    /// How many of those in service can be taken out at once before the default floor is touched.
    pub can_be_taken_out: usize,
    /// With how few in service traffic goes to all registered ones; `None` while there are more.
    pub fails_open_below: Option<usize>,
    /// The commands that put back what dead runs hold out.
    pub put_back: Vec<String>,
}

impl Status {
    /// What is known, put together.
    pub fn of(at: Moment, known: Known<'_>) -> Self {
        let groups = known.groups.iter().map(|group| GroupStatus::of(at, group, known)).collect();
        Self { at, groups }
    }

    /// The groups with something out of service or without any target first, then by name.
    #[must_use]
    pub fn worst_first(mut self) -> Self {
        self.groups.sort_by(|one, other| {
            let key = |it: &GroupStatus| (it.is_in_service(), it.group.name.clone());
            key(one).cmp(&key(other))
        });
        self
    }

    /// Whether every group that can be drained has targets, and all of them are in service.
    pub fn is_in_service(&self) -> bool {
        self.groups.iter().all(GroupStatus::is_in_service)
    }
}

impl GroupStatus {
    fn of(at: Moment, group: &Group, known: Known<'_>) -> Self {
        let nothing = Look { at, seen: Vec::new() };
        let look = known.looks.get(&group.arn).unwrap_or(&nothing);
        let held: Vec<_> =
            known.held_out.iter().filter(|held| held.place.group == group.arn).collect();
        let dead = held.iter().filter(|held| !held.under_way).map(|held| &held.place);
        Self {
            fronts: known.fronts.map(|fronts| fronts_of(group, fronts)),
            targets: target::all(at, look, &held),
            can_be_taken_out: can_be_taken_out(group, look),
            fails_open_below: fails_open_below(group, look),
            put_back: put_right(dead.collect::<Vec<&Registration>>(), known.access)
                .into_iter()
                .collect(),
            group: group.clone(),
        }
    }

    /// Whether its targets can be taken out at all.
    pub fn is_drainable(&self) -> bool {
        is_drainable(&self.group)
    }

    /// How many of its targets are in service.
    pub fn in_service(&self) -> usize {
        self.targets.iter().filter(|target| target.health.is_in_service()).count()
    }

    /// A group that has lost its last target serves nobody.
    fn is_in_service(&self) -> bool {
        !self.is_drainable() || self.has_targets_all_in_service()
    }

    fn has_targets_all_in_service(&self) -> bool {
        !self.targets.is_empty() && self.in_service() == self.targets.len()
    }
}

/// Whether a group has targets that can be looked at and taken out: functions and load balancers
/// cannot.
pub fn is_drainable(group: &Group) -> bool {
    matches!(group.target_type, TargetType::Instance | TargetType::Ip)
}

fn fronts_of(group: &Group, fronts: &[Front]) -> Vec<Front> {
    let ours = fronts.iter().filter(|front| group.balancers.contains(&front.arn));
    ours.map(|front| {
        let uses = front.uses.iter().filter(|used| used.group == group.arn).cloned().collect();
        Front { uses, ..front.clone() }
    })
    .collect()
}

/// What `roll` would let be taken out at once, counted in targets as it does.
fn can_be_taken_out(group: &Group, look: &Look) -> usize {
    let floor = DEFAULT_MIN_HEALTHY.at_least(look.registered().count());
    if group.balancers.is_empty() { 0 } else { look.serving().count().saturating_sub(floor) }
}

/// Without any healthy target a load balancer always fails open, whatever the minimum.
fn fails_open_below(group: &Group, look: &Look) -> Option<usize> {
    let registered = look.seen.iter().filter(|(_, health)| health.can_receive()).count();
    let healthy = look.seen.iter().filter(|(_, health)| health.is_in_service()).count();
    let least = group.fail_open.of(registered).max(1);
    let fails_open = registered > 0 && healthy < least && !group.balancers.is_empty();
    fails_open.then_some(least)
}
