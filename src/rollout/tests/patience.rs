//! A run that cannot go on holds for a while, and then gives up with facts that can be applied.

use super::super::next::BETWEEN_LOOKS;
use super::super::{CAPACITY_TIMEOUT, Fact, Health, Next, Outcome, Rollout};
use super::{
    AWAIT_DRAINED, DEREGISTER, apply, at, failed, finished, go_through, id, run, started,
    unhealthy, web,
};

const PATIENCE: u64 = CAPACITY_TIMEOUT.as_secs();

fn failing(next: &Next) -> Vec<&str> {
    next.give_up.iter().map(|(target, ..)| target.as_str()).collect()
}

/// Does what the engine does with what is given up.
fn give_up(rollout: &mut Rollout, next: Next, second: u64) {
    for (target, step, failure) in next.give_up {
        apply(rollout, second, &[Fact::Failed { target, step, failure }]);
    }
}

/// The group is at its floor of two, so that neither of the batch can be taken.
fn at_the_floor(second: u64) -> super::Snapshot {
    let health = [Health::healthy(), Health::healthy(), unhealthy(), unhealthy()];
    let targets: Vec<_> = ["i-1", "i-2", "i-3", "i-4"].into_iter().zip(health).collect();
    web(at(second), &targets)
}

#[test]
fn a_run_holds_until_the_capacity_deadline() {
    let rollout = run(&["i-1", "i-2", "i-3", "i-4"], 2, 2);
    let last = rollout.next(&at_the_floor(PATIENCE - 1), at(PATIENCE - 1));
    assert!(last.hold.is_some() && last.give_up.is_empty());
    let over = rollout.next(&at_the_floor(PATIENCE), at(PATIENCE));
    assert_eq!(over.hold, None);
    let (_, step, failure) = over.give_up.first().expect("what is given up");
    assert_eq!(*step, DEREGISTER);
    assert!(failure.what.ends_with("i-1 has to wait; it has waited for 10m"), "{}", failure.what);
    assert!(failure.hint.is_some() && !failure.may_have_acted);
}

#[test]
fn patience_is_counted_from_the_latest_fact() {
    let mut rollout = run(&["i-1", "i-2", "i-3", "i-4"], 2, 2);
    apply(&mut rollout, 100, &[Fact::Resumed { by: None }]);
    assert!(rollout.next(&at_the_floor(PATIENCE + 99), at(PATIENCE + 99)).give_up.is_empty());
    assert!(!rollout.next(&at_the_floor(PATIENCE + 100), at(PATIENCE + 100)).give_up.is_empty());
}

#[test]
fn giving_up_is_legal_for_every_target_that_is_named_and_ends_the_run_with_nothing_out() {
    let mut rollout = run(&["i-1", "i-2", "i-3", "i-4"], 2, 2);
    let next = rollout.next(&at_the_floor(PATIENCE), at(PATIENCE));
    give_up(&mut rollout, next, PATIENCE);
    let nothing_out = Outcome::Halted { held_out: Vec::new(), interrupted: None };
    assert_eq!(rollout.outcome(), Some(nothing_out));
}

#[test]
fn nothing_is_given_up_while_a_step_runs() {
    let mut rollout = run(&["i-1", "i-2", "i-3", "i-4"], 2, 2);
    go_through(&mut rollout, 0, "i-1", &[DEREGISTER]);
    apply(&mut rollout, 0, &[started("i-1", AWAIT_DRAINED)]);
    let next = rollout.next(&at_the_floor(PATIENCE * 2), at(PATIENCE * 2));
    assert!(next.give_up.is_empty() && next.hold.is_some());
    apply(&mut rollout, 1, &[finished("i-1", AWAIT_DRAINED)]);
}

#[test]
fn nothing_is_given_up_without_a_fresh_look() {
    let rollout = run(&["i-1", "i-2", "i-3", "i-4"], 2, 2);
    let next = rollout.next(&at_the_floor(0), at(PATIENCE));
    assert!(next.give_up.is_empty() && next.look.len() == 1);
}

#[test]
fn nothing_is_given_up_at_the_moment_when_something_can_start() {
    let rollout = run(&["i-1", "i-2", "i-3", "i-4"], 2, 2);
    let three = ["i-1", "i-2", "i-3"].map(|target| (target, Health::healthy()));
    let next = rollout.next(&web(at(PATIENCE), &three), at(PATIENCE));
    assert_eq!(next.start, [(id("i-1"), DEREGISTER)]);
    assert!(next.hold.is_some_and(|why| why.contains("i-2")));
    assert!(next.give_up.is_empty());
}

#[test]
fn every_target_that_is_out_and_cannot_be_deployed_is_given_up_at_the_same_time() {
    let mut rollout = run(&["i-1", "i-2", "i-3", "i-4"], 3, 1);
    go_through(&mut rollout, 0, "i-1", &[DEREGISTER, AWAIT_DRAINED]);
    go_through(&mut rollout, 0, "i-2", &[DEREGISTER, AWAIT_DRAINED]);
    let back = ["i-1", "i-2", "i-3"].map(|target| (target, Health::healthy()));
    let next = rollout.next(&web(at(PATIENCE), &back), at(PATIENCE));
    assert_eq!(failing(&next), ["i-1", "i-2"]);
    give_up(&mut rollout, next, PATIENCE);
    let outcome = rollout.outcome();
    let named = |out: &Vec<_>| *out == [id("i-1"), id("i-2")];
    assert!(
        matches!(&outcome, Some(Outcome::Halted { held_out, .. }) if named(held_out)),
        "{outcome:?}"
    );
}

#[test]
fn after_a_halt_those_that_are_out_still_lose_patience() {
    let mut rollout = run(&["i-1", "i-2", "i-3"], 2, 0);
    go_through(&mut rollout, 0, "i-1", &[DEREGISTER, AWAIT_DRAINED]);
    apply(&mut rollout, 0, &[failed("i-2", DEREGISTER, false)]);
    let back = web(at(PATIENCE), &[("i-1", Health::healthy())]);
    assert_eq!(failing(&rollout.next(&back, at(PATIENCE))), ["i-1"]);
}

#[test]
fn a_load_balancer_that_cannot_be_looked_at_ends_the_run_too() {
    let rollout = run(&["i-1", "i-2"], 1, 1);
    let old = web(at(0), &[("i-1", Health::healthy()), ("i-2", Health::healthy())]);
    let blind = PATIENCE + BETWEEN_LOOKS.as_secs();
    let trying = rollout.next(&old, at(blind - 1));
    assert!(!trying.look.is_empty() && trying.give_up.is_empty());
    let over = rollout.next(&old, at(blind));
    assert!(over.look.is_empty());
    assert_eq!(failing(&over), ["i-1"]);
    assert!(over.give_up[0].2.what.contains("web"), "{:?}", over.give_up);
}
