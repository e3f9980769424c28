//! The only file that asks the system for the time of day. Everyone else gets it passed in, or reads
//! tokio's monotonic clock, which tests pause.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::rollout::Moment;

/// Tells moments: the wall clock at the start plus monotonic time since.
///
/// A clock that is set while a run is under way therefore neither shortens nor lengthens a wait.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    wall: Moment,
    monotonic: Instant,
}

impl Clock {
    /// A clock that starts from the system's time.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks")]
    pub fn system() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::starting_at(Moment::from_millis(0).after(wall))
    }

    /// A clock that starts from a given moment, for runs in simulated time.
    pub fn starting_at(wall: Moment) -> Self {
        Self { wall, monotonic: Instant::now() }
    }

    /// Now.
    pub fn now(&self) -> Moment {
        self.wall.after(self.monotonic.elapsed())
    }

    /// The instant at which tokio's timers see `moment`; one from before this clock's start is
    /// its start.
    pub fn instant(&self, moment: Moment) -> Instant {
        self.monotonic + moment.since(self.wall)
    }

    /// How long ago `moment` was.
    pub fn elapsed(&self, moment: Moment) -> Duration {
        self.now().since(moment)
    }
}
