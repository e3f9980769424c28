//! Looks at one group whenever somebody who waits on it needs it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep_until;

use super::Shared;
use super::desk::Desk;
use crate::balancer::BalancerError;
use crate::rollout::{GroupArn, Look, Moment};

/// After a failed call the next one comes this much later, doubled with each further failure.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause: trouble slows a wait but never ends it.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Polls for as long as the watch lives.
pub(super) async fn poll(shared: Arc<Shared>, group: GroupArn, desk: Arc<Desk>) {
    let mut last = Moment::from_millis(0);
    let mut pause = Pause::default();
    loop {
        let Some(due) = desk.due(last) else {
            desk.changed.notified().await;
            continue;
        };
        tokio::select! {
            () = sleep_until(shared.clock.instant(due.max(pause.until))) => {}
            () = desk.changed.notified() => continue,
        }
        let look = shared.look(&group, Some(&desk)).await;
        let now = shared.clock.now();
        last = now;
        pause.note(now, look.is_ok());
        shared.publish(&group, look);
    }
}

#[derive(Debug)]
struct Pause {
    next: Duration,
    until: Moment,
}

impl Default for Pause {
    fn default() -> Self {
        Self { next: FIRST_PAUSE, until: Moment::from_millis(0) }
    }
}

impl Pause {
    fn note(&mut self, now: Moment, succeeded: bool) {
        if succeeded {
            *self = Self::default();
            return;
        }
        self.until = now.after(self.next);
        self.next = (self.next * 2).min(LONGEST_PAUSE);
    }
}

impl Shared {
    /// One look: the list, and by name whoever is waited for and missing from it. Its time is
    /// that of the list, the older of the two answers.
    pub(super) async fn look(
        &self,
        group: &GroupArn,
        desk: Option<&Desk>,
    ) -> Result<Look, BalancerError> {
        self.pace.turn().await;
        let seen = self.balancer.look(group, &[]).await?;
        let mut look = Look { at: self.clock.now(), seen };
        let missing = desk.map(|desk| desk.missing(&look)).unwrap_or_default();
        if !missing.is_empty() {
            self.pace.turn().await;
            look.seen.extend(self.balancer.look(group, &missing).await?);
        }
        Ok(look)
    }

    pub(super) fn publish(&self, group: &GroupArn, look: Result<Look, BalancerError>) {
        self.world.send_modify(|world| world.publish(group, look));
    }
}
