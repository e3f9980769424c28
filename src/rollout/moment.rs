//! When something happened. The core is told the time; it never asks for it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time, in milliseconds since the Unix epoch.
///
/// Within one process moments come from a monotonic clock, so that a step of the wall clock
/// cannot shorten a wait; across processes they compare as wall time.
///
/// What is read is refused if it lies beyond [`Self::LAST`]: it would be later than all that ever
/// happens, and so settle or outlast everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Moment(u64);

impl Moment {
    /// The end of the year 9999, the last one that RFC 3339 can write.
    pub const LAST: Self = Self(253_402_300_799_999);

    /// The moment that lies so many milliseconds after the Unix epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// The moment that lies `earlier` before this one.
    pub fn before(self, earlier: Duration) -> Self {
        let millis = u64::try_from(earlier.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_sub(millis))
    }

    /// The moment that lies `later` after this one.
    pub fn after(self, later: Duration) -> Self {
        let millis = u64::try_from(later.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis))
    }
}

impl TryFrom<u64> for Moment {
    type Error = &'static str;

    fn try_from(millis: u64) -> Result<Self, Self::Error> {
        let moment = Self(millis);
        if moment <= Self::LAST { Ok(moment) } else { Err("a time after the year 9999") }
    }
}

impl From<Moment> for u64 {
    fn from(moment: Moment) -> Self {
        moment.as_millis()
    }
}
