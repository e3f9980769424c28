//! Whether the group gets traffic.

use super::*;

fn used(uses: Vec<Use>) -> Scene {
    Scene::fine().with(|scene| scene.fronts = Some(vec![Front { uses, ..front() }]))
}

#[test]
fn traffic_comes_from_a_listener_or_a_rule_with_weight() {
    for (uses, level, part) in [
        (vec![forward("web", None, 1)], Level::Ok, "gets traffic from front HTTPS:443"),
        (vec![forward("web", Some("10"), 5)], Level::Ok, "front HTTPS:443 rule 10"),
        (
            vec![forward("web", Some("10"), 0), forward("web", None, 1)],
            Level::Ok,
            "front HTTPS:443 rule 10, front HTTPS:443",
        ),
        (vec![forward("web", Some("7"), 0)], Level::Warn, "weight is 0 in front HTTPS:443 rule 7"),
    ] {
        used(uses).finds("listener", level, part);
    }
}

#[test]
fn a_group_to_which_nothing_forwards_fails() {
    for uses in [vec![], vec![forward("api", None, 1)]] {
        let part = "no listener or rule forwards to it";
        let initial = Health::of(State::Initial, None);
        used(uses.clone()).of(&[("i-1", initial)]).finds("listener", Level::Fail, part);
        // Somebody checks the targets, so something forwards: what was read is not all there is.
        used(uses).finds("listener", Level::Warn, part);
    }
}

#[test]
fn a_group_that_no_load_balancer_uses_is_refused_and_told_once() {
    let scene = Scene::fine().set(|group| group.balancers.clear());
    scene.finds("listener", Level::Fail, "group web is not used by any load balancer");
    let unused = Health::of(State::Unused, Some(Reason::NotInUse));
    let scene = scene.of(&[("i-1", unused.clone()), ("i-2", unused)]);
    assert_eq!(scene.of_check("health"), [], "that they are unused is told by the listener");
}

#[test]
fn what_could_not_be_asked_is_not_held_against_the_group() {
    let scene = Scene::fine().with(|scene| scene.fronts = None);
    scene.finds("listener", Level::Ok, "used by 1 load balancer; the listeners could not be");
}
