//! Strategies are data: what every list of steps must keep, and that the flip is just another one.

use super::super::{
    Act, Fact, Failure, Health, Outcome, Plan, Policy, Rollout, Side, Step, Strategy, Target,
};
use super::{apply, at, dated, go_through, id, place, request, seen};

const fn step(act: Act, side: Side) -> Step {
    Step { act, side, undo: false }
}

/// As blue/green by port has it: start new, put it in, and only then take the old one out.
const FLIP: &[Step] = &[
    step(Act::Deploy, Side::New),
    step(Act::Register, Side::New),
    step(Act::AwaitInService, Side::New),
    step(Act::Deregister, Side::Old),
    step(Act::AwaitDrained, Side::Old),
];

/// Every strategy there is: the match makes a new one fail to compile until it is listed.
fn every_strategy() -> Vec<Strategy> {
    let listed = vec![Strategy::InPlace, Strategy::Drain, Strategy::Restore];
    for strategy in &listed {
        match strategy {
            Strategy::InPlace | Strategy::Drain | Strategy::Restore => {}
        }
    }
    listed
}

/// What is wrong with a list of steps, in which the two sides are the same places or not.
fn faults(steps: &[Step], same_places: bool) -> Vec<String> {
    let (mut registered, mut drained) = (vec![Side::Old], Vec::new());
    if same_places {
        registered.push(Side::New);
    }
    let mut faults = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let sides = if same_places { vec![Side::Old, Side::New] } else { vec![step.side] };
        let ready = match step.act {
            Act::Deploy | Act::Rollback | Act::AwaitReady => {
                sides.iter().all(|side| !registered.contains(side))
            }
            Act::AwaitDrained => drained.contains(&step.side),
            Act::AwaitInService | Act::Verify | Act::Bake | Act::Deregister => {
                registered.contains(&step.side)
            }
            Act::Register => !registered.contains(&step.side),
        };
        match step.act {
            Act::Deregister => drained.extend(sides),
            Act::AwaitDrained => registered.retain(|side| !sides.contains(side)),
            Act::Register => registered.extend(sides),
            Act::Deploy
            | Act::Rollback
            | Act::AwaitReady
            | Act::AwaitInService
            | Act::Verify
            | Act::Bake => {}
        }
        if !ready {
            faults.push(format!("{} {step} {:?}", index + 1, step.side));
        }
    }
    if registered.is_empty() {
        faults.push("nothing is registered at the end".to_owned());
    }
    faults
}

#[test]
fn every_strategy_deploys_only_what_is_drained_or_was_never_registered() {
    for strategy in every_strategy() {
        let steps = match strategy {
            Strategy::InPlace => strategy.steps().to_vec(),
            // Each alone leaves it to the other.
            Strategy::Drain => [strategy.steps(), Strategy::Restore.steps()].concat(),
            Strategy::Restore => [Strategy::Drain.steps(), strategy.steps()].concat(),
        };
        assert_eq!(faults(&steps, true), [""; 0], "{strategy:?}");
    }
    assert_eq!(faults(FLIP, false), [""; 0]);
}

#[test]
fn a_strategy_that_deploys_what_still_serves_is_found() {
    let in_place = Strategy::InPlace.steps();
    let without = |act| in_place.iter().copied().filter(|step| step.act != act).collect::<Vec<_>>();
    assert_eq!(faults(&without(Act::AwaitDrained), true), ["2 deploy Old", "3 register New"]);
    assert_eq!(faults(&without(Act::Register), true).len(), 2);
    let back_too_early = [
        step(Act::Deregister, Side::Old),
        step(Act::AwaitDrained, Side::Old),
        step(Act::Register, Side::New),
        step(Act::Deploy, Side::Old),
    ];
    assert_eq!(faults(&back_too_early, true), ["4 deploy Old"]);
    assert_eq!(faults(&[FLIP[1], FLIP[0]], false), ["2 deploy New"]);
}

/// A run over one instance of a group whose floor it is, from port 80 to port 81.
fn flip() -> Rollout {
    let places = [(place("web", "i-1", 80), Health::healthy())];
    let accepted = Policy { min_healthy: super::Share::Count(0), ..Policy::default() };
    let plan = Plan::in_place(request(&["web"], accepted), &seen(at(0), &places));
    let mut plan = plan.expect("a plan");
    plan.floors.insert(super::arn("web"), 1);
    let (old, new) = (vec![place("web", "i-1", 80)], vec![place("web", "i-1", 81)]);
    plan.batches = vec![vec![Target { id: id("i-1"), old, new }]];
    Rollout::following(FLIP.into(), plan, at(0))
}

/// What a look says before the step with this index.
fn flip_look(index: usize) -> super::Snapshot {
    let mut places = Vec::new();
    if index <= 4 {
        places.push((place("web", "i-1", 80), Health::healthy()));
    }
    if index >= 2 {
        places.push((place("web", "i-1", 81), Health::healthy()));
    }
    seen(at(index as u64), &places)
}

#[test]
fn a_flip_goes_from_step_to_step_and_never_holds_its_target_out() {
    let mut rollout = flip();
    for (index, step) in FLIP.iter().enumerate() {
        let second = index as u64;
        let next = rollout.next(&flip_look(index), at(second));
        assert_eq!(next.start, [(id("i-1"), *step)], "{:?}", next.hold);
        apply(&mut rollout, second, &[super::started("i-1", *step)]);
        assert_eq!(rollout.held_out().count(), 0, "while it does {step}");
        apply(&mut rollout, second, &[super::finished("i-1", *step)]);
        assert_eq!(rollout.held_out().count(), 0, "after {step}");
    }
    assert_eq!(rollout.outcome(), Some(Outcome::Done));
}

#[test]
fn a_flip_that_fails_or_is_cut_anywhere_holds_nothing_out() {
    for (index, step) in FLIP.iter().enumerate() {
        for may_have_acted in [false, true] {
            let mut rollout = flip();
            go_through(&mut rollout, 1, "i-1", &FLIP[..index]);
            apply(&mut rollout, 2, &[super::started("i-1", *step)]);
            let failure = Failure::new("do it", None, may_have_acted);
            let fact = Fact::Failed { target: id("i-1"), step: *step, failure };
            rollout.apply(&dated(3, fact)).expect("a legal failure");
            let nothing_out = Outcome::Halted { held_out: Vec::new(), interrupted: None };
            assert_eq!(rollout.outcome(), Some(nothing_out), "{step}");
            apply(&mut rollout, 4, &[Fact::Resumed { by: None }]);
            assert_eq!(rollout.held_out().count(), 0, "{step}, resumed");
        }
    }
}

#[test]
fn a_flip_takes_the_old_side_out_only_while_the_new_one_serves() {
    let mut rollout = flip();
    go_through(&mut rollout, 1, "i-1", &FLIP[..3]);
    let new_is = |health| {
        seen(
            at(1),
            &[(place("web", "i-1", 80), Health::healthy()), (place("web", "i-1", 81), health)],
        )
    };
    assert!(rollout.next(&new_is(super::unhealthy()), at(1)).start.is_empty());
    assert_eq!(rollout.next(&new_is(Health::healthy()), at(1)).start.len(), 1);
}

#[test]
fn a_flip_does_not_start_the_new_side_while_it_is_registered() {
    let rollout = flip();
    let next = rollout.next(&flip_look(2), at(2));
    assert!(next.start.is_empty());
    assert!(next.hold.is_some_and(|why| why.contains("i-1:81 in web was registered again")));
}
