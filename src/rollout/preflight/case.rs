//! One group under examination: its settings, what is seen of it, and what each batch takes out.

use std::collections::BTreeSet;
use std::time::Duration;

use super::finding::{Finding, Level};
use crate::rollout::{
    BalancerKind, Front, Group, Health, Look, Policy, Registration, Share, Target, TargetId,
};

/// The zone of an address outside the load balancer's VPC: it gets traffic of every zone.
const EVERY_ZONE: &str = "all";

/// A group, and what is known of it.
pub(super) struct Case<'a> {
    pub(super) group: &'a Group,
    /// None if it could not be looked at.
    pub(super) look: Option<&'a Look>,
    /// The load balancers in front of it; none if they could not be asked.
    pub(super) fronts: Option<Vec<&'a Front>>,
    pub(super) policy: &'a Policy,
    /// The fewest that stay in service.
    pub(super) floor: usize,
    /// The time limit of a hook that each of the two waits has to keep within.
    pub(super) within: Option<Duration>,
    /// Who is out at the same time, one batch after the other.
    pub(super) batches: &'a [Vec<Target>],
}

/// What a group is like while a batch is out.
pub(super) struct Out<'a> {
    /// Its targets of the batch.
    pub(super) taken: Vec<&'a TargetId>,
    /// What stays registered, and what of it is in service.
    pub(super) registered: Vec<&'a Registration>,
    pub(super) healthy: Vec<&'a Registration>,
}

impl<'a> Case<'a> {
    pub(super) fn found(
        &self,
        level: Level,
        check: &'static str,
        what: impl Into<String>,
    ) -> Finding {
        Finding::new(level, check, what).of(&self.group.arn)
    }

    pub(super) fn settle(&self) -> Duration {
        self.policy.settle(self.group)
    }

    /// Whether it was agreed to that nobody serves for a while.
    pub(super) fn may_be_down(&self) -> bool {
        matches!(self.policy.min_healthy, Share::Count(0) | Share::Percent(0))
    }

    /// The registrations that are not on their way out.
    pub(super) fn registered(&self) -> Vec<&'a (Registration, Health)> {
        let seen = self.look.iter().flat_map(|look| &look.seen);
        seen.filter(|(_, health)| health.can_receive()).collect()
    }

    pub(super) fn healthy(&self) -> Vec<&'a Registration> {
        let registered = self.registered().into_iter();
        registered.filter(|(_, health)| health.is_in_service()).map(|(place, _)| place).collect()
    }

    /// What remains in each batch. A target that was out counts as in service from then on.
    pub(super) fn outs(&self) -> impl Iterator<Item = Out<'a>> {
        let registered = self.registered();
        let mut mended: BTreeSet<&TargetId> = BTreeSet::new();
        self.batches.iter().filter_map(move |batch| {
            let members: BTreeSet<_> = batch.iter().map(|target| &target.id).collect();
            let here = registered.iter().map(|(place, _)| &place.id);
            let taken: BTreeSet<_> = here.filter(|id| members.contains(id)).collect();
            let stays = registered.iter().filter(|(place, _)| !members.contains(&place.id));
            let serves = |(place, health): &&(Registration, Health)| {
                health.is_in_service() || mended.contains(&place.id)
            };
            let healthy = stays.clone().copied().filter(serves).map(|(place, _)| place).collect();
            mended.extend(&taken);
            (!taken.is_empty()).then(|| Out {
                taken: taken.into_iter().collect(),
                registered: stays.map(|(place, _)| place).collect(),
                healthy,
            })
        })
    }

    /// Whether a zone's traffic reaches targets of others; none if it is not known.
    pub(super) fn cross_zone(&self) -> Option<bool> {
        let fronts = self.fronts.as_ref().filter(|fronts| !fronts.is_empty());
        let of_fronts = fronts.map(|fronts| fronts.iter().all(|front| front.cross_zone));
        let always = (self.group.kind == BalancerKind::Application).then_some(true);
        self.group.cross_zone.or(of_fronts).or(always)
    }

    /// The zones whose traffic stays within them; none if traffic crosses zones, or if they are
    /// not told.
    pub(super) fn separate_zones(&self) -> Vec<&'a str> {
        let zones = self.registered().into_iter().map(|(place, _)| place.zone.as_deref());
        let zones: Option<BTreeSet<_>> = zones.collect();
        let separate = self.cross_zone() == Some(false);
        let zones = zones.filter(|_| separate).unwrap_or_default();
        zones.into_iter().filter(|zone| *zone != EVERY_ZONE).collect()
    }
}

/// Whether a registration gets traffic of a zone.
pub(super) fn is_in_zone(place: &Registration, zone: &str) -> bool {
    matches!(place.zone.as_deref(), Some(its) if its == zone || its == EVERY_ZONE)
}
