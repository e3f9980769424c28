//! Flips of every kind that die at any fact, whatever fails: `resume` ends with exactly one port of each
//! target in each group, and at no time nobody serves, nor is anything started or stopped under traffic.

use elb_deploy::executor::Work;
use elb_deploy::rollout::{Before, OnFailure, Side};

use crate::machine::Mishaps;
use crate::process::{Death, Flipping, Verb};
use crate::world::{Kind, PORTS};
use crate::{DELIVERIES, MOST_FACTS, RESUME, Script, tell};

const PLAIN: Flipping = Flipping {
    starts: true,
    stops: true,
    from: None,
    batch: 1,
    on_failure: OnFailure::Hold,
    max_failures: 0,
    mishaps: Mishaps::NONE,
};
const KEEPING: Flipping = Flipping { stops: false, ..PLAIN };
const BACK: Flipping = Flipping { starts: false, ..PLAIN };
const FROM_BLUE: Flipping = Flipping { from: Some(Before::Port(PORTS.blue)), ..PLAIN };
const FIRST: Flipping = Flipping { from: Some(Before::Nothing), ..PLAIN };

const ON_BLUE: Kind = Kind::Ports(&[PORTS.blue]);
const ON_BOTH: Kind = Kind::Ports(&[PORTS.blue, PORTS.green]);
const NOWHERE: Kind = Kind::Ports(&[]);

/// What the new release of which something else failed is stopped by fails, too.
const NOT_STOPPED: Work = Work::Stop(Side::New);
const POLICIES: [OnFailure; 2] = [OnFailure::Hold, OnFailure::Rollback];

fn script(kind: Kind, size: u8, asked: Flipping) -> Script {
    let is_wild = asked.mishaps != Mishaps::NONE;
    Script { is_wild, ..Script::of(kind, size, Verb::Flip(asked)) }
}

/// After a flip that has left the old release running.
fn back(asked: Flipping) -> Script {
    let is_wild = asked.mishaps != Mishaps::NONE;
    let script = script(ON_BLUE, 1, KEEPING).then(Verb::Flip(asked));
    Script { is_wild, ..script }
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

/// At one fact of the resume, which is another one for each first death.
fn dead_again_somewhere(died: &Script) -> usize {
    let first = died.last_death().expect("a death").at;
    let (at, is_kept) = (first * 7 % 11, first.is_multiple_of(2));
    let again = died.clone().then(RESUME).dying(Death { at, is_kept }, DELIVERIES[first % 3]);
    again.then(RESUME).play();
    1
}

fn failing(scripts: impl IntoIterator<Item = Script>) -> usize {
    scripts.into_iter().map(|script| resumed_after_every_death(&script, &|_| 0)).sum()
}

#[test]
fn a_flip_that_is_killed_at_any_fact_and_again_while_it_is_resumed() {
    tell("flip", resumed_after_every_death(&script(ON_BLUE, 1, PLAIN), &dead_again));
}

#[test]
fn a_flip_of_any_kind_that_is_killed_at_any_fact() {
    let two_at_once = Flipping { batch: 2, ..PLAIN };
    let kinds = [
        script(ON_BLUE, 1, KEEPING),
        back(BACK),
        script(ON_BOTH, 1, FROM_BLUE),
        script(NOWHERE, 1, FIRST),
        script(ON_BLUE, 2, PLAIN),
        script(ON_BLUE, 2, two_at_once),
    ];
    let count = kinds.map(|flip| resumed_after_every_death(&flip, &dead_again_somewhere));
    tell("flip of each kind", count.into_iter().sum());
}

#[test]
fn a_flip_that_fails_and_is_killed_at_any_fact() {
    let mut count = 0;
    for on_failure in POLICIES {
        for fails in [&[Work::Start][..], &[Work::Ready], &[Work::Verify], &[Work::Stop(Side::Old)]]
        {
            let asked = Flipping { on_failure, mishaps: Mishaps::of(fails), ..PLAIN };
            count += failing([script(ON_BLUE, 1, asked)]);
        }
        let asked = Flipping { on_failure, mishaps: Mishaps::FLAPS, ..PLAIN };
        count += failing([script(ON_BLUE, 1, asked)]);
    }
    tell("flip with every gate and policy, failing", count);
}

#[test]
fn a_flip_that_cannot_be_undone_and_is_killed_at_any_fact() {
    let not_undone = |fails| {
        let (on_failure, mishaps) = (OnFailure::Rollback, Mishaps::of(fails));
        script(ON_BLUE, 1, Flipping { on_failure, mishaps, ..PLAIN })
    };
    let all = [&[Work::Start, NOT_STOPPED][..], &[Work::Verify, NOT_STOPPED]];
    tell("flip with a failing rollback", failing(all.map(not_undone)));
}

#[test]
fn a_flip_of_any_kind_that_fails_and_is_killed_at_any_fact() {
    let verified = |asked| Flipping { mishaps: Mishaps::of(&[Work::Verify]), ..asked };
    let baked =
        |asked| Flipping { on_failure: OnFailure::Rollback, mishaps: Mishaps::FLAPS, ..asked };
    let count = failing([
        script(ON_BLUE, 1, verified(KEEPING)),
        back(verified(BACK)),
        back(baked(BACK)),
        script(ON_BOTH, 1, verified(FROM_BLUE)),
        script(ON_BOTH, 1, baked(FROM_BLUE)),
        script(NOWHERE, 1, verified(FIRST)),
        script(NOWHERE, 1, baked(FIRST)),
    ]);
    tell("flip of each kind, failing", count);
}

#[test]
fn flips_that_go_on_after_a_failure_and_are_killed_at_any_fact() {
    let all = [
        (1, Mishaps::of(&[Work::Start]).at_first()),
        (1, Mishaps::FLAPS.at_first()),
        (1, Mishaps::of(&[Work::Verify])),
        (2, Mishaps::of(&[Work::Verify]).at_first()),
    ];
    let asked = |(batch, mishaps)| {
        let on_failure = OnFailure::Rollback;
        script(ON_BLUE, 2, Flipping { batch, on_failure, max_failures: 1, mishaps, ..PLAIN })
    };
    tell("flip of two that may fail once", failing(all.map(asked)));
}
