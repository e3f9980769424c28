use super::*;

#[test]
fn only_healthy_targets_get_requests() {
    let mut bench = application(Lags::NONE);
    bench.serve(s(0), &["i-1"]);
    bench.register(s(200), "i-2");
    assert_eq!(bench.routed(s(200)), ["i-1"]);
}

#[test]
fn a_healthy_target_gets_its_first_request_after_the_register_lag() {
    let mut bench = application(Lags { register: s(4), ..Lags::NONE });
    bench.serve(s(0), &["i-1"]);
    bench.register(s(200), "i-2");
    bench.check(s(200), "i-2", CheckResult::Code(200));
    assert_eq!(bench.routed(s(203)), ["i-1"]);
    assert_eq!(bench.routed(s(204)), ["i-1", "i-2"]);
}

#[test]
fn with_no_healthy_target_traffic_goes_to_all_registered_ones() {
    let mut bench = application(Lags::NONE);
    bench.register(s(0), "i-1");
    bench.register(s(0), "i-2");
    bench.register(s(0), "i-3");
    bench.check(s(0), "i-1", CheckResult::Failed);
    assert_eq!(bench.routed(s(1)), ["i-1", "i-2"], "i-3 has no zone");
}

#[test]
fn failing_open_leaves_out_draining_and_stopped_ones() {
    let mut bench = application(Lags::NONE);
    bench.register(s(0), "i-1");
    bench.register(s(0), "i-2");
    bench.deregister(s(1), "i-1");
    assert_eq!(bench.routed(s(1)), ["i-2"]);
    bench.model.power("i-2", Power::Stopped);
    assert!(bench.routed(s(1)).is_empty());
}

#[test]
fn below_the_minimum_of_healthy_targets_a_group_fails_open() {
    for (key, value) in [
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "2"),
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "51"),
    ] {
        let mut bench = application(Lags::NONE);
        bench.serve(s(0), &["i-1"]);
        bench.register(s(200), "i-2");
        bench.set(key, value);
        assert_eq!(bench.routed(s(200)), ["i-1", "i-2"], "{key}");
        bench.check(s(200), "i-2", CheckResult::Code(200));
        bench.set(key, "1");
        assert_eq!(bench.routed(s(200)), ["i-1", "i-2"]);
    }
}

#[test]
fn slow_start_begins_at_each_registration_while_the_state_says_healthy() {
    let mut bench = application(Lags::NONE);
    bench.set(SLOW_START, "100");
    bench.serve(s(0), &["i-1"]);
    let share = |bench: &Bench, now| bench.model.route(now, LISTEN, "/")[0].share;
    assert_eq!(share(&bench, s(0)), 1);
    assert_eq!(share(&bench, s(50)), 50);
    assert_eq!(share(&bench, s(100)), 100);
    bench.deregister(s(200), "i-1");
    bench.register(s(210), "i-1");
    bench.check(s(210), "i-1", CheckResult::Code(200));
    assert_eq!(bench.health(s(215), "i-1"), Health::HEALTHY);
    assert_eq!(share(&bench, s(215)), 5);
}

#[test]
fn an_endpoint_is_the_instances_address_and_the_registrations_port() {
    let mut bench = application(Lags::NONE);
    let web = bench.web.clone();
    let spec = TargetSpec::id("i-2").port(8081);
    bench.model.register(s(0), &web, &[spec]).unwrap();
    let endpoint = &bench.model.route(s(0), LISTEN, "/")[0];
    assert_eq!(endpoint.address, "127.0.0.12:8081".parse().unwrap());
    assert_eq!(endpoint.group, web);
    assert!(bench.model.route(s(0), LISTEN + 1, "/").is_empty());
}

#[test]
fn a_change_that_matters_to_the_data_plane_is_told() {
    let mut bench = application(Lags::NONE);
    let mut last = bench.model.revision();
    let mut grew = |bench: &Bench, what: &str| {
        assert!(bench.model.revision() > last, "{what}");
        last = bench.model.revision();
    };
    bench.register(s(0), "i-1");
    grew(&bench, "register");
    bench.check(s(0), "i-1", CheckResult::Code(200));
    grew(&bench, "healthy");
    bench.deregister(s(1), "i-1");
    grew(&bench, "deregister");
    bench.model.power("i-1", Power::Stopped);
    grew(&bench, "power");
    let before = bench.model.revision();
    bench.model.checks(s(60));
    bench.routed(s(60));
    assert_eq!(bench.model.revision(), before, "looking changes nothing");
}

#[test]
fn a_thousand_targets_are_routed_hundreds_of_times_a_second() {
    let mut bench = bench(Protocol::Http, TargetKind::Ip, Lags::NONE);
    let web = bench.web.clone();
    let all: Vec<_> = (0..MOST_TARGETS)
        .map(|n| TargetSpec::id(&format!("127.1.{}.{}", n / 250, n % 250)))
        .collect();
    bench.model.register(s(0), &web, &all).unwrap();
    for check in bench.model.checks(s(0)) {
        bench.model.checked(s(0), &check, CheckResult::Code(200));
    }
    let started = tokio::time::Instant::now();
    for _ in 0..100 {
        assert_eq!(bench.model.route(s(1), LISTEN, "/").len(), MOST_TARGETS);
    }
    let took = started.elapsed();
    // Unoptimised and on a busy machine; a route that looks at every pair of targets takes minutes.
    assert!(took < s(2), "{took:?}");
}
