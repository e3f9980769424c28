//! What is run around batches: when it is due, and what follows from it.

use super::super::{Gates, Hook, OnFailure, Outcome};
use super::{
    AWAIT_DRAINED, Batches, DEPLOY, DEREGISTER, Fact, Failure, Health, Plan, Policy, Rollout,
    Share, apply, at, dated, failed, finished, go_through, id, interrupted, request, started, web,
};

fn run(batch: usize) -> Rollout {
    run_with(batch, OnFailure::Hold)
}

fn run_with(batch: usize, on_failure: OnFailure) -> Rollout {
    let targets: Vec<_> =
        ["i-1", "i-2"].into_iter().map(|target| (target, Health::healthy())).collect();
    let gates = Gates { before_batch: true, after_batch: true, ..Gates::default() };
    let min_healthy = Share::Count(0);
    let batch = Batches::all(Share::Count(batch));
    let policy = Policy { batch, min_healthy, gates, on_failure, ..Policy::default() };
    let plan = Plan::in_place(request(&["web"], policy), &web(at(0), &targets));
    Rollout::new(plan.expect("a plan"), at(0))
}

fn due(rollout: &Rollout) -> Option<(Hook, usize)> {
    let healthy = ["i-1", "i-2"].map(|target| (target, Health::healthy()));
    rollout.next(&web(at(1), &healthy), at(1)).hook
}

fn began(hook: Hook, batch: usize) -> Fact {
    Fact::HookStarted { hook, batch }
}

fn ended(hook: Hook, batch: usize) -> Fact {
    Fact::HookFinished { hook, batch }
}

fn fails(hook: Hook, batch: usize) -> Fact {
    Fact::HookFailed { hook, batch, failure: Failure::new("run it", None, true) }
}

fn through(rollout: &mut Rollout, hook: Hook, batch: usize) {
    assert_eq!(due(rollout), Some((hook, batch)));
    apply(rollout, 1, &[began(hook, batch)]);
    assert_eq!(due(rollout), None, "it is running");
    assert_eq!(rollout.outcome(), None);
    apply(rollout, 1, &[ended(hook, batch)]);
}

fn deploy(rollout: &mut Rollout, target: &str) {
    while let Some(step) = rollout.progress(&id(target)).unwrap().step() {
        apply(rollout, 1, &[started(target, step), finished(target, step)]);
    }
}

#[test]
fn each_batch_has_its_hooks_around_it() {
    let mut rollout = run(1);
    for (batch, target) in [(1, "i-1"), (2, "i-2")] {
        assert!(rollout.workable().is_empty(), "not before its hook");
        through(&mut rollout, Hook::BeforeBatch, batch);
        assert_eq!(due(&rollout), None);
        deploy(&mut rollout, target);
        assert_eq!(rollout.outcome(), None, "its hook is due");
        through(&mut rollout, Hook::AfterBatch, batch);
    }
    assert_eq!(rollout.outcome(), Some(Outcome::Done));
}

#[test]
fn a_batch_whose_hook_failed_before_it_is_not_begun() {
    let mut rollout = run(1);
    apply(&mut rollout, 1, &[began(Hook::BeforeBatch, 1), fails(Hook::BeforeBatch, 1)]);
    assert!(rollout.is_halted() && rollout.workable().is_empty());
    assert_eq!(due(&rollout), None);
    let outcome = Outcome::Halted { held_out: Vec::new(), interrupted: None };
    assert_eq!(rollout.outcome(), Some(outcome));
    assert_eq!(rollout.failed_hooks().count(), 1);
}

#[test]
fn a_batch_that_failed_has_its_hook_after_it_and_the_next_one_none() {
    let mut rollout = run(1);
    through(&mut rollout, Hook::BeforeBatch, 1);
    let step = rollout.progress(&id("i-1")).unwrap().step().unwrap();
    apply(&mut rollout, 1, &[started("i-1", step), failed("i-1", step, true)]);
    through(&mut rollout, Hook::AfterBatch, 1);
    assert_eq!(due(&rollout), None);
    assert!(matches!(rollout.outcome(), Some(Outcome::Halted { .. })));
}

#[test]
fn what_was_run_before_a_batch_has_its_counterpart_after_it_also_if_nobody_was_begun() {
    let mut rollout = run(2);
    through(&mut rollout, Hook::BeforeBatch, 1);
    apply(&mut rollout, 1, &[interrupted()]);
    through(&mut rollout, Hook::AfterBatch, 1);
    assert!(matches!(rollout.outcome(), Some(Outcome::Halted { .. })));
}

#[test]
fn a_run_that_was_interrupted_before_its_batch_runs_nothing() {
    let mut rollout = run(2);
    apply(&mut rollout, 1, &[interrupted()]);
    assert_eq!(due(&rollout), None);
    assert!(matches!(rollout.outcome(), Some(Outcome::Halted { .. })));
}

#[test]
fn a_batch_of_which_nobody_could_be_taken_out_comes_to_its_end_too() {
    let mut rollout = run(2);
    through(&mut rollout, Hook::BeforeBatch, 1);
    let step = rollout.progress(&id("i-1")).unwrap().step().unwrap();
    apply(&mut rollout, 1, &["i-1", "i-2"].map(|target| started(target, step)));
    apply(&mut rollout, 1, &["i-1", "i-2"].map(|target| failed(target, step, false)));
    through(&mut rollout, Hook::AfterBatch, 1);
    assert!(matches!(rollout.outcome(), Some(Outcome::Halted { .. })));
}

#[test]
fn a_run_whose_last_hook_failed_is_not_done_and_runs_it_again_when_it_is_taken_up() {
    let mut rollout = run(2);
    through(&mut rollout, Hook::BeforeBatch, 1);
    deploy(&mut rollout, "i-1");
    deploy(&mut rollout, "i-2");
    apply(&mut rollout, 1, &[began(Hook::AfterBatch, 1), fails(Hook::AfterBatch, 1)]);
    assert!(matches!(rollout.outcome(), Some(Outcome::Halted { .. })));
    apply(&mut rollout, 2, &[Fact::Resumed { by: None }]);
    through(&mut rollout, Hook::AfterBatch, 1);
    assert_eq!(rollout.outcome(), Some(Outcome::Done));
}

#[test]
fn one_that_was_under_way_when_its_process_died_is_run_again() {
    let mut rollout = run(1);
    apply(&mut rollout, 1, &[began(Hook::BeforeBatch, 1), Fact::Resumed { by: None }]);
    through(&mut rollout, Hook::BeforeBatch, 1);
}

#[test]
fn what_is_not_due_or_not_running_cannot_have_happened() {
    let mut rollout = run(1);
    for fact in [
        began(Hook::AfterBatch, 1),
        began(Hook::BeforeBatch, 2),
        began(Hook::BeforeBatch, 0),
        ended(Hook::BeforeBatch, 1),
        fails(Hook::BeforeBatch, 1),
    ] {
        let said = rollout.apply(&dated(1, fact.clone())).unwrap_err().to_string();
        assert!(said.starts_with("batch "), "{fact:?}: {said}");
    }
    apply(&mut rollout, 1, &[began(Hook::BeforeBatch, 1)]);
    assert!(rollout.apply(&dated(1, began(Hook::BeforeBatch, 1))).is_err());
    let step = rollout.progress(&id("i-1")).unwrap().step().unwrap();
    assert!(rollout.apply(&dated(1, started("i-1", step))).is_err(), "its hook runs");
}

/// The first batch has failed, and what is run after it has been run; the run is taken up again.
fn taken_up_after_a_failed_batch(on_failure: OnFailure) -> Rollout {
    let mut rollout = run_with(1, on_failure);
    through(&mut rollout, Hook::BeforeBatch, 1);
    go_through(&mut rollout, 1, "i-1", &[DEREGISTER, AWAIT_DRAINED]);
    apply(&mut rollout, 1, &[started("i-1", DEPLOY), failed("i-1", DEPLOY, true)]);
    if let Some(step) = rollout.progress(&id("i-1")).unwrap().step().filter(|step| step.undo) {
        apply(&mut rollout, 1, &[started("i-1", step), failed("i-1", step, true)]);
    }
    through(&mut rollout, Hook::AfterBatch, 1);
    apply(&mut rollout, 2, &[Fact::Resumed { by: None }]);
    rollout
}

#[test]
fn a_batch_that_is_worked_on_once_more_has_its_hooks_around_it_once_more() {
    let mut rollout = taken_up_after_a_failed_batch(OnFailure::Hold);
    assert!(rollout.workable().is_empty(), "not before its hook");
    through(&mut rollout, Hook::BeforeBatch, 1);
    deploy(&mut rollout, "i-1");
    through(&mut rollout, Hook::AfterBatch, 1);
    assert_eq!(due(&rollout), Some((Hook::BeforeBatch, 2)));
}

#[test]
fn an_undoing_that_is_tried_once_more_has_its_hooks_around_it_though_the_run_is_halted() {
    let mut rollout = taken_up_after_a_failed_batch(OnFailure::Rollback);
    assert!(rollout.is_halted());
    through(&mut rollout, Hook::BeforeBatch, 1);
    while let Some(step) = rollout.progress(&id("i-1")).unwrap().step() {
        apply(&mut rollout, 2, &[started("i-1", step), finished("i-1", step)]);
    }
    through(&mut rollout, Hook::AfterBatch, 1);
    assert!(
        matches!(rollout.outcome(), Some(Outcome::Halted { held_out, .. }) if held_out.is_empty())
    );
}

#[test]
fn what_a_crash_cut_short_in_a_batch_goes_on_without_its_first_hook_again() {
    let mut rollout = run(1);
    through(&mut rollout, Hook::BeforeBatch, 1);
    apply(&mut rollout, 1, &[started("i-1", DEREGISTER), Fact::Resumed { by: None }]);
    assert_eq!(due(&rollout), None);
    deploy(&mut rollout, "i-1");
    through(&mut rollout, Hook::AfterBatch, 1);
}

fn put_back(target: &str) -> Fact {
    Fact::PutBack { target: id(target), by: "another".to_owned(), groups: Vec::new() }
}

#[test]
fn a_run_that_died_in_its_last_hook_can_go_on_with_that() {
    let mut rollout = run(2);
    through(&mut rollout, Hook::BeforeBatch, 1);
    deploy(&mut rollout, "i-1");
    deploy(&mut rollout, "i-2");
    apply(&mut rollout, 1, &[began(Hook::AfterBatch, 1)]);
    assert!(rollout.can_go_on());
    assert_eq!(rollout.owed_hooks(), [(Hook::AfterBatch, 1)]);
    apply(&mut rollout, 2, &[Fact::Resumed { by: None }]);
    through(&mut rollout, Hook::AfterBatch, 1);
    assert_eq!(rollout.outcome(), Some(Outcome::Done));
    assert!(!rollout.can_go_on() && rollout.owed_hooks().is_empty());
}

#[test]
fn a_batch_whose_targets_others_have_put_back_is_still_owed_its_hook() {
    let mut rollout = run(2);
    through(&mut rollout, Hook::BeforeBatch, 1);
    apply(&mut rollout, 1, &["i-1", "i-2"].map(|target| started(target, DEREGISTER)));
    apply(&mut rollout, 1, &["i-1", "i-2"].map(put_back));
    assert!(rollout.can_go_on());
    assert_eq!(rollout.owed_hooks(), [(Hook::AfterBatch, 1)]);
    apply(&mut rollout, 2, &[Fact::Resumed { by: None }]);
    through(&mut rollout, Hook::AfterBatch, 1);
    assert!(rollout.outcome().is_some() && !rollout.can_go_on());
}

#[test]
fn a_batch_that_is_not_begun_or_begins_anew_owes_nothing() {
    let mut rollout = run(2);
    assert_eq!(rollout.owed_hooks(), []);
    apply(&mut rollout, 1, &[began(Hook::BeforeBatch, 1), fails(Hook::BeforeBatch, 1)]);
    assert_eq!(rollout.owed_hooks(), []);
    assert!(rollout.can_go_on(), "it is tried again");
}
