//! The connections to all targets, one pool for each registration.
//! Whoever registers again has a fresh pool, so that no new request meets a connection to a process that was
//! replaced; requests in flight on the old one live on until draining is over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::body::Incoming;
use tokio::time::{Instant, sleep};

use crate::lab::model::Endpoint;
use crate::lab::pool::Pool;
use crate::lab::state::Lab;

/// A pool that nobody asked for in this long is forgotten: the registration is gone, or gets no traffic.
const UNUSED: Duration = Duration::from_secs(60);

/// The longest rest between two looks at what is to be cut.
const MAX_REST: Duration = Duration::from_secs(5);

/// The shortest, so that a moment which is always due cannot make it spin.
const MIN_REST: Duration = Duration::from_millis(5);

/// Connections to targets, by registration.
#[derive(Default)]
pub struct Targets {
    pools: Mutex<HashMap<u64, Kept>>,
}

struct Kept {
    pool: Arc<Pool<Incoming>>,
    used: Instant,
}

impl Targets {
    /// The pool of this registration.
    pub(super) fn pool(&self, endpoint: &Endpoint) -> Arc<Pool<Incoming>> {
        let mut pools = self.pools();
        let now = Instant::now();
        if let Some(kept) = pools.get_mut(&endpoint.serial) {
            kept.used = now;
            return Arc::clone(&kept.pool);
        }
        pools.retain(|_, kept| now - kept.used < UNUSED);
        let pool = Pool::new(endpoint.address);
        let kept = Kept { pool: Arc::clone(&pool), used: now };
        pools.insert(endpoint.serial, kept);
        pool
    }

    /// Closes the connections of a registration whose draining is over; what is in flight on them fails.
    fn cut(&self, endpoint: &Endpoint) {
        if let Some(kept) = self.pools().remove(&endpoint.serial) {
            kept.pool.cut();
        }
    }

    fn pools(&self) -> MutexGuard<'_, HashMap<u64, Kept>> {
        // Each change is one call on the map: it is whole even if a holder panicked.
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cuts what remains of each drained target at the moment at which its draining is over. Never returns.
pub async fn cut_overdue(lab: Arc<Lab>, targets: Arc<Targets>) {
    let mut changed = lab.changed();
    loop {
        changed.mark_unchanged();
        let (overdue, rest) = lab.with_model(|model, now| {
            let overdue = model.overdue(now);
            let rest = model.wake_at().map(|at| at.saturating_sub(now));
            (overdue, rest.unwrap_or(MAX_REST))
        });
        for endpoint in &overdue {
            targets.cut(endpoint);
        }
        tokio::select! {
            _ = changed.changed() => {}
            () = sleep(rest.clamp(MIN_REST, MAX_REST)) => {}
        }
    }
}
