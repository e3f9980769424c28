//! Blue/green by port: which port is live, what is refused, that somebody serves at every step, and
//! what becomes of a failure.

use super::super::{
    Before, Flip, Gates, OnFailure, Outcome, Ports, Reason, Refusal, Side, State, Strategy, Turn,
};
use super::{
    Act, Fact, Failure, Health, Plan, Policy, Registration, Rollout, Snapshot, Step, apply, arn,
    at, dated, failed, finished, go_through, held_out, id, interrupted, place, request, seconds,
    seen, started, starts, unhealthy,
};

const PORTS: Ports = Ports { blue: 8081, green: 8082 };
const GATES: Gates = Gates {
    ready: true,
    verify: true,
    bake: std::time::Duration::from_secs(60),
    before_batch: false,
    after_batch: false,
};

/// A port of `i-1` in the group `web`.
fn web(port: u16) -> Registration {
    place("web", "i-1", port)
}

fn healthy(places: &[Registration]) -> Vec<(Registration, Health)> {
    places.iter().map(|place| (place.clone(), Health::healthy())).collect()
}

fn turn(from: Option<Before>) -> Turn {
    Turn { ports: PORTS, from }
}

fn plan_of(
    groups: &[&str],
    targets: &[&str],
    from: Option<Before>,
    places: &[(Registration, Health)],
) -> Result<Plan, Vec<Refusal>> {
    let mut request = request(groups, Policy { gates: GATES, ..Policy::default() });
    request.targets = targets.iter().map(|target| id(target)).collect();
    Plan::flip(request, turn(from), &seen(at(0), places))
}

/// Where each target goes, from and to.
fn ways(plan: &Plan) -> Vec<(Vec<String>, Vec<String>)> {
    let told = |places: &[Registration]| places.iter().map(ToString::to_string).collect();
    plan.targets().map(|target| (told(&target.old), told(&target.new))).collect()
}

fn way(places: &[(Registration, Health)], from: Option<Before>) -> (Vec<String>, Vec<String>) {
    ways(&plan_of(&["web"], &["i-1"], from, places).expect("a plan")).remove(0)
}

fn texts(places: &[Registration]) -> Vec<String> {
    places.iter().map(ToString::to_string).collect()
}

#[test]
fn the_port_that_is_registered_is_live_and_the_other_one_comes_next() {
    for (live, next) in [(8081, 8082), (8082, 8081)] {
        let expected = (texts(&[web(live)]), texts(&[web(next)]));
        assert_eq!(way(&healthy(&[web(live)]), None), expected);
        assert_eq!(way(&[(web(live), unhealthy())], None), expected, "an unhealthy one is live");
        let others = healthy(&[web(live), web(9000), place("web", "i-2", next)]);
        assert_eq!(way(&others, None), expected, "other ports and targets are left alone");
    }
}

#[test]
fn a_target_leaves_a_port_that_is_none_of_the_two_only_if_that_is_said() {
    let there = healthy(&[web(80)]);
    let refused = plan_of(&["web"], &["i-1"], None, &there).expect_err("a refusal");
    let [Refusal::NoPortLive { .. }] = &refused[..] else { panic!("{refused:?}") };
    assert!(refused[0].hint().contains("--from 80"), "{}", refused[0].hint());
    let (old, new) = way(&there, Some(Before::Port(80)));
    assert_eq!((old, new), (texts(&[web(80)]), texts(&[web(8081)])));
}

#[test]
fn with_both_ports_registered_a_person_says_which_one_stays_and_the_other_is_taken_out_first() {
    let there = healthy(&[web(8081), web(8082)]);
    let refused = plan_of(&["web"], &["i-1"], None, &there).expect_err("a refusal");
    let [Refusal::BothLive { .. }] = &refused[..] else { panic!("{refused:?}") };
    assert!(refused[0].hint().contains("resume") && refused[0].hint().contains("--from PORT"));
    let plan = plan_of(&["web"], &["i-1"], Some(Before::Port(8082)), &there).expect("a plan");
    assert_eq!(ways(&plan), [(texts(&[web(8082)]), texts(&[web(8081)]))]);
    assert!(plan.policy.flip.clears);
    let first: Vec<_> = plan.steps().into_iter().take(3).collect();
    let clear = [Step::new(Act::Deregister), Step::new(Act::AwaitDrained), Step::new(Act::Start)];
    assert_eq!(first, clear);
}

#[test]
fn what_is_said_of_the_live_port_has_to_be_so() {
    let there = healthy(&[web(8081)]);
    let refused = |from, places: &[(Registration, Health)]| {
        plan_of(&["web"], &["i-1"], Some(from), places).expect_err("a refusal").remove(0)
    };
    let wrong = refused(Before::Port(8082), &there);
    assert!(matches!(wrong, Refusal::NotLive { port: 8082, .. }), "{wrong:?}");
    let other = refused(Before::Nothing, &healthy(&[web(80)]));
    assert!(matches!(other, Refusal::NotNew { .. }), "{other:?}");
    let known = refused(Before::Nothing, &there);
    assert!(matches!(known, Refusal::NotNew { .. }), "{known:?}");
    assert!(known.to_string().contains("web:8081"), "{known}");
}

#[test]
fn a_port_that_drains_is_neither_live_nor_idle() {
    for drains in [8081, 8082] {
        let mut there = healthy(&[web(8081), web(8082)]);
        there.iter_mut().filter(|(place, _)| place.port == drains).for_each(|(_, health)| {
            *health = Health::of(State::Draining, Some(Reason::DeregistrationInProgress));
        });
        let refused = plan_of(&["web"], &["i-1"], None, &there).expect_err("a refusal");
        let [Refusal::PortDrains { place }] = &refused[..] else { panic!("{refused:?}") };
        assert_eq!(place.port, drains);
        assert!(refused[0].hint().contains(&format!("--target i-1:{drains}")));
    }
}

#[test]
fn a_first_deploy_goes_into_every_group_and_has_nothing_to_take_out() {
    let there = healthy(&[place("web", "i-2", 8081), place("api", "i-2", 8081)]);
    let nothing = Some(Before::Nothing);
    let plan = plan_of(&["web", "api"], &["i-1"], nothing, &there).expect("a plan");
    let new = texts(&[web(8081), place("api", "i-1", 8081)]);
    assert_eq!(ways(&plan), [(vec![], new)]);
    let refused = plan_of(&["web", "api"], &["i-1"], None, &there).expect_err("a refusal");
    let [Refusal::NotRegistered { target, .. }] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!(*target, id("i-1"));
}

#[test]
fn an_address_is_not_put_into_a_group_of_instances() {
    let nothing = Some(Before::Nothing);
    let refused = plan_of(&["web"], &["10.0.0.7"], nothing, &[]).expect_err("a refusal");
    let [Refusal::OtherType { target, .. }] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!(*target, id("10.0.0.7"));
}

#[test]
fn the_first_deploy_of_all_begins_in_an_empty_group_and_may_be_taken_out_again() {
    let plan = plan_of(&["web"], &["i-1"], Some(Before::Nothing), &[]).expect("a plan");
    assert_eq!(plan.floors[&arn("web")], 0);
    let mut rollout = Rollout::new(plan, at(0));
    until(&mut rollout, Act::Verify);
    apply(&mut rollout, 2, &[failed("i-1", Step::new(Act::Verify), true)]);
    let undo = Step { undo: true, ..Step::new(Act::Deregister) };
    assert_eq!(starts(&rollout, &seen(at(2), &healthy(&[web(8081)])), 2), [("i-1".into(), undo)]);
}

#[test]
fn several_groups_flip_together_and_have_to_agree() {
    let api = |port| place("api", "i-1", port);
    let there = healthy(&[web(8081), api(8081)]);
    let plan = plan_of(&["web", "api"], &[], None, &there).expect("a plan");
    let (old, new) = (texts(&[web(8081), api(8081)]), texts(&[web(8082), api(8082)]));
    assert_eq!(ways(&plan), [(old, new)]);
    let there = healthy(&[web(8081), api(8082)]);
    let refused = plan_of(&["web", "api"], &[], None, &there).expect_err("a refusal");
    let [Refusal::BothLive { .. }] = &refused[..] else { panic!("{refused:?}") };
    assert!(refused[0].to_string().contains("web:8081, api:8082"), "{}", refused[0]);
}

#[test]
fn several_targets_flip_in_batches_each_from_its_own_port() {
    let there = healthy(&[place("web", "i-2", 8082), web(8081)]);
    let plan = plan_of(&["web"], &[], None, &there).expect("a plan");
    assert_eq!(plan.batches.len(), 2);
    assert_eq!(plan.strategy, Strategy::Flip);
    let mut ports: Vec<_> =
        plan.targets().map(|target| (target.old[0].port, target.new[0].port)).collect();
    ports.sort_unstable();
    assert_eq!(ports, [(8081, 8082), (8082, 8081)]);
}

#[test]
fn a_port_that_gets_traffic_in_a_group_that_is_not_named_is_not_flipped() {
    let there = seen(at(0), &healthy(&[web(8081)]));
    let elsewhere = |port| {
        let mut request = request(&["web"], Policy::default());
        request.elsewhere = healthy(&[place("api", "i-1", port)]);
        Plan::flip(request, turn(None), &there)
    };
    for port in [8081, 8082] {
        let refused = elsewhere(port).expect_err("a refusal");
        assert!(matches!(&refused[..], [Refusal::ServesElsewhere { .. }]), "{refused:?}");
    }
    assert!(elsewhere(9000).is_ok(), "another service of the same machine");
}

fn until(rollout: &mut Rollout, act: Act) {
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
        Act::Deregister | Act::AwaitDrained | Act::Stop => Side::Old,
        _ => Side::New,
    }
}

/// A run over the only instance of a group.
fn flip(on_failure: OnFailure, gates: Gates, flip: Flip) -> Rollout {
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
    assert_eq!(acts(Flip { stops: false, ..Flip::default() }), all[..all.len() - 1]);
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
fn the_time_that_the_old_port_is_left_running_is_foreseen() {
    let flip = Flip { stop_after: seconds(60), ..Flip::default() };
    let rollout = self::flip(OnFailure::Hold, Gates::default(), flip);
    let looks = look(0);
    let outlook = super::super::Outlook::of(rollout.plan(), &looks, None);
    let steps = &outlook.batches[0].steps;
    assert_eq!(steps.last().and_then(|step| step.takes), Some(seconds(60)));
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
