use super::*;

fn lagging() -> Lags {
    Lags { deregister: s(15), ..Lags::NONE }
}

#[test]
fn draining_is_shown_for_the_whole_delay_and_then_the_target_is_gone() {
    let mut bench = application(Lags::NONE);
    bench.serve(s(0), &["i-1", "i-2"]);
    bench.deregister(s(200), "i-1");
    assert_eq!(
        said(&bench.health(s(200), "i-1")),
        ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
    );
    assert_eq!(bench.listed(s(199 + DELAY)), ["i-1 draining", "i-2 healthy"]);
    assert_eq!(bench.listed(s(200 + DELAY)), ["i-2 healthy"]);
    let gone = bench.health(s(200 + DELAY), "i-1");
    assert_eq!(gone.reason, Some(Reason::NotRegistered));
}

#[test]
fn the_delay_is_the_groups_attribute_at_the_call() {
    let mut bench = application(Lags::NONE);
    bench.serve(s(0), &["i-1", "i-2"]);
    bench.set(DEREGISTRATION_DELAY, "0");
    bench.deregister(s(200), "i-1");
    assert_eq!(bench.health(s(200), "i-1").reason, Some(Reason::NotRegistered));
    bench.set(DEREGISTRATION_DELAY, "7");
    bench.deregister(s(200), "i-2");
    bench.set(DEREGISTRATION_DELAY, "3600");
    assert_eq!(bench.health(s(206), "i-2").state, HealthState::Draining);
    assert_eq!(bench.health(s(207), "i-2").state, HealthState::Unused);
}

#[test]
fn deregistering_what_is_not_registered_succeeds() {
    let mut bench = application(Lags::NONE);
    bench.deregister(s(0), "i-1");
    bench.deregister(s(0), "i-unknown");
    let spare = Model::default().deregister(s(0), &bench.web, &at("i-1"));
    assert_eq!(spare, Err(Refusal::GroupNotFound));
}

#[test]
fn deregistering_twice_does_not_start_the_delay_again() {
    let mut bench = application(Lags::NONE);
    bench.serve(s(0), &["i-1"]);
    bench.deregister(s(200), "i-1");
    bench.deregister(s(400), "i-1");
    assert_eq!(bench.health(s(200 + DELAY), "i-1").state, HealthState::Unused);
}

#[test]
fn a_registration_with_a_port_of_its_own_is_not_deregistered_without_it() {
    let mut bench = application(Lags::NONE);
    let web = bench.web.clone();
    let spec = TargetSpec::id("i-1").port(8081);
    let with_port = std::slice::from_ref(&spec);
    bench.model.register(s(0), &web, with_port).unwrap();
    bench.check(s(0), "i-1", CheckResult::Code(200));
    bench.deregister(s(10), "i-1");
    assert_eq!(bench.line(s(10), spec.clone()).health, Health::HEALTHY);
    assert_eq!(
        bench.health(s(10), "i-1").reason,
        Some(Reason::NotRegistered),
        "a wrong port reads as not registered although the target serves"
    );
    bench.model.deregister(s(10), &web, with_port).unwrap();
    assert_eq!(bench.line(s(10), spec).health.state, HealthState::Draining);
}

#[test]
fn new_requests_still_arrive_for_a_while_after_deregistering() {
    let mut bench = application(lagging());
    bench.serve(s(0), &["i-1", "i-2"]);
    bench.deregister(s(200), "i-1");
    assert_eq!(bench.routed(s(214)), ["i-1", "i-2"]);
    assert_eq!(bench.routed(s(215)), ["i-2"]);
}

#[test]
fn new_requests_arrive_after_the_drain_if_the_delay_is_shorter_than_the_lag() {
    let mut bench = network(Lags { deregister: s(120), ..Lags::NONE });
    bench.set(DEREGISTRATION_DELAY, "0");
    bench.serve(s(0), &["i-1", "i-2"]);
    bench.deregister(s(200), "i-1");
    assert_eq!(bench.health(s(201), "i-1").state, HealthState::Unused);
    bench.register(s(202), "i-2");
    assert_eq!(bench.routed(s(319)), ["i-1", "i-2"]);
    assert_eq!(bench.routed(s(320)), ["i-2"]);
}

#[test]
fn a_target_without_traffic_gets_none_by_being_deregistered() {
    let mut bench = application(lagging());
    bench.serve(s(0), &["i-2"]);
    bench.register(s(200), "i-1");
    bench.deregister(s(201), "i-1");
    assert_eq!(bench.routed(s(202)), ["i-2"]);
}

#[test]
fn an_application_balancer_cuts_what_remains_once_at_the_end_of_the_delay() {
    let mut bench = application(Lags::NONE);
    bench.serve(s(0), &["i-1", "i-2"]);
    bench.deregister(s(200), "i-1");
    bench.model.checks(s(490));
    assert_eq!(bench.model.wake_at(), Some(s(200 + DELAY)));
    assert!(bench.model.overdue(s(199 + DELAY)).is_empty());
    let cut = bench.model.overdue(s(200 + DELAY));
    assert_eq!(cut.len(), 1);
    assert_eq!(&*cut[0].target.id, "i-1");
    assert!(bench.model.overdue(s(201 + DELAY)).is_empty());
}

#[test]
fn a_network_balancer_cuts_only_if_termination_is_enabled() {
    for (enabled, cuts) in [("false", 0), ("true", 1)] {
        let mut bench = network(Lags::NONE);
        bench.set(CONNECTION_TERMINATION, enabled);
        bench.serve(s(0), &["i-1"]);
        bench.deregister(s(200), "i-1");
        assert_eq!(bench.model.overdue(s(200 + DELAY)).len(), cuts, "{enabled}");
    }
}

#[test]
fn an_instance_may_come_back_while_draining_and_is_initial_again() {
    let mut bench = application(Lags::NONE);
    bench.serve(s(0), &["i-1", "i-2"]);
    bench.deregister(s(200), "i-1");
    bench.register(s(210), "i-1");
    assert_eq!(bench.health(s(210), "i-1").state, HealthState::Initial);
    assert!(bench.model.overdue(s(999)).is_empty(), "the drain is cancelled");
}

#[test]
fn connections_of_a_finished_drain_are_cut_even_if_the_target_came_back_first() {
    let mut bench = application(Lags::NONE);
    bench.serve(s(0), &["i-1"]);
    let before = bench.model.route(s(150), LISTEN, "/");
    bench.deregister(s(200), "i-1");
    bench.register(s(201 + DELAY), "i-1");
    assert_eq!(bench.model.wake_at(), Some(s(0)));
    assert_eq!(bench.model.overdue(s(202 + DELAY)), before);
}

#[test]
fn an_address_behind_an_application_balancer_must_wait_until_its_delay_is_over() {
    let mut bench = bench(Protocol::Http, TargetKind::Ip, Lags::NONE);
    bench.serve(s(0), &["127.0.0.50"]);
    bench.deregister(s(200), "127.0.0.50");
    let web = bench.web.clone();
    let again = bench.model.register(s(210), &web, &at("127.0.0.50"));
    assert!(matches!(again, Err(Refusal::InvalidTarget(_))), "{again:?}");
    bench.register(s(200 + DELAY), "127.0.0.50");
}

#[test]
fn what_has_left_for_good_is_forgotten() {
    let mut bench = application(lagging());
    bench.serve(s(0), &["i-1", "i-2"]);
    bench.deregister(s(200), "i-1");
    bench.model.overdue(s(600));
    bench.register(s(600), "i-2");
    assert_eq!(bench.model.group(&bench.web).unwrap().registrations.len(), 1);
}

#[test]
fn a_lab_without_a_data_plane_forgets_too() {
    let mut bench = application(Lags::NONE);
    bench.serve(s(0), &["i-1", "i-2"]);
    bench.deregister(s(200), "i-1");
    bench.register(s(900), "i-2");
    assert_eq!(bench.model.group(&bench.web).unwrap().registrations.len(), 1);
}

#[test]
fn a_target_that_comes_back_within_the_lag_never_left_the_data_plane() {
    let mut bench = application(lagging());
    bench.serve(s(0), &["i-1", "i-2"]);
    bench.deregister(s(200), "i-1");
    bench.register(s(205), "i-1");
    assert_eq!(bench.routed(s(214)), ["i-1", "i-2"], "although it is initial");
    assert_eq!(bench.routed(s(215)), ["i-2"]);
}
