//! The looks that a run is planned on. A passing trouble must not refuse it.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use tokio::time::sleep;

use super::Watch;
use crate::balancer::{BalancerError, Tries};
use crate::rollout::GroupArn;

impl Watch {
    /// Looks at groups once each; one whose look fails in a way that may pass is looked at again.
    ///
    /// # Errors
    /// The look at a group that could not be had with patience, see [`Tries`].
    pub async fn first_look(&self, groups: &BTreeSet<GroupArn>) -> Result<(), BalancerError> {
        try_join_all(groups.iter().map(|group| self.first_look_at(group))).await.map(drop)
    }

    async fn first_look_at(&self, group: &GroupArn) -> Result<(), BalancerError> {
        let alone = BTreeSet::from([group.clone()]);
        let mut tries = Tries::begin();
        loop {
            let Err(error) = self.look_at(&alone).await else { return Ok(()) };
            match tries.pause_after(&error) {
                Some(pause) => sleep(pause).await,
                None => return Err(error),
            }
        }
    }
}
