use super::*;

#[test]
fn a_target_not_registered_is_unused_when_asked_by_name_and_absent_otherwise() {
    let bench = application(Lags::NONE);
    assert_eq!(
        said(&bench.health(s(0), "i-1")),
        ("unused", "Target.NotRegistered", "Target is not registered to the target group")
    );
    assert!(bench.listed(s(0)).is_empty());
}

#[test]
fn a_new_target_is_registered_then_checked_then_healthy_without_a_reason() {
    let mut bench = application(Lags { registration: s(2), ..Lags::NONE });
    bench.register(s(0), "i-1");
    assert_eq!(
        said(&bench.health(s(1), "i-1")),
        ("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
    );
    assert!(bench.model.checks(s(1)).is_empty());
    assert_eq!(
        said(&bench.health(s(2), "i-1")),
        ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
    );
    bench.check(s(2), "i-1", CheckResult::Code(200));
    assert_eq!(bench.health(s(2), "i-1"), Health::HEALTHY);
    assert_eq!(said(&Health::HEALTHY), ("healthy", "", ""));
}

#[test]
fn an_application_balancer_says_why_a_check_failed() {
    for (result, reason, sentence) in [
        (
            CheckResult::Code(503),
            "Target.ResponseCodeMismatch",
            "Health checks failed with these codes: [503]",
        ),
        (CheckResult::TimedOut, "Target.Timeout", "Request timed out"),
        (CheckResult::Failed, "Target.FailedHealthChecks", "Health checks failed"),
    ] {
        let mut bench = application(Lags::NONE);
        bench.register(s(0), "i-1");
        bench.check(s(0), "i-1", result);
        assert_eq!(said(&bench.health(s(0), "i-1")), ("unhealthy", reason, sentence));
    }
}

#[test]
fn the_reason_is_that_of_the_latest_failed_check() {
    let mut bench = application(Lags::NONE);
    bench.register(s(0), "i-1");
    bench.check(s(0), "i-1", CheckResult::Code(503));
    bench.check(s(30), "i-1", CheckResult::TimedOut);
    assert_eq!(bench.health(s(30), "i-1").reason, Some(Reason::Timeout));
}

#[test]
fn a_network_balancer_says_only_that_checks_failed() {
    for result in [CheckResult::TimedOut, CheckResult::Failed] {
        let mut bench = network(Lags::NONE);
        bench.register(s(0), "i-1");
        bench.check(s(0), "i-1", result);
        bench.check(s(30), "i-1", result);
        assert_eq!(bench.health(s(30), "i-1").reason, Some(Reason::FailedHealthChecks));
    }
}

#[test]
fn in_a_group_that_no_listener_uses_a_target_is_unused_still_registered_and_never_checked() {
    let mut bench = application(Lags::NONE);
    let spare = bench.spare.clone();
    bench.model.register(s(0), &spare, &at("i-1")).unwrap();
    let lines = bench.model.target_health(s(9), &spare, &[], s(0)).unwrap();
    assert_eq!(
        said(&lines[0].health),
        (
            "unused",
            "Target.NotInUse",
            "Target group is not configured to receive traffic from the load balancer"
        )
    );
    assert!(bench.model.checks(s(9)).is_empty());
}

#[test]
fn in_a_zone_that_is_not_enabled_a_target_is_unused_still_registered_and_never_checked() {
    let mut bench = application(Lags::NONE);
    bench.register(s(0), "i-3");
    assert_eq!(
        said(&bench.health(s(9), "i-3")),
        (
            "unused",
            "Target.NotInUse",
            "Target is in an Availability Zone that is not enabled for the load balancer"
        )
    );
    assert_eq!(bench.listed(s(9)), ["i-3 unused"]);
    assert!(bench.model.checks(s(9)).is_empty());
    assert!(bench.routed(s(9)).is_empty());
}

#[test]
fn a_stopped_or_terminated_instance_stays_listed_as_unused_with_its_state() {
    let mut bench = application(Lags::NONE);
    bench.serve(s(0), &["i-1"]);
    for power in [Power::Stopped, Power::Terminated] {
        assert!(bench.model.power("i-1", power));
        let sentence = format!("Target is in the {} state", power.as_str());
        assert_eq!(
            said(&bench.health(s(200), "i-1")),
            ("unused", "Target.InvalidState", sentence.as_str())
        );
        assert_eq!(bench.listed(s(200)), ["i-1 unused"]);
    }
    assert!(!bench.model.power("i-9", Power::Stopped));
}

#[test]
fn a_zonal_shift_leaves_a_target_healthy_and_keeps_traffic_away() {
    let mut bench = application(Lags::NONE);
    bench.serve(s(0), &["i-1", "i-2"]);
    bench.model.shift("a", true);
    let line = bench.line(s(200), TargetSpec::id("i-1"));
    assert_eq!(line.health, Health::HEALTHY);
    assert!(line.shifted && !line.in_service());
    assert_eq!(bench.routed(s(200)), ["i-2"]);
    bench.model.shift("a", false);
    assert_eq!(bench.routed(s(200)), ["i-1", "i-2"]);
}

#[test]
fn an_answer_can_be_older_than_what_it_tells_of() {
    let mut bench = application(Lags::NONE);
    bench.model.remember_for(s(10));
    bench.serve(s(0), &["i-1", "i-2"]);
    bench.deregister(s(200), "i-1");
    let seen = |now, age| {
        bench.model.target_health(now, &bench.web, &at("i-1"), age).unwrap()[0]
            .health
            .state
            .as_str()
    };
    assert_eq!(seen(s(204), s(0)), "draining");
    assert_eq!(seen(s(204), s(5)), "healthy");
    assert_eq!(seen(s(205), s(5)), "draining");
    assert_eq!(seen(s(504), s(5)), "draining");
    assert_eq!(seen(s(506), s(5)), "unused");
}

#[test]
fn a_health_answer_carries_zone_check_port_and_quic_id() {
    let mut bench = application(Lags::NONE);
    let web = bench.web.clone();
    let spec =
        TargetSpec { quic_server_id: Some("0x0123".into()), ..TargetSpec::id("i-2").port(81) };
    bench.model.register(s(0), &web, std::slice::from_ref(&spec)).unwrap();
    let line = bench.line(s(0), spec);
    assert_eq!(line.zone.as_deref(), Some("b"));
    assert_eq!(line.check_port, CheckPort::Traffic);
    assert_eq!(line.quic_server_id.as_deref(), Some("0x0123"));
}

#[test]
fn health_of_an_unknown_group_is_refused() {
    let bench = application(Lags::NONE);
    let answer = bench.model.target_health(s(0), "none", &[], s(0));
    assert_eq!(answer.unwrap_err(), Refusal::GroupNotFound);
}

#[test]
fn an_address_outside_of_the_network_is_in_all_zones() {
    let mut bench = bench(Protocol::Http, TargetKind::Ip, Lags::NONE);
    let web = bench.web.clone();
    for (id, zone, expected) in [
        ("127.0.0.51", "all", HealthState::Initial),
        ("127.0.0.52", "b", HealthState::Initial),
        ("127.0.0.53", "c", HealthState::Unused),
    ] {
        let spec = TargetSpec { zone: Some(zone.into()), ..TargetSpec::id(id) };
        bench.model.register(s(0), &web, &[spec]).unwrap();
        assert_eq!(bench.health(s(1), id).state, expected, "{zone}");
    }
}
