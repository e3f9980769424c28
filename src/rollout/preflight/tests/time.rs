//! The times that a run takes, and the time that there is.

use super::*;
use crate::rollout::preflight::delay::KEY;

#[test]
fn the_time_of_a_target_is_its_waits() {
    Scene::fine().finds(
        "time",
        Level::Ok,
        "a target waits 40s: 30s for its drain, 10s until it is in service",
    );
    let slow = || Scene::fine().set(|group| group.slow_start = seconds(60));
    slow().finds("time", Level::Ok, "a target waits 1m 40s: 30s for its drain, 10s");
    slow().finds("time", Level::Ok, ", 1m of slow start");
    let settling = Scene::fine().with(|scene| scene.policy.settle = Some(seconds(90)));
    settling.finds("time", Level::Ok, "1m 30s for its drain");
}

#[test]
fn the_time_of_the_run_is_that_of_its_batches() {
    Scene::fine().finds("run", Level::Ok, "4 targets in 4 batches: 2m 40s of waiting");
    let pairs = Scene::fine().bounded(Share::Count(2), Share::Count(1));
    pairs.finds("run", Level::Ok, "4 targets in 2 batches: 1m 20s of waiting");
    let one = Scene::fine().with(|scene| scene.targets = vec![TargetId::new("i-1")]);
    one.finds("run", Level::Ok, "1 target in 1 batch: 40s of waiting");
}

/// What is found of the drain and of coming into service.
fn within(scene: Scene, limit: u64) -> [Finding; 2] {
    let scene = scene.with(|scene| scene.within = Some(seconds(limit)));
    scene.of_check("within").try_into().unwrap()
}

#[test]
fn without_a_limit_nothing_is_held_against_one() {
    assert_eq!(Scene::fine().of_check("within"), []);
}

#[test]
fn each_wait_ends_within_the_time_limit_of_a_hook() {
    let drain_of =
        |delay| Scene::fine().set(move |group| group.deregistration_delay = seconds(delay));
    let part = "the drain takes 5m, 2m more than the limit of 3m";
    for (delay, level, part) in [
        (30, Level::Ok, "the drain takes 30s, and the limit is 3m"),
        (170, Level::Ok, "the drain takes 2m 50s, and the limit is 3m"),
        (
            171,
            Level::Warn,
            "the drain takes 2m 51s, and of the limit of 3m that leaves 9s to start",
        ),
        (
            179,
            Level::Warn,
            "the drain takes 2m 59s, and of the limit of 3m that leaves 1s to start",
        ),
        (180, Level::Fail, "the drain takes 3m at least, all of the limit of 3m"),
        (300, Level::Fail, part),
    ] {
        let [drain, join] = within(drain_of(delay), 180);
        assert_eq!(drain.level, level, "{drain:#?}");
        assert!(drain.what.contains(part), "{drain:#?}");
        assert_eq!(join.level, Level::Ok, "each hook has its own time: {join:#?}");
    }
}

#[test]
fn a_drain_that_takes_too_long_names_the_setting_that_makes_it_fit_if_one_does() {
    let lower = [Setting::Attributes(vec![(KEY, "30".to_owned())])];
    let long = || Scene::fine().set(|group| group.deregistration_delay = seconds(300));
    let [drain, _] = within(long(), 180);
    assert_eq!(settings(&drain), lower);
    let [drain, _] = within(long(), 20);
    assert_eq!(settings(&drain), [], "{drain:#?}");
    assert!(advice(&drain).contains("give the hook more time, 6m at least"), "{drain:#?}");
    let [drain, _] = within(Scene::fine(), 15);
    assert!(advice(&drain).contains("the settle time alone"), "{drain:#?}");
}

#[test]
fn coming_into_service_that_takes_too_long_names_the_health_check() {
    let checked = |interval, healthy| {
        Scene::fine().set(move |group| {
            group.health_check.interval = seconds(interval);
            group.health_check.healthy_threshold = healthy;
        })
    };
    for (interval, healthy, level, part) in [
        (10, 2, Level::Ok, "coming into service takes 10s, and the limit is 1m"),
        (30, 5, Level::Warn, "takes 30s, but 3m if one early check fails, and the limit is 1m"),
        (10, 4, Level::Ok, "coming into service takes 10s, and the limit is 1m"),
        (10, 5, Level::Warn, "takes 10s, but 1m if one early check fails, and the limit is 1m"),
        (11, 4, Level::Warn, "takes 11s, but 55s if one early check fails, and the limit is 1m"),
        (
            51,
            2,
            Level::Warn,
            "takes 51s, and of the limit of 1m that leaves 9s to start, to notice",
        ),
        (60, 5, Level::Fail, "takes 1m at least, all of the limit of 1m"),
        (90, 5, Level::Fail, "takes 1m 30s, 30s more than the limit of 1m"),
    ] {
        let [_, join] = within(checked(interval, healthy), 60);
        assert_eq!(join.level, level, "{join:#?}");
        assert!(join.what.contains(part), "{join:#?}");
        assert_eq!(settings(&join).is_empty(), level == Level::Ok, "{join:#?}");
    }
}

#[test]
fn a_drain_is_advised_to_take_only_what_leaves_room() {
    let drain_of =
        |delay| Scene::fine().set(move |group| group.deregistration_delay = seconds(delay));
    let [drain, _] = within(drain_of(55), 60);
    assert_eq!(settings(&drain), [Setting::Attributes(vec![(KEY, "30".to_owned())])]);
    let [drain, _] = within(drain_of(30), 39);
    assert_eq!((drain.level, settings(&drain)), (Level::Warn, vec![]), "{drain:#?}");
    assert!(advice(&drain).contains("a shorter delay would lose requests"), "{drain:#?}");
    let [drain, _] = within(drain_of(10), 24);
    assert_eq!(drain.level, Level::Warn, "{drain:#?}");
    assert!(advice(&drain).contains(": the settle time alone takes 15s"), "{drain:#?}");
}

#[test]
fn slow_start_counts_if_it_is_waited_for() {
    let slow = |wait| {
        let scene = Scene::fine().set(|group| group.slow_start = seconds(300));
        let [_, join] = within(scene.with(|scene| scene.policy.after_slow_start = wait), 60);
        join.level
    };
    assert_eq!((slow(true), slow(false)), (Level::Fail, Level::Ok));
}

#[test]
fn a_limit_that_coming_into_service_can_never_keep_fails() {
    let limited =
        |limit| Scene::fine().with(|scene| scene.policy.in_service_timeout = Some(seconds(limit)));
    assert_eq!(limited(10).of_check("limit"), []);
    limited(9).finds("limit", Level::Fail, "takes 10s, so a limit of 9s would always be passed");
}
