//! Flips that die at any fact, whatever fails: `resume` ends with exactly one port in each group, and
//! at no time nobody serves.

use elb_deploy::executor::Work;
use elb_deploy::rollout::{OnFailure, Side};

use crate::process::{Death, Verb};
use crate::world::Kind;
use crate::{DELIVERIES, MOST_FACTS, RESUME, Script, tell};

fn flip(on_failure: OnFailure, fails: Option<Work>) -> Script {
    let script = Script::of(Kind::Ports, 1, Verb::Flip { on_failure, fails });
    Script { is_wild: fails.is_some(), ..script }
}

/// Plays a script at every death of its last process, and ends it by a resume; `more` plays what else
/// can follow, with its count.
fn resumed_after_every_death(script: &Script, more: &dyn Fn(&Script) -> usize) -> usize {
    let mut count = 0;
    for at in 0..MOST_FACTS {
        for is_kept in [false, true] {
            for groups in DELIVERIES {
                let died = script.clone().dying(Death { at, is_kept }, groups);
                let resumed = died.clone().then(RESUME).play();
                if !resumed.died {
                    return count;
                }
                count += 1 + more(&died);
                if !resumed.in_flight {
                    break;
                }
            }
        }
    }
    panic!("it never came to its end: {script:#?}");
}

fn dead_again(died: &Script) -> usize {
    resumed_after_every_death(&died.clone().then(RESUME), &|_| 0)
}

#[test]
fn a_flip_that_is_killed_at_any_fact_and_again_while_it_is_resumed() {
    let count = resumed_after_every_death(&flip(OnFailure::Hold, None), &dead_again);
    tell("flip", count);
}

#[test]
fn a_flip_that_fails_and_is_killed_at_any_fact() {
    let mut count = 0;
    for on_failure in [OnFailure::Hold, OnFailure::Rollback] {
        for fails in [Work::Start, Work::Ready, Work::Verify, Work::Stop(Side::Old)] {
            count += resumed_after_every_death(&flip(on_failure, Some(fails)), &|_| 0);
        }
    }
    tell("flip with every gate and policy, failing", count);
}
