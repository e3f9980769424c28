//! Random fleets, bounds and mishaps: whatever happens, the invariants hold.
//!
//! What is drawn is printed when it fails; the seed goes to `proptest-regressions` and is tried
//! first the next time.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::super::{Act, Before, Flip, Gates, Hook, OnFailure, Outcome, Plan, Refusal, Share};
use super::IN_PLACE;
use super::play::Play;
use super::script::{Broken, Extras, Flap, Flipping, Member, PORTS, Script};

fn a_share() -> impl Strategy<Value = Share> {
    prop_oneof![
        3 => (0_usize..6).prop_map(Share::Count),
        2 => (0_u8..=100).prop_map(Share::Percent),
    ]
}

fn members(groups: usize) -> impl Strategy<Value = Vec<Member>> {
    let of = proptest::sample::subsequence((0..groups).collect::<Vec<_>>(), 1..=groups);
    let member = (of, prop::bool::weighted(0.2), prop::bool::weighted(0.2));
    let member = member.prop_map(|(groups, two_ports, ill)| Member { groups, two_ports, ill });
    vec(member, 1..=12)
}

/// Short, or longer than any wait and than the patience of a run.
fn a_while() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 1_u64..60, 1 => Just(800)]
}

fn flaps(targets: usize) -> impl Strategy<Value = Vec<Flap>> {
    let port = option::weighted(0.5, proptest::sample::select(&[PORTS.blue, PORTS.green][..]));
    let flap = (1_u64..200, 0..targets, port, a_while())
        .prop_map(|(second, target, port, lasts)| Flap { second, target, port, lasts });
    vec(flap, 0..=8)
}

pub(super) fn broken(targets: usize) -> impl Strategy<Value = Broken> {
    broken_at(targets, IN_PLACE.iter().map(|step| step.act).collect())
}

fn broken_at(targets: usize, acts: Vec<Act>) -> impl Strategy<Value = Broken> {
    (0..targets, proptest::sample::select(acts), any::<bool>())
        .prop_map(|(target, act, acts_before)| Broken { target, act, acts_before })
}

/// A fleet with bounds, in which nothing goes wrong.
pub(super) fn calm_fleet() -> impl Strategy<Value = Script> {
    let fleet = (1_usize..=3).prop_flat_map(|groups| (Just(groups), members(groups)));
    let away = prop_oneof![2 => Just(0), 1 => 1_usize..6];
    let drawn = (fleet, any::<u64>(), a_share(), a_share(), away).prop_map(
        |((groups, members), seed, batch, floor, away)| Script {
            seed,
            groups,
            members,
            away,
            batch,
            floor,
            ..Script::calm(0, 1)
        },
    );
    drawn.prop_flat_map(|fleet| {
        let all: Vec<_> = (0..fleet.members.len()).collect();
        let as_given = option::weighted(0.3, Just(all).prop_shuffle());
        (Just(fleet), as_given).prop_map(|(fleet, as_given)| Script { as_given, ..fleet })
    })
}

/// From which ports a fleet of so many flips: each target from its own; or all from the blue one, with
/// some registered on both; or nobody is registered yet.
fn flipping(members: usize) -> impl Strategy<Value = Flipping> {
    let (blue, green) = (PORTS.blue, PORTS.green);
    let of = |one: Vec<Vec<u16>>, from| (vec(proptest::sample::select(one), members), Just(from));
    let ports = prop_oneof![
        4 => of(vec![vec![blue], vec![green]], None),
        1 => of(vec![vec![blue], vec![blue, green]], Some(Before::Port(blue))),
        1 => of(vec![vec![]], Some(Before::Nothing)),
    ];
    let (starts, stops) = (prop::bool::weighted(0.8), prop::bool::weighted(0.8));
    (ports, starts, stops).prop_map(|((ports, from), starts, stops)| {
        let flip = Flip { starts, stops, ..Flip::default() };
        Flipping { flip, from, ports }
    })
}

/// This fleet, as one that flips.
fn flips(script: Script) -> impl Strategy<Value = Script> {
    let flipping = flipping(script.members.len());
    (Just(script), flipping)
        .prop_map(|(script, flipping)| Script { flipping: Some(flipping), ..script })
}

/// Everything that can be asked of a flip, and everything that can go wrong.
fn wild_flip() -> impl Strategy<Value = Script> {
    let script = (any_script(), extras()).prop_flat_map(|(script, extras)| {
        let broken = vec(broken_beside(script.members.len()), 0..=3);
        (Just(script), Just(extras), broken).prop_map(|(script, extras, broken)| Script {
            broken,
            extras,
            ..script
        })
    });
    script.prop_flat_map(flips)
}

/// Steps of a flip fail, those included that undo something.
fn broken_beside(targets: usize) -> impl Strategy<Value = Broken> {
    let acts = [Act::Start, Act::AwaitReady, Act::Register, Act::AwaitInService, Act::Verify];
    let acts = acts.into_iter().chain([Act::Bake, Act::Deregister, Act::AwaitDrained, Act::Stop]);
    broken_at(targets, acts.collect())
}

fn any_script() -> impl Strategy<Value = Script> {
    calm_fleet().prop_flat_map(|fleet| {
        let targets = fleet.members.len();
        let mishaps = (
            vec(broken(targets), 0..=2),
            flaps(targets),
            vec((0..targets, a_while()), 0..=2),
            vec(1_u64..150, 0..=3),
            option::weighted(0.3, 1_u64..100),
        );
        (Just(fleet), mishaps).prop_map(|(fleet, (broken, flaps, meddling, crashes, interrupt))| {
            Script { broken, flaps, meddling, crashes, interrupt, ..fleet }
        })
    })
}

fn extras() -> impl Strategy<Value = Extras> {
    let gates = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let gates = gates.prop_map(|(ready, verify, bakes, before_batch, after_batch)| {
        let bake = std::time::Duration::from_secs(if bakes { 5 } else { 0 });
        Gates { ready, verify, bake, before_batch, after_batch }
    });
    let on_failure =
        proptest::sample::select(vec![OnFailure::Hold, OnFailure::Rollback, OnFailure::Return]);
    let hook = proptest::sample::select(vec![Hook::BeforeBatch, Hook::AfterBatch]);
    let bad_hooks = vec((hook, 1_usize..5), 0..=1);
    let zone_floor = prop::bool::weighted(0.3);
    (any::<bool>(), gates, on_failure, 0_usize..=2, zone_floor, bad_hooks).prop_map(
        |(canary, gates, on_failure, max_failures, zone_floor, bad_hooks)| Extras {
            canary,
            gates,
            on_failure,
            max_failures,
            zone_floor,
            bad_hooks,
        },
    )
}

/// Steps of every kind fail, those included that undo something.
fn broken_anywhere(targets: usize) -> impl Strategy<Value = Broken> {
    let acts = [Act::AwaitReady, Act::Verify, Act::Bake, Act::Rollback];
    broken_at(targets, IN_PLACE.iter().map(|step| step.act).chain(acts).collect())
}

/// Everything that can be asked for, and everything that can go wrong.
pub(super) fn wild_script() -> impl Strategy<Value = Script> {
    (any_script(), extras()).prop_flat_map(|(script, extras)| {
        let broken = vec(broken_anywhere(script.members.len()), 0..=3);
        (Just(script), Just(extras), broken).prop_map(|(script, extras, broken)| Script {
            broken,
            extras,
            ..script
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// With gates, hooks, policies for failures and floors in zones, and steps that fail wherever
    /// they can, those that undo a failure included.
    #[test]
    fn whatever_is_asked_for_and_goes_wrong_the_invariants_hold_and_the_run_ends(
        script in wild_script(),
    ) {
        if let Ok(plan) = script.plan() {
            Play::of(&script, plan).finish();
        }
    }

    /// What fails, fails each time; the play holds the same of every try.
    #[test]
    fn a_run_that_is_taken_up_again_and_again_comes_to_rest_each_time(
        script in wild_script(),
    ) {
        if let Ok(plan) = script.plan() {
            let mut play = Play::of(&script, plan);
            for _ in 0..3 {
                if play.finish() == Outcome::Done {
                    break;
                }
                play.crash();
            }
        }
    }

    /// The play itself holds that who served is never out, that a port is left only once the other
    /// one serves, that nothing is stopped under traffic, and that each target ends on one port.
    #[test]
    fn whatever_is_asked_of_a_flip_and_goes_wrong_somebody_serves_and_it_ends(
        script in wild_flip(),
    ) {
        if let Ok(plan) = script.plan() {
            Play::of(&script, plan).finish();
        }
    }

    #[test]
    fn a_flip_that_is_taken_up_again_and_again_comes_to_rest_each_time(
        script in wild_flip(),
    ) {
        if let Ok(plan) = script.plan() {
            let mut play = Play::of(&script, plan);
            for _ in 0..3 {
                if play.finish() == Outcome::Done {
                    break;
                }
                play.crash();
            }
        }
    }

    #[test]
    fn a_flip_goes_through_when_nothing_goes_wrong_but_crashes(
        fleet in calm_fleet().prop_flat_map(flips),
        extras in extras(),
        crashes in vec(1_u64..200, 0..=4),
    ) {
        let extras = Extras { bad_hooks: Vec::new(), ..extras };
        let mut script = Script { extras, crashes, ..fleet };
        // Where the port that is said to be live does not serve, taking the other one out waits for others.
        let is_said = script.flipping.iter().any(|flipping| flipping.from.is_some());
        script.members.iter_mut().for_each(|member| member.ill &= !is_said);
        if let Ok(plan) = script.plan() {
            let outcome = Play::of(&script, plan).finish();
            prop_assert_eq!(outcome, Outcome::Done);
        }
    }

    #[test]
    fn targets_that_are_named_in_an_order_go_in_that_order(script in wild_script()) {
        if let (Some(given), Ok(plan)) = (&script.as_given, script.plan()) {
            let order: Vec<_> = plan.targets().map(|target| target.id.clone()).collect();
            let given: Vec<_> = given.iter().map(|index| super::script::name(*index)).collect();
            prop_assert_eq!(order, given);
        }
    }

    #[test]
    fn with_every_gate_a_run_goes_through_when_nothing_goes_wrong(
        fleet in calm_fleet(),
        extras in extras(),
    ) {
        let script = Script { extras: Extras { bad_hooks: Vec::new(), ..extras }, ..fleet };
        if let Ok(plan) = script.plan() {
            let outcome = Play::of(&script, plan).finish();
            prop_assert_eq!(outcome, Outcome::Done);
        }
    }

    /// The play itself holds that the floor is kept, that nobody is deployed while it serves,
    /// that nothing is taken out after a halt, and that every target is accounted for.
    #[test]
    fn whatever_goes_wrong_the_invariants_hold_and_the_run_ends(script in any_script()) {
        if let Ok(plan) = script.plan() {
            Play::of(&script, plan).finish();
        }
    }

    #[test]
    fn a_plan_that_is_not_refused_goes_through_when_nothing_goes_wrong(script in calm_fleet()) {
        if let Ok(plan) = script.plan() {
            let outcome = Play::of(&script, plan).finish();
            prop_assert_eq!(outcome, Outcome::Done);
        }
    }

    #[test]
    fn crashes_alone_never_keep_a_run_from_its_end(
        fleet in calm_fleet(),
        crashes in vec(1_u64..200, 1..=6),
    ) {
        let script = Script { crashes, ..fleet };
        if let Ok(plan) = script.plan() {
            let outcome = Play::of(&script, plan).finish();
            prop_assert_eq!(outcome, Outcome::Done);
        }
    }

    /// Each run knows of the ones before it only what they hold out.
    #[test]
    fn however_many_drains_came_before_a_share_of_the_whole_group_stays_in_service(
        size in 1_usize..=20,
        percent in 1_u8..=100,
        batch in 1_usize..=5,
    ) {
        let ids: Vec<_> = (0..size).map(|index| super::script::name(index).to_string()).collect();
        let fewest = (size * usize::from(percent)).div_ceil(100);
        let policy = super::bounds(Share::Count(batch), Share::Percent(percent));
        let plan = |out: &[String], target: Option<&String>| {
            let left = ids.iter().filter(|id| !out.contains(id));
            let left: Vec<_> = left.map(|id| (id.as_str(), super::Health::healthy())).collect();
            let away = out.iter().map(|id| super::place("web", id, 80)).collect();
            let targets = target.map(|id| super::id(id)).into_iter().collect();
            let request = super::request(&["web"], policy.clone());
            let request = super::Request { targets, away, ..request };
            let seen = super::web(super::at(0), &left);
            if target.is_some() { Plan::drain(request, &seen) } else { Plan::in_place(request, &seen) }
        };
        let mut out = Vec::new();
        for id in &ids {
            if let Ok(roll) = plan(&out, None) {
                let taken = roll.batches.iter().map(Vec::len).max().unwrap_or_default();
                prop_assert!(size - out.len() - taken >= fewest, "a roll after {:?}", out);
            }
            if plan(&out, Some(id)).is_ok() {
                out.push(id.clone());
            }
        }
        prop_assert_eq!(size - out.len(), fewest, "so many are drained, and no more");
    }

    #[test]
    fn a_plan_takes_every_target_once_and_is_refused_for_a_reason(script in calm_fleet()) {
        match script.plan() {
            Ok(plan) => {
                let mut ids: Vec<_> = plan.targets().map(|target| &target.id).collect();
                ids.sort();
                let all: Vec<_> = (0..script.members.len()).map(super::script::name).collect();
                prop_assert_eq!(ids, all.iter().collect::<Vec<_>>());
                let size = script.batch.at_most(all.len());
                prop_assert!(plan.batches.iter().all(|batch| (1..=size).contains(&batch.len())));
            }
            Err(refusals) => {
                let known = |refusal: &Refusal| {
                    matches!(
                        refusal,
                        Refusal::Empty { .. }
                            | Refusal::EmptyBatch { .. }
                            | Refusal::FloorAboveSize { .. }
                            | Refusal::BelowFloor { .. }
                    )
                };
                prop_assert!(!refusals.is_empty() && refusals.iter().all(known), "{:?}", refusals);
            }
        }
    }
}

/// So that the properties are not held by refusing everything.
#[test]
fn a_good_part_of_the_random_plans_is_not_refused() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut drawn = || any_script().new_tree(&mut runner).expect("a script").current();
    let planned = (0..200).filter(|_| drawn().plan().is_ok()).count();
    assert!(planned >= 50, "only {planned} of 200");
    let mut drawn = || wild_flip().new_tree(&mut runner).expect("a script").current();
    let planned = (0..200).filter(|_| drawn().plan().is_ok()).count();
    assert!(planned >= 50, "only {planned} flips of 200");
}
