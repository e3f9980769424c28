//! What a flip has begun to do to a target, and what others have done to it before that.

use super::super::{Flip, Gates, OnFailure, Rollout};
use super::flip::{healthy, web};
use super::overlap;
use super::{Act, Step, apply, at, draining, failed, go_through, id, place, seen, started};

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
