//! The floor at run time: against a fresh look, with what is held out never counted.

use super::super::next::TAKEN_AT_ONCE;
use super::super::{FRESH, Fact, Health, Plan, Rollout, Share};
use super::{
    AWAIT_DRAINED, DEREGISTER, IN_PLACE, apply, arn, at, bounds, draining, failed, finished,
    go_through, place, request, run, seconds, seen, started, starts, unhealthy, web,
};

const THREE: [(&str, Health); 3] = [("i-1", HEALTHY), ("i-2", HEALTHY), ("i-3", HEALTHY)];
const HEALTHY: Health =
    Health { state: super::State::Healthy, reason: None, description: None, kept_away: None };

fn with(index: usize, health: Health) -> [(&'static str, Health); 3] {
    let mut targets = THREE;
    targets[index].1 = health;
    targets
}

#[test]
fn nothing_is_taken_out_without_a_look() {
    let rollout = run(&["i-1", "i-2"], 1, 1);
    let next = rollout.next(&super::Snapshot::new(), at(0));
    assert_eq!(next.look.into_iter().collect::<Vec<_>>(), [arn("web")]);
    assert_eq!((next.start, next.hold), (vec![], None));
}

#[test]
fn a_look_is_fresh_for_a_second_and_then_has_to_be_taken_again() {
    let rollout = run(&["i-1", "i-2", "i-3"], 1, 1);
    let seen = web(at(100), &THREE);
    let asked = |moment| rollout.next(&seen, moment);
    assert_eq!(asked(at(100).after(FRESH)).start.len(), 1);
    let stale = asked(at(100).after(FRESH).after(std::time::Duration::from_millis(1)));
    assert_eq!((stale.start.len(), stale.look.len()), (0, 1));
}

#[test]
fn one_stale_look_has_all_groups_of_the_target_looked_at_so_that_one_round_always_suffices() {
    let mut places: Vec<_> =
        ["i-1", "i-2"].map(|target| (place("web", target, 80), Health::healthy())).to_vec();
    places.extend(["i-1", "i-2"].map(|target| (place("api", target, 81), Health::healthy())));
    let policy = bounds(Share::Count(1), Share::Count(1));
    let plan = Plan::in_place(request(&["web", "api"], policy), &seen(at(0), &places));
    let rollout = Rollout::new(plan.expect("a plan"), at(0));
    let mut seen = seen(at(60), &places);
    seen.get_mut(&arn("api")).expect("the group").at = at(0);
    let next = rollout.next(&seen, at(60));
    assert_eq!(next.look.into_iter().collect::<Vec<_>>(), [arn("api"), arn("web")]);
    assert!(next.start.is_empty());
}

#[test]
fn a_run_does_not_wait_for_capacity_that_only_it_holds_out() {
    let healthy: Vec<_> = THREE.to_vec();
    let policy = super::Policy { max_failures: 1, ..bounds(Share::Count(1), Share::Count(2)) };
    let plan = Plan::in_place(request(&["web"], policy), &web(at(0), &healthy));
    let mut rollout = Rollout::new(plan.expect("a plan"), at(0));
    go_through(&mut rollout, 1, "i-1", &IN_PLACE[..2]);
    apply(&mut rollout, 2, &[started("i-1", IN_PLACE[2]), failed("i-1", IN_PLACE[2], true)]);
    let next = rollout.next(&web(at(3), &THREE[1..]), at(3));
    let (id, _, failure) = &next.give_up[0];
    assert_eq!(id.as_str(), "i-2");
    assert!(
        failure.what.ends_with("for i-1, which this run has failed on and holds out"),
        "{failure:?}"
    );
    let others = [THREE[1].clone(), ("i-3", unhealthy()), ("i-4", Health::healthy())];
    let next = rollout.next(&web(at(3), &others), at(3));
    assert!(next.give_up.is_empty() && next.hold.is_some(), "i-3 may come back: {next:?}");
}

#[test]
fn a_target_that_serves_is_not_taken_when_the_group_is_at_its_floor() {
    let rollout = run(&["i-1", "i-2", "i-3"], 1, 2);
    let next = rollout.next(&web(at(9), &with(2, unhealthy())), at(9));
    assert!(next.start.is_empty() && next.give_up.is_empty());
    let hold = next.hold.expect("a reason to hold");
    assert_eq!(hold, "2 of group web in service, and the floor is 2: i-1 has to wait");
}

#[test]
fn a_target_that_does_not_serve_may_be_taken_although_the_group_is_below_its_floor() {
    let rollout = run(&["i-1", "i-2", "i-3"], 1, 2);
    let mut targets = with(0, unhealthy());
    targets[1].1 = unhealthy();
    assert_eq!(starts(&rollout, &web(at(9), &targets), 9), [("i-1".to_owned(), DEREGISTER)]);
}

#[test]
fn healthy_under_a_zonal_shift_does_not_count_for_the_floor() {
    let shifted = Health { kept_away: Some("zonal_shift_active".to_owned()), ..Health::healthy() };
    let rollout = run(&["i-1", "i-2", "i-3"], 1, 2);
    assert_eq!(starts(&rollout, &web(at(9), &with(2, shifted)), 9), []);
}

#[test]
fn those_that_start_together_count_against_each_other() {
    let rollout = run(&["i-1", "i-2", "i-3", "i-4"], 2, 2);
    let four = |ill: bool| {
        let last = if ill { unhealthy() } else { Health::healthy() };
        let mut targets = THREE.to_vec();
        targets.push(("i-4", last));
        web(at(9), &targets)
    };
    assert_eq!(starts(&rollout, &four(false), 9).len(), 2);
    assert_eq!(starts(&rollout, &four(true), 9), [("i-1".to_owned(), DEREGISTER)]);
}

/// Invariant 10: what a run holds out never counts as in service, however stale the look is.
#[test]
fn held_out_targets_never_count_although_the_look_says_healthy() {
    for steps in 0..IN_PLACE.len() {
        let mut rollout = run(&["i-1", "i-2", "i-3", "i-4"], 2, 2);
        go_through(&mut rollout, 5, "i-1", &IN_PLACE[..steps]);
        apply(&mut rollout, 5, &[started("i-1", IN_PLACE[steps])]);
        let targets = [("i-1", HEALTHY), ("i-2", HEALTHY), ("i-3", HEALTHY), ("i-4", unhealthy())];
        assert_eq!(starts(&rollout, &web(at(5), &targets), 5), [], "while {}", IN_PLACE[steps]);
    }
}

#[test]
fn a_target_that_is_back_in_service_counts_again() {
    let mut rollout = run(&["i-1", "i-2", "i-3"], 1, 2);
    go_through(&mut rollout, 5, "i-1", &IN_PLACE);
    assert_eq!(starts(&rollout, &web(at(5), &THREE), 5), [("i-2".to_owned(), DEREGISTER)]);
}

#[test]
fn the_floor_holds_in_every_group_of_the_target() {
    let places = |api: Health| {
        let mut places = vec![(place("api", "i-1", 81), HEALTHY), (place("api", "i-2", 81), api)];
        places.extend(THREE.map(|(target, health)| (place("web", target, 80), health)));
        places
    };
    let policy = bounds(Share::Count(1), Share::Count(1));
    let plan = Plan::in_place(request(&["web", "api"], policy), &seen(at(0), &places(HEALTHY)));
    let rollout = Rollout::new(plan.expect("a plan"), at(0));
    assert_eq!(starts(&rollout, &seen(at(1), &places(HEALTHY)), 1).len(), 1);
    let next = rollout.next(&seen(at(1), &places(unhealthy())), at(1));
    assert!(next.start.is_empty());
    assert!(next.hold.expect("a reason").contains("group api"));
}

#[test]
fn waits_and_registering_need_no_look() {
    let mut rollout = run(&["i-1", "i-2"], 1, 1);
    go_through(&mut rollout, 5, "i-1", &[DEREGISTER]);
    let stale = web(at(0), &[]);
    let later = 5 + seconds(600).as_secs();
    assert_eq!(starts(&rollout, &stale, later), [("i-1".to_owned(), AWAIT_DRAINED)]);
}

#[test]
fn a_large_batch_is_taken_out_a_few_at_a_time_so_that_each_is_decided_on_a_fresh_look() {
    let ids: Vec<_> = (1..=12).map(|number| format!("i-{number:02}")).collect();
    let ids: Vec<_> = ids.iter().map(String::as_str).collect();
    let mut rollout = run(&ids, 8, 1);
    let healthy: Vec<_> = ids.iter().map(|target| (*target, Health::healthy())).collect();
    let first = starts(&rollout, &web(at(1), &healthy), 1);
    assert_eq!(first.len(), TAKEN_AT_ONCE);
    for (target, step) in &first {
        apply(&mut rollout, 1, &[started(target, *step)]);
    }
    assert!(starts(&rollout, &web(at(1), &healthy), 1).is_empty());
    apply(&mut rollout, 2, &[finished(&first[0].0, DEREGISTER)]);
    let next = starts(&rollout, &web(at(2), &healthy), 2);
    assert_eq!(next.iter().filter(|(_, step)| *step == DEREGISTER).count(), 1);
}

#[test]
fn a_deregister_that_did_not_arrive_is_tried_again_only_if_the_floor_allows_it() {
    let mut rollout = run(&["i-1", "i-2", "i-3"], 1, 2);
    apply(&mut rollout, 1, &[started("i-1", DEREGISTER), Fact::Resumed { by: None }]);
    let healthy = Health::healthy;
    let two = [("i-1", healthy()), ("i-2", healthy()), ("i-3", unhealthy())];
    assert_eq!(starts(&rollout, &web(at(2), &two), 2), [], "it would leave one");
    let arrived = [("i-1", draining()), ("i-2", healthy()), ("i-3", unhealthy())];
    let again = [("i-1".to_owned(), DEREGISTER)];
    assert_eq!(starts(&rollout, &web(at(2), &arrived), 2), again);
    let three = [("i-1", healthy()), ("i-2", healthy()), ("i-3", healthy())];
    assert_eq!(starts(&rollout, &web(at(2), &three), 2), again);
}
