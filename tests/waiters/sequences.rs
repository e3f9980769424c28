//! The real wait, in paused time, beside the model of AWS's waiter, through the same sequences of
//! answers: where the first of the two ends, they agree or differ in a way that has a name.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use elb_deploy::balancer::Balancer;
use elb_deploy::clock::Clock;
use elb_deploy::pace::Pace;
use elb_deploy::rollout::{Began, Goal as Until, Health, Moment, Registration, Sighting};
use elb_deploy::watch::{Spread, Wait, Watch};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use tokio::time::{Instant, sleep_until};

use crate::answer::{Asked, Goal, Refused, place};
use crate::aws::Outcome;
use crate::difference::{Both, Difference, Seen};
use crate::strategies::{draining, paused, refused, said, shifted};
use crate::world::{Entry, Scene, World};

/// Longer than the pauses of our schedule in the first minutes, so that ours looks at each scene;
/// AWS's waiter polls each once.
const SCENE: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_secs(24 * 3600);

/// A wait, and the group through it.
#[derive(Debug, Clone)]
struct Play {
    goal: Goal,
    asked: Asked,
    is_called: bool,
    /// Settle of a drain, or slow start.
    least: Duration,
    waited: usize,
    scenes: Vec<Scene>,
}

/// How our wait stood at the end of a scene.
#[derive(Debug, Clone)]
struct Stand {
    outcome: Outcome,
    seen: Vec<Sighting>,
}

impl Play {
    fn places(&self) -> Vec<Registration> {
        (0..self.waited).map(place).collect()
    }

    fn wait(&self) -> Wait {
        let goal = match self.goal {
            // A delay would let ours sleep through scenes that no real drain has.
            Goal::Deregistered => Until::Drained { settle: self.least, delay: Duration::ZERO },
            Goal::InService => {
                Until::InService { warm_up: self.least, drain_first: Duration::ZERO }
            }
        };
        let start = Moment::from_millis(0);
        Wait {
            group: place(0).group,
            registrations: self.places(),
            everywhere: Vec::new(),
            guarded: Vec::new(),
            goal,
            began: if self.is_called { Began::Called(start) } else { Began::Unknown(start) },
            expected: Duration::ZERO,
            deadline: LONG,
        }
    }

    /// Our side, scene by scene, until it ends.
    async fn ours(&self) -> Vec<Stand> {
        let world = Arc::new(World::new(self.scenes.clone(), SCENE));
        let end = Instant::now() + SCENE * u32::try_from(self.scenes.len()).unwrap();
        let clock = Clock::starting_at(Moment::from_millis(0));
        let balancer: Arc<dyn Balancer> = Arc::<World>::clone(&world);
        let watch = Watch::new(balancer, clock, Arc::new(Pace::of_looks()), Spread::none());
        let looks: Mutex<Vec<(usize, Vec<Sighting>)>> = Mutex::default();
        let wait = self.wait();
        let on_look =
            |seen: &[Sighting]| looks.lock().unwrap().push((world.scene(), seen.to_vec()));
        let ended = tokio::select! {
            ended = watch.until(&wait, on_look) => Some((world.scene(), ended)),
            () = sleep_until(end) => None,
        };
        let looks = looks.into_inner().unwrap();
        let last = ended.as_ref().map_or(self.scenes.len() - 1, |(scene, _)| *scene);
        let stand = |scene: usize| {
            let seen = looks.iter().rev().find(|(at, _)| *at <= scene);
            let seen = seen.map(|(_, seen)| seen.clone()).unwrap_or_default();
            let outcome = match &ended {
                Some((at, Ok(_))) if *at == scene => Outcome::Reached,
                Some((at, Err(_))) if *at == scene => Outcome::Failed,
                _ => Outcome::NotYet,
            };
            Stand { outcome, seen }
        };
        (0..=last).map(stand).collect()
    }

    /// What the two make of the scene in which the first of them ends; `None` if neither does.
    fn end(&self) -> Option<Both> {
        let stands = paused(self.ours());
        let both = stands.into_iter().enumerate().map(|(poll, stand)| {
            let scene = &self.scenes[poll];
            let seen = |sighting: Sighting| {
                let left_out =
                    scene.entries.iter().any(|each| each.left_out && each.place == sighting.place);
                Seen { said: (!left_out).then_some(sighting.health), verdict: sighting.verdict }
            };
            let answer = scene.answer(self.asked, &self.places());
            let (goal, asked, ours) = (self.goal, self.asked, stand.outcome);
            Both {
                goal,
                asked,
                poll,
                answer,
                seen: stand.seen.into_iter().map(seen).collect(),
                ours,
            }
        });
        both.into_iter()
            .find(|both| both.ours != Outcome::NotYet || both.theirs() != Outcome::NotYet)
    }
}

fn entry(number: usize) -> impl Strategy<Value = Entry> {
    (said(), prop::bool::weighted(0.05))
        .prop_map(move |(health, left_out)| Entry { left_out, ..Entry::of(number, health) })
}

/// The first of those waited for, with another port.
fn elsewhere() -> Entry {
    let place = Registration { port: 8080, ..place(0) };
    Entry { place, ..Entry::of(0, Health::healthy()) }
}

/// As a drain or a start goes when nothing is odd, so that plays get beyond their first scene.
fn usual(goal: Goal) -> impl Strategy<Value = Health> {
    match goal {
        Goal::Deregistered => prop_oneof![3 => Just(draining()), 1 => said()].boxed(),
        Goal::InService => {
            let initial = Health::of("initial".to_owned().into(), None);
            let unhealthy = Health::of("unhealthy".to_owned().into(), None);
            prop_oneof![2 => Just(initial), 2 => Just(unhealthy), 1 => Just(shifted()), 1 => said()]
                .boxed()
        }
    }
}

fn scene(goal: Goal, waited: usize, others: usize) -> impl Strategy<Value = Scene> {
    let odd = (0..waited + others).map(entry).collect::<Vec<_>>();
    let usual = (0..waited + others)
        .map(|number| usual(goal).prop_map(move |health| Entry::of(number, health)))
        .collect::<Vec<_>>();
    let entries = prop_oneof![1 => odd, 2 => usual];
    let told = (entries, prop::bool::weighted(0.1)).prop_map(|(mut entries, trap)| {
        entries.extend(trap.then(elsewhere));
        Scene::of(entries)
    });
    prop_oneof![14 => told, 1 => refused().prop_map(Scene::refused)]
}

fn play() -> impl Strategy<Value = Play> {
    let goal = prop_oneof![Just(Goal::Deregistered), Just(Goal::InService)];
    let asked = prop_oneof![2 => Just(Asked::ByName), 1 => Just(Asked::WholeGroup)];
    (goal, asked, 1_usize..=3, 0_usize..=2).prop_flat_map(|(goal, asked, waited, others)| {
        let scenes = vec(scene(goal, waited, others), 1..=7);
        (scenes, any::<bool>(), 0_u64..=20).prop_map(move |(scenes, is_called, least)| {
            let least = Duration::from_secs(least);
            Play { goal, asked, is_called, least, waited, scenes }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn through_any_answers_the_first_to_end_agrees_with_the_other_or_differs_by_name(play in play()) {
        if let Some(both) = play.end() {
            let difference = both.difference();
            prop_assert!(difference.is_ok(), "{}", difference.unwrap_err());
        }
    }
}

fn lone(goal: Goal, healths: &[Health]) -> Play {
    let scenes = healths.iter().map(|health| Scene::of(vec![Entry::of(0, health.clone())]));
    Play {
        goal,
        asked: Asked::ByName,
        is_called: true,
        least: Duration::ZERO,
        waited: 1,
        scenes: scenes.collect(),
    }
}

fn difference(play: &Play) -> Option<Difference> {
    let both = play.end().expect("neither ends");
    both.difference().unwrap()
}

#[test]
fn on_a_plain_drain_and_a_plain_start_both_end_together() {
    let drain = lone(Goal::Deregistered, &[draining(), draining(), Health::not_registered()]);
    let both = drain.end().unwrap();
    assert_eq!((both.poll, both.ours, both.theirs()), (2, Outcome::Reached, Outcome::Reached));
    let initial = Health::of("initial".to_owned().into(), None);
    let start = lone(Goal::InService, &[initial.clone(), initial, Health::healthy()]);
    let both = start.end().unwrap();
    assert_eq!((both.poll, both.ours, both.theirs()), (2, Outcome::Reached, Outcome::Reached));
}

/// Each difference that the real wait can show within a few scenes; the others are in `examples`.
#[test]
fn the_real_wait_shows_the_named_differences() {
    let gone = Health::not_registered;
    let idle = || Health::of("unused".to_owned().into(), Some("Target.NotInUse".to_owned().into()));
    let plain = |goal, healths: &[Health]| lone(goal, healths);
    let settling =
        Play { least: SCENE * 2, ..plain(Goal::Deregistered, &[gone(), gone(), gone()]) };
    let trap = Play {
        is_called: false,
        scenes: vec![Scene::of(vec![Entry::of(0, gone()), elsewhere()])],
        ..plain(Goal::Deregistered, &[])
    };
    let whole = |others: &[Health]| {
        let healths = [gone()].into_iter().chain(others.iter().cloned());
        let entries = healths.enumerate().map(|(number, health)| Entry::of(number, health));
        let scenes = vec![Scene::of(entries.collect())];
        Play { asked: Asked::WholeGroup, scenes, ..plain(Goal::Deregistered, &[]) }
    };
    let throttled = Play {
        scenes: vec![Scene::refused(Refused::Throttling), Scene::of(vec![Entry::of(0, gone())])],
        ..plain(Goal::Deregistered, &[])
    };
    let slow = Play {
        least: SCENE * 2,
        ..plain(Goal::InService, &[Health::healthy(), Health::healthy()])
    };
    let rows = [
        (plain(Goal::Deregistered, &[draining(), idle()]), Difference::UnusedButRegistered),
        (settling, Difference::SettleNotPassed),
        (trap, Difference::WrongPort),
        (plain(Goal::InService, &[shifted()]), Difference::AdministrativeOverride),
        (slow, Difference::SlowStart),
        (whole(&[Health::healthy()]), Difference::ForeignTarget),
        (whole(&[]), Difference::EmptyList),
        (plain(Goal::InService, &[idle()]), Difference::FailsFast),
        (throttled, Difference::ErrorEndsTheirs),
        (plain(Goal::Deregistered, &vec![draining(); 45]), Difference::TenMinutes),
    ];
    for (play, name) in rows {
        assert_eq!(difference(&play), Some(name), "{play:#?}");
    }
}

/// Or else the property could be true because nothing ever ends, or ends in the first scene.
#[test]
fn the_plays_that_are_drawn_differ_in_most_of_the_named_ways_and_last() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut names, mut agreed, mut later) = (BTreeSet::new(), 0, 0);
    for _ in 0..600 {
        let play = play().new_tree(&mut runner).unwrap().current();
        let Some(both) = play.end() else { continue };
        match both.difference().unwrap() {
            Some(name) => _ = names.insert(name),
            None => agreed += 1,
        }
        later += usize::from(both.poll > 0);
    }
    assert!(names.len() >= 10, "{names:?}");
    assert!(agreed >= 60 && later >= 120, "{agreed} agreed, {later} ended later");
}
