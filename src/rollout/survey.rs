//! Holds a request against what is seen: whom it means, and what speaks against it.

use std::collections::{BTreeMap, BTreeSet};

use super::group::Group;
use super::health::{Health, State};
use super::order::{Order, spread};
use super::plan::Request;
use super::policy::Policy;
use super::refusal::Refusal;
use super::snapshot::{Look, Snapshot};
use super::target::{Registration, Target, TargetId};
use super::verdict::{HOPELESS_GRACE, Join, Verdict, in_service};

/// A request held against what is seen.
pub(super) struct Survey<'a> {
    pub(super) request: &'a Request,
    pub(super) seen: &'a Snapshot,
}

impl Survey<'_> {
    pub(super) fn look(&self, group: &Group) -> Option<&Look> {
        self.seen.get(&group.arn)
    }

    fn registrations(&self) -> impl Iterator<Item = &(Registration, Health)> {
        let looks = self.request.groups.iter().filter_map(|group| self.look(group));
        looks.flat_map(|look| &look.seen).filter(|(_, health)| !health.is_not_registered())
    }

    fn ids(&self) -> BTreeSet<&TargetId> {
        self.registrations().map(|(place, _)| &place.id).collect()
    }

    fn is_chosen(&self, id: &TargetId) -> bool {
        let Request { targets, exclude, .. } = self.request;
        (targets.is_empty() || targets.contains(id)) && !exclude.contains(id)
    }

    fn serves(&self, id: &TargetId) -> bool {
        self.request
            .groups
            .iter()
            .filter_map(|group| self.look(group))
            .any(|look| look.in_service().any(|serving| serving == id))
    }

    /// Targets out of service first: they cost no capacity, and mending them gives some.
    pub(super) fn chosen(&self) -> Vec<Target> {
        let mut ids: Vec<&TargetId> = Vec::new();
        for (place, _) in self.registrations() {
            if self.is_chosen(&place.id) && !ids.contains(&&place.id) {
                ids.push(&place.id);
            }
        }
        let places = |id: &TargetId| {
            self.registrations()
                .filter(|(place, _)| place.id == *id)
                .map(|(place, _)| place.clone())
                .collect()
        };
        let target = |id: &TargetId| Target::in_place(id.clone(), places(id));
        if self.request.order == Order::AsGiven {
            let given = |id: &&TargetId| self.request.targets.iter().position(|it| it == *id);
            ids.sort_by_key(given);
            return ids.into_iter().map(target).collect();
        }
        let (serving, others): (Vec<_>, Vec<_>) = ids.into_iter().partition(|id| self.serves(id));
        let others = spread(others.into_iter().map(target).collect());
        others.into_iter().chain(spread(serving.into_iter().map(target).collect())).collect()
    }

    /// The shares of the batch sizes that come to nobody.
    pub(super) fn empty_batches(&self, targets: usize) -> Vec<Refusal> {
        let shares = self.request.policy.batch.shares().filter(|_| targets > 0);
        let empty = shares.filter(|share| share.at_most(targets) == 0);
        empty.map(|batch| Refusal::EmptyBatch { batch, targets }).collect()
    }

    /// The targets in batches, which are at least of one.
    pub(super) fn in_batches(&self, mut targets: Vec<Target>) -> Vec<Vec<Target>> {
        let mut sizes = self.request.policy.batch.sizes(targets.len());
        let mut batches = Vec::new();
        while !targets.is_empty() {
            let size = sizes.next().unwrap_or(1).clamp(1, targets.len());
            let rest = targets.split_off(size);
            batches.push(std::mem::replace(&mut targets, rest));
        }
        batches
    }

    pub(super) fn unfit_groups(&self) -> Vec<Refusal> {
        let refuse = |group: &Group| {
            let name = group.name.clone();
            if let Some(refusal) = group.undrainable() {
                return Some(refusal);
            }
            if group.balancers.is_empty() {
                return Some(Refusal::NotInUse { group: name });
            }
            let empty = self.look(group).is_none_or(|look| look.registered().next().is_none());
            empty.then_some(Refusal::Empty { group: name })
        };
        self.request.groups.iter().filter_map(refuse).collect()
    }

    pub(super) fn unknown_targets(&self) -> Vec<Refusal> {
        let known = self.ids();
        let named = self.request.targets.iter().chain(&self.request.exclude);
        named
            .filter(|id| !known.contains(id))
            .map(|id| Refusal::NotRegistered {
                target: id.clone(),
                groups: join(self.request.groups.iter().map(|group| &group.name)),
                registered: join(&known),
            })
            .collect()
    }

    pub(super) fn draining_targets(&self) -> Vec<Refusal> {
        self.registrations()
            .filter(|(place, health)| health.state == State::Draining && self.is_chosen(&place.id))
            .map(|(place, _)| Refusal::Draining {
                target: place.id.clone(),
                group: place.group.name().to_owned(),
            })
            .collect()
    }

    pub(super) fn on_hold(&self) -> Vec<Refusal> {
        let holds = self.request.holds.iter();
        holds.map(|hold| Refusal::OnHold { hold: hold.clone() }).collect()
    }

    /// Chosen targets that would be deployed under the traffic of groups that are not the
    /// request's, or while the last requests of one are let finish.
    pub(super) fn elsewhere(&self) -> Vec<Refusal> {
        let known = self.ids();
        let is_ours = |id: &TargetId| known.contains(id) && self.is_chosen(id);
        serving_elsewhere(&self.request.elsewhere, &self.request.groups, is_ours)
    }

    /// Targets that would never come back into service, as things are.
    pub(super) fn hopeless_targets(&self) -> Vec<Refusal> {
        let in_use = |place: &Registration| {
            let mut groups = self.request.groups.iter();
            groups.any(|group| group.arn == place.group && !group.balancers.is_empty())
        };
        let as_it_is = Join { standing: HOPELESS_GRACE, ..Join::default() };
        let refuse = |(place, health): &(Registration, Health)| {
            let Verdict::Never(obstacle) = in_service(health, &as_it_is) else {
                return None;
            };
            Some(Refusal::Hopeless { place: place.clone(), health: health.to_string(), obstacle })
        };
        let chosen = self.registrations().filter(|(place, _)| self.is_chosen(&place.id));
        chosen.filter(|(place, _)| in_use(place)).filter_map(refuse).collect()
    }

    /// A drain always lasts for the whole deregistration delay, whatever is in flight.
    pub(super) fn drain_limits(&self) -> Vec<Refusal> {
        let Policy { drain_timeout: Some(limit), .. } = self.request.policy else {
            return Vec::new();
        };
        let refuse = |group: &Group| {
            let takes = group.expected_drain(self.request.policy.settle(group));
            let group = group.name.clone();
            (limit < takes).then_some(Refusal::DrainLimit { group, takes, limit })
        };
        self.request.groups.iter().filter_map(refuse).collect()
    }

    pub(super) fn floor(&self, group: &Group) -> usize {
        self.request.policy.min_healthy.at_least(self.size(group))
    }

    /// How many targets a group has, those that are held out included: or one drain after the
    /// other would take half of what the one before it left.
    fn size(&self, group: &Group) -> usize {
        let registered = self.look(group).into_iter().flat_map(Look::registered);
        let away = self.request.away.iter().filter(|place| place.group == group.arn);
        registered.chain(away.map(|place| &place.id)).collect::<BTreeSet<_>>().len()
    }

    pub(super) fn floor_breach(&self, group: &Group, batches: &[Vec<Target>]) -> Option<Refusal> {
        let look = self.look(group)?;
        let floor = self.floor(group);
        let registered = look.registered().count();
        if registered == 0 {
            return None;
        }
        let size = self.size(group);
        if floor > size {
            let (group, registered) = (group.name.clone(), size);
            return Some(Refusal::FloorAboveSize { group, registered, floor });
        }
        let mut serving: BTreeSet<&TargetId> = look.serving().collect();
        for batch in batches {
            let members: BTreeSet<_> = batch
                .iter()
                .filter(|target| target.groups().contains(&&group.arn))
                .map(|target| &target.id)
                .collect();
            let remaining = serving.difference(&members).count();
            if remaining < serving.len() && remaining < floor {
                return Some(Refusal::BelowFloor {
                    group: group.name.clone(),
                    taken: join(serving.intersection(&members)),
                    remaining,
                    floor,
                });
            }
            serving.extend(members);
        }
        None
    }
}

/// Those of these places, outside these groups, at which somebody of ours gets traffic, or drains.
pub fn serving_elsewhere(
    places: &[(Registration, Health)],
    groups: &[Group],
    is_ours: impl Fn(&TargetId) -> bool,
) -> Vec<Refusal> {
    let is_outside = |place: &Registration| groups.iter().all(|group| group.arn != place.group);
    let (mut serving, mut refusals) = (BTreeMap::<_, Vec<_>>::new(), Vec::new());
    for (place, health) in places {
        if !is_ours(&place.id) || !is_outside(place) || health.is_not_registered() {
            continue;
        }
        if health.can_receive() {
            serving.entry(&place.id).or_default().push(place);
        } else {
            refusals.push(Refusal::DrainsElsewhere { place: place.clone() });
        }
    }
    refusals.extend(serving.into_iter().map(|(target, places)| Refusal::ServesElsewhere {
        target: target.clone(),
        places: places.into_iter().cloned().collect(),
    }));
    refusals
}

pub(super) fn join<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}
