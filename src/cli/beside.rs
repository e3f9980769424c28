//! The groups beside those that were named: a target that serves in one of them must not be
//! deployed under its traffic. Groups that no load balancer uses get none and are left alone.

use std::collections::BTreeSet;

use super::chosen::Chosen;
use super::holding::registered;
use super::reach::Reach;
use crate::balancer::BalancerError;
use crate::rollout::{Group, GroupArn, Health, Registration, Snapshot};

/// The groups that can hold targets of the named ones, each looked at.
#[derive(Debug, Default)]
pub(super) struct Beside(BTreeSet<GroupArn>);

impl Beside {
    /// Looks at each, telling how far it has come: it can take minutes.
    ///
    /// # Errors
    /// The first call that could not be had with patience.
    pub(super) async fn search(
        named: &[Group],
        reach: &Reach,
        tell: impl Fn(&str),
    ) -> Result<Self, BalancerError> {
        let tell = |seen, count| tell(&format!("looked at {seen} of {count} groups"));
        Ok(Self(reach.watch.search(named, tell).await?.groups))
    }

    /// All that is registered there.
    pub(super) fn registered(&self, seen: &Snapshot) -> Vec<(Registration, Health)> {
        registered(seen, &self.0).cloned().collect()
    }

    /// The groups that a run takes in because its targets serve there: none unless it is asked to.
    pub(super) fn taken_in(
        &self,
        chosen: &Chosen,
        named: &[Group],
        seen: &Snapshot,
    ) -> BTreeSet<GroupArn> {
        if !chosen.all_groups {
            return BTreeSet::new();
        }
        let ids = chosen.ids(named, seen);
        let serving = registered(seen, &self.0).filter(|(_, health)| health.can_receive());
        let ours = serving.filter(|(place, _)| ids.contains(&place.id));
        ours.map(|(place, _)| place.group.clone()).collect()
    }
}
