//! The two verdicts: is a registration drained, is it in service? By state *and* reason.

use std::time::Duration;

use super::health::{Health, Reason, State};

/// After DeregisterTargets a registration must be seen leaving within this time. Longer than
/// answers are usually stale; short, because a deregister with a wrong port changes nothing and
/// is answered with success (`DeregisterTargets`, and issue chaostoolkit-aws 60).
pub const LEAVING_GRACE: Duration = Duration::from_secs(15);
/// Just after RegisterTargets the answer may still be `Target.NotRegistered`.
pub const REGISTERED_GRACE: Duration = Duration::from_secs(30);

/// What one look says about a wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It has come true.
    Reached,
    /// It can still come true.
    NotYet,
    /// It cannot come true while things are as they are.
    Never(Obstacle),
}

/// Why a wait can never come true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The reason, in words.
    pub why: &'static str,
    /// What to look at.
    pub hint: &'static str,
}

/// What is known of a drain beside the latest health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drain {
    /// Time since DeregisterTargets was answered.
    pub elapsed: Duration,
    /// The least time from then to "drained": the data plane lags behind the API.
    pub settle: Duration,
    /// For how long every look has shown it registered; `None` if the latest showed it leaving.
    pub staying: Option<Duration>,
    /// Whether any look has shown it leaving.
    pub seen_leaving: bool,
}

impl Health {
    /// Whether the registration is on its way out, or gone.
    pub fn is_leaving(&self) -> bool {
        !self.can_receive()
    }
}

/// Whether a deregistered registration can no longer receive anything.
///
/// `unused` alone does not say so: targets of a group that no listener uses, stopped instances
/// and unusable addresses are `unused` and still registered (`TargetHealth` in the API reference).
pub fn drained(health: &Health, drain: &Drain) -> Verdict {
    if health.is_not_registered() {
        return if drain.elapsed >= drain.settle { Verdict::Reached } else { Verdict::NotYet };
    }
    match drain.staying {
        Some(staying) if staying >= LEAVING_GRACE => Verdict::Never(if drain.seen_leaving {
            Obstacle {
                why: "it was registered again by somebody else while it drained",
                hint: "find out who registers it: another deploy, or an Auto Scaling group",
            }
        } else {
            Obstacle {
                why: "it is still registered although DeregisterTargets was answered with success",
                hint: "a deregister with another port than the registered one changes nothing; \
                       compare the ports with describe-target-health",
            }
        }),
        _ => Verdict::NotYet,
    }
}

/// Whether a registration receives traffic, or ever will; `elapsed` is the time since
/// RegisterTargets was answered.
///
/// `unhealthy` is not final: an application may still be starting.
pub fn in_service(health: &Health, elapsed: Duration) -> Verdict {
    if health.is_in_service() {
        return Verdict::Reached;
    }
    if health.state != State::Unused {
        return Verdict::NotYet;
    }
    match health.reason {
        Some(Reason::NotRegistered) if elapsed < REGISTERED_GRACE => Verdict::NotYet,
        Some(Reason::NotRegistered) => Verdict::Never(Obstacle {
            why: "it is not registered any more",
            hint: "somebody else deregistered it, or the instance was terminated",
        }),
        Some(Reason::NotInUse) => Verdict::Never(Obstacle {
            why: "the load balancer does not use it",
            hint: "a listener must forward to the group, and the target's zone must be enabled",
        }),
        Some(Reason::InvalidState) => Verdict::Never(Obstacle {
            why: "the instance is stopped or terminated",
            hint: "start it, or exclude it from the run",
        }),
        Some(Reason::IpUnusable) => Verdict::Never(Obstacle {
            why: "the address belongs to a load balancer",
            hint: "register the address of the target itself",
        }),
        _ => Verdict::NotYet,
    }
}
