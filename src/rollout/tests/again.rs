//! What a run would still do if it were taken up, once others have seen to what it held out.

use super::super::{Fact, Health, Outcome, Share};
use super::{
    AWAIT_DRAINED, DEPLOY, DEREGISTER, Plan, Policy, Rollout, apply, at, bounds, failed,
    go_through, id, interrupted, request, started, starts, web,
};

fn run(max_failures: usize) -> Rollout {
    let healthy = ["i-1", "i-2"].map(|target| (target, Health::healthy()));
    let policy = Policy { max_failures, ..bounds(Share::Count(1), Share::Count(1)) };
    let plan = Plan::in_place(request(&["web"], policy), &web(at(0), &healthy));
    Rollout::new(plan.expect("a plan"), at(0))
}

fn put_back(target: &str) -> Fact {
    Fact::PutBack { target: id(target), by: "another".to_owned(), groups: Vec::new() }
}

fn forgotten(target: &str) -> Fact {
    Fact::Forgotten { target: id(target), by: "alice".to_owned(), groups: Vec::new() }
}

/// The deploy of the first target has failed, and others have seen to it.
fn failed_and_seen_to(max_failures: usize, seen_to: Fact) -> Rollout {
    let mut rollout = run(max_failures);
    go_through(&mut rollout, 1, "i-1", &[DEREGISTER, AWAIT_DRAINED]);
    apply(&mut rollout, 1, &[started("i-1", DEPLOY), failed("i-1", DEPLOY, true), seen_to]);
    rollout
}

fn starting(rollout: &Rollout) -> Vec<(String, super::Step)> {
    let healthy = ["i-1", "i-2"].map(|target| (target, Health::healthy()));
    starts(rollout, &web(at(9), &healthy), 9)
}

#[test]
fn a_release_that_failed_goes_to_nobody_else_once_others_have_put_that_target_back() {
    for seen_to in [put_back("i-1"), forgotten("i-1")] {
        let mut rollout = failed_and_seen_to(0, seen_to);
        assert!(!rollout.can_go_on());
        assert_eq!(rollout.taken_up().to_take_out().count(), 0);
        apply(&mut rollout, 2, &[Fact::Resumed { by: None }]);
        assert_eq!(starting(&rollout), []);
        let halted = Outcome::Halted { held_out: Vec::new(), interrupted: None };
        assert_eq!(rollout.outcome(), Some(halted));
        assert!(rollout.progress(&id("i-1")).unwrap().failure().is_some(), "the reason stands");
    }
}

#[test]
fn so_many_failures_as_are_allowed_let_it_go_on_with_the_others() {
    let mut rollout = failed_and_seen_to(1, put_back("i-1"));
    assert!(rollout.can_go_on());
    apply(&mut rollout, 2, &[Fact::Resumed { by: None }]);
    assert_eq!(starting(&rollout), [("i-2".to_owned(), DEREGISTER)]);
}

#[test]
fn what_was_cut_short_and_put_back_by_others_is_left_alone_and_named() {
    let mut rollout = run(0);
    apply(&mut rollout, 1, &[started("i-1", DEREGISTER), put_back("i-1")]);
    assert!(rollout.can_go_on());
    apply(&mut rollout, 2, &[Fact::Resumed { by: None }]);
    assert_eq!(starting(&rollout), [("i-2".to_owned(), DEREGISTER)]);
    assert_eq!(rollout.passed_over().collect::<Vec<_>>(), [&id("i-1")]);
}

#[test]
fn whoever_is_out_already_is_not_taken_out_by_a_run_that_is_taken_up() {
    let mut rollout = run(0);
    apply(&mut rollout, 1, &[started("i-1", DEREGISTER), interrupted()]);
    let again = rollout.taken_up();
    assert_eq!(again.to_take_out().map(|target| &target.id).collect::<Vec<_>>(), [&id("i-2")]);
}
