//! What the lab's API and its data plane share: one model, its faults, and the time since the start.
//! The locks are held for a computation only, never across an await.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::api::Calls;
use super::faults::Faults;
use super::model::Model;

/// One running lab; shared behind an `Arc`.
#[derive(Debug)]
pub struct Lab {
    model: Mutex<Model>,
    faults: Mutex<Faults>,
    calls: Mutex<Calls>,
    started: Instant,
    changed: watch::Sender<u64>,
}

impl Lab {
    /// A lab whose clock starts now.
    #[must_use]
    pub fn new(model: Model, faults: Faults) -> Self {
        let changed = watch::Sender::new(model.revision());
        Self {
            model: Mutex::new(model),
            faults: Mutex::new(faults),
            calls: Mutex::default(),
            started: Instant::now(),
            changed,
        }
    }

    /// The time since the lab's start: the `now` of every method of the model.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Works with the model at this moment, and wakes whoever waits on [`Lab::changed`] if it changed.
    pub fn with_model<T>(&self, work: impl FnOnce(&mut Model, Duration) -> T) -> T {
        let mut model = locked(&self.model);
        let before = model.revision();
        let answer = work(&mut model, self.now());
        self.tell(before, model.revision());
        answer
    }

    /// Works with the faults at this moment.
    pub fn with_faults<T>(&self, work: impl FnOnce(&mut Faults, Duration) -> T) -> T {
        work(&mut locked(&self.faults), self.now())
    }

    /// Works with both at once, as answering an API call does.
    pub fn with_both<T>(&self, work: impl FnOnce(&mut Model, &mut Faults, Duration) -> T) -> T {
        let mut model = locked(&self.model);
        let before = model.revision();
        let answer = work(&mut model, &mut locked(&self.faults), self.now());
        self.tell(before, model.revision());
        answer
    }

    /// Works with the count of the calls so far.
    pub fn with_calls<T>(&self, work: impl FnOnce(&mut Calls) -> T) -> T {
        work(&mut locked(&self.calls))
    }

    /// Tells of each change that can alter what is routed or checked; no change is lost between two waits.
    #[must_use]
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn tell(&self, before: u64, after: u64) {
        if before != after {
            self.changed.send_replace(after);
        }
    }
}

/// A panic of another holder must not take the whole lab down: the model is consistent between calls.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
