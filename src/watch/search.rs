//! The search for targets in groups that nobody named, and what becomes of groups that are deleted
//! meanwhile. What it means that a target is there is not decided here.

use std::collections::BTreeSet;

use super::Watch;
use crate::balancer::{BalancerError, ErrorKind};
use crate::rollout::{Group, GroupArn, Look, Search, Sought};

impl Watch {
    /// Looks at every group of the account that a load balancer uses and that can hold targets of the named
    /// ones, but at those themselves; telling now and then at how many of how many it has looked. One call
    /// for each 400 groups, and a look at each that fits. A group that no load balancer uses gets no traffic.
    ///
    /// # Errors
    /// The first call that could not be had with patience.
    pub async fn search(
        &self,
        named: &[Group],
        mut tell: impl FnMut(usize, usize),
    ) -> Result<Search, BalancerError> {
        let began = self.shared.clock.now();
        let mut groups = BTreeSet::new();
        if named.iter().any(|group| group.undrainable().is_none()) {
            let listed = self.shared.balancer.listed().await?;
            let sought = Sought::targets_of(named, &listed);
            let is_named = |arn: &GroupArn| named.iter().any(|group| group.arn == *arn);
            let others = listed.into_iter().filter(|group| group.in_use && sought.fits(group));
            groups = others.map(|group| group.arn).filter(|arn| !is_named(arn)).collect();
        }
        let count = groups.len();
        self.first_look_telling(&groups, |seen| tell(seen, count)).await?;
        Ok(Search { began, ended: self.shared.clock.now(), groups })
    }

    /// The same for whoever decides on what is seen.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub async fn search_beside(&self, named: &[Group]) -> Result<(), BalancerError> {
        let search = self.search(named, |_, _| {}).await?;
        self.shared.world.send_modify(|world| world.searched(search));
        Ok(())
    }

    /// Whether a search has found a group that is gone by now; nobody has named it, so that is no trouble.
    pub(super) fn passes_over(&self, group: &GroupArn, look: &Result<Look, BalancerError>) -> bool {
        let is_gone = look.as_ref().is_err_and(|error| error.kind == ErrorKind::GroupNotFound);
        is_gone && self.shared.world.borrow().is_beside(group)
    }

    /// A group that is gone holds nobody.
    pub(super) fn forget(&self, group: &GroupArn) {
        self.shared.world.send_modify(|world| world.forget(group));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::balancer::Balancer;
    use crate::clock::Clock;
    use crate::lab::direct::Direct;
    use crate::lab::fleet::Fleet;
    use crate::lab::state::Lab;
    use crate::pace::Pace;
    use crate::rollout::Moment;
    use crate::watch::Spread;

    const FLEET: &str = "
        [[group]]
        name = 'web'
        port = 80
        [[group]]
        name = 'api'
        port = 81
        [[group]]
        name = 'spare'
        port = 82
        [[balancer]]
        name = 'lab'
        kind = 'application'
        zones = ['lab-1a']
        listener = [{ port = 80, group = 'web' }, { port = 81, group = 'api' }]
    ";

    /// A watch over the lab, and its group `web`.
    async fn lab() -> (Watch, Vec<Group>) {
        let fleet: Fleet = FLEET.parse().unwrap();
        let lab = Direct::new(Arc::new(Lab::new(fleet.model(), fleet.faults())));
        let web = lab.groups(&["web".to_owned()]).await.unwrap();
        let clock = Clock::starting_at(Moment::from_millis(0));
        (Watch::new(Arc::new(lab), clock, Arc::new(Pace::of_looks()), Spread::none()), web)
    }

    fn found(watch: &Watch) -> Vec<String> {
        let search = watch.decide(|seen| seen.search.clone()).unwrap();
        search.groups.iter().map(|group| group.name().to_owned()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn every_other_group_that_gets_traffic_is_looked_at() {
        let (watch, web) = lab().await;
        watch.search_beside(&web).await.unwrap();
        assert_eq!(found(&watch), ["api"], "nobody uses the spare one");
        let seen: Vec<_> =
            watch.decide(|seen| seen.keys().map(|group| group.name().to_owned()).collect());
        assert_eq!(seen, ["api"]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_deleted_after_the_search_is_no_trouble_and_holds_nobody() {
        let (watch, web) = lab().await;
        let gone = GroupArn::new("arn:aws:elasticloadbalancing:lab:0:targetgroup/gone/0a");
        let (began, ended) = (Moment::from_millis(0), Moment::from_millis(0));
        let search = Search { began, ended, groups: [gone.clone()].into() };
        watch.shared.world.send_modify(|world| world.searched(search));
        watch.look_at(&[gone.clone()].into()).await.unwrap();
        assert_eq!(found(&watch), [""; 0]);
        assert!(watch.looks().trouble().is_none());
        let named = watch.look_at(&[gone, web[0].arn.clone()].into()).await.unwrap_err();
        assert_eq!(named.kind, ErrorKind::GroupNotFound, "now somebody names it");
    }
}
