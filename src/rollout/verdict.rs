//! The two verdicts: is a registration drained, is it in service? By state *and* reason.

use std::time::Duration;

use super::health::{Health, Reason, State};
use super::obstacle::{Obstacle, Pending};
use super::target::Registration;

/// After DeregisterTargets a registration must be seen leaving within this time. Longer than
/// answers are usually stale; short, because a deregister with a wrong port changes nothing and
/// is answered with success (`DeregisterTargets`, and issue chaostoolkit-aws 60).
pub const LEAVING_GRACE: Duration = Duration::from_secs(15);
/// Just after RegisterTargets the answer may still be `Target.NotRegistered`.
pub const REGISTERED_GRACE: Duration = Duration::from_secs(30);

/// Just after an instance was started or a listener changed, the answer may still tell what was
/// before: one that says that a target can never serve has to stand for so long.
pub const HOPELESS_GRACE: Duration = Duration::from_secs(5);

/// A target that fails its checks stays unhealthy until it has passed two of them, at least 5 s apart (the least
/// that `HealthyThresholdCount` and `HealthCheckIntervalSeconds` take), so that a flap lasts 10 s or more. An answer
/// that shows it out of service has to stand for so long, since one can be from before it was in.
pub const FLAP_GRACE: Duration = Duration::from_secs(3);

/// What one look says about a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It has come true.
    Reached,
    /// It can still come true.
    NotYet(Pending),
    /// It cannot come true while things are as they are.
    Never(Obstacle),
}

impl Verdict {
    /// What it still waits for.
    pub const fn pending(self) -> Option<Pending> {
        match self {
            Self::NotYet(pending) => Some(pending),
            Self::Reached | Self::Never(_) => None,
        }
    }
}

/// What a wait sees of one registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Which one.
    pub place: Registration,
    /// What the load balancer says of it.
    pub health: Health,
    /// What it means for the wait.
    pub verdict: Verdict,
}

/// What is known of a drain beside the latest health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drain {
    /// The least time that has passed since DeregisterTargets was answered.
    pub elapsed: Duration,
    /// The least time from then to "drained": the data plane lags behind the API.
    pub settle: Duration,
    /// For how long every look has shown it registered; `None` if the latest showed it leaving.
    pub staying: Option<Duration>,
    /// Whether any look has shown it leaving.
    pub seen_leaving: bool,
    /// Whether it was never seen here, and the target is registered with other ports.
    pub only_elsewhere: bool,
}

/// What is known of a registration on its way into service, beside the latest health.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Join {
    /// For how long every look has shown the same state and reason.
    pub standing: Duration,
    /// Whether the answer may be from before it was taken out: looks are a few seconds old at times.
    pub doubted: bool,
    /// How long it must have been in service: the group's slow start, if that is waited for.
    pub warm_up: Duration,
    /// How long it may drain before it comes back: nothing for an instance, which comes back at
    /// once, and the deregistration delay for an address behind an application load balancer,
    /// which has to be out before it can ("Register targets" in the user guide).
    pub drain_first: Duration,
}

/// What is known of a registration that has to stay in service, beside the latest health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// For how long it has to.
    pub lasts: Duration,
    /// For how long it has.
    pub elapsed: Duration,
    /// For how long every look has shown it out of service; `None` if the latest shows it in.
    pub away: Option<Duration>,
}

/// Whether a registration that was in service has stayed so. Where an administrator keeps traffic
/// away from its zone it passes its checks all the same.
pub const fn steady(stay: &Stay) -> Verdict {
    match stay.away {
        Some(away) if away.as_millis() < FLAP_GRACE.as_millis() => Verdict::NotYet(Pending::Flap),
        Some(_) => Verdict::Never(Obstacle::Flapped),
        None if stay.elapsed.as_millis() < stay.lasts.as_millis() => Verdict::NotYet(Pending::Bake),
        None => Verdict::Reached,
    }
}

/// Whether a deregistered registration can no longer receive anything.
///
/// `unused` alone does not say so: targets of a group that no listener uses, stopped instances
/// and unusable addresses are `unused` and still registered (`TargetHealth` in the API reference).
pub fn drained(health: &Health, drain: &Drain) -> Verdict {
    if health.is_not_registered() {
        return match drain {
            Drain { only_elsewhere: true, .. } => Verdict::Never(Obstacle::OtherPort),
            Drain { elapsed, settle, .. } if elapsed < settle => Verdict::NotYet(Pending::Settle),
            _ => Verdict::Reached,
        };
    }
    match drain.staying {
        None => Verdict::NotYet(Pending::Drain),
        Some(staying) if staying < LEAVING_GRACE => Verdict::NotYet(Pending::Leaving),
        Some(_) if drain.seen_leaving => Verdict::Never(Obstacle::RegisteredAgain),
        Some(_) => Verdict::Never(Obstacle::StillRegistered),
    }
}

/// Whether a registration receives traffic, or ever will.
///
/// `unhealthy` is not final: an application may still be starting. Slow start begins when the
/// target is healthy, and its state says `healthy` all along ("Slow start mode" in the user guide).
pub fn in_service(health: &Health, join: &Join) -> Verdict {
    let within = |grace, pending, obstacle| match join.standing < grace {
        true => Verdict::NotYet(pending),
        false => Verdict::Never(obstacle),
    };
    match (&health.state, &health.reason) {
        (State::Healthy, _) if health.kept_away.is_some() => Verdict::NotYet(Pending::Shift),
        (State::Healthy, _) if join.doubted => Verdict::NotYet(Pending::Doubt),
        (State::Healthy, _) if join.standing < join.warm_up => Verdict::NotYet(Pending::SlowStart),
        (State::Healthy, _) => Verdict::Reached,
        (State::Initial, _) => Verdict::NotYet(Pending::Checks),
        (State::Unhealthy | State::UnhealthyDraining, _) => Verdict::NotYet(Pending::Recovery),
        (State::Draining, _) => {
            let first = !join.drain_first.is_zero();
            let pending = if first { Pending::DrainFirst } else { Pending::Joining };
            within(join.drain_first + REGISTERED_GRACE, pending, Obstacle::Leaves)
        }
        (State::Unused, Some(Reason::NotRegistered)) => {
            within(REGISTERED_GRACE, Pending::Joining, Obstacle::NotRegistered)
        }
        (State::Unused, Some(Reason::NotInUse)) if health.names_zone() => {
            within(HOPELESS_GRACE, Pending::Hope, Obstacle::ZoneNotEnabled)
        }
        (State::Unused, Some(Reason::NotInUse)) => {
            within(HOPELESS_GRACE, Pending::Hope, Obstacle::NotInUse)
        }
        (State::Unused, Some(Reason::InvalidState)) => {
            within(HOPELESS_GRACE, Pending::Hope, Obstacle::InvalidState)
        }
        (State::Unused, Some(Reason::IpUnusable)) => {
            within(HOPELESS_GRACE, Pending::Hope, Obstacle::IpUnusable)
        }
        (State::Unused | State::Unavailable | State::Other(_), _) => Verdict::NotYet(Pending::Word),
    }
}
