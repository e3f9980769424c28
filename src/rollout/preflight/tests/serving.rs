//! Who is there, who serves, and who remains.

use super::*;

const H: fn() -> Health = Health::healthy;

#[test]
fn the_only_target_fails_unless_downtime_is_agreed_to() {
    let (one, zero) = (Share::Count(1), Share::Count(0));
    for (targets, min_healthy, level, part) in [
        (&[("i-1", H()), ("i-2", H())][..], one, Level::Ok, "2 targets registered"),
        (&[("i-1", H())], one, Level::Fail, "the only target: taking out i-1 would leave 0"),
        (&[("i-1", H())], zero, Level::Warn, "the only target: while it is out, nobody serves"),
        (&[], one, Level::Fail, "group web has no registered targets"),
    ] {
        Scene::fine().of(targets).bounded(one, min_healthy).finds("targets", level, part);
    }
}

#[test]
fn the_only_target_is_told_once() {
    for min_healthy in [Share::Count(1), Share::Percent(0)] {
        let scene = Scene::fine().of(&[("i-1", H())]).bounded(Share::Count(1), min_healthy);
        assert_eq!(scene.of_check("floor"), []);
    }
}

#[test]
fn enough_remain_in_service_while_a_batch_is_out() {
    let (count, percent) = (Share::Count, Share::Percent);
    for (batch, min_healthy, level, part) in [
        (
            count(1),
            count(1),
            Level::Ok,
            "4 in service; 3 serve while a batch is out; the floor is 1",
        ),
        (count(2), percent(50), Level::Ok, "2 serve while a batch is out; the floor is 2"),
        (
            count(3),
            count(2),
            Level::Fail,
            "would leave 1 in service in group web, below the floor of 2",
        ),
        (count(1), count(9), Level::Fail, "has 4 targets, so 9 can never be in service"),
        (
            count(4),
            count(0),
            Level::Warn,
            "0 serve while a batch is out; the floor is 0, so there is",
        ),
    ] {
        Scene::fine().bounded(batch, min_healthy).finds("floor", level, part);
    }
}

#[test]
fn a_floor_in_percent_counts_what_runs_hold_out() {
    let scene = |percent| {
        let scene = Scene::fine().bounded(Share::Count(1), Share::Percent(percent));
        scene.with(|scene| scene.away = vec![place("web", "i-5", None), place("web", "i-6", None)])
    };
    scene(50).finds("floor", Level::Ok, "3 serve while a batch is out; the floor is 3");
    let part = "would leave 3 in service in group web, below the floor of 4";
    scene(60).finds("floor", Level::Fail, part);
}

#[test]
fn a_target_that_was_out_serves_while_the_next_one_is_out() {
    let scene = Scene::fine().of(&[("i-1", unhealthy()), ("i-2", H())]);
    scene.finds("floor", Level::Ok, "1 in service; 1 serve while a batch is out");
}

#[test]
fn while_none_is_healthy_all_that_are_registered_serve() {
    let scene = Scene::fine().of(&["i-1", "i-2", "i-3"].map(|id| (id, unhealthy())));
    scene.finds("floor", Level::Ok, "0 in service; 2 serve while a batch is out");
}

#[test]
fn who_is_not_in_service_is_named_with_the_reason() {
    let initial = || Health::of(State::Initial, None);
    for (targets, level, part) in [
        (vec![("i-1", H()), ("i-2", H())], Level::Ok, "all 2 in service"),
        (
            vec![("i-1", unhealthy()), ("i-2", H()), ("i-3", H())],
            Level::Warn,
            "2 of 3 in service: i-1:80 unhealthy, Target.Timeout",
        ),
        (vec![("i-1", initial()), ("i-2", H())], Level::Warn, "i-1:80 initial"),
        (vec![("i-1", shifted()), ("i-2", H())], Level::Warn, "kept from traffic (zonal_shift"),
        (
            vec![("i-1", unhealthy()), ("i-2", unhealthy())],
            Level::Warn,
            "all registered targets get traffic while none is healthy",
        ),
        (
            vec![("i-1", stopped()), ("i-2", H()), ("i-3", H())],
            Level::Fail,
            "i-1:80 in web is unused",
        ),
        (vec![("i-1", draining()), ("i-2", H()), ("i-3", H())], Level::Fail, "i-1 is draining in"),
    ] {
        Scene::fine().of(&targets).finds("health", level, part);
    }
}

#[test]
fn what_is_not_deployed_only_warns() {
    for health in [stopped(), draining()] {
        let scene = Scene::fine().of(&[("i-1", health), ("i-2", H()), ("i-3", H())]);
        let scene = scene.with(|scene| scene.targets = vec![TargetId::new("i-2")]);
        scene.finds("health", Level::Warn, "2 of 3 in service: i-1:80");
    }
}

#[test]
fn a_refused_target_does_not_hide_the_others() {
    let scene = Scene::fine().of(&[("i-1", stopped()), ("i-2", unhealthy()), ("i-3", H())]);
    let levels = scene.of_check("health").into_iter().map(|finding| finding.level);
    assert_eq!(levels.collect::<Vec<_>>(), [Level::Fail, Level::Warn]);
}

#[test]
fn of_very_many_some_are_named() {
    let ids: Vec<_> = (0..40).map(|number| format!("i-{number:02}")).collect();
    let targets: Vec<_> = ids.iter().map(|id| (id.as_str(), unhealthy())).collect();
    let what = Scene::fine().of(&targets).only("health").what;
    assert!(what.contains("i-04:80") && !what.contains("i-05:80"), "{what}");
    assert!(what.contains("and 35 more"), "{what}");
}
