//! An impossible fact is an error, and changes nothing (invariant 3).

use super::super::{Fact, Rollout};
use super::{
    AWAIT_DRAINED, DEPLOY, DEREGISTER, IN_PLACE, apply, dated, failed, finished, go_through,
    interrupted, run, started,
};

fn refused(rollout: &Rollout, fact: Fact) -> String {
    let mut changed = rollout.clone();
    let error = changed.apply(&dated(99, fact)).expect_err("an illegal fact");
    assert_eq!(changed, *rollout, "{error}");
    error.to_string()
}

#[test]
fn a_stranger_has_no_facts() {
    let told = refused(&run(&["i-1", "i-2"], 1, 1), started("i-9", DEREGISTER));
    assert_eq!(told, "i-9 cannot have started 'deregister': it is not part of the run");
}

#[test]
fn steps_start_in_their_order_and_once() {
    let mut rollout = run(&["i-1", "i-2"], 1, 1);
    for step in &IN_PLACE[1..] {
        assert!(refused(&rollout, started("i-1", *step)).ends_with("another step is due"));
    }
    apply(&mut rollout, 1, &[started("i-1", DEREGISTER)]);
    assert!(refused(&rollout, started("i-1", DEREGISTER)).ends_with("it is running"));
    apply(&mut rollout, 1, &[finished("i-1", DEREGISTER)]);
    assert!(refused(&rollout, started("i-1", DEREGISTER)).ends_with("another step is due"));
}

#[test]
fn the_right_step_of_the_wrong_side_is_refused() {
    let wrong = super::Step { side: super::Side::New, ..DEREGISTER };
    assert!(refused(&run(&["i-1", "i-2"], 1, 1), started("i-1", wrong)).contains("another step"));
}

#[test]
fn only_what_was_started_finishes() {
    let rollout = run(&["i-1", "i-2"], 1, 1);
    assert!(refused(&rollout, finished("i-1", DEREGISTER)).ends_with("it is not running"));
}

#[test]
fn a_target_that_failed_does_nothing_more() {
    let mut rollout = run(&["i-1", "i-2"], 1, 1);
    go_through(&mut rollout, 1, "i-1", &[DEREGISTER, AWAIT_DRAINED]);
    apply(&mut rollout, 1, &[started("i-1", DEPLOY), failed("i-1", DEPLOY, true)]);
    for fact in [started("i-1", DEPLOY), finished("i-1", DEPLOY), failed("i-1", DEPLOY, true)] {
        assert!(refused(&rollout, fact).ends_with("it has failed"));
    }
}

#[test]
fn a_target_of_a_later_batch_has_to_wait() {
    let rollout = run(&["i-1", "i-2"], 1, 1);
    assert!(refused(&rollout, started("i-2", DEREGISTER)).ends_with("its batch is not due"));
}

#[test]
fn a_halted_run_takes_nothing_out() {
    let mut rollout = run(&["i-1", "i-2", "i-3"], 2, 1);
    go_through(&mut rollout, 1, "i-1", &[DEREGISTER]);
    apply(&mut rollout, 1, &[interrupted()]);
    let told = refused(&rollout, started("i-2", DEREGISTER));
    assert!(told.ends_with("the run takes nothing more out"), "{told}");
    apply(&mut rollout, 2, &[started("i-1", AWAIT_DRAINED)]);
}

#[test]
fn a_target_that_is_done_stays_done() {
    let mut rollout = run(&["i-1", "i-2"], 1, 1);
    go_through(&mut rollout, 1, "i-1", &IN_PLACE);
    for step in IN_PLACE {
        assert!(refused(&rollout, started("i-1", step)).ends_with("another step is due"));
    }
}
