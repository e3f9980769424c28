//! The two verdicts on every state and reason; the graces, settle, and the wrong-port trap.

use std::time::Duration;

use super::super::{
    Drain, Health, LEAVING_GRACE, REGISTERED_GRACE, Reason, State, Verdict, drained, in_service,
};
use super::{draining, health::rows, seconds, unhealthy};

const SETTLE: Duration = Duration::from_secs(15);
const TICK: Duration = Duration::from_millis(1);

fn drain(elapsed: Duration) -> Drain {
    Drain { elapsed, settle: SETTLE, staying: None, seen_leaving: true }
}

fn why(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Never(obstacle) => {
            assert!(!obstacle.hint.is_empty());
            obstacle.why
        }
        other => panic!("{other:?} where it can never come true"),
    }
}

fn unused(reason: Reason) -> Health {
    Health::of(State::Unused, Some(reason))
}

#[test]
fn only_unused_because_not_registered_is_drained() {
    for health in rows() {
        let reached = drained(&health, &drain(SETTLE * 100)) == Verdict::Reached;
        assert_eq!(reached, health.is_not_registered(), "{health}");
    }
}

#[test]
fn not_registered_is_drained_only_when_settle_has_passed() {
    let gone = Health::not_registered();
    assert_eq!(drained(&gone, &drain(Duration::ZERO)), Verdict::NotYet);
    assert_eq!(drained(&gone, &drain(SETTLE - TICK)), Verdict::NotYet);
    assert_eq!(drained(&gone, &drain(SETTLE)), Verdict::Reached);
}

#[test]
fn settle_may_be_nothing() {
    let none = Drain { settle: Duration::ZERO, ..drain(Duration::ZERO) };
    assert_eq!(drained(&Health::not_registered(), &none), Verdict::Reached);
}

#[test]
fn a_registration_that_stays_may_do_so_for_the_grace_and_no_longer() {
    for health in rows().filter(Health::can_receive) {
        let staying = |time| Drain { staying: Some(time), ..drain(time) };
        assert_eq!(drained(&health, &staying(LEAVING_GRACE - TICK)), Verdict::NotYet, "{health}");
        why(drained(&health, &staying(LEAVING_GRACE)));
    }
}

#[test]
fn a_deregister_with_the_wrong_port_is_told_by_the_registration_that_never_leaves() {
    let ignored =
        Drain { staying: Some(LEAVING_GRACE), seen_leaving: false, ..drain(LEAVING_GRACE) };
    let verdict = drained(&Health::healthy(), &ignored);
    let Verdict::Never(obstacle) = verdict else { panic!("{verdict:?}") };
    assert!(obstacle.why.contains("still registered"), "{}", obstacle.why);
    assert!(obstacle.hint.contains("port"), "{}", obstacle.hint);
}

#[test]
fn a_registration_that_comes_back_while_it_drains_is_blamed_on_somebody_else() {
    let back = Drain { staying: Some(LEAVING_GRACE), ..drain(seconds(60)) };
    assert!(why(drained(&Health::healthy(), &back)).contains("somebody else"));
}

#[test]
fn draining_takes_as_long_as_it_takes() {
    assert_eq!(drained(&draining(), &drain(seconds(3600))), Verdict::NotYet);
}

#[test]
fn only_healthy_with_traffic_is_in_service() {
    for health in rows() {
        let reached = in_service(&health, Duration::ZERO) == Verdict::Reached;
        assert_eq!(reached, health.state == State::Healthy, "{health}");
    }
}

#[test]
fn only_a_registered_but_unusable_target_can_never_come_into_service_at_once() {
    let hopeless = [
        (Reason::NotInUse, "does not use it"),
        (Reason::InvalidState, "stopped"),
        (Reason::IpUnusable, "belongs to a load balancer"),
    ];
    for (reason, words) in &hopeless {
        let verdict = in_service(&unused(reason.clone()), Duration::ZERO);
        assert!(why(verdict).contains(words), "{reason}");
    }
    let reasons = hopeless.map(|(reason, _)| reason);
    for health in rows() {
        let never = matches!(in_service(&health, Duration::ZERO), Verdict::Never(_));
        let hopeless = health.reason.as_ref().is_some_and(|reason| reasons.contains(reason));
        assert_eq!(never, hopeless, "{health}");
    }
}

#[test]
fn a_registration_may_be_unknown_for_the_grace_and_no_longer() {
    let unknown = Health::not_registered();
    assert_eq!(in_service(&unknown, REGISTERED_GRACE - TICK), Verdict::NotYet);
    assert!(why(in_service(&unknown, REGISTERED_GRACE)).contains("not registered any more"));
}

#[test]
fn unhealthy_and_initial_are_waited_for_however_long() {
    for health in [unhealthy(), Health::of(State::Initial, None), draining()] {
        assert_eq!(in_service(&health, seconds(3600)), Verdict::NotYet, "{health}");
    }
}

#[test]
fn healthy_under_a_zonal_shift_is_waited_for() {
    let kept_away = Some("zonal_shift_active".to_owned());
    let shifted = Health { kept_away, ..Health::healthy() };
    assert_eq!(in_service(&shifted, seconds(60)), Verdict::NotYet);
}
