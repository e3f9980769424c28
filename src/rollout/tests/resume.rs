//! A step that was under way when its process died may have acted, and is done again.

use super::super::{Fact, Health, Outcome};
use super::{
    AWAIT_DRAINED, DEREGISTER, IN_PLACE, apply, at, failed, finished, go_through, held_out, id,
    interrupted, run, started, starts, unhealthy, web,
};

#[test]
fn the_step_that_was_under_way_is_done_again() {
    for (index, step) in IN_PLACE.into_iter().enumerate() {
        let mut rollout = run(&["i-1", "i-2"], 1, 1);
        go_through(&mut rollout, 1, "i-1", &IN_PLACE[..index]);
        apply(&mut rollout, 1, &[started("i-1", step), Fact::Resumed { by: None }]);
        let seen = web(at(9), &[("i-2", Health::healthy())]);
        assert_eq!(starts(&rollout, &seen, 9), [("i-1".to_owned(), step)]);
    }
}

#[test]
fn the_step_that_failed_is_tried_again() {
    for (index, step) in IN_PLACE.into_iter().enumerate() {
        let mut rollout = run(&["i-1", "i-2"], 1, 1);
        go_through(&mut rollout, 1, "i-1", &IN_PLACE[..index]);
        apply(&mut rollout, 1, &[started("i-1", step), failed("i-1", step, true)]);
        apply(&mut rollout, 2, &[Fact::Resumed { by: None }]);
        let seen = web(at(9), &[("i-2", Health::healthy())]);
        // Somebody may have registered again what did not drain.
        let again = if step == AWAIT_DRAINED { DEREGISTER } else { step };
        assert_eq!(starts(&rollout, &seen, 9), [("i-1".to_owned(), again)]);
        assert_eq!(held_out(&rollout), ["i-1"]);
        let progress = rollout.progress(&id("i-1")).expect("the target");
        assert_eq!(progress.failure(), None);
    }
}

#[test]
fn a_target_whose_deregister_was_cut_stays_held_out_until_it_is_known_to_serve() {
    let cut = started("i-1", DEREGISTER);
    let half_done = failed("i-1", DEREGISTER, true);
    let clean = failed("i-1", DEREGISTER, false);
    let ways = [
        (vec![cut.clone()], true),
        (vec![half_done], true),
        (vec![clean.clone()], false),
        (vec![cut.clone(), Fact::Resumed { by: None }, clean], true),
        (vec![cut, Fact::Resumed { by: None }, Fact::Resumed { by: None }], true),
    ];
    for (facts, out) in ways {
        let mut rollout = run(&["i-1", "i-2"], 1, 1);
        apply(&mut rollout, 1, &facts);
        apply(&mut rollout, 1, &[Fact::Resumed { by: None }]);
        assert_eq!(held_out(&rollout) == ["i-1"], out, "{facts:?}");
        let progress = rollout.progress(&id("i-1")).expect("the target");
        assert_eq!(progress.is_begun(), out, "{facts:?}");
    }
}

#[test]
fn a_deregister_that_never_arrived_is_done_again_only_above_the_floor() {
    let mut rollout = run(&["i-1", "i-2", "i-3"], 1, 2);
    apply(&mut rollout, 1, &[started("i-1", DEREGISTER), Fact::Resumed { by: None }]);
    let seen = |third| web(at(9), &[("i-1", Health::healthy()), ("i-2", Health::healthy()), third]);
    assert_eq!(starts(&rollout, &seen(("i-3", unhealthy())), 9), []);
    let all = seen(("i-3", Health::healthy()));
    assert_eq!(starts(&rollout, &all, 9), [("i-1".to_owned(), DEREGISTER)]);
}

#[test]
fn a_target_whose_deregister_was_cut_never_counts_for_the_floor() {
    let mut rollout = run(&["i-1", "i-2", "i-3"], 2, 1);
    apply(&mut rollout, 1, &[started("i-2", DEREGISTER), Fact::Resumed { by: None }]);
    let stale = [("i-1", Health::healthy()), ("i-2", Health::healthy()), ("i-3", unhealthy())];
    assert_eq!(starts(&rollout, &web(at(9), &stale), 9), [("i-2".to_owned(), DEREGISTER)]);
}

#[test]
fn a_target_whose_deregister_was_cut_is_carried_to_its_end_after_an_interrupt() {
    let mut rollout = run(&["i-1", "i-2"], 1, 1);
    apply(
        &mut rollout,
        1,
        &[started("i-1", DEREGISTER), Fact::Resumed { by: None }, interrupted()],
    );
    assert_eq!(rollout.outcome(), None);
    go_through(&mut rollout, 2, "i-1", &IN_PLACE);
    let nothing_out = Outcome::Halted { held_out: vec![], interrupted: Some("SIGTERM".into()) };
    assert_eq!(rollout.outcome(), Some(nothing_out));
}

#[test]
fn a_drain_that_is_resumed_counts_from_the_deregister_that_finished() {
    let mut rollout = run(&["i-1", "i-2"], 1, 1);
    apply(&mut rollout, 7, &[started("i-1", DEREGISTER)]);
    apply(&mut rollout, 8, &[finished("i-1", DEREGISTER), started("i-1", AWAIT_DRAINED)]);
    apply(&mut rollout, 90, &[Fact::Resumed { by: None }]);
    let progress = rollout.progress(&id("i-1")).expect("the target");
    assert_eq!(progress.finished_at(DEREGISTER.act), Some(at(8)));
    assert_eq!(progress.finished_at(AWAIT_DRAINED.act), None);
    assert_eq!(rollout.changed(), at(90));
}

#[test]
fn a_target_that_was_done_before_the_crash_stays_done() {
    let mut rollout = run(&["i-1", "i-2"], 1, 1);
    go_through(&mut rollout, 1, "i-1", &IN_PLACE);
    apply(&mut rollout, 2, &[Fact::Resumed { by: None }]);
    let both = web(at(9), &[("i-1", Health::healthy()), ("i-2", Health::healthy())]);
    assert_eq!(starts(&rollout, &both, 9), [("i-2".to_owned(), DEREGISTER)]);
}
