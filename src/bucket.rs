//! A token bucket: how many calls may be made now, and how long to wait for the next one.
//! Pure: the time is passed in, so the tool's own rate limit and the lab's throttling share it.

use std::time::Duration;

/// A bucket that starts full, is refilled steadily, and gives one token per call.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenBucket {
    capacity: f64,
    per_second: f64,
    tokens: f64,
    at: Duration,
}

/// The longest wait that is ever answered: a bucket that is never refilled has no other end.
pub const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

impl TokenBucket {
    /// A full bucket of `capacity` tokens (at least one) that gains `per_second` tokens a second.
    #[must_use]
    pub fn new(capacity: f64, per_second: f64) -> Self {
        let capacity = if capacity.is_finite() { capacity.max(1.0) } else { 1.0 };
        Self {
            capacity,
            per_second: if per_second.is_finite() { per_second.max(0.0) } else { 0.0 },
            tokens: capacity,
            at: Duration::ZERO,
        }
    }

    /// Takes one token at `now`, a time since any fixed start.
    ///
    /// # Errors
    /// The time from `now` until a token is there; nothing is taken then.
    pub fn take(&mut self, now: Duration) -> Result<(), Duration> {
        self.refill(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        Err(self.wait_for_one())
    }

    fn refill(&mut self, now: Duration) {
        let gained = now.saturating_sub(self.at).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(self.capacity);
        self.at = self.at.max(now);
    }

    /// Rounded up to a whole microsecond: whoever waits exactly this long must find a token.
    fn wait_for_one(&self) -> Duration {
        let seconds = (1.0 - self.tokens) / self.per_second;
        Duration::try_from_secs_f64(seconds)
            .map_or(LONGEST_WAIT, |wait| (wait + Duration::from_micros(1)).min(LONGEST_WAIT))
    }
}

#[cfg(test)]
mod tests;
