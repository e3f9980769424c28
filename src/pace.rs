//! Keeps the calls of this process below the account's request rate, which all callers share.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::bucket::TokenBucket;

/// Looks a second: half of what an account's Describe calls are refilled with, so that one process
/// leaves room for the others of its account and region.
pub const LOOKS_PER_SECOND: f64 = 5.0;
/// Looks that may be made at once after a quiet time.
const LOOKS_AT_ONCE: f64 = 5.0;
/// RegisterTargets and DeregisterTargets a second: half of what an account gets.
pub const CHANGES_PER_SECOND: f64 = 2.0;
/// Half of the account's 20 at once.
const CHANGES_AT_ONCE: f64 = 10.0;

/// Hands out turns to call, in time with a limit.
#[derive(Debug)]
pub struct Pace {
    began: Instant,
    bucket: Mutex<TokenBucket>,
}

impl Pace {
    /// For DescribeTargetHealth.
    pub fn of_looks() -> Self {
        Self::new(LOOKS_AT_ONCE, LOOKS_PER_SECOND)
    }

    /// For RegisterTargets and DeregisterTargets: a large batch must not throttle itself.
    pub fn of_changes() -> Self {
        Self::new(CHANGES_AT_ONCE, CHANGES_PER_SECOND)
    }

    fn new(at_once: f64, per_second: f64) -> Self {
        Self { began: Instant::now(), bucket: Mutex::new(TokenBucket::new(at_once, per_second)) }
    }

    /// Waits until a call may be made.
    pub async fn turn(&self) {
        while let Err(wait) = self.take() {
            sleep(wait).await;
        }
    }

    fn take(&self) -> Result<(), Duration> {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(self.began.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn crowd(pace: Pace, calls: usize) -> f64 {
        let began = Instant::now();
        futures_util::future::join_all((0..calls).map(|_| pace.turn())).await;
        began.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_never_exceeds_the_rate() {
        let took = crowd(Pace::of_looks(), 105).await;
        assert!((20.0..21.0).contains(&took), "100 looks beyond the first took {took} s");
        let took = crowd(Pace::of_changes(), 50).await;
        assert!((20.0..21.0).contains(&took), "40 changes beyond the first took {took} s");
    }
}
