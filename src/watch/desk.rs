//! Who waits on a group, and when the next look serves one of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::schedule::Timing;
use crate::rollout::{Look, Moment, Registration};

/// The waits on one group.
#[derive(Debug, Default)]
pub(super) struct Desk {
    waits: Mutex<BTreeMap<u64, Interest>>,
    pub(super) changed: Notify,
}

/// What one wait needs of the next look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interest {
    pub(super) timing: Timing,
    /// Registrations that have to be asked for by name when they are missing from the list.
    pub(super) confirm: Vec<Registration>,
    /// From when on a look that failed is soon tried again, because the deadline is near.
    pub(super) urgent_from: Moment,
}

/// A place at the desk; given up when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    desk: Arc<Desk>,
    number: u64,
}

impl Desk {
    pub(super) fn sit(self: &Arc<Self>, interest: Interest) -> Seat {
        let mut waits = self.waits();
        let number = waits.keys().next_back().map_or(0, |last| last + 1);
        waits.insert(number, interest);
        self.changed.notify_one();
        Seat { desk: Arc::clone(self), number }
    }

    /// When somebody needs a look, given the time of the latest; `None` if nobody waits.
    pub(super) fn due(&self, last: Moment, chance: f64) -> Option<Moment> {
        self.waits().values().map(|interest| interest.timing.next_look(last, chance)).min()
    }

    /// Whether a look that failed is soon to be tried again.
    pub(super) fn is_urgent(&self, now: Moment) -> bool {
        self.waits().values().any(|interest| interest.urgent_from <= now)
    }

    /// Who is missing from a list and has to be asked for by name.
    pub(super) fn missing(&self, look: &Look) -> Vec<Registration> {
        let waits = self.waits();
        let wanted = waits.values().flat_map(|interest| &interest.confirm);
        let mut missing: Vec<_> =
            wanted.filter(|place| look.health(place).is_none()).cloned().collect();
        missing.sort();
        missing.dedup();
        missing
    }

    fn waits(&self) -> MutexGuard<'_, BTreeMap<u64, Interest>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    pub(super) fn change(&self, interest: Interest) {
        if let Some(before) = self.desk.waits().get_mut(&self.number) {
            if *before == interest {
                return;
            }
            *before = interest;
        }
        self.desk.changed.notify_one();
    }
}

/// Nobody looks any more for who has gone.
impl Drop for Seat {
    fn drop(&mut self) {
        self.desk.waits().remove(&self.number);
        self.desk.changed.notify_one();
    }
}
