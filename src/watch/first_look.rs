//! The looks that a run is planned on. A passing trouble must not refuse it.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::sleep;

use super::Watch;
use crate::balancer::BalancerError;
use crate::rollout::GroupArn;

/// With pauses of 0.5, 1, 2 and 4 s: a person waits, and nothing is out yet.
const TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

impl Watch {
    /// Looks at groups once each; while a call fails in a way that may pass, tries again for some
    /// seconds.
    ///
    /// # Errors
    /// The last failed call.
    pub async fn first_look(&self, groups: &BTreeSet<GroupArn>) -> Result<(), BalancerError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            match self.look_at(groups).await {
                Err(error) if error.is_transient() => sleep(pause).await,
                looked => return looked,
            }
            pause *= 2;
        }
        self.look_at(groups).await
    }
}
