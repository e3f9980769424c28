//! The only poller and the only wait: one look at a group serves everyone who waits on it.

mod desk;
mod first_look;
mod poller;
mod schedule;
mod search;
mod spread;
mod vigil;
mod wait;
mod world;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use self::desk::Desk;
use self::world::World;
use crate::balancer::{Balancer, BalancerError};
use crate::clock::Clock;
use crate::pace::Pace;
use crate::rollout::{GroupArn, Snapshot};

pub use schedule::{MAX_GAP_AFTER, MAX_GAP_BEFORE, MAX_GAP_STEADY, MIN_GAP, Timing};
pub use spread::Spread;
pub use wait::{Wait, WaitError};

/// Asks the load balancer how targets fare, on behalf of all who want to know.
pub struct Watch {
    shared: Arc<Shared>,
    pollers: Mutex<BTreeMap<GroupArn, Poller>>,
}

struct Poller {
    desk: Arc<Desk>,
    task: AbortHandle,
}

struct Shared {
    balancer: Arc<dyn Balancer>,
    clock: Clock,
    pace: Arc<Pace>,
    spread: Spread,
    world: watch::Sender<World>,
}

/// Told of every new look and every new trouble.
pub struct Looks {
    world: watch::Receiver<World>,
}

impl Watch {
    /// A watch that has not looked yet; its looks take turns with whatever else shares the pace.
    pub fn new(balancer: Arc<dyn Balancer>, clock: Clock, pace: Arc<Pace>, spread: Spread) -> Self {
        let (world, _) = watch::channel(World::default());
        let shared = Arc::new(Shared { balancer, clock, pace, spread, world });
        Self { shared, pollers: Mutex::default() }
    }

    /// Looks at groups right now, once each, within the rate limit.
    ///
    /// # Errors
    /// The first failed call; looks that succeeded are kept.
    pub async fn look_at(&self, groups: &BTreeSet<GroupArn>) -> Result<(), BalancerError> {
        let look = async |group: &GroupArn| {
            let look = self.shared.look(group, None).await;
            if self.passes_over(group, &look) {
                self.forget(group);
                return Ok(());
            }
            let trouble = look.as_ref().err().cloned();
            self.shared.publish(group, look);
            trouble.map_or(Ok(()), Err)
        };
        // All of them, whatever becomes of the others: each look serves somebody.
        join_all(groups.iter().map(look)).await.into_iter().collect()
    }

    /// Decides something on the latest looks.
    pub fn decide<T>(&self, on: impl FnOnce(&Snapshot) -> T) -> T {
        on(&self.shared.world.borrow().looks)
    }

    /// A way to be told of new looks.
    pub fn looks(&self) -> Looks {
        Looks { world: self.shared.world.subscribe() }
    }

    fn desk(&self, group: &GroupArn) -> Arc<Desk> {
        let mut pollers = self.pollers.lock().unwrap_or_else(PoisonError::into_inner);
        let start = || {
            let desk = Arc::<Desk>::default();
            let poll = poller::poll(Arc::clone(&self.shared), group.clone(), Arc::clone(&desk));
            Poller { desk, task: tokio::spawn(poll).abort_handle() }
        };
        Arc::clone(&pollers.entry(group.clone()).or_insert_with(start).desk)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let pollers = self.pollers.get_mut().unwrap_or_else(PoisonError::into_inner);
        pollers.values().for_each(|poller| poller.task.abort());
    }
}

impl Looks {
    /// Returns at the next look, or never if the watch is gone.
    pub async fn changed(&mut self) {
        if self.world.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// The trouble that the latest look at some group met, if any did.
    pub fn trouble(&mut self) -> Option<BalancerError> {
        self.world.borrow_and_update().trouble()
    }
}
