//! How far the parts of a load balancer are behind each other, because they are one only on paper.
//! The defaults are short, so that a demonstration ends; field reports of the real ones stand beside each.

use std::time::Duration;

/// The times that the lab adds to what the group's own settings ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Lags {
    /// From `RegisterTargets` to the first check: a moment behind an application load balancer,
    /// 90–120 s behind a real network one (field reports).
    pub registration: Duration,
    /// From healthy to the first request.
    pub register: Duration,
    /// From `DeregisterTargets` to the last new request: 5–30 s behind a real application load
    /// balancer, about 120 s behind a network one, even with a delay of 0 (field reports).
    pub deregister: Duration,
    /// For so long after `RegisterTargets` the API still answers `NotRegistered` (some seconds, field reports).
    pub describe: Duration,
}

impl Default for Lags {
    fn default() -> Self {
        Self {
            registration: Duration::from_millis(200),
            register: Duration::from_millis(300),
            deregister: Duration::from_secs(2),
            describe: Duration::ZERO,
        }
    }
}

impl Lags {
    /// No lag at all.
    pub const NONE: Self = Self {
        registration: Duration::ZERO,
        register: Duration::ZERO,
        deregister: Duration::ZERO,
        describe: Duration::ZERO,
    };
}
