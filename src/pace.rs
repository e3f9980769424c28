//! Keeps the calls of this process below the account's request rate, which all callers share.

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use crate::bucket::TokenBucket;

/// Looks a second: half of what an account's Describe calls are refilled with, so that one process
/// leaves room for the others of its account and region.
pub const LOOKS_PER_SECOND: f64 = 5.0;
/// Looks that may be made at once after a quiet time: a quarter of the account's 40.
const LOOKS_AT_ONCE: f64 = 10.0;
/// RegisterTargets and DeregisterTargets a second: half of what an account gets.
pub const CHANGES_PER_SECOND: f64 = 2.0;
/// Half of the account's 20 at once.
const CHANGES_AT_ONCE: f64 = 10.0;

/// Hands out turns to call, in time with a limit and in the order in which they were asked for.
#[derive(Debug)]
pub struct Pace {
    /// What waits for its turn, as the log calls it.
    what: &'static str,
    began: Instant,
    bucket: Mutex<TokenBucket>,
}

impl Pace {
    /// For DescribeTargetHealth and every other Describe call: the account counts them together.
    pub fn of_looks() -> Self {
        Self::new("look", LOOKS_AT_ONCE, LOOKS_PER_SECOND)
    }

    /// For RegisterTargets and DeregisterTargets: a large batch must not throttle itself.
    pub fn of_changes() -> Self {
        Self::new("change", CHANGES_AT_ONCE, CHANGES_PER_SECOND)
    }

    fn new(what: &'static str, at_once: f64, per_second: f64) -> Self {
        Self {
            what,
            began: Instant::now(),
            bucket: Mutex::new(TokenBucket::new(at_once, per_second)),
        }
    }

    /// Waits until a call may be made. Whoever gives up waiting has used up nothing.
    pub async fn turn(&self) {
        // Only the first in the queue sleeps: it keeps the lock, and the lock is handed on in order.
        let asked = Instant::now();
        let mut bucket = self.bucket.lock().await;
        while let Err(wait) = bucket.take(self.began.elapsed()) {
            sleep(wait).await;
        }
        let waited_ms = asked.elapsed().as_millis();
        if waited_ms > 0 {
            tracing::debug!(what = self.what, waited_ms, "waited for its turn to call");
        }
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
        let took = crowd(Pace::of_looks(), 110).await;
        assert!((20.0..21.0).contains(&took), "100 looks beyond the first took {took} s");
        let took = crowd(Pace::of_changes(), 50).await;
        assert!((20.0..21.0).contains(&took), "40 changes beyond the first took {took} s");
    }

    #[tokio::test(start_paused = true)]
    async fn turns_come_in_the_order_asked_for_and_a_turn_given_up_is_not_lost() {
        let pace = Pace::of_changes();
        let came = std::sync::Mutex::new(Vec::new());
        let turns = (0..30).map(|caller| {
            let (pace, came) = (&pace, &came);
            async move {
                match caller % 3 {
                    0 => drop(tokio::time::timeout(std::time::Duration::ZERO, pace.turn()).await),
                    _ => {
                        pace.turn().await;
                        came.lock().unwrap().push(caller);
                    }
                }
            }
        });
        let began = Instant::now();
        futures_util::future::join_all(turns).await;
        let expected: Vec<_> = (0..30).filter(|caller| caller % 3 != 0).collect();
        assert_eq!(*came.lock().unwrap(), expected);
        // Of the ten at once four were taken by callers without patience.
        assert!(began.elapsed().as_secs_f64() < 7.1, "{:?}", began.elapsed());
    }
}
