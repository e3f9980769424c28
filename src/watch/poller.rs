//! Looks at one group whenever somebody who waits on it needs it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, sleep_until};

use super::Shared;
use super::desk::Desk;
use crate::balancer::{BalancerError, ErrorKind};
use crate::rollout::{GroupArn, Health, Look, Moment, Registration};

/// After a failed call the next one comes this much later, doubled with each further failure.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause: trouble slows a wait but never ends it. With half of all calls throttled a
/// look must still succeed within the margin of a deadline.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A confirmation that fails is tried again by itself: together with its list it would need the
/// luck of two calls.
const CONFIRM_TRIES: u32 = 5;
const CONFIRM_PAUSE: Duration = Duration::from_secs(1);

/// Polls for as long as the watch lives.
pub(super) async fn poll(shared: Arc<Shared>, group: GroupArn, desk: Arc<Desk>) {
    let mut last = Moment::from_millis(0);
    let mut pause = Pause::default();
    let mut chance = shared.spread.draw();
    loop {
        let Some(due) = desk.due(last, chance) else {
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
        chance = shared.spread.draw();
        pause.note(now, look.is_ok(), desk.is_urgent(now), chance);
        if let Err(error) = &look {
            let pause_ms = pause.until.since(now).as_millis();
            tracing::debug!(group = group.name(), pause_ms, "looks again: {error}");
        }
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
    fn note(&mut self, now: Moment, succeeded: bool, is_urgent: bool, chance: f64) {
        if succeeded {
            *self = Self::default();
            return;
        }
        let pause = if is_urgent { FIRST_PAUSE } else { self.next };
        // By chance, so that hosts that were refused together do not come back together.
        self.until = now.after(pause - pause.mul_f64(chance / 2.0));
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
            look.seen.extend(self.confirm(group, &missing).await?);
        }
        Ok(look)
    }

    /// What is said of those who are missing from a list; nothing if that cannot be had, which
    /// is no reason to forget the list.
    async fn confirm(
        &self,
        group: &GroupArn,
        missing: &[Registration],
    ) -> Result<Seen, BalancerError> {
        for _ in 0..CONFIRM_TRIES {
            self.pace.turn().await;
            match self.balancer.look(group, missing).await {
                Ok(seen) => return Ok(seen),
                Err(error) if error.kind == ErrorKind::InvalidTarget => {
                    return self.confirm_each(group, missing).await;
                }
                Err(error) if !error.is_transient() => return Err(error),
                Err(_) => sleep(CONFIRM_PAUSE).await,
            }
        }
        Ok(Vec::new())
    }

    /// One that does not exist any more fails the call for all of them, and is not registered.
    async fn confirm_each(
        &self,
        group: &GroupArn,
        missing: &[Registration],
    ) -> Result<Seen, BalancerError> {
        let mut seen = Vec::new();
        for place in missing {
            self.pace.turn().await;
            match self.balancer.look(group, std::slice::from_ref(place)).await {
                Ok(said) => seen.extend(said),
                Err(error) if error.kind == ErrorKind::InvalidTarget => {
                    seen.push((place.clone(), Health::not_registered()));
                }
                Err(error) if !error.is_transient() => return Err(error),
                Err(_) => {}
            }
        }
        Ok(seen)
    }

    pub(super) fn publish(&self, group: &GroupArn, look: Result<Look, BalancerError>) {
        self.world.send_modify(|world| world.publish(group, look));
    }
}

type Seen = Vec<(Registration, Health)>;
