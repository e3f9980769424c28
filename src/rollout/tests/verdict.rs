//! The two verdicts on every state and reason; the graces, settle, and the wrong-port trap.

use std::time::Duration;

use super::super::{
    Drain, HOPELESS_GRACE, Health, Join, LEAVING_GRACE, Obstacle, Pending, REGISTERED_GRACE,
    Reason, State, Verdict, drained, in_service,
};
use super::{draining, health::rows, seconds, unhealthy};

const SETTLE: Duration = Duration::from_secs(15);
const TICK: Duration = Duration::from_millis(1);

fn drain(elapsed: Duration) -> Drain {
    let (staying, seen_leaving, only_elsewhere) = (None, true, false);
    Drain { elapsed, settle: SETTLE, staying, seen_leaving, only_elsewhere }
}

fn standing(standing: Duration) -> Join {
    Join { standing, ..Join::default() }
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
    let settling = Verdict::NotYet(Pending::Settle);
    assert_eq!(drained(&gone, &drain(Duration::ZERO)), settling);
    assert_eq!(drained(&gone, &drain(SETTLE - TICK)), settling);
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
        let verdict = |time| {
            drained(&health, &Drain { staying: Some(time), seen_leaving: false, ..drain(time) })
        };
        assert_eq!(verdict(LEAVING_GRACE - TICK), Verdict::NotYet(Pending::Leaving), "{health}");
        assert_eq!(verdict(LEAVING_GRACE), Verdict::Never(Obstacle::StillRegistered), "{health}");
    }
}

#[test]
fn a_registration_that_comes_back_while_it_drains_is_blamed_on_somebody_else() {
    let back = Drain { staying: Some(LEAVING_GRACE), ..drain(seconds(60)) };
    assert_eq!(drained(&Health::healthy(), &back), Verdict::Never(Obstacle::RegisteredAgain));
}

#[test]
fn a_place_that_was_never_seen_is_not_drained_while_the_target_is_in_by_other_ports() {
    let trap = Drain { only_elsewhere: true, ..drain(SETTLE * 100) };
    assert_eq!(drained(&Health::not_registered(), &trap), Verdict::Never(Obstacle::OtherPort));
}

#[test]
fn draining_takes_as_long_as_it_takes() {
    assert_eq!(drained(&draining(), &drain(seconds(3600))), Verdict::NotYet(Pending::Drain));
}

#[test]
fn only_healthy_with_traffic_is_in_service() {
    for health in rows() {
        let reached = in_service(&health, &Join::default()) == Verdict::Reached;
        assert_eq!(reached, health.state == State::Healthy, "{health}");
    }
}

#[test]
fn only_a_registered_but_unusable_target_can_never_come_into_service_as_it_is() {
    let hopeless = [
        (Reason::NotInUse, Obstacle::NotInUse),
        (Reason::InvalidState, Obstacle::InvalidState),
        (Reason::IpUnusable, Obstacle::IpUnusable),
    ];
    for health in rows() {
        let mut known = hopeless.iter();
        let known = known.find(|(reason, _)| health.reason.as_ref() == Some(reason));
        let verdict = in_service(&health, &standing(HOPELESS_GRACE));
        let never = if let Verdict::Never(obstacle) = verdict { Some(obstacle) } else { None };
        assert_eq!(never, known.map(|(_, obstacle)| *obstacle), "{health}");
        let verdict = in_service(&health, &standing(HOPELESS_GRACE - TICK));
        assert!(!matches!(verdict, Verdict::Never(_)), "one answer can be stale: {health}");
    }
}

#[test]
fn a_zone_that_is_not_enabled_is_told_from_a_group_in_no_listener_by_the_sentence() {
    let said = "Target is in an Availability Zone that is not enabled for the load balancer";
    let health = Health { description: Some(said.to_owned()), ..unused(Reason::NotInUse) };
    let verdict = in_service(&health, &standing(HOPELESS_GRACE));
    assert_eq!(verdict, Verdict::Never(Obstacle::ZoneNotEnabled));
}

#[test]
fn a_registration_may_be_unknown_for_the_grace_and_no_longer() {
    let verdict = |time| in_service(&Health::not_registered(), &standing(time));
    assert_eq!(verdict(REGISTERED_GRACE - TICK), Verdict::NotYet(Pending::Joining));
    assert_eq!(verdict(REGISTERED_GRACE), Verdict::Never(Obstacle::NotRegistered));
}

#[test]
fn unhealthy_and_initial_are_waited_for_however_long() {
    let rows =
        [(unhealthy(), Pending::Recovery), (Health::of(State::Initial, None), Pending::Checks)];
    for (health, pending) in rows {
        let verdict = in_service(&health, &standing(seconds(3600)));
        assert_eq!(verdict, Verdict::NotYet(pending), "{health}");
    }
}

#[test]
fn an_instance_that_still_drains_after_the_grace_was_not_registered_again() {
    let verdict = |time| in_service(&draining(), &standing(time));
    assert_eq!(verdict(REGISTERED_GRACE - TICK), Verdict::NotYet(Pending::Joining));
    assert_eq!(verdict(REGISTERED_GRACE), Verdict::Never(Obstacle::Leaves));
}

#[test]
fn an_address_waits_out_its_drain_before_it_comes_back() {
    let delay = seconds(300);
    let verdict = |time| in_service(&draining(), &Join { drain_first: delay, ..standing(time) });
    let end = delay + REGISTERED_GRACE;
    assert_eq!(verdict(end - TICK), Verdict::NotYet(Pending::DrainFirst));
    assert_eq!(verdict(end), Verdict::Never(Obstacle::Leaves));
}

#[test]
fn healthy_under_a_zonal_shift_is_waited_for() {
    let kept_away = Some("zonal_shift_active".to_owned());
    let shifted = Health { kept_away, ..Health::healthy() };
    let verdict = in_service(&shifted, &standing(seconds(60)));
    assert_eq!(verdict, Verdict::NotYet(Pending::Shift));
}

#[test]
fn healthy_in_slow_start_is_waited_for_when_that_is_asked_for() {
    let warm_up = seconds(30);
    let verdict = |time| in_service(&Health::healthy(), &Join { warm_up, ..standing(time) });
    assert_eq!(verdict(warm_up - TICK), Verdict::NotYet(Pending::SlowStart));
    assert_eq!(verdict(warm_up), Verdict::Reached);
}
