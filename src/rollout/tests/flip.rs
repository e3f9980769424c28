//! Blue/green by port: which port is live, where it goes, and what is refused.

use super::super::{Before, Gates, Ports, Reason, Refusal, State, Strategy, Turn};
use super::overlap::until;
use super::{
    Act, Health, Plan, Policy, Registration, Rollout, Step, apply, arn, at, failed, id, place,
    request, seen, starts, unhealthy,
};

const PORTS: Ports = Ports { blue: 8081, green: 8082 };
pub(super) const GATES: Gates = Gates {
    ready: true,
    verify: true,
    bake: std::time::Duration::from_secs(60),
    before_batch: false,
    after_batch: false,
};

/// A port of `i-1` in the group `web`.
pub(super) fn web(port: u16) -> Registration {
    place("web", "i-1", port)
}

pub(super) fn healthy(places: &[Registration]) -> Vec<(Registration, Health)> {
    places.iter().map(|place| (place.clone(), Health::healthy())).collect()
}

pub(super) fn turn(from: Option<Before>) -> Turn {
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
    assert!(
        refused[0].hint().contains("resume")
            && refused[0].hint().contains("--from 8081 or --from 8082")
    );
    let plan = plan_of(&["web"], &["i-1"], Some(Before::Port(8082)), &there).expect("a plan");
    assert_eq!(ways(&plan), [(texts(&[web(8082)]), texts(&[web(8081)]))]);
    let first: Vec<_> = plan.steps_of(&id("i-1")).into_iter().take(3).collect();
    let clear = [Step::new(Act::Deregister), Step::new(Act::AwaitDrained), Step::new(Act::Start)];
    assert_eq!(first, clear);
}

#[test]
fn the_only_port_that_serves_is_not_taken_out_first() {
    let there = [(web(8081), unhealthy()), (web(8082), Health::healthy())];
    let refused = plan_of(&["web"], &["i-1"], Some(Before::Port(8081)), &there);
    let refused = refused.expect_err("a refusal").remove(0);
    assert!(refused.to_string().contains("does not serve on port 8081 in group web"), "{refused}");
    assert!(refused.hint().contains("--from 8082"), "{}", refused.hint());
    plan_of(&["web"], &["i-1"], Some(Before::Port(8082)), &there).expect("a plan");
}

#[test]
fn only_a_target_with_both_ports_has_one_taken_out_first() {
    let there = healthy(&[web(8081), web(8082), place("web", "i-2", 8081)]);
    let plan = plan_of(&["web"], &[], Some(Before::Port(8081)), &there).expect("a plan");
    let rollout = Rollout::new(plan, at(0));
    let first = |target| rollout.progress(&id(target)).unwrap().step();
    assert_eq!(first("i-1"), Some(Step::new(Act::Deregister)));
    assert_eq!(first("i-2"), Some(Step::new(Act::Start)));
}

#[test]
fn a_port_that_is_not_in_every_group_is_not_offered_as_the_live_one() {
    let api = |port| place("api", "i-1", port);
    let there = healthy(&[web(8081), web(8082), api(8082), api(9000)]);
    let refused = plan_of(&["web", "api"], &[], None, &there).expect_err("a refusal");
    let [Refusal::BothLive { .. }] = &refused[..] else { panic!("{refused:?}") };
    assert!(refused[0].hint().ends_with(": --from 8082"), "{}", refused[0].hint());
    assert!(!refused[0].to_string().contains("9000"), "{}", refused[0]);
    plan_of(&["web", "api"], &[], Some(Before::Port(8082)), &there).expect("a plan");
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
        assert!(refused[0].hint().contains("once it is gone"));
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
    for from in [None, Some(Before::Port(8081)), Some(Before::Port(8082))] {
        let refused = plan_of(&["web", "api"], &[], from, &there).expect_err("a refusal");
        let [Refusal::PortsDiffer { .. }] = &refused[..] else { panic!("{refused:?}") };
        assert!(refused[0].to_string().contains("web:8081, api:8082"), "{}", refused[0]);
    }
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
