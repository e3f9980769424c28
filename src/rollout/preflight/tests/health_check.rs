//! How soon the health check sees a target come and go.

use super::*;

fn checked(interval: u64, timeout: u64, healthy: u32, unhealthy: u32) -> Scene {
    let (interval, timeout) = (seconds(interval), seconds(timeout));
    Scene::fine().set(|group| {
        group.health_check = HealthCheck {
            interval,
            timeout,
            healthy_threshold: healthy,
            unhealthy_threshold: unhealthy,
            port: None,
        };
    })
}

#[test]
fn coming_back_takes_less_than_a_minute_or_is_told() {
    for (interval, healthy, level, part) in [
        (10, 2, Level::Ok, "one failed check costs 2 passed ones, 20s"),
        (5, 10, Level::Ok, "10 passed ones, 50s"),
        (30, 2, Level::Warn, "2 passed ones, 1m"),
        (30, 5, Level::Warn, "5 passed ones, 2m 30s"),
    ] {
        checked(interval, 5, healthy, 2).finds("recovery", level, part);
    }
}

#[test]
fn a_broken_target_is_noticed_in_less_than_a_minute_or_it_is_told() {
    for (interval, unhealthy, level, part) in [
        (10, 2, Level::Ok, "after 2 failed checks, 20s"),
        (29, 2, Level::Ok, "58s"),
        (30, 2, Level::Warn, "2 failed checks, 1m"),
        (10, 10, Level::Warn, "10 failed checks, 1m 40s"),
    ] {
        checked(interval, 5, 2, unhealthy).finds("detection", level, part);
    }
}

#[test]
fn only_what_is_too_slow_is_changed_and_the_timeout_with_it_where_it_has_to_be() {
    let of = |scene: Scene, check| match settings(&scene.only(check)).remove(0) {
        Setting::HealthCheck(options) => options,
        other => panic!("{other:?}"),
    };
    let (interval, timeout) = ("health-check-interval-seconds", "health-check-timeout-seconds");
    let (healthy, unhealthy) = ("healthy-threshold-count", "unhealthy-threshold-count");
    assert_eq!(of(checked(30, 5, 5, 2), "recovery"), [(interval, 10), (healthy, 2)]);
    assert_eq!(of(checked(30, 5, 2, 2), "recovery"), [(interval, 10)]);
    assert_eq!(of(checked(10, 5, 6, 2), "recovery"), [(healthy, 2)]);
    let slow = || checked(60, 30, 2, 3);
    assert_eq!(of(slow(), "recovery"), [(interval, 10), (timeout, 5)]);
    assert_eq!(of(slow(), "detection"), [(interval, 10), (timeout, 5), (unhealthy, 2)]);
}

#[test]
fn a_check_ends_before_the_next_one_begins() {
    checked(10, 9, 2, 2).finds("health-check", Level::Ok, "a check every 10s, each with 9s");
    for (interval, timeout, setting) in [
        (10, 10, vec![("health-check-timeout-seconds", 5)]),
        (10, 30, vec![("health-check-timeout-seconds", 5)]),
        (5, 5, vec![("health-check-interval-seconds", 10), ("health-check-timeout-seconds", 5)]),
    ] {
        let scene = checked(interval, timeout, 2, 2);
        scene.finds("health-check", Level::Warn, "the next one begins after");
        let found = settings(&scene.only("health-check"));
        assert_eq!(found, [Setting::HealthCheck(setting)]);
    }
}
