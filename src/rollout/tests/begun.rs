//! What a flip has begun to do to a target, and what others have done to it before that.

use super::super::{Flip, Gates, Health, OnFailure, Plan, Policy, Rollout, Share};
use super::flip::{GATES, healthy, turn, web};
use super::overlap;
use super::{
    Act, Step, apply, at, bounds, draining, failed, finished, go_through, id, place, request, seen,
    started, starts, unhealthy,
};

const STEPS: [Step; 4] = [
    Step::new(Act::Start),
    Step::new(Act::Register),
    Step::new(Act::AwaitInService),
    Step::old(Act::Deregister),
];

#[test]
fn a_target_that_somebody_took_out_since_the_plan_is_not_flipped_back_into_service() {
    let back = Flip { starts: false, ..Flip::default() };
    for (flip, first) in [(Flip::default(), Act::Start), (back, Act::Register)] {
        let rollout = overlap::flip(OnFailure::Hold, Gates::default(), flip);
        let draining = seen(at(20), &[(web(8081), draining())]);
        let next = rollout.next(&draining, at(20));
        assert!(next.start.is_empty(), "{next:?}");
        let (_, step, failure) = &next.give_up[0];
        assert_eq!(*step, Step::new(first));
        assert!(failure.what.contains("taken out by somebody else"), "{}", failure.what);
        let unlisted = seen(at(20), &healthy(&[place("web", "i-2", 8081)]));
        let next = rollout.next(&unlisted, at(5));
        assert!(next.start.is_empty() && next.give_up.is_empty(), "a list can be stale");
    }
}

#[test]
fn a_flip_that_is_taken_up_is_still_to_take_out_what_it_has_not() {
    let mut rollout = overlap::flip(OnFailure::Hold, Gates::default(), Flip::default());
    let to_go = |rollout: &Rollout| rollout.taken_up().to_take_out().count();
    for (second, step) in (1..).zip(&STEPS[..3]) {
        assert_eq!(to_go(&rollout), 1, "before {step}");
        go_through(&mut rollout, second, "i-1", &[*step]);
    }
    go_through(&mut rollout, 4, "i-1", &[STEPS[3]]);
    assert_eq!(to_go(&rollout), 0, "it is out already");
}

#[test]
fn what_failed_its_verification_serves_only_until_it_is_out() {
    let gates = Gates { verify: true, ..Gates::default() };
    let mut rollout = overlap::flip(OnFailure::Hold, gates, Flip::default());
    let verify = Step::new(Act::Verify);
    go_through(&mut rollout, 1, "i-1", &STEPS[..3]);
    apply(&mut rollout, 2, &[started("i-1", verify), failed("i-1", verify, true)]);
    let serves = |rollout: &Rollout| rollout.progress(&id("i-1")).unwrap().serves_what_failed();
    assert!(serves(&rollout));
    go_through(&mut rollout, 3, "i-1", &[Step::undo(Act::Deregister)]);
    assert!(!serves(&rollout));
}

#[test]
fn new_releases_that_alone_serve_are_not_all_taken_out_on_one_look() {
    let ids = ["i-1", "i-2"];
    let old = ids.map(|it| (place("web", it, 8081), unhealthy()));
    let bounds = bounds(Share::Count(2), Share::Count(1));
    let policy = Policy { gates: GATES, ..bounds };
    let plan = Plan::flip(request(&["web"], policy), turn(None), &seen(at(0), &old));
    let mut rollout = Rollout::new(plan.expect("a plan"), at(0));
    for it in ids {
        while rollout.progress(&id(it)).unwrap().step() != Some(Step::new(Act::Verify)) {
            let due = rollout.progress(&id(it)).unwrap().step().expect("a step");
            go_through(&mut rollout, 1, it, &[due]);
        }
    }
    let verify = Step::new(Act::Verify);
    for it in ids {
        apply(&mut rollout, 2, &[started(it, verify), failed(it, verify, true)]);
    }
    let new = ids.map(|it| (place("web", it, 8082), Health::healthy()));
    let look = seen(at(2), &[old, new].concat());
    let taken = starts(&rollout, &look, 2);
    let [(first, step)] = &taken[..] else { panic!("{taken:?}") };
    for fact in [started(first, *step), finished(first, *step)] {
        apply(&mut rollout, 2, &[fact]);
        let others = starts(&rollout, &look, 2).into_iter().filter(|(it, _)| it != first);
        assert_eq!(others.collect::<Vec<_>>(), [], "the other one serves alone now");
    }
}
