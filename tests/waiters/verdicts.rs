//! On any one answer, whatever is known beside it, the two verdicts and AWS's acceptors agree or
//! differ in a way that has a name.

use std::time::Duration;

use elb_deploy::rollout::{Drain, Health, Join, Registration, drained, in_service};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::answer::{Answer, Asked, Goal, place};
use crate::difference::{Both, Seen, ours};
use crate::strategies::said;

/// A registration that is waited for.
#[derive(Debug, Clone)]
struct Waited {
    health: Health,
    drain: Drain,
    join: Join,
    /// It stands in no answer: an answer can be stale.
    left_out: bool,
}

fn seconds(most: u64) -> impl Strategy<Value = Duration> {
    prop_oneof![(0..=most).prop_map(Duration::from_secs), Just(Duration::ZERO)]
}

fn drain() -> impl Strategy<Value = Drain> {
    let seen = (option::of(seconds(40)), any::<bool>(), prop::bool::weighted(0.2));
    (seconds(200), seconds(120), seen).prop_map(
        |(elapsed, settle, (staying, seen_leaving, only_elsewhere))| Drain {
            elapsed,
            settle,
            staying,
            seen_leaving,
            only_elsewhere,
        },
    )
}

fn join() -> impl Strategy<Value = Join> {
    let all = (seconds(400), seconds(60), seconds(300));
    all.prop_map(|(standing, warm_up, drain_first)| Join {
        standing,
        doubted: false,
        warm_up,
        drain_first,
    })
}

fn waited() -> impl Strategy<Value = Waited> {
    (said(), drain(), join(), prop::bool::weighted(0.1))
        .prop_map(|(health, drain, join, left_out)| Waited { health, drain, join, left_out })
}

/// What AWS's waiter is answered: asked by name of just these, or of all that is registered.
fn answer(asked: Asked, waited: &[Waited], others: &[Health]) -> Answer {
    let lines = |healths: Vec<&Health>, from: usize| {
        let line = |(number, health): (usize, &Health)| (place(from + number), health.clone());
        healths.into_iter().enumerate().map(line).collect::<Vec<_>>()
    };
    let named = waited.iter().filter(|each| !each.left_out).map(|each| &each.health);
    let mut told: Vec<(Registration, Health)> = lines(named.collect(), 0);
    if asked == Asked::WholeGroup {
        told.extend(lines(others.iter().collect(), waited.len()));
        told.retain(|(_, health)| !health.is_not_registered());
    }
    Answer::Told(told)
}

fn seen(goal: Goal, waited: &Waited) -> Seen {
    let said = (!waited.left_out).then(|| waited.health.clone());
    let health = said.clone().unwrap_or_else(Health::not_registered);
    let verdict = match goal {
        Goal::Deregistered => drained(&health, &waited.drain),
        Goal::InService => in_service(&health, &waited.join),
    };
    Seen { said, verdict }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn on_any_one_answer_every_difference_has_a_name(
        deregistered in any::<bool>(),
        by_name in any::<bool>(),
        poll in 0_usize..40,
        waited in vec(waited(), 1..=3),
        others in vec(said(), 0..=3),
    ) {
        let goal = if deregistered { Goal::Deregistered } else { Goal::InService };
        let asked = if by_name { Asked::ByName } else { Asked::WholeGroup };
        let seen: Vec<_> = waited.iter().map(|each| seen(goal, each)).collect();
        let answer = answer(asked, &waited, &others);
        let ours = ours(&seen);
        let difference = Both { goal, asked, poll, answer, seen, ours }.difference();
        prop_assert!(difference.is_ok(), "{}", difference.unwrap_err());
    }
}
