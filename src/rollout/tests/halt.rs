//! Once a run is halted nothing more is taken out, and what is out is carried to its end
//! (invariant 9).

use super::super::{Health, Outcome, Rollout};
use super::{
    DEPLOY, DEREGISTER, Fact, IN_PLACE, apply, at, failed, finished, go_through, held_out, id,
    interrupted, run, started, starts, web,
};

fn all_healthy() -> super::Snapshot {
    web(at(9), &["i-1", "i-2", "i-3", "i-4"].map(|target| (target, Health::healthy())))
}

/// As a plain look has it after a drain: `i-1` is not listed.
fn others_healthy() -> super::Snapshot {
    web(at(9), &["i-2", "i-3", "i-4"].map(|target| (target, Health::healthy())))
}

fn halted(held_out: &[&str], signal: Option<&str>) -> Outcome {
    Outcome::Halted {
        held_out: held_out.iter().map(|target| id(target)).collect(),
        interrupted: signal.map(str::to_owned),
    }
}

fn carry_to_the_end(rollout: &mut Rollout, target: &str, from: usize) {
    for step in &IN_PLACE[from..] {
        assert_eq!(starts(rollout, &others_healthy(), 9), [(target.to_owned(), *step)]);
        assert_eq!(rollout.outcome(), None);
        go_through(rollout, 9, target, &[*step]);
    }
}

#[test]
fn a_run_that_went_through_everything_is_done() {
    let mut rollout = run(&["i-1", "i-2"], 2, 0);
    assert_eq!(rollout.outcome(), None);
    go_through(&mut rollout, 1, "i-1", &IN_PLACE);
    assert_eq!(rollout.outcome(), None);
    go_through(&mut rollout, 1, "i-2", &IN_PLACE);
    assert_eq!(rollout.outcome(), Some(Outcome::Done));
    apply(&mut rollout, 2, &[interrupted()]);
    assert_eq!(rollout.outcome(), Some(Outcome::Done));
}

#[test]
fn a_run_interrupted_before_anything_is_over_with_nothing_out() {
    let mut rollout = run(&["i-1", "i-2", "i-3"], 1, 1);
    apply(&mut rollout, 1, &[interrupted()]);
    assert!(rollout.is_halted());
    assert_eq!(starts(&rollout, &all_healthy(), 9), []);
    assert_eq!(rollout.outcome(), Some(halted(&[], Some("SIGTERM"))));
}

#[test]
fn what_is_out_when_the_run_is_interrupted_is_carried_to_its_end_and_nothing_else_is_begun() {
    for begun in 1..IN_PLACE.len() {
        let mut rollout = run(&["i-1", "i-2", "i-3", "i-4"], 2, 1);
        go_through(&mut rollout, 1, "i-1", &IN_PLACE[..begun]);
        apply(&mut rollout, 1, &[interrupted()]);
        carry_to_the_end(&mut rollout, "i-1", begun);
        assert_eq!(starts(&rollout, &all_healthy(), 9), []);
        assert_eq!(rollout.outcome(), Some(halted(&[], Some("SIGTERM"))));
    }
}

#[test]
fn what_runs_when_the_run_is_interrupted_is_waited_for() {
    let mut rollout = run(&["i-1", "i-2"], 1, 1);
    apply(&mut rollout, 1, &[started("i-1", DEREGISTER), interrupted()]);
    assert_eq!(rollout.outcome(), None);
    assert_eq!(held_out(&rollout), ["i-1"]);
    apply(&mut rollout, 2, &[finished("i-1", DEREGISTER)]);
    carry_to_the_end(&mut rollout, "i-1", 1);
    assert_eq!(rollout.outcome(), Some(halted(&[], Some("SIGTERM"))));
}

#[test]
fn a_failure_halts_the_run_and_the_others_of_its_batch_are_carried_to_their_end() {
    let mut rollout = run(&["i-2", "i-1", "i-3", "i-4"], 2, 1);
    go_through(&mut rollout, 1, "i-2", &IN_PLACE[..2]);
    go_through(&mut rollout, 1, "i-1", &IN_PLACE[..1]);
    apply(&mut rollout, 1, &[started("i-2", DEPLOY), failed("i-2", DEPLOY, true)]);
    assert!(rollout.is_halted());
    carry_to_the_end(&mut rollout, "i-1", 1);
    assert_eq!(rollout.outcome(), Some(halted(&["i-2"], None)));
}

#[test]
fn the_outcome_names_what_is_left_out_after_a_failure_at_any_step() {
    for (index, step) in IN_PLACE.into_iter().enumerate() {
        for may_have_acted in [false, true] {
            let mut rollout = run(&["i-1", "i-2"], 1, 1);
            go_through(&mut rollout, 1, "i-1", &IN_PLACE[..index]);
            apply(&mut rollout, 1, &[started("i-1", step)]);
            apply(&mut rollout, 1, &[failed("i-1", step, may_have_acted)]);
            let out: &[&str] = if index == 0 && !may_have_acted { &[] } else { &["i-1"] };
            assert_eq!(rollout.outcome(), Some(halted(out, None)), "{step}, {may_have_acted}");
            assert_eq!(starts(&rollout, &all_healthy(), 9), [], "{step}");
        }
    }
}

#[test]
fn stopping_at_once_names_what_is_out_right_now() {
    let mut rollout = run(&["i-1", "i-2", "i-3"], 2, 1);
    go_through(&mut rollout, 1, "i-1", &IN_PLACE[..3]);
    apply(&mut rollout, 1, &[started("i-2", DEREGISTER), interrupted()]);
    assert_eq!(rollout.halted_outcome(), halted(&["i-1", "i-2"], Some("SIGTERM")));
}

#[test]
fn a_resumed_run_takes_targets_out_again() {
    let mut rollout = run(&["i-1", "i-2", "i-3"], 1, 1);
    apply(&mut rollout, 1, &[interrupted(), Fact::Resumed { by: None }]);
    assert!(!rollout.is_halted());
    assert_eq!(starts(&rollout, &all_healthy(), 9), [("i-1".to_owned(), DEREGISTER)]);
}

#[test]
fn after_a_halt_a_deregister_that_never_arrived_is_not_made_and_one_that_did_is_seen_to_its_end() {
    let tried = || {
        let mut rollout = run(&["i-1", "i-2"], 1, 0);
        apply(
            &mut rollout,
            1,
            &[started("i-1", DEREGISTER), Fact::Resumed { by: None }, interrupted()],
        );
        rollout
    };
    let look = |health| web(at(60), &[("i-1", health), ("i-2", Health::healthy())]);
    let never_arrived = tried().next(&look(Health::healthy()), at(60));
    assert!(never_arrived.start.is_empty(), "{never_arrived:?}");
    let [(target, step, failure)] = &never_arrived.give_up[..] else { panic!("{never_arrived:?}") };
    assert_eq!((target.as_str(), *step), ("i-1", DEREGISTER));
    assert!(failure.what.contains("takes nothing more out"), "{}", failure.what);
    let arrived = tried().next(&look(super::draining()), at(60));
    assert_eq!(arrived.start, [(id("i-1"), DEREGISTER)]);
    let goes_on = |rollout: &mut super::Rollout| apply(rollout, 2, &[Fact::Resumed { by: None }]);
    let mut resumed = tried();
    goes_on(&mut resumed);
    assert_eq!(resumed.next(&look(Health::healthy()), at(60)).start, [(id("i-1"), DEREGISTER)]);
}
