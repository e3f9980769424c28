//! Every row of the "States and reasons" that AWS documents, and the three questions asked of it.

use super::super::{Health, Reason, State};

/// State, reason, and whether it is in service, not registered, and able to receive.
const ROWS: [(&str, Option<&str>, bool, bool, bool); 21] = [
    ("initial", Some("Elb.RegistrationInProgress"), false, false, true),
    ("initial", Some("Elb.InitialHealthChecking"), false, false, true),
    ("healthy", None, true, false, true),
    ("unhealthy", Some("Target.ResponseCodeMismatch"), false, false, true),
    ("unhealthy", Some("Target.Timeout"), false, false, true),
    ("unhealthy", Some("Target.FailedHealthChecks"), false, false, true),
    ("unhealthy", Some("Elb.InternalError"), false, false, true),
    ("unhealthy.draining", Some("Target.FailedHealthChecks"), false, false, true),
    ("unhealthy.draining", None, false, false, true),
    ("unused", Some("Target.NotRegistered"), false, true, false),
    ("unused", Some("Target.NotInUse"), false, false, true),
    ("unused", Some("Target.InvalidState"), false, false, true),
    ("unused", Some("Target.IpUnusable"), false, false, true),
    ("unused", Some("Target.SomethingNew"), false, false, true),
    ("unused", None, false, false, true),
    ("draining", Some("Target.DeregistrationInProgress"), false, false, false),
    ("draining", None, false, false, false),
    ("unavailable", Some("Target.HealthCheckDisabled"), false, false, true),
    ("unavailable", Some("Elb.InternalError"), false, false, true),
    ("unavailable", None, false, false, true),
    ("something-new", None, false, false, true),
];

/// Every row as health.
pub(super) fn rows() -> impl Iterator<Item = Health> {
    ROWS.iter().map(|(state, reason, ..)| of(state, *reason))
}

fn of(state: &str, reason: Option<&str>) -> Health {
    Health::of(State::from(state.to_owned()), reason.map(|text| Reason::from(text.to_owned())))
}

#[test]
fn every_state_and_reason_answers_whether_it_serves_is_gone_or_can_receive() {
    for (state, reason, in_service, gone, receives) in ROWS {
        let health = of(state, reason);
        assert_eq!(health.is_in_service(), in_service, "in service: {health}");
        assert_eq!(health.is_not_registered(), gone, "not registered: {health}");
        assert_eq!(health.can_receive(), receives, "can receive: {health}");
    }
}

#[test]
fn no_state_but_unused_makes_not_registered_of_that_reason() {
    for (state, ..) in ROWS.iter().filter(|(state, ..)| *state != "unused") {
        assert!(!of(state, Some("Target.NotRegistered")).is_not_registered(), "{state}");
    }
}

#[test]
fn healthy_under_a_zonal_shift_is_not_in_service_and_says_so() {
    let kept_away = Some("zonal_shift_active".to_owned());
    let health = Health { kept_away, ..Health::healthy() };
    assert!(!health.is_in_service());
    assert!(health.can_receive());
    assert_eq!(health.to_string(), "healthy, kept from traffic (zonal_shift_active)");
}

#[test]
fn states_and_reasons_keep_the_words_of_the_api_even_unknown_ones() {
    for (state, reason, ..) in ROWS {
        let health = of(state, reason);
        assert_eq!(health.state.to_string(), state);
        assert_eq!(health.reason.as_ref().map(Reason::as_str), reason);
        let text = serde_json::to_string(&health).expect("health as JSON");
        assert_eq!(serde_json::from_str::<Health>(&text).expect(&text), health);
    }
}

#[test]
fn health_is_shown_with_its_reason_and_description() {
    let description = Some("Request timed out".to_owned());
    let health = Health { description, ..of("unhealthy", Some("Target.Timeout")) };
    assert_eq!(health.to_string(), "unhealthy, Target.Timeout (Request timed out)");
}
