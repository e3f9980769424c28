//! A flip on its way: somebody serves at every step, what serves is needed until the other release does,
//! what becomes of a failure, and what else is registered is left alone.

use super::super::{Before, Flip, Gates, OnFailure, Outcome, Refusal, Side};
use super::flip::{GATES, healthy, turn, web};
use super::{
    Act, Fact, Failure, Health, Plan, Policy, Registration, Rollout, Snapshot, Step, apply, at,
    dated, failed, finished, go_through, held_out, id, interrupted, place, request, seconds, seen,
    started, starts, unhealthy,
};

pub(super) fn until(rollout: &mut Rollout, act: Act) {
    loop {
        let step = rollout.progress(&id("i-1")).unwrap().step().expect("a step");
        apply(rollout, 1, &[started("i-1", step)]);
        if step.act == act && step.side == side_of(act) {
            return;
        }
        apply(rollout, 1, &[finished("i-1", step)]);
    }
}

fn side_of(act: Act) -> Side {
    match act {
        Act::Deregister | Act::AwaitDrained | Act::StandBy | Act::Stop => Side::Old,
        _ => Side::New,
    }
}

/// A run over the only instance of a group.
pub(super) fn flip(on_failure: OnFailure, gates: Gates, flip: Flip) -> Rollout {
    let mut request = request(&["web"], Policy { gates, on_failure, flip, ..Policy::default() });
    request.targets = vec![id("i-1")];
    let plan = Plan::flip(request, turn(None), &seen(at(0), &healthy(&[web(8081)])));
    Rollout::new(plan.expect("a plan"), at(0))
}

fn plain() -> Rollout {
    flip(OnFailure::Hold, Gates::default(), Flip::default())
}

const STEPS: [Step; 6] = [
    Step::new(Act::Start),
    Step::new(Act::Register),
    Step::new(Act::AwaitInService),
    Step::old(Act::Deregister),
    Step::old(Act::AwaitDrained),
    Step::old(Act::Stop),
];

/// What a look says before the step with this index.
fn look(index: usize) -> Snapshot {
    let mut places = Vec::new();
    if index <= 4 {
        places.push(web(8081));
    }
    if index >= 2 {
        places.push(web(8082));
    }
    seen(at(index as u64), &healthy(&places))
}

#[test]
fn a_flip_goes_from_step_to_step_and_never_holds_its_target_out() {
    let mut rollout = plain();
    for (index, step) in STEPS.iter().enumerate() {
        let second = index as u64;
        let next = rollout.next(&look(index), at(second));
        assert_eq!(next.start, [(id("i-1"), *step)], "{:?}", next.hold);
        apply(&mut rollout, second, &[started("i-1", *step)]);
        assert_eq!(held_out(&rollout), [""; 0], "while it does {step}");
        apply(&mut rollout, second, &[finished("i-1", *step)]);
        assert_eq!(held_out(&rollout), [""; 0], "after {step}");
    }
    assert_eq!(rollout.outcome(), Some(Outcome::Done));
}

#[test]
fn what_a_flip_leaves_out_is_said_by_its_policy() {
    let acts = |flip: Flip| -> Vec<Act> {
        self::flip(OnFailure::Hold, GATES, flip).plan().steps().iter().map(|it| it.act).collect()
    };
    let all = acts(Flip::default());
    assert_eq!(all[..2], [Act::Start, Act::AwaitReady]);
    assert_eq!(all[3..6], [Act::AwaitInService, Act::Verify, Act::Bake]);
    assert_eq!(all.last(), Some(&Act::Stop));
    let kept = acts(Flip { stops: false, ..Flip::default() });
    assert_eq!(kept[..kept.len() - 1], all[..all.len() - 1]);
    assert_eq!(
        kept.last(),
        Some(&Act::StandBy),
        "the last thing is to see that the new one serves"
    );
    assert_eq!(acts(Flip { starts: false, ..Flip::default() }), all[1..]);
}

#[test]
fn a_flip_that_is_cut_anywhere_holds_nothing_out_and_goes_on_where_it_was() {
    for (index, step) in STEPS.iter().enumerate() {
        let mut rollout = plain();
        go_through(&mut rollout, 1, "i-1", &STEPS[..index]);
        apply(&mut rollout, 2, &[started("i-1", *step), Fact::Resumed { by: None }]);
        assert_eq!(held_out(&rollout), [""; 0], "{step}");
        assert_eq!(starts(&rollout, &look(index), index as u64), [("i-1".to_owned(), *step)]);
    }
}

#[test]
fn what_failed_is_undone_by_the_policy_and_nothing_is_ever_out() {
    use Act::{
        AwaitDrained, AwaitInService, AwaitReady, Bake, Deregister, Register, Start, Stop, Verify,
    };
    let out = &[Deregister, AwaitDrained][..];
    let stopped = &[Deregister, AwaitDrained, Stop][..];
    let rows = [
        (Start, &[Stop][..], &[Stop][..]),
        (AwaitReady, &[Stop], &[Stop]),
        (Register, stopped, stopped),
        (AwaitInService, stopped, stopped),
        (Verify, out, stopped),
        (Bake, out, stopped),
        (Deregister, &[], &[]),
        (AwaitDrained, &[], &[]),
        (Stop, &[], &[]),
    ];
    for (act, hold, rollback) in rows {
        for (policy, expected) in [(OnFailure::Hold, hold), (OnFailure::Rollback, rollback)] {
            for starts in [true, false] {
                if act == Start && !starts {
                    continue;
                }
                let mut rollout = flip(policy, GATES, Flip { starts, ..Flip::default() });
                until(&mut rollout, act);
                let step = Step { act, side: side_of(act), undo: false };
                apply(&mut rollout, 2, &[failed("i-1", step, true)]);
                let mut undone = Vec::new();
                while let Some(step) = next_undo(&rollout) {
                    assert_eq!(step.side, Side::New, "what serves is left alone");
                    assert_eq!(held_out(&rollout), [""; 0], "{policy:?} at {act:?}");
                    apply(&mut rollout, 3, &[started("i-1", step), finished("i-1", step)]);
                    undone.push(step.act);
                }
                let expected: Vec<_> =
                    expected.iter().copied().filter(|it| starts || *it != Stop).collect();
                assert_eq!(undone, expected, "{policy:?} at {act:?}, starts: {starts}");
                let outcome = Outcome::Halted { held_out: vec![], interrupted: None };
                assert_eq!(rollout.outcome(), Some(outcome), "{policy:?} at {act:?}");
            }
        }
    }
}

fn next_undo(rollout: &Rollout) -> Option<Step> {
    rollout.progress(&id("i-1")).unwrap().step().filter(|step| step.undo)
}

#[test]
fn where_the_old_port_stays_because_its_deregister_never_acted_the_new_one_goes() {
    let mut rollout = plain();
    go_through(&mut rollout, 1, "i-1", &STEPS[..3]);
    apply(&mut rollout, 2, &[started("i-1", STEPS[3]), failed("i-1", STEPS[3], false)]);
    assert_eq!(next_undo(&rollout).map(|step| step.act), Some(Act::Deregister));
    // It may have acted the first time.
    let mut rollout = plain();
    go_through(&mut rollout, 1, "i-1", &STEPS[..3]);
    let again = [started("i-1", STEPS[3]), failed("i-1", STEPS[3], true)];
    apply(&mut rollout, 2, &again);
    apply(&mut rollout, 3, &[Fact::Resumed { by: None }, started("i-1", STEPS[3])]);
    apply(&mut rollout, 4, &[failed("i-1", STEPS[3], false)]);
    assert_eq!(next_undo(&rollout), None, "the new one serves, and the old one may not");
}

#[test]
fn a_flip_takes_the_old_port_out_only_while_the_new_one_serves_in_each_group() {
    let mut rollout = plain();
    go_through(&mut rollout, 1, "i-1", &STEPS[..3]);
    let new_is =
        |second, health| seen(at(second), &[(web(8081), Health::healthy()), (web(8082), health)]);
    let next = rollout.next(&new_is(1, unhealthy()), at(1));
    assert!(next.start.is_empty());
    assert!(next.hold.is_some_and(|why| why.contains("i-1:8082 in web is unhealthy")));
    assert_eq!(rollout.next(&new_is(1, Health::healthy()), at(1)).start.len(), 1);
    // It never comes back: the old one stays, and what was put in is taken out.
    let late = 1 + 11 * 60;
    let next = rollout.next(&new_is(late, unhealthy()), at(late));
    let (target, step, failure) = next.give_up.first().expect("what is given up").clone();
    apply(&mut rollout, late, &[Fact::Failed { target, step, failure }]);
    assert_eq!(next_undo(&rollout).map(|step| step.act), Some(Act::Deregister));
}

#[test]
fn one_signal_ends_a_flip_that_holds_for_the_new_port_and_leaves_the_old_one_alone() {
    let places = [(web(8081), Health::healthy()), (web(8082), unhealthy())];
    for on_failure in [OnFailure::Hold, OnFailure::Rollback] {
        let mut rollout = flip(on_failure, Gates::default(), Flip::default());
        go_through(&mut rollout, 1, "i-1", &STEPS[..3]);
        assert!(rollout.next(&seen(at(2), &places), at(2)).hold.is_some());
        apply(&mut rollout, 2, &[interrupted()]);
        let next = rollout.next(&seen(at(2), &places), at(2));
        assert_eq!(next.hold, None);
        let (target, step, failure) = next.give_up[0].clone();
        assert_eq!((step, failure.may_have_acted), (STEPS[3], false));
        apply(&mut rollout, 2, &[Fact::Failed { target, step, failure }]);
        for act in [Act::Deregister, Act::AwaitDrained, Act::Stop] {
            let step = Step::undo(act);
            let left = if act == Act::Stop { &places[..1] } else { &places };
            let due = [("i-1".to_owned(), step)];
            assert_eq!(starts(&rollout, &seen(at(3), left), 3), due);
            apply(&mut rollout, 3, &[started("i-1", step), finished("i-1", step)]);
        }
        let interrupted = Some("SIGTERM".to_owned());
        assert_eq!(rollout.outcome(), Some(Outcome::Halted { held_out: vec![], interrupted }));
    }
}

#[test]
fn a_flip_does_not_start_what_is_registered_meanwhile() {
    let rollout = plain();
    let next = rollout.next(&look(2), at(2));
    assert!(next.start.is_empty());
    assert!(next.hold.is_some_and(|why| why.contains("i-1:8082 in web was registered again")));
}

#[test]
fn what_is_stopped_gets_no_traffic() {
    let mut rollout = plain();
    go_through(&mut rollout, 1, "i-1", &STEPS[..5]);
    let back = seen(at(5), &healthy(&[web(8081), web(8082)]));
    assert_eq!(starts(&rollout, &back, 5), []);
    assert_eq!(starts(&rollout, &look(5), 5), [("i-1".to_owned(), STEPS[5])]);
}

#[test]
fn an_interrupted_flip_is_carried_to_its_end() {
    let mut rollout = plain();
    go_through(&mut rollout, 1, "i-1", &STEPS[..1]);
    apply(&mut rollout, 1, &[interrupted()]);
    for (index, step) in STEPS.iter().enumerate().skip(1) {
        assert_eq!(starts(&rollout, &look(index), index as u64), [("i-1".to_owned(), *step)]);
        go_through(&mut rollout, index as u64, "i-1", &[*step]);
    }
    assert_eq!(rollout.outcome(), Some(Outcome::Done));
}

#[test]
fn a_signal_ends_a_flip_that_only_leaves_the_old_port_running_and_no_other() {
    let kept = Flip { stop_after: seconds(60), ..Flip::default() };
    for flip in [kept, Flip { stops: false, ..Flip::default() }] {
        let mut rollout = self::flip(OnFailure::Hold, Gates::default(), flip.clone());
        for step in rollout.plan().steps() {
            for is_running in [false, true] {
                assert!(!rollout.only_stands_by(), "without a signal");
                let mut asked = rollout.clone();
                apply(&mut asked, 2, &[interrupted()]);
                let expected = step.act == Act::StandBy && flip.stops;
                assert_eq!(asked.only_stands_by(), expected, "at {step}");
                if !is_running {
                    apply(&mut rollout, 2, &[started("i-1", step)]);
                }
            }
            apply(&mut rollout, 2, &[finished("i-1", step)]);
        }
        assert_eq!(rollout.outcome(), Some(Outcome::Done));
    }
}

#[test]
fn the_time_that_the_old_port_is_left_running_is_foreseen() {
    let flip = Flip { stop_after: seconds(60), ..Flip::default() };
    let rollout = self::flip(OnFailure::Hold, Gates::default(), flip);
    let looks = look(0);
    let outlook = super::super::Outlook::of(rollout.plan(), &looks, None);
    let steps = &outlook.batches[0].steps;
    let last: Vec<_> = steps.iter().rev().map(|it| (it.step.act, it.takes)).take(2).collect();
    assert_eq!(last, [(Act::Stop, Some(seconds(0))), (Act::StandBy, Some(seconds(60)))]);
    assert!(outlook.least >= seconds(60));
    assert!(rollout.plan().expected_waits() >= seconds(60));
    assert_eq!(outlook.batches[0].during, outlook.before, "nobody is away meanwhile");
}

#[test]
fn a_failure_that_comes_after_the_flip_is_known_to_be_a_failure() {
    let mut rollout = plain();
    go_through(&mut rollout, 1, "i-1", &STEPS[..5]);
    apply(&mut rollout, 2, &[started("i-1", STEPS[5])]);
    let failure = Failure::new("stop it", None, true);
    let fact = Fact::Failed { target: id("i-1"), step: STEPS[5], failure };
    rollout.apply(&dated(3, fact)).expect("a legal failure");
    apply(&mut rollout, 4, &[Fact::Resumed { by: None }]);
    assert_eq!(starts(&rollout, &look(5), 5), [("i-1".to_owned(), STEPS[5])], "it is tried again");
}

fn plan(
    groups: &[&str],
    from: Option<Before>,
    places: &[(Registration, Health)],
) -> Result<Plan, Vec<Refusal>> {
    let mut request = request(groups, Policy::default());
    request.targets = vec![id("i-1")];
    Plan::flip(request, turn(from), &seen(at(0), places))
}

pub(super) fn run(places: &[(Registration, Health)]) -> Rollout {
    Rollout::new(plan(&["web"], None, places).expect("a plan"), at(0))
}

pub(super) fn before(rollout: &mut Rollout, step: Step) {
    while rollout.progress(&id("i-1")).unwrap().step() != Some(step) {
        let due = rollout.progress(&id("i-1")).unwrap().step().expect("a step");
        apply(rollout, 1, &[started("i-1", due), finished("i-1", due)]);
    }
}

#[test]
fn a_start_that_has_started_nothing_has_nothing_to_stop() {
    let mut rollout = run(&[(web(8081), Health::healthy())]);
    let start = Step::new(Act::Start);
    apply(&mut rollout, 1, &[started("i-1", start), failed("i-1", start, false)]);
    assert!(rollout.outcome().is_some(), "what holds the port is a stranger's");
}

#[test]
fn other_ports_of_the_target_are_nobodys_business() {
    let places = [web(8081), web(9000)].map(|place| (place, Health::healthy()));
    let rollout = run(&places);
    let next = rollout.next(&seen(at(1), &places), at(1));
    assert_eq!(next.start, [(id("i-1"), Step::new(Act::Start))], "{:?}", next.hold);
}

#[test]
fn groups_of_which_each_has_another_port_are_not_flipped_whatever_is_said() {
    let api = |port| place("api", "i-1", port);
    for there in [vec![web(8081), api(8082)], vec![web(8081), web(8082), api(8082)]] {
        let places: Vec<_> = there.into_iter().map(|place| (place, Health::healthy())).collect();
        let refused = plan(&["web", "api"], Some(Before::Port(8081)), &places);
        let refused = refused.expect_err("a refusal");
        let [Refusal::PortsDiffer { .. }] = &refused[..] else { panic!("{refused:?}") };
    }
}

#[test]
fn a_port_that_is_registered_in_some_of_the_groups_only_is_taken_out_of_those() {
    let api = |port| place("api", "i-1", port);
    let places = [web(8081), web(8082), api(8081)].map(|place| (place, Health::healthy()));
    let plan = plan(&["web", "api"], Some(Before::Port(8081)), &places).expect("a plan");
    let rollout = Rollout::new(plan, at(0));
    let next = rollout.next(&seen(at(1), &places), at(1));
    assert_eq!(next.start, [(id("i-1"), Step::new(Act::Deregister))], "{:?}", next.hold);
}

#[test]
fn a_new_release_that_never_served_is_taken_out_also_where_the_old_one_does_not() {
    let old = (web(8081), unhealthy());
    let mut rollout = run(std::slice::from_ref(&old));
    before(&mut rollout, Step::new(Act::AwaitInService));
    let step = Step::new(Act::AwaitInService);
    apply(&mut rollout, 2, &[started("i-1", step), failed("i-1", step, true)]);
    let next = rollout.next(&seen(at(3), &[old, (web(8082), unhealthy())]), at(3));
    assert_eq!(next.start.len(), 1, "{:?}", next.hold);
}
