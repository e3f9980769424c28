//! Zones whose clients reach nobody, and targets that nobody reaches.

use super::*;

const H: fn() -> Health = Health::healthy;

fn behind(kind: BalancerKind, of_group: Option<bool>, of_front: Option<bool>) -> Scene {
    let front = of_front.map(|cross_zone| vec![Front { kind, cross_zone, ..front() }]);
    Scene::fine().with(|scene| scene.fronts = front).set(|group| {
        group.kind = kind;
        group.cross_zone = of_group;
    })
}

#[test]
fn cross_zone_is_what_the_group_says_or_else_its_load_balancer() {
    use BalancerKind::{Application, Network};
    for (kind, of_group, of_front, level) in [
        (Application, None, None, Level::Ok),
        (Application, None, Some(true), Level::Ok),
        (Application, Some(false), Some(true), Level::Warn),
        (Network, None, Some(true), Level::Ok),
        (Network, None, Some(false), Level::Warn),
        (Network, Some(true), Some(false), Level::Ok),
    ] {
        let part = if level == Level::Ok { "on: " } else { "off: " };
        behind(kind, of_group, of_front).finds("cross-zone", level, part);
    }
    assert_eq!(behind(Network, None, None).of_check("cross-zone"), [], "it is not known");
}

fn separate(targets: &[(&str, Option<&str>, Health)]) -> Scene {
    Scene::fine().seeing(targets).set(|group| group.cross_zone = Some(false))
}

#[test]
fn a_batch_must_not_take_all_of_a_zone() {
    let (a, b) = (Some("a"), Some("b"));
    for (targets, level, part) in [
        (
            vec![("i-1", a, H()), ("i-2", a, H()), ("i-3", b, H()), ("i-4", b, H())],
            Level::Warn,
            "in service are 2 in a, 2 in b",
        ),
        (
            vec![("i-1", a, H()), ("i-2", a, H()), ("i-3", b, H())],
            Level::Fail,
            "with i-3 out, nobody is in service in zone b",
        ),
        // Nobody served there before, so the run does not take it away.
        (
            vec![("i-1", a, H()), ("i-2", a, H()), ("i-3", b, unhealthy())],
            Level::Warn,
            "in service are 2 in a, 0 in b",
        ),
        (
            vec![("i-1", a, H()), ("i-2", a, H()), ("i-3", b, H()), ("10.0.0.7", Some("all"), H())],
            Level::Warn,
            "in service are 3 in a, 2 in b",
        ),
        (
            vec![("i-1", a, H()), ("i-2", None, H()), ("i-3", b, H())],
            Level::Warn,
            "the zones of the targets are not told",
        ),
    ] {
        separate(&targets).finds("cross-zone", level, part);
    }
}

#[test]
fn a_zone_is_taken_by_a_batch_of_all_its_targets() {
    let targets = ["i-1", "i-2", "i-3"].map(|id| (id, Some("a"), H()));
    let others = ["i-4", "i-5", "i-6"].map(|id| (id, Some("b"), H()));
    let all: Vec<_> = targets.into_iter().chain(others).collect();
    let batches = |size| separate(&all).bounded(Share::Count(size), Share::Count(1));
    batches(2).finds("cross-zone", Level::Warn, "in service are 3 in a, 3 in b");
    batches(5).finds("cross-zone", Level::Fail, "with i-1, i-2, i-3 out, nobody");
}

#[test]
fn an_empty_zone_for_a_while_is_downtime_that_can_be_agreed_to() {
    let targets = [("i-1", Some("a"), H()), ("i-2", Some("b"), H())];
    let scene = separate(&targets).bounded(Share::Count(1), Share::Count(0));
    scene.finds("cross-zone", Level::Warn, "with i-1 out, nobody is in service in zone a");
}

#[test]
fn a_zone_can_be_mended_by_letting_traffic_cross() {
    let finding = separate(&[("i-1", Some("a"), H()), ("i-2", Some("b"), H())]).only("cross-zone");
    let on = ("load_balancing.cross_zone.enabled", "true".to_owned());
    assert_eq!(settings(&finding), [Setting::Attributes(vec![on])]);
}

#[test]
fn every_target_is_in_a_zone_that_is_enabled() {
    for (zone, level, part) in [
        ("a", Level::Ok, "every target is in a zone that is enabled"),
        ("all", Level::Ok, "every target is in a zone that is enabled"),
        ("c", Level::Warn, "front is enabled in a, b only, so nothing reaches i-2:80 in c"),
    ] {
        let targets = [("i-1", Some("a"), H()), ("i-2", Some(zone), H())];
        Scene::fine().seeing(&targets).finds("zones", level, part);
    }
}

#[test]
fn a_target_that_is_refused_for_its_zone_is_told_once() {
    let lost = Health {
        description: Some("Target is in an Availability Zone that is not enabled".to_owned()),
        ..Health::of(State::Unused, Some(Reason::NotInUse))
    };
    let targets = [("i-1", Some("a"), H()), ("i-2", Some("c"), lost), ("i-3", Some("b"), H())];
    let scene = Scene::fine().seeing(&targets);
    scene.finds("health", Level::Fail, "its zone is not enabled");
    assert_eq!(scene.of_check("zones"), []);
}

#[test]
fn zones_that_are_not_told_or_not_asked_are_not_judged() {
    let untold = Scene::fine().of(&[("i-1", H()), ("i-2", H())]);
    let unasked = Scene::fine().with(|scene| scene.fronts = None);
    for scene in [untold, unasked] {
        assert_eq!(scene.of_check("zones"), []);
    }
}
