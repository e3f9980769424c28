//! Strategies are data: what every list of steps must keep.

use super::super::{Act, Side, Step, Strategy};

const fn step(act: Act, side: Side) -> Step {
    Step { act, side, undo: false }
}

/// Every strategy there is: the match makes a new one fail to compile until it is listed.
fn every_strategy() -> Vec<Strategy> {
    let listed = vec![Strategy::InPlace, Strategy::Drain, Strategy::Restore, Strategy::Flip];
    for strategy in &listed {
        match strategy {
            Strategy::InPlace | Strategy::Drain | Strategy::Restore | Strategy::Flip => {}
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
            Act::Deploy
            | Act::Start
            | Act::Rollback
            | Act::AwaitReady
            | Act::StandBy
            | Act::Stop => sides.iter().all(|side| !registered.contains(side)),
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
            | Act::Start
            | Act::Rollback
            | Act::StandBy
            | Act::Stop
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
            Strategy::InPlace | Strategy::Flip => strategy.steps().to_vec(),
            // Each alone leaves it to the other.
            Strategy::Drain => [strategy.steps(), Strategy::Restore.steps()].concat(),
            Strategy::Restore => [Strategy::Drain.steps(), strategy.steps()].concat(),
        };
        assert_eq!(faults(&steps, !strategy.overlaps()), [""; 0], "{strategy:?}");
    }
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
    let starts_late = [step(Act::Register, Side::New), step(Act::Start, Side::New)];
    assert_eq!(faults(&starts_late, false), ["2 start New"]);
    let stops_early = [step(Act::Start, Side::New), step(Act::Stop, Side::Old)];
    assert_eq!(faults(&stops_early, false), ["2 stop Old"]);
}
