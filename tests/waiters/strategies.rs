//! What is drawn at random: health as the API words it, and refusals.

use std::future::Future;

use elb_deploy::rollout::{Health, Reason, State};
use proptest::prelude::*;
use proptest::sample::select;

use crate::answer::Refused;

/// Every state and reason that AWS documents, and some that it does not.
pub const ROWS: [(&str, Option<&str>, Option<&str>); 20] = [
    ("initial", Some("Elb.RegistrationInProgress"), None),
    ("initial", Some("Elb.InitialHealthChecking"), None),
    ("healthy", None, None),
    ("unhealthy", Some("Target.ResponseCodeMismatch"), Some("Health checks failed")),
    ("unhealthy", Some("Target.Timeout"), Some("Request timed out")),
    ("unhealthy", Some("Target.FailedHealthChecks"), None),
    ("unhealthy", Some("Elb.InternalError"), None),
    ("unhealthy.draining", Some("Target.FailedHealthChecks"), None),
    ("unused", Some("Target.NotRegistered"), None),
    ("unused", Some("Target.NotInUse"), None),
    (
        "unused",
        Some("Target.NotInUse"),
        Some("Target is in an Availability Zone that is not enabled for the load balancer"),
    ),
    ("unused", Some("Target.InvalidState"), Some("Target is in the stopped state")),
    ("unused", Some("Target.IpUnusable"), None),
    ("unused", Some("Target.SomethingNew"), None),
    ("unused", None, None),
    ("draining", Some("Target.DeregistrationInProgress"), None),
    ("unavailable", Some("Target.HealthCheckDisabled"), None),
    ("unavailable", Some("Elb.InternalError"), None),
    ("something-new", None, None),
    ("something-new", Some("Target.NotRegistered"), None),
];

pub fn of((state, reason, description): (&str, Option<&str>, Option<&str>)) -> Health {
    let reason = reason.map(|reason| Reason::from(reason.to_owned()));
    let health = Health::of(State::from(state.to_owned()), reason);
    Health { description: description.map(str::to_owned), ..health }
}

pub fn draining() -> Health {
    Health::of(State::Draining, Some(Reason::DeregistrationInProgress))
}

pub fn shifted() -> Health {
    Health { kept_away: Some("zonal_shift_active".to_owned()), ..Health::healthy() }
}

/// Mostly what a wait usually meets, and every row now and then.
pub fn said() -> impl Strategy<Value = Health> {
    prop_oneof![
        3 => Just(Health::healthy()),
        3 => Just(draining()),
        3 => Just(Health::not_registered()),
        1 => Just(shifted()),
        5 => select(&ROWS[..]).prop_map(of),
    ]
}

pub fn refused() -> impl Strategy<Value = Refused> {
    select(&Refused::ALL[..])
}

/// Runs something to its end in paused time.
pub fn paused<T>(work: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().start_paused(true).build().unwrap().block_on(work)
}
