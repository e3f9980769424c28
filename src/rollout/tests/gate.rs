//! Nobody is deployed while any of its registrations can still receive traffic (invariant 11).

use super::super::{Health, Plan, Rollout, Share, State};
use super::health::rows;
use super::{
    AWAIT_DRAINED, DEPLOY, DEREGISTER, at, bounds, draining, go_through, place, request, run, seen,
    starts, web,
};

/// A run whose first target, with two ports in one group and one in another, is drained.
fn drained() -> Rollout {
    let places = [
        (place("web", "i-1", 80), Health::healthy()),
        (place("web", "i-1", 81), Health::healthy()),
        (place("api", "i-1", 90), Health::healthy()),
        (place("web", "i-2", 80), Health::healthy()),
        (place("api", "i-2", 90), Health::healthy()),
    ];
    let policy = bounds(Share::Count(1), Share::Count(1));
    let plan = Plan::in_place(request(&["web", "api"], policy), &seen(at(0), &places));
    let mut rollout = Rollout::new(plan.expect("a plan"), at(0));
    go_through(&mut rollout, 1, "i-1", &[DEREGISTER, AWAIT_DRAINED]);
    rollout
}

/// A look in which both groups hold the other target, and this one where it is said.
fn with(back: Option<(&str, u16, Health)>) -> super::Snapshot {
    let mut places = vec![
        (place("web", "i-2", 80), Health::healthy()),
        (place("api", "i-2", 90), Health::healthy()),
    ];
    places.extend(back.map(|(group, port, health)| (place(group, "i-1", port), health)));
    seen(at(60), &places)
}

#[test]
fn a_target_that_is_listed_nowhere_is_deployed() {
    assert_eq!(starts(&drained(), &with(None), 60), [("i-1".to_owned(), DEPLOY)]);
}

#[test]
fn a_target_that_was_asked_for_by_name_and_is_not_registered_is_deployed() {
    let gone = with(Some(("web", 80, Health::not_registered())));
    assert_eq!(starts(&drained(), &gone, 60), [("i-1".to_owned(), DEPLOY)]);
}

#[test]
fn deploying_needs_a_fresh_look_at_every_group_of_the_target() {
    let next = drained().next(&with(None), at(70));
    assert_eq!((next.start.len(), next.look.len()), (0, 2));
}

#[test]
fn a_target_that_is_back_on_any_port_of_any_group_is_not_deployed_whatever_its_state() {
    for (group, port) in [("web", 80), ("web", 81), ("api", 90)] {
        for health in rows().filter(|health| !health.is_not_registered()) {
            let next = drained().next(&with(Some((group, port, health.clone()))), at(60));
            assert!(next.start.is_empty(), "{group}:{port} {health}");
            let hold = next.hold.expect("a reason to hold");
            let names = format!("i-1:{port} in {group} was registered again by somebody else");
            assert!(hold.contains(&names) && hold.contains(health.state.as_str()), "{hold}");
        }
    }
}

#[test]
fn a_target_is_deployed_as_soon_as_it_is_out_again() {
    let rollout = drained();
    let back = with(Some(("api", 90, Health::of(State::Initial, None))));
    assert!(rollout.next(&back, at(60)).start.is_empty());
    assert_eq!(starts(&rollout, &with(None), 60), [("i-1".to_owned(), DEPLOY)]);
}

#[test]
fn a_target_that_is_back_on_a_port_that_the_plan_does_not_know_is_not_deployed() {
    let next = drained().next(&with(Some(("web", 8080, Health::healthy()))), at(60));
    assert!(next.start.is_empty());
    assert!(next.hold.expect("a reason").contains("i-1:8080 in web"));
}

#[test]
fn a_target_that_somebody_took_out_since_the_plan_is_neither_taken_nor_put_back() {
    let rollout = run(&["i-1", "i-2", "i-3"], 1, 1);
    let gone = [("i-2", Health::healthy()), ("i-3", Health::healthy())];
    let draining = [("i-1", draining()), ("i-2", Health::healthy()), ("i-3", Health::healthy())];
    let missing = rollout.next(&web(at(10), &gone), at(10));
    assert!(missing.start.is_empty() && missing.give_up.is_empty(), "a list can be stale");
    assert!(missing.hold.expect("a reason").contains("taken out by somebody else"));
    let (long_gone, drains) = (web(at(60), &gone), web(at(60), &draining));
    for next in [&long_gone, &drains].map(|look| rollout.next(look, at(60))) {
        assert!(next.start.is_empty());
        let (target, step, failure) = &next.give_up[0];
        assert_eq!((target.as_str(), *step), ("i-1", DEREGISTER));
        assert!(failure.what.contains("taken out by somebody else"), "{}", failure.what);
        assert!(!failure.may_have_acted);
    }
}

#[test]
fn a_load_balancer_that_refuses_to_be_looked_at_ends_the_run_at_once() {
    let rollout = run(&["i-1", "i-2"], 1, 1);
    let old = web(at(0), &[("i-1", Health::healthy()), ("i-2", Health::healthy())]);
    let next = rollout.next_when_blind(&old, at(60), "access denied", "ask for the right");
    assert_eq!(next.give_up.len(), 1);
    assert_eq!(next.give_up[0].2.what, "access denied");
}
