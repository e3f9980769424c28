//! Taken out on purpose, and put back by another run: what is held out, and by whom.

use super::super::{Fact, Outcome, Plan, Policy, Refusal, Rollout, Target};
use super::{
    AWAIT_DRAINED, AWAIT_IN_SERVICE, DEPLOY, DEREGISTER, Group, Health, IN_PLACE, REGISTER, apply,
    at, bounds, draining, go_through, group, held_out, id, interrupted, place, request, run, seen,
    started, starts, web,
};
use crate::rollout::Share;

fn put_back(target: &str) -> Fact {
    Fact::PutBack { target: id(target), by: "another".to_owned(), groups: Vec::new() }
}

fn drain(targets: &[(&str, Health)], floor: usize) -> Result<Rollout, Vec<Refusal>> {
    let request = request(&["web"], bounds(Share::Count(1), Share::Count(floor)));
    let request = super::Request { targets: vec![id("i-1")], ..request };
    Plan::drain(request, &web(at(0), targets)).map(|plan| Rollout::new(plan, at(0)))
}

fn restore() -> Rollout {
    let target = Target::in_place(id("i-1"), vec![place("web", "i-1", 80)]);
    let plan = Plan::restore(vec![group("web")], vec![target], Policy::default());
    Rollout::new(plan.expect("a plan"), at(0))
}

#[test]
fn a_drain_that_is_done_holds_its_target_out() {
    let pair = [("i-1", Health::healthy()), ("i-2", Health::healthy())];
    let mut rollout = drain(&pair, 1).expect("a plan");
    assert_eq!(held_out(&rollout), [""; 0]);
    assert_eq!(starts(&rollout, &web(at(0), &pair), 0), [("i-1".to_owned(), DEREGISTER)]);
    go_through(&mut rollout, 1, "i-1", &[DEREGISTER, AWAIT_DRAINED]);
    assert_eq!(rollout.outcome(), Some(Outcome::Done));
    assert_eq!(held_out(&rollout), ["i-1"]);
    apply(&mut rollout, 2, &[put_back("i-1")]);
    assert_eq!(held_out(&rollout), [""; 0]);
}

#[test]
fn a_drain_keeps_the_floor_and_takes_along_what_drains_already() {
    let refused = drain(&[("i-1", Health::healthy())], 1).expect_err("the last one");
    assert!(matches!(refused.as_slice(), [Refusal::BelowFloor { .. }]), "{refused:?}");
    let joined = [("i-1", draining()), ("i-2", Health::healthy())];
    let rollout = drain(&joined, 1).expect("a plan");
    assert_eq!(starts(&rollout, &web(at(0), &joined), 0), [("i-1".to_owned(), DEREGISTER)]);
}

#[test]
fn a_restore_holds_its_target_out_until_it_is_seen_in_service() {
    let mut rollout = restore();
    assert_eq!(held_out(&rollout), ["i-1"], "it was out before");
    assert_eq!(starts(&rollout, &seen(at(0), &[]), 0), [("i-1".to_owned(), REGISTER)]);
    go_through(&mut rollout, 1, "i-1", &[REGISTER]);
    assert_eq!(held_out(&rollout), ["i-1"]);
    go_through(&mut rollout, 2, "i-1", &[AWAIT_IN_SERVICE]);
    assert_eq!(held_out(&rollout), [""; 0]);
    assert_eq!(rollout.outcome(), Some(Outcome::Done));
}

#[test]
fn what_was_in_a_group_that_nothing_uses_is_put_back_there_too() {
    let idle = Group { balancers: Vec::new(), ..group("web") };
    let target = Target::in_place(id("i-1"), vec![place("web", "i-1", 80)]);
    assert!(Plan::restore(vec![idle], vec![target], Policy::default()).is_ok());
}

#[test]
fn at_whatever_step_a_run_stops_another_can_put_its_target_back_and_then_nothing_is_left_to_do() {
    for steps in 0..IN_PLACE.len() {
        for is_under_way in [false, true] {
            let mut rollout = run(&["i-1"], 1, 0);
            go_through(&mut rollout, 1, "i-1", &IN_PLACE[..steps]);
            if is_under_way {
                apply(&mut rollout, 2, &[started("i-1", IN_PLACE[steps])]);
            }
            let is_out = steps > 0 || is_under_way;
            let fact = super::dated(3, put_back("i-1"));
            assert_eq!(rollout.apply(&fact).is_ok(), is_out, "{steps} {is_under_way}");
            if is_out {
                assert_eq!(held_out(&rollout), [""; 0]);
                apply(&mut rollout, 4, &[Fact::Resumed { by: None }]);
                assert_eq!(starts(&rollout, &web(at(4), &[("i-1", Health::healthy())]), 4), []);
                let halted = Outcome::Halted { held_out: Vec::new(), interrupted: None };
                assert_eq!(rollout.outcome(), Some(halted), "{steps} {is_under_way}");
                assert!(rollout.apply(&fact).is_err(), "it is not held out any more");
            }
        }
    }
}

#[test]
fn a_run_whose_first_target_was_put_back_goes_on_with_the_others_when_it_is_resumed() {
    let mut rollout = run(&["i-1", "i-2"], 1, 1);
    go_through(&mut rollout, 1, "i-1", &[DEREGISTER]);
    apply(&mut rollout, 2, &[interrupted(), put_back("i-1"), Fact::Resumed { by: None }]);
    let both = web(at(3), &[("i-1", Health::healthy()), ("i-2", Health::healthy())]);
    assert_eq!(starts(&rollout, &both, 3), [("i-2".to_owned(), DEREGISTER)]);
}

#[test]
fn a_deploy_that_may_have_happened_can_be_skipped_and_no_other_step_can() {
    let mut rollout = run(&["i-1"], 1, 0);
    go_through(&mut rollout, 1, "i-1", &[DEREGISTER, AWAIT_DRAINED]);
    apply(&mut rollout, 2, &[started("i-1", DEPLOY), Fact::Resumed { by: None }]);
    assert!(rollout.progress(&id("i-1")).is_some_and(super::super::Progress::was_tried));
    apply(&mut rollout, 3, &[Fact::Skipped { target: id("i-1"), step: DEPLOY }]);
    let skip = Fact::Skipped { target: id("i-1"), step: REGISTER };
    assert!(rollout.apply(&super::dated(4, skip)).is_err());
}

#[test]
fn a_floor_in_percent_counts_what_other_runs_hold_out() {
    for of in [Plan::drain, Plan::in_place] {
        let plan = |away: &[&str]| {
            let policy = bounds(Share::Count(1), Share::Percent(50));
            let away = away.iter().map(|gone| place("web", gone, 80)).collect();
            let targets = vec![id("i-3")];
            let request = super::Request { targets, away, ..request(&["web"], policy) };
            let two = [("i-3", Health::healthy()), ("i-4", Health::healthy())];
            of(request, &web(at(0), &two))
        };
        assert!(plan(&[]).is_ok());
        assert!(plan(&["i-3"]).is_ok(), "it is registered, so it counts once");
        let refused = plan(&["i-1", "i-2"]).expect_err("a refusal");
        assert!(
            matches!(refused[..], [Refusal::BelowFloor { remaining: 1, floor: 2, .. }]),
            "{refused:?}"
        );
    }
}
