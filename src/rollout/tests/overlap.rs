//! Two releases on one target: what serves is needed until the other one does, and what else is
//! registered is left alone.

use super::super::{Before, Ports, Refusal, Side, Turn};
use super::{
    Act, Health, Plan, Policy, Registration, Rollout, Step, apply, at, failed, finished, id, place,
    request, seen, started, unhealthy,
};

const PORTS: Ports = Ports { blue: 8081, green: 8082 };

fn web(port: u16) -> Registration {
    place("web", "i-1", port)
}

fn plan(
    groups: &[&str],
    from: Option<Before>,
    places: &[(Registration, Health)],
) -> Result<Plan, Vec<Refusal>> {
    let mut request = request(groups, Policy::default());
    request.targets = vec![id("i-1")];
    Plan::flip(request, Turn { ports: PORTS, from }, &seen(at(0), places))
}

fn run(places: &[(Registration, Health)]) -> Rollout {
    Rollout::new(plan(&["web"], None, places).expect("a plan"), at(0))
}

fn before(rollout: &mut Rollout, step: Step) {
    while rollout.progress(&id("i-1")).unwrap().step() != Some(step) {
        let due = rollout.progress(&id("i-1")).unwrap().step().expect("a step");
        apply(rollout, 1, &[started("i-1", due), finished("i-1", due)]);
    }
}

#[test]
fn what_served_before_is_put_back_and_not_stopped_if_what_followed_it_has_left_service() {
    let stop = Step::old(Act::Stop);
    for new in [Some(unhealthy()), None] {
        let mut rollout = run(&[(web(8081), Health::healthy())]);
        before(&mut rollout, stop);
        let mut places: Vec<_> = new.into_iter().map(|health| (web(8082), health)).collect();
        places.push((place("web", "i-2", 8081), Health::healthy()));
        let next = rollout.next(&seen(at(2), &places), at(2));
        assert!(next.start.is_empty());
        let (_, step, failure) = &next.give_up[0];
        assert_eq!(*step, stop);
        assert!(failure.what.ends_with("so what served before it is not stopped"), "{failure:?}");
        apply(&mut rollout, 2, &[failed("i-1", stop, false)]);
        let mut undone = Vec::new();
        while let Some(step) = rollout.progress(&id("i-1")).unwrap().step() {
            apply(&mut rollout, 3, &[started("i-1", step), finished("i-1", step)]);
            undone.push((step.act, step.side));
        }
        assert_eq!(
            undone,
            [
                (Act::Register, Side::Old),
                (Act::AwaitInService, Side::Old),
                (Act::Deregister, Side::New),
                (Act::AwaitDrained, Side::New),
                (Act::Stop, Side::New),
            ]
        );
        assert_eq!(rollout.held_out().count(), 0);
    }
}

#[test]
fn a_stop_that_may_have_acted_puts_nothing_back() {
    let mut rollout = run(&[(web(8081), Health::healthy())]);
    let stop = Step::old(Act::Stop);
    before(&mut rollout, stop);
    apply(&mut rollout, 2, &[started("i-1", stop), failed("i-1", stop, true)]);
    assert!(rollout.outcome().is_some(), "nothing is left to do");
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
