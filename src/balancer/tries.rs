//! How often something is asked again before a person is told that it cannot be had. Waits have no
//! such end but their deadline.

use std::time::Duration;

use tokio::time::Instant;

use super::{BalancerError, ErrorKind};

/// Without any answer so often in a row there is nobody: nothing is out yet and a person waits, so
/// that what cannot be had within a few seconds is better said.
pub(super) const TRIES_WITHOUT_ANSWER: u32 = 5;
/// Whoever answers "not now" is there. About forty tries fit in: with half of all calls throttled
/// and every tenth failing, it takes hundreds of millions of questions until one is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// Doubled with each further try.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The tries of one question.
#[derive(Debug)]
pub struct Tries {
    began: Instant,
    without_answer: u32,
    pause: Duration,
}

impl Tries {
    /// Before the first one.
    pub fn begin() -> Self {
        Self { began: Instant::now(), without_answer: 0, pause: FIRST_PAUSE }
    }

    /// How long to wait before the next try; `None` to give up.
    pub fn pause_after(&mut self, error: &BalancerError) -> Option<Duration> {
        self.without_answer = match error.kind {
            ErrorKind::Unreachable => self.without_answer + 1,
            _ => 0,
        };
        let is_hopeless =
            self.without_answer >= TRIES_WITHOUT_ANSWER || self.began.elapsed() >= PATIENCE;
        if !error.is_transient() || is_hopeless {
            return None;
        }
        // By chance, so that machines that were refused together do not come back together.
        let pause = self.pause.mul_f64(0.5 + fastrand::f64() / 2.0);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Some(pause)
    }
}
