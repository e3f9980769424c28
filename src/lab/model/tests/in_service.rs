use super::*;

#[test]
fn behind_an_application_balancer_one_passed_check_is_enough() {
    let mut bench = application(Lags::NONE);
    bench.register(s(0), "i-1");
    bench.check(s(0), "i-1", CheckResult::Code(200));
    assert_eq!(bench.health(s(0), "i-1"), Health::HEALTHY);
}

#[test]
fn one_early_failed_check_costs_the_healthy_threshold() {
    let mut bench = application(Lags::NONE);
    bench.register(s(0), "i-1");
    bench.check(s(0), "i-1", CheckResult::Failed);
    for round in 1..=5 {
        assert_eq!(bench.health(s(30 * round), "i-1").state, HealthState::Unhealthy);
        bench.check(s(30 * round), "i-1", CheckResult::Code(200));
    }
    assert_eq!(bench.health(s(150), "i-1"), Health::HEALTHY);
}

#[test]
fn a_healthy_target_turns_unhealthy_after_the_unhealthy_threshold_in_a_row() {
    let mut bench = application(Lags::NONE);
    bench.register(s(0), "i-1");
    let rounds = [
        (CheckResult::Code(200), "healthy"),
        (CheckResult::Code(500), "healthy"),
        (CheckResult::Code(200), "healthy"),
        (CheckResult::Code(500), "healthy"),
        (CheckResult::Code(500), "unhealthy"),
    ];
    for (round, (result, expected)) in (0..).zip(rounds) {
        bench.check(s(30 * round), "i-1", result);
        let state = bench.health(s(30 * round), "i-1").state;
        assert_eq!(state.as_str(), expected, "round {round}");
    }
}

#[test]
fn a_network_balancer_wants_its_threshold_from_the_start() {
    let mut bench = network(Lags::NONE);
    bench.register(s(0), "i-1");
    for round in 0..5 {
        assert_eq!(bench.health(s(30 * round), "i-1").reason, Some(Reason::InitialHealthChecking));
        bench.check(s(30 * round), "i-1", CheckResult::Connected);
    }
    assert_eq!(bench.health(s(120), "i-1"), Health::HEALTHY);
}

#[test]
fn behind_a_network_balancer_checks_start_only_after_the_registration_lag() {
    let mut bench = network(Lags { registration: s(120), ..Lags::NONE });
    bench.register(s(0), "i-1");
    assert_eq!(bench.model.wake_at(), Some(s(120)));
    assert!(bench.model.checks(s(119)).is_empty());
    assert_eq!(bench.health(s(119), "i-1").reason, Some(Reason::RegistrationInProgress));
    assert_eq!(bench.model.checks(s(120)).len(), 1);
}

#[test]
fn just_after_registering_the_answer_may_still_be_not_registered() {
    let mut bench = application(Lags { describe: s(3), ..Lags::NONE });
    bench.register(s(10), "i-1");
    assert_eq!(bench.health(s(12), "i-1").reason, Some(Reason::NotRegistered));
    assert!(bench.listed(s(12)).is_empty());
    assert_eq!(bench.listed(s(13)), ["i-1 initial"]);
}

#[test]
fn a_stopped_or_unknown_instance_is_an_invalid_target() {
    let mut bench = application(Lags::NONE);
    let web = bench.web.clone();
    bench.model.power("i-1", Power::Stopped);
    for id in ["i-1", "i-9"] {
        let answer = bench.model.register(s(0), &web, &at(id));
        assert!(
            matches!(&answer, Err(Refusal::InvalidTarget(sentence)) if sentence.contains(id)),
            "{answer:?}"
        );
    }
}

#[test]
fn registering_is_all_or_nothing() {
    let mut bench = application(Lags::NONE);
    let web = bench.web.clone();
    let both = [TargetSpec::id("i-1"), TargetSpec::id("i-9")];
    assert!(bench.model.register(s(0), &web, &both).is_err());
    assert!(bench.listed(s(1)).is_empty());
}

#[test]
fn registering_what_is_registered_changes_nothing() {
    let mut bench = application(Lags::NONE);
    bench.serve(s(0), &["i-1"]);
    bench.register(s(200), "i-1");
    assert_eq!(bench.health(s(200), "i-1"), Health::HEALTHY);
}

#[test]
fn one_instance_can_be_in_a_group_several_times() {
    let mut bench = application(Lags::NONE);
    let web = bench.web.clone();
    let twice = [TargetSpec::id("i-1"), TargetSpec::id("i-1").port(81)];
    bench.model.register(s(0), &web, &twice).unwrap();
    assert_eq!(bench.listed(s(0)).len(), 2);
    let addresses: Vec<_> = bench.model.checks(s(0)).iter().map(|c| c.address).collect();
    assert_eq!(addresses, ["127.0.0.11:80".parse().unwrap(), "127.0.0.11:81".parse().unwrap()]);
}

#[test]
fn a_quic_server_id_cannot_be_changed_on_a_registered_target() {
    let mut bench = network(Lags::NONE);
    let web = bench.web.clone();
    let quic =
        |id: &str| vec![TargetSpec { quic_server_id: Some(id.into()), ..TargetSpec::id("i-1") }];
    bench.model.register(s(0), &web, &quic("0x1")).unwrap();
    bench.model.register(s(0), &web, &quic("0x1")).unwrap();
    assert!(bench.model.register(s(0), &web, &quic("0x2")).is_err());
    assert_eq!(bench.line(s(0), TargetSpec::id("i-1")).quic_server_id.as_deref(), Some("0x1"));
}

#[test]
fn a_group_takes_a_thousand_targets_and_no_more() {
    let mut bench = bench(Protocol::Http, TargetKind::Ip, Lags::NONE);
    let web = bench.web.clone();
    let all: Vec<_> = (0..MOST_TARGETS)
        .map(|n| TargetSpec::id(&format!("127.1.{}.{}", n / 250, n % 250)))
        .collect();
    bench.model.register(s(0), &web, &all).unwrap();
    bench.model.register(s(0), &web, &all[..5]).unwrap();
    assert_eq!(
        bench.model.register(s(0), &web, &at("127.2.0.1")),
        Err(Refusal::TooManyTargets(MOST_TARGETS))
    );
}

#[test]
fn a_result_of_an_earlier_registration_is_not_counted() {
    let mut bench = application(Lags::NONE);
    bench.register(s(0), "i-1");
    let early = bench.model.checks(s(0)).remove(0);
    bench.deregister(s(1), "i-1");
    bench.register(s(2), "i-1");
    bench.model.checked(s(3), &early, CheckResult::Code(200));
    assert_eq!(bench.health(s(3), "i-1").state, HealthState::Initial);
}

#[test]
fn each_check_is_handed_out_once_and_due_again_an_interval_later() {
    let mut bench = application(Lags::NONE);
    bench.register(s(0), "i-1");
    assert_eq!(bench.model.checks(s(0)).len(), 1);
    assert!(bench.model.checks(s(29)).is_empty());
    assert_eq!(bench.model.wake_at(), Some(s(30)));
    assert_eq!(bench.model.checks(s(30)).len(), 1);
}

#[test]
fn a_started_instance_is_checked_again_and_returns() {
    let mut bench = application(Lags::NONE);
    bench.serve(s(0), &["i-1"]);
    bench.model.power("i-1", Power::Stopped);
    assert!(bench.model.checks(s(200)).is_empty());
    bench.model.power("i-1", Power::Running);
    assert_eq!(bench.model.checks(s(230)).len(), 1);
}
