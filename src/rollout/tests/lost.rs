//! A flip whose new release leaves service once the old one is on its way out: what served before is
//! needed again, and put back.

use super::super::{Flip, Gates, OnFailure, Outcome, Side, State};
use super::flip::web;
use super::overlap::{before, flip, run};
use super::{
    Act, Fact, Health, Rollout, Step, apply, at, failed, finished, held_out, id, lost, place, seen,
    started, starts, unhealthy,
};

#[test]
fn what_served_before_is_put_back_and_not_stopped_if_what_followed_it_has_left_service() {
    let stop = Step::old(Act::Stop);
    for new in [Some(unhealthy()), None] {
        let mut rollout = run(&[(web(8081), Health::healthy())]);
        before(&mut rollout, stop);
        let mut places: Vec<_> = new.into_iter().map(|health| (web(8082), health)).collect();
        places.push((place("web", "i-2", 8081), Health::healthy()));
        let next = rollout.next(&seen(at(2), &places), at(2));
        assert!(next.start.is_empty() && next.give_up.is_empty(), "one look is no proof");
        let next = rollout.next(&seen(at(4), &places), at(4));
        assert!(next.start.is_empty());
        let (_, step, failure) = &next.give_up[0];
        assert_eq!(*step, stop);
        assert!(failure.what.ends_with("so what served before it is not stopped"), "{failure:?}");
        let failure = failure.clone();
        apply(&mut rollout, 2, &[Fact::Failed { target: id("i-1"), step: stop, failure }]);
        is_put_back(&mut rollout);
    }
}

#[test]
fn a_zonal_shift_is_no_reason_to_go_back() {
    let stop = Step::old(Act::Stop);
    let mut rollout = run(&[(web(8081), Health::healthy())]);
    before(&mut rollout, stop);
    let shifted = Health { kept_away: Some("zonal_shift_active".into()), ..Health::healthy() };
    let look = seen(at(9), &[(web(8082), shifted)]);
    assert_eq!(starts(&rollout, &look, 9), [("i-1".to_owned(), stop)]);
}

/// What served before is put back, and what followed it is taken out and stopped only then.
fn is_put_back(rollout: &mut Rollout) {
    let mut undone = Vec::new();
    while let Some(step) = rollout.progress(&id("i-1")).unwrap().step() {
        let is_back = undone.contains(&(Act::AwaitInService, Side::Old));
        let expected = if is_back { &[][..] } else { &["i-1"] };
        assert_eq!(held_out(rollout), expected, "before {step}: nobody is known to serve");
        apply(rollout, 3, &[started("i-1", step), finished("i-1", step)]);
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
    assert_eq!(held_out(rollout), [""; 0]);
    assert_eq!(rollout.outcome(), Some(Outcome::Halted { held_out: vec![], interrupted: None }));
}

#[test]
fn what_served_before_is_put_back_if_what_followed_it_leaves_service_meanwhile() {
    for stops in [true, false] {
        let acts =
            if stops { &[Act::AwaitDrained][..] } else { &[Act::AwaitDrained, Act::StandBy] };
        for step in acts.iter().map(|act| Step::old(*act)) {
            for dies in [false, true] {
                let mut rollout =
                    flip(OnFailure::Hold, Gates::default(), Flip { stops, ..Flip::default() });
                before(&mut rollout, step);
                apply(&mut rollout, 2, &[started("i-1", step)]);
                if dies {
                    let again = [Fact::Resumed { by: None }, started("i-1", step)];
                    apply(&mut rollout, 2, &again);
                }
                apply(&mut rollout, 2, &[lost("i-1", step)]);
                let drains = Health::of(State::Draining, None);
                let places = [(web(8081), drains), (web(8082), unhealthy())];
                let register = Step { side: Side::Old, ..Step::undo(Act::Register) };
                let due = [("i-1".to_owned(), register)];
                assert_eq!(starts(&rollout, &seen(at(2), &places), 2), due, "at once");
                is_put_back(&mut rollout);
            }
        }
    }
}

#[test]
fn what_an_earlier_try_may_have_taken_out_is_put_back_if_what_followed_it_leaves_service() {
    let deregister = Step::old(Act::Deregister);
    let drains = Health::of(State::Draining, None);
    let mut rollout = run(&[(web(8081), Health::healthy())]);
    before(&mut rollout, deregister);
    apply(&mut rollout, 2, &[started("i-1", deregister), Fact::Resumed { by: None }]);
    let look = |second, old: &Health| {
        seen(at(second), &[(web(8081), old.clone()), (web(8082), unhealthy())])
    };
    let next = rollout.next(&look(9, &Health::healthy()), at(9));
    assert!(next.hold.is_some() && next.give_up.is_empty(), "it serves on: {next:?}");
    let next = rollout.next(&look(3, &drains), at(3));
    assert!(next.hold.is_some() && next.give_up.is_empty(), "one look is no proof: {next:?}");
    let next = rollout.next(&look(9, &drains), at(9));
    let (target, step, failure) = next.give_up[0].clone();
    apply(&mut rollout, 9, &[Fact::Failed { target, step, failure }]);
    is_put_back(&mut rollout);
}

#[test]
fn a_stop_that_may_have_acted_puts_nothing_back() {
    let stop = Step::old(Act::Stop);
    for fact in [failed("i-1", stop, true), lost("i-1", stop)] {
        let mut rollout = run(&[(web(8081), Health::healthy())]);
        before(&mut rollout, stop);
        apply(&mut rollout, 2, &[started("i-1", stop), fact]);
        assert!(rollout.outcome().is_some(), "nothing is left to do");
    }
}

#[test]
fn a_stop_that_was_never_run_takes_nothing_out_that_serves() {
    let mut rollout = run(&[(web(8081), Health::healthy())]);
    let stop = Step::old(Act::Stop);
    before(&mut rollout, stop);
    apply(&mut rollout, 2, &[started("i-1", stop), failed("i-1", stop, false)]);
    assert!(rollout.outcome().is_some(), "nothing is left to do");
    assert_eq!(held_out(&rollout), [""; 0]);
}

#[test]
fn what_is_gone_since_a_deregister_whose_end_nobody_saw_is_needed_again_though_no_list_names_it() {
    let mut rollout = run(&[(web(8081), Health::healthy())]);
    let deregister = Step::old(Act::Deregister);
    before(&mut rollout, deregister);
    let cut_off = [started("i-1", deregister), Fact::Resumed { by: None }];
    apply(&mut rollout, 2, &cut_off);
    let next = rollout.next(&seen(at(9), &[(web(8082), unhealthy())]), at(9));
    let (_, step, failure) = &next.give_up[0];
    assert_eq!((*step, failure.left_service), (deregister, true), "{failure:?}");
}
