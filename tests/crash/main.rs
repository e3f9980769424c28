//! Killed at every fact, on the lab's model, in paused time: whatever a dead process left out,
//! `resume` or `restore` puts back exactly where it was.
//!
//! The load balancer is in this process and the journals are real files. Real processes that are
//! killed are in `tests/binary`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod chance;
mod flips;
mod machine;
mod process;
mod world;

use elb_deploy::executor::Work;
use elb_deploy::rollout::OnFailure;
use machine::Mishaps;
use process::{Death, Ended, Verb};
use world::{Kind, World};

/// A call under way may have reached none of the target's groups, one, or all of them.
const DELIVERIES: [usize; 3] = [0, 1, usize::MAX];
/// More facts than any run here has.
const MOST_FACTS: usize = 200;

/// One process after the other, each with the way it dies.
#[derive(Debug, Clone)]
pub struct Script {
    kind: Kind,
    size: u8,
    steps: Vec<(Verb, Option<(Death, usize)>)>,
    /// Whether a run may fail on the way.
    is_wild: bool,
}

/// How a script went.
pub struct Played {
    /// Whether the last process that was to die did.
    died: bool,
    /// Whether something was under way that can reach the load balancer after the death.
    in_flight: bool,
}

impl Script {
    fn of(kind: Kind, size: u8, first: Verb) -> Self {
        Self { kind, size, steps: vec![(first, None)], is_wild: false }
    }

    fn dying(mut self, death: Death, delivered: usize) -> Self {
        self.steps.last_mut().unwrap().1 = Some((death, delivered));
        self
    }

    fn last_death(&self) -> Option<Death> {
        Some(self.steps.last()?.1?.0)
    }

    fn then(mut self, verb: Verb) -> Self {
        self.steps.push((verb, None));
        self
    }

    /// Plays it in a time of its own. It ends with everything where it was, or panics with itself.
    pub fn play(&self) -> Played {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let world = World::new(self.kind, self.size).await;
            let mut played = Played { died: false, in_flight: false };
            for (verb, death) in &self.steps {
                let ended = world.process(*verb, death.map(|(death, _)| death)).await;
                if let Some((_, groups)) = death {
                    played.died = matches!(ended, Ended::Died(_));
                    let Ended::Died(dead) = ended else { continue };
                    played.in_flight = world.deliver(&dead, *groups);
                    let is_flip = matches!(self.kind, Kind::Ports(_));
                    assert!(!is_flip || world.is_served(), "{self:#?}");
                } else if let (Ended::Outcome(failures), false) = (ended, self.is_wild) {
                    assert_eq!(failures, [""; 0], "{verb:?} of {self:#?}");
                }
            }
            world.machines.until_calm().await;
            if let Err(why) = world.ends_well(self.is_wild) {
                panic!("{why}\n{self:#?}");
            }
            assert_eq!(world.held_out(), [""; 0], "{self:#?}");
            played
        })
    }
}

/// Plays a script at every death of its last process, each with every delivery of the calls under
/// way, and ends it by a restore; `more` plays what else can follow, with its count.
fn at_every_death(script: &Script, more: &dyn Fn(&Script) -> usize) -> usize {
    let mut count = 0;
    for at in 0..MOST_FACTS {
        for is_kept in [false, true] {
            for groups in DELIVERIES {
                let died = script.clone().dying(Death { at, is_kept }, groups);
                let restored = died.clone().then(Verb::Restore).play();
                if !restored.died {
                    return count;
                }
                count += 1 + more(&died);
                if !restored.in_flight {
                    break;
                }
            }
        }
    }
    panic!("it never came to its end: {script:#?}");
}

const RESUME: Verb = Verb::Resume { ago: 0 };

/// Ends what died by `resume`, with this after it.
fn resumed(died: &Script, last: &[Verb]) -> usize {
    last.iter().fold(died.clone().then(RESUME), |script, verb| script.then(*verb)).play();
    1
}

/// The same; and what ends it, be it a resume or a restore, dies at every fact too.
fn resumed_and_dead_again(died: &Script, last: &[Verb]) -> usize {
    let again = |way| at_every_death(&died.clone().then(way), &|died| resumed(died, last));
    resumed(died, last) + again(Verb::Restore) + again(RESUME)
}

/// The same for long runs: again only where the first death follows a fact, since what precedes one
/// follows another.
fn dead_again_after_a_fact(died: &Script) -> usize {
    match died.last_death() {
        Some(Death { is_kept: true, .. }) => resumed_and_dead_again(died, &[]),
        _ => resumed(died, &[]),
    }
}

fn tell(what: &str, count: usize) {
    println!("{what}: {count} ways to die and to be ended, all of them end where they began");
    assert!(count > 20, "{count}");
}

const ROLL_ONE: Verb = Verb::Roll { batch: 1 };
const ROLL_TWO: Verb = Verb::Roll { batch: 2 };
const DRAIN: Verb = Verb::Drain { targets: 2 };

#[test]
fn a_roll_one_by_one_that_is_killed_at_any_fact() {
    let roll = Script::of(Kind::Instances, 3, ROLL_ONE);
    tell("roll, batch 1", at_every_death(&roll, &dead_again_after_a_fact));
}

#[test]
fn a_roll_two_at_a_time_that_is_killed_at_any_fact() {
    let roll = Script::of(Kind::Instances, 4, ROLL_TWO);
    tell("roll, batch 2", at_every_death(&roll, &dead_again_after_a_fact));
}

#[test]
fn a_drain_that_is_killed_at_any_fact() {
    let drain = Script::of(Kind::Instances, 4, DRAIN);
    tell("drain", at_every_death(&drain, &|died| resumed_and_dead_again(died, &[Verb::Restore])));
}

#[test]
fn a_restore_that_is_killed_at_any_fact() {
    let restore = Script::of(Kind::Instances, 4, DRAIN).then(Verb::Restore);
    tell("restore", at_every_death(&restore, &|died| resumed_and_dead_again(died, &[])));
}

#[test]
fn addresses_that_come_back_only_when_their_drain_is_over() {
    let count = [ROLL_TWO, DRAIN].map(|verb| {
        let script = Script::of(Kind::Addresses, 4, verb);
        at_every_death(&script, &|died| resumed(died, &[Verb::Restore]))
    });
    tell("roll and drain of addresses", count.into_iter().sum());
}

/// A roll of three with every gate and hook.
fn gated(on_failure: OnFailure, max_failures: usize, mishaps: Mishaps) -> usize {
    let verb = Verb::Gated { on_failure, max_failures, mishaps };
    let roll = Script { is_wild: true, ..Script::of(Kind::Instances, 3, verb) };
    at_every_death(&roll, &|died| resumed(died, &[Verb::Restore]))
}

const POLICIES: [OnFailure; 3] = [OnFailure::Hold, OnFailure::Rollback, OnFailure::Return];

/// Whatever fails, and whatever is done about it.
#[test]
fn a_roll_with_every_gate_that_fails_and_is_killed_at_any_fact() {
    let failing = [&[Work::Deploy][..], &[Work::Ready], &[Work::Verify]].map(Mishaps::of);
    let all = POLICIES.into_iter().flat_map(|policy| failing.map(|mishaps| (policy, mishaps)));
    let count = all.map(|(policy, mishaps)| gated(policy, 0, mishaps)).sum();
    tell("roll with gates, hooks and every policy, failing", count);
}

#[test]
fn a_roll_whose_bake_or_rollback_fails_and_that_is_killed_at_any_fact() {
    let mut count: usize = POLICIES.map(|policy| gated(policy, 0, Mishaps::FLAPS)).iter().sum();
    for fails in [&[Work::Deploy, Work::Rollback][..], &[Work::Verify, Work::Rollback]] {
        count += gated(OnFailure::Rollback, 0, Mishaps::of(fails));
    }
    tell("roll with a failing bake or rollback", count);
}

#[test]
fn a_roll_that_goes_on_after_a_failure_and_is_killed_at_any_fact() {
    let fails = Mishaps::of(&[Work::Verify]);
    let count = gated(OnFailure::Rollback, 1, fails.at_first())
        + gated(OnFailure::Return, 1, Mishaps::FLAPS.at_first())
        + gated(OnFailure::Rollback, 1, fails);
    tell("roll that may fail once", count);
}
