//! What becomes of a target on which a step has failed: by policy, when it is taken up again, and
//! for the run.

use super::super::{Gates, Hook, OnFailure, Outcome};
use super::{
    AWAIT_DRAINED, Act, Batches, DEPLOY, DEREGISTER, Fact, Health, Plan, Policy, Rollout, Share,
    Step, apply, at, dated, failed, finished, go_through, held_out, id, interrupted, request,
    seconds, started, starts, web,
};

const GATES: Gates = Gates {
    ready: true,
    verify: true,
    bake: seconds_of(60),
    before_batch: false,
    after_batch: false,
};

const fn seconds_of(count: u64) -> std::time::Duration {
    std::time::Duration::from_secs(count)
}

/// A run over three targets with every gate, one at a time.
fn run(on_failure: OnFailure, max_failures: usize) -> Rollout {
    let targets: Vec<_> =
        ["i-1", "i-2", "i-3"].into_iter().map(|target| (target, Health::healthy())).collect();
    let batch = Batches::all(Share::Count(1));
    let policy = Policy { batch, gates: GATES, on_failure, max_failures, ..Policy::default() };
    let plan = Plan::in_place(request(&["web"], policy), &web(at(0), &targets));
    Rollout::new(plan.expect("a plan"), at(0))
}

/// Takes a target on by finished steps until one of this kind is due, and lets that fail.
fn fails_at(rollout: &mut Rollout, target: &str, act: Act) {
    loop {
        let step = rollout.progress(&id(target)).unwrap().step().expect("a step");
        apply(rollout, 1, &[started(target, step)]);
        if step.act == act {
            return apply(rollout, 1, &[failed(target, step, true)]);
        }
        apply(rollout, 1, &[finished(target, step)]);
    }
}

/// The steps that are due after a failure, each of which is done.
fn undone(rollout: &mut Rollout, target: &str) -> Vec<Act> {
    let mut acts = Vec::new();
    while let Some(step) = next_undo(rollout, target) {
        apply(rollout, 2, &[started(target, step), finished(target, step)]);
        acts.push(step.act);
    }
    acts
}

fn next_undo(rollout: &Rollout, target: &str) -> Option<Step> {
    rollout.progress(&id(target)).unwrap().step().filter(|step| step.undo)
}

const ALL: [Act; 8] = [
    Act::Deregister,
    Act::AwaitDrained,
    Act::Deploy,
    Act::AwaitReady,
    Act::Register,
    Act::AwaitInService,
    Act::Verify,
    Act::Bake,
];

#[test]
fn what_failed_is_undone_by_the_policy_and_named_if_it_is_out_then() {
    use Act::{AwaitDrained, AwaitInService, AwaitReady, Deregister, Register, Rollback};
    let out = [Deregister, AwaitDrained];
    let back = [Register, AwaitInService];
    let rolled = [Rollback, AwaitReady, Register, AwaitInService];
    let taken_and_rolled = [&out[..], &rolled].concat();
    for act in ALL {
        let is_late = matches!(act, Act::AwaitInService | Act::Verify | Act::Bake);
        let (hold, held) = if is_late { (&out[..], true) } else { (&[][..], true) };
        let (ret, out_of_service) = match act {
            Act::AwaitInService | Act::Bake => (&[][..], true),
            Act::Verify => (&[][..], false),
            _ => (&back[..], false),
        };
        let rollback = match act {
            Act::Deregister | Act::AwaitDrained => &back[..],
            Act::Deploy | Act::AwaitReady => &rolled,
            _ => &taken_and_rolled,
        };
        for (policy, steps, is_out) in [
            (OnFailure::Hold, hold, held),
            (OnFailure::Return, ret, out_of_service),
            (OnFailure::Rollback, rollback, false),
        ] {
            let mut rollout = run(policy, 0);
            fails_at(&mut rollout, "i-1", act);
            assert_eq!(undone(&mut rollout, "i-1"), steps, "{policy:?} at {act:?}");
            assert_eq!(held_out(&rollout).contains(&"i-1"), is_out, "{policy:?} at {act:?}");
            assert!(
                matches!(rollout.outcome(), Some(Outcome::Halted { .. })),
                "{policy:?} {act:?}"
            );
        }
    }
}

#[test]
fn what_does_not_come_into_service_is_left_registered_only_if_no_gate_comes_after_it() {
    let mut rollout = run(OnFailure::Hold, 0);
    fails_at(&mut rollout, "i-1", Act::AwaitInService);
    assert_eq!(undone(&mut rollout, "i-1"), [Act::Deregister, Act::AwaitDrained]);
    let mut ungated = super::run(&["i-1"], 1, 0);
    fails_at(&mut ungated, "i-1", Act::AwaitInService);
    assert_eq!(undone(&mut ungated, "i-1"), [Act::Deregister; 0]);
}

#[test]
fn a_call_that_never_acted_leaves_nothing_to_undo() {
    for policy in [OnFailure::Hold, OnFailure::Return, OnFailure::Rollback] {
        let mut rollout = run(policy, 0);
        let step = Step::old(Act::Deregister);
        apply(&mut rollout, 1, &[started("i-1", step), failed("i-1", step, false)]);
        assert_eq!(next_undo(&rollout, "i-1"), None);
        assert_eq!(held_out(&rollout), [""; 0]);
        assert!(rollout.outcome().is_some());
    }
}

#[test]
fn after_a_halt_what_is_undone_goes_on_and_nobody_else_is_begun() {
    let mut rollout = run(OnFailure::Rollback, 0);
    fails_at(&mut rollout, "i-1", Act::Verify);
    assert!(rollout.is_halted() && rollout.outcome().is_none());
    let healthy = ["i-1", "i-2", "i-3"].map(|target| (target, Health::healthy()));
    let step = next_undo(&rollout, "i-1").unwrap();
    assert_eq!(starts(&rollout, &web(at(2), &healthy), 2), [("i-1".to_owned(), step)]);
    let other = dated(2, started("i-2", Step::old(Act::Deregister)));
    assert!(rollout.apply(&other).is_err());
}

#[test]
fn what_is_undone_keeps_the_floor_and_fails_if_that_cannot_be() {
    let mut rollout = run(OnFailure::Hold, 0);
    fails_at(&mut rollout, "i-1", Act::Bake);
    let alone = |second| {
        web(
            at(second),
            &[("i-1", Health::healthy()), ("i-2", super::unhealthy()), ("i-3", super::unhealthy())],
        )
    };
    assert_eq!(starts(&rollout, &alone(2), 2), []);
    let next = rollout.next(&alone(700), at(700));
    let (target, step, failure) = next.give_up.first().expect("what is given up");
    assert!(step.undo && failure.what.contains("floor"), "{failure:?}");
    let fact = Fact::Failed { target: target.clone(), step: *step, failure: failure.clone() };
    apply(&mut rollout, 700, &[fact]);
    assert_eq!(held_out(&rollout), ["i-1"], "it did not stay in service");
    assert!(rollout.progress(&id("i-1")).unwrap().undo_failure().is_some());
    assert!(rollout.outcome().is_some());
}

#[test]
fn with_failures_to_spare_the_run_goes_on_once_the_failed_one_is_undone() {
    let mut rollout = run(OnFailure::Return, 1);
    let healthy = ["i-1", "i-2", "i-3"].map(|target| (target, Health::healthy()));
    fails_at(&mut rollout, "i-1", Act::Deploy);
    assert!(!rollout.is_halted());
    let step = next_undo(&rollout, "i-1").unwrap();
    assert_eq!(starts(&rollout, &web(at(2), &healthy), 2), [("i-1".to_owned(), step)]);
    undone(&mut rollout, "i-1");
    assert_eq!(starts(&rollout, &web(at(2), &healthy), 2)[0].0, "i-2");
    fails_at(&mut rollout, "i-2", Act::Deploy);
    assert!(rollout.is_halted(), "two are more than one");
    undone(&mut rollout, "i-2");
    assert!(
        matches!(rollout.outcome(), Some(Outcome::Halted { held_out, .. }) if held_out.is_empty())
    );
}

#[test]
fn a_run_with_a_failure_to_spare_is_not_done_at_its_end() {
    let mut rollout = run(OnFailure::Hold, 2);
    fails_at(&mut rollout, "i-1", Act::Deploy);
    for target in ["i-2", "i-3"] {
        while let Some(step) = rollout.progress(&id(target)).unwrap().step() {
            apply(&mut rollout, 3, &[started(target, step), finished(target, step)]);
        }
    }
    let Some(Outcome::Halted { held_out, .. }) = rollout.outcome() else { panic!() };
    assert_eq!(held_out, [id("i-1")]);
}

#[test]
fn an_undo_that_fails_halts_the_run_whatever_it_has_to_spare() {
    let mut rollout = run(OnFailure::Rollback, 5);
    fails_at(&mut rollout, "i-1", Act::Deploy);
    let step = next_undo(&rollout, "i-1").unwrap();
    apply(&mut rollout, 2, &[started("i-1", step), failed("i-1", step, true)]);
    assert!(rollout.is_halted());
    let progress = rollout.progress(&id("i-1")).unwrap();
    assert_eq!(progress.undo_failure().map(|(step, _)| step.act), Some(Act::Rollback));
    assert_eq!(progress.failed_at().map(|step| step.act), Some(Act::Deploy));
    let outcome = rollout.outcome();
    assert_eq!(outcome, Some(Outcome::Halted { held_out: vec![id("i-1")], interrupted: None }));
}

fn resume(rollout: &mut Rollout) {
    apply(rollout, 10, &[Fact::Resumed { by: None }]);
}

fn due(rollout: &Rollout) -> (Act, bool) {
    let step = rollout.progress(&id("i-1")).unwrap().step().unwrap();
    (step.act, step.undo)
}

#[test]
fn a_step_that_failed_and_was_left_as_it_is_is_tried_again() {
    let mut rollout = run(OnFailure::Hold, 0);
    fails_at(&mut rollout, "i-1", Act::Deploy);
    resume(&mut rollout);
    assert_eq!((due(&rollout), rollout.is_halted()), ((Act::Deploy, false), false));
    assert_eq!(held_out(&rollout), ["i-1"]);
}

#[test]
fn what_was_being_undone_is_undone_to_its_end_first() {
    for fails in [false, true] {
        let mut rollout = run(OnFailure::Rollback, 0);
        fails_at(&mut rollout, "i-1", Act::Deploy);
        let step = next_undo(&rollout, "i-1").unwrap();
        apply(&mut rollout, 2, &[started("i-1", step)]);
        if fails {
            apply(&mut rollout, 2, &[failed("i-1", step, true)]);
        }
        resume(&mut rollout);
        assert_eq!((due(&rollout), rollout.is_halted()), ((Act::Rollback, true), true));
        undone(&mut rollout, "i-1");
        assert!(matches!(rollout.outcome(), Some(Outcome::Halted { .. })));
    }
}

#[test]
fn what_was_undone_begins_anew_and_is_out_only_if_it_was_left_out() {
    for (policy, is_out) in [(OnFailure::Rollback, false), (OnFailure::Hold, true)] {
        let mut rollout = run(policy, 0);
        fails_at(&mut rollout, "i-1", Act::Verify);
        undone(&mut rollout, "i-1");
        resume(&mut rollout);
        assert_eq!((due(&rollout), rollout.is_halted()), ((Act::Deregister, false), false));
        assert_eq!(!held_out(&rollout).is_empty(), is_out, "{policy:?}");
    }
}

#[test]
fn a_run_of_before_there_were_gates_has_the_steps_that_it_had() {
    let rollout = super::run(&["i-1"], 1, 0);
    let acts: Vec<_> = rollout.plan().steps().iter().map(|step| step.act).collect();
    assert_eq!(acts, super::IN_PLACE.map(|step| step.act));
    let written = serde_json::to_string(&Step::old(Act::Deploy)).unwrap();
    assert_eq!(written, r#"{"act":"deploy","side":"old"}"#);
    assert_eq!(seconds(60), GATES.bake);
}

/// The first target could not be taken out, the second one is out, and the process died.
fn taken_up_with_the_second_out(hooks: bool) -> Rollout {
    let targets = ["i-1", "i-2", "i-3"].map(|target| (target, Health::healthy()));
    let gates = Gates { before_batch: hooks, after_batch: hooks, ..Gates::default() };
    let min_healthy = Share::Count(2);
    let policy = Policy { max_failures: 1, gates, min_healthy, ..Policy::default() };
    let plan = Plan::in_place(request(&["web"], policy), &web(at(0), &targets)).expect("a plan");
    let mut rollout = Rollout::new(plan, at(0));
    let around = |rollout: &mut Rollout, hook, batch| {
        if hooks {
            let facts = [Fact::HookStarted { hook, batch }, Fact::HookFinished { hook, batch }];
            apply(rollout, 1, &facts);
        }
    };
    around(&mut rollout, Hook::BeforeBatch, 1);
    apply(&mut rollout, 1, &[started("i-1", DEREGISTER), failed("i-1", DEREGISTER, false)]);
    around(&mut rollout, Hook::AfterBatch, 1);
    around(&mut rollout, Hook::BeforeBatch, 2);
    go_through(&mut rollout, 1, "i-2", &[DEREGISTER, AWAIT_DRAINED]);
    resume(&mut rollout);
    rollout
}

#[test]
fn who_is_out_is_carried_on_though_one_of_an_earlier_batch_is_to_be_tried_again() {
    let rollout = taken_up_with_the_second_out(false);
    let left = web(at(11), &[("i-1", Health::healthy()), ("i-3", Health::healthy())]);
    assert_eq!(starts(&rollout, &left, 11), [("i-2".to_owned(), DEPLOY)]);
}

#[test]
fn who_is_out_is_carried_to_its_end_though_the_run_was_taken_up_and_interrupted() {
    for hooks in [false, true] {
        let mut rollout = taken_up_with_the_second_out(hooks);
        apply(&mut rollout, 11, &[interrupted()]);
        assert_eq!(rollout.outcome(), None, "i-2 is out, with hooks: {hooks}");
        while let Some(step) = rollout.progress(&id("i-2")).unwrap().step() {
            apply(&mut rollout, 12, &[started("i-2", step), finished("i-2", step)]);
        }
        let due = rollout.next(&super::Snapshot::new(), at(12)).hook;
        assert_eq!(due, hooks.then_some((Hook::AfterBatch, 2)));
        if let Some((hook, batch)) = due {
            let facts = [Fact::HookStarted { hook, batch }, Fact::HookFinished { hook, batch }];
            apply(&mut rollout, 12, &facts);
        }
        let outcome = rollout.outcome().expect("an end");
        assert!(matches!(outcome, Outcome::Halted { held_out, .. } if held_out.is_empty()));
    }
}

#[test]
fn what_failed_serves_until_it_is_out_or_replaced_by_what_was_before() {
    for (policy, serves) in
        [(OnFailure::Hold, false), (OnFailure::Rollback, false), (OnFailure::Return, true)]
    {
        let mut rollout = run(policy, 0);
        let serves_it =
            |rollout: &Rollout| rollout.progress(&id("i-1")).unwrap().serves_what_failed();
        fails_at(&mut rollout, "i-1", Act::Verify);
        assert!(serves_it(&rollout), "{policy:?}: nothing is undone yet");
        if let Some(step) = next_undo(&rollout, "i-1") {
            let mut blocked = rollout.clone();
            apply(&mut blocked, 2, &[failed("i-1", step, false)]);
            assert!(serves_it(&blocked), "{policy:?}: the floor keeps it in");
        }
        undone(&mut rollout, "i-1");
        assert_eq!(serves_it(&rollout), serves, "{policy:?}");
    }
    let mut rollout = run(OnFailure::Hold, 0);
    fails_at(&mut rollout, "i-1", Act::Deploy);
    assert!(!rollout.progress(&id("i-1")).unwrap().serves_what_failed(), "it is out");
}
