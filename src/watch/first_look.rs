//! The looks that a run is planned on. A passing trouble must not refuse it.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::try_join_all;
use futures_util::stream::{TryStreamExt, iter};
use tokio::time::{Instant, interval_at, sleep};

use super::Watch;
use crate::balancer::{BalancerError, ErrorKind, Tries};
use crate::rollout::GroupArn;

/// Who waits for less has no time to wonder.
const UNTOLD: Duration = Duration::from_secs(3);
/// Often enough to be seen going on, for the minutes that hundreds of groups take.
const TOLD_EVERY: Duration = Duration::from_secs(5);
/// So few of a search at once, so that no other look stands behind all of it in the queue.
const AT_ONCE: usize = 4;

impl Watch {
    /// Looks at groups once each; one whose look fails in a way that may pass is looked at again.
    ///
    /// # Errors
    /// The look at a group that could not be had with patience, see [`Tries`].
    pub async fn first_look(&self, groups: &BTreeSet<GroupArn>) -> Result<(), BalancerError> {
        try_join_all(groups.iter().map(|group| self.first_look_at(group))).await.map(drop)
    }

    /// The same of groups that nobody need have named, so that one that is deleted meanwhile is
    /// passed over; telling now and then at how many it has looked.
    ///
    /// # Errors
    /// As [`Self::first_look`].
    pub async fn first_look_telling(
        &self,
        groups: &BTreeSet<GroupArn>,
        mut tell: impl FnMut(usize),
    ) -> Result<(), BalancerError> {
        let looks = iter(groups.iter().map(Ok));
        let look = |group| self.first_look_if_there(group);
        let mut looked = pin!(looks.try_for_each_concurrent(AT_ONCE, look));
        let mut turns = interval_at(Instant::now() + UNTOLD, TOLD_EVERY);
        loop {
            tokio::select! {
                ended = &mut looked => return ended,
                _ = turns.tick() => tell(self.seen_of(groups)),
            }
        }
    }

    fn seen_of(&self, groups: &BTreeSet<GroupArn>) -> usize {
        self.decide(|seen| groups.iter().filter(|group| seen.contains_key(*group)).count())
    }

    async fn first_look_if_there(&self, group: &GroupArn) -> Result<(), BalancerError> {
        match self.first_look_at(group).await {
            Err(error) if error.kind == ErrorKind::GroupNotFound => {
                self.forget(group);
                Ok(())
            }
            looked => looked,
        }
    }

    async fn first_look_at(&self, group: &GroupArn) -> Result<(), BalancerError> {
        let alone = BTreeSet::from([group.clone()]);
        // Its turn may come late: patience counts from the first failure.
        let mut tries = None;
        loop {
            let Err(error) = self.look_at(&alone).await else { return Ok(()) };
            match tries.get_or_insert_with(Tries::begin).pause_after(&error) {
                Some(pause) => sleep(pause).await,
                None => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::Clock;
    use crate::lab::direct::Direct;
    use crate::lab::fleet::Fleet;
    use crate::lab::state::Lab;
    use crate::pace::Pace;
    use crate::rollout::Moment;
    use crate::watch::Spread;

    /// A watch over so many groups, and their ARNs.
    fn over(groups: usize) -> (Watch, BTreeSet<GroupArn>) {
        let group = |at| format!("[[group]]\nname = 'group-{at}'\nport = 80\n");
        let balancer =
            "[[balancer]]\nname = 'lab'\nkind = 'application'\nzones = ['lab-1a']\nlistener = []\n";
        let fleet: String = (0..groups).map(group).collect();
        let fleet: Fleet = (fleet + balancer).parse().unwrap();
        let lab = Arc::new(Lab::new(fleet.model(), fleet.faults()));
        let arns = lab.with_model(|model, _| {
            model.groups().map(|group| GroupArn::new(group.arn.to_string())).collect()
        });
        let clock = Clock::starting_at(Moment::from_millis(0));
        let pace = Arc::new(Pace::of_looks());
        (Watch::new(Arc::new(Direct::new(lab)), clock, pace, Spread::none()), arns)
    }

    /// What is told while so many groups are looked at.
    async fn told(groups: usize) -> Vec<usize> {
        let (watch, arns) = over(groups);
        let mut told = Vec::new();
        watch.first_look_telling(&arns, |seen| told.push(seen)).await.unwrap();
        assert_eq!(watch.seen_of(&arns), groups);
        told
    }

    #[tokio::test(start_paused = true)]
    async fn a_group_that_is_deleted_meanwhile_is_passed_over_where_nobody_named_it() {
        let (watch, mut arns) = over(1);
        arns.insert(GroupArn::new("arn:aws:elasticloadbalancing:lab:0:targetgroup/gone/0a"));
        watch.first_look_telling(&arns, |_| {}).await.unwrap();
        assert_eq!(watch.seen_of(&arns), 1);
        let named = watch.first_look(&arns).await.unwrap_err();
        assert_eq!(named.kind, ErrorKind::GroupNotFound);
    }

    /// Ten looks can be made at once, then five a second.
    #[tokio::test(start_paused = true)]
    async fn a_long_search_is_told_every_few_seconds_and_a_short_one_not_at_all() {
        assert_eq!(told(20).await, [0; 0]);
        let told = told(100).await;
        assert_eq!(told.len(), 4, "{told:?}");
        assert!(told.is_sorted() && told[0] >= 24 && told[3] < 100, "{told:?}");
    }
}
