//! Nobody is deployed under the traffic of a group that is not the run's, whoever put it there and when
//! (invariant 11).

use super::super::next::BETWEEN_LOOKS;
use super::super::{Flip, Gates, Health, Look, OnFailure, Rollout, Search, Snapshot};
use super::{
    AWAIT_DRAINED, DEPLOY, DEREGISTER, arn, at, draining, go_through, place, run, seconds, starts,
    unhealthy, web,
};

/// A run whose first target is drained in second 3.
fn drained() -> Rollout {
    let mut rollout = run(&["i-1", "i-2"], 1, 1);
    go_through(&mut rollout, 1, "i-1", &[DEREGISTER, AWAIT_DRAINED]);
    rollout
}

/// The group of the run, looked at right now, and another one that was searched at some second and
/// shows the target as it is said.
fn seen(second: u64, searched: u64, there: Option<Health>) -> Snapshot {
    let mut seen = web(at(second), &[("i-2", Health::healthy())]);
    let here = there.map(|health| (place("other", "i-1", 80), health));
    seen.insert(arn("other"), Look { at: at(searched), seen: here.into_iter().collect() });
    seen.search =
        Some(Search { began: at(searched), ended: at(searched), groups: [arn("other")].into() });
    seen
}

fn unsearched(second: u64) -> Snapshot {
    let mut seen = web(at(second), &[("i-2", Health::healthy())]);
    seen.search = None;
    seen
}

#[test]
fn a_target_is_deployed_only_once_all_other_groups_were_searched_after_its_drain() {
    let rollout = drained();
    for looks in [unsearched(60), seen(60, 0, None)] {
        let next = rollout.next(&looks, at(60));
        assert!(next.start.is_empty() && next.search && next.look.is_empty(), "{next:?}");
    }
    assert_eq!(starts(&rollout, &seen(60, 59, None), 60), [("i-1".to_owned(), DEPLOY)]);
}

#[test]
fn one_search_does_for_all_that_were_drained_before_it_however_long_it_takes() {
    let mut long = seen(300, 290, None);
    long.search = Some(Search { began: at(20), ended: at(290), groups: [arn("other")].into() });
    assert_eq!(starts(&drained(), &long, 300), [("i-1".to_owned(), DEPLOY)]);
}

#[test]
fn a_search_of_minutes_ago_says_nothing_of_a_target_that_nothing_has_happened_to_either() {
    let rollout = super::overlap::flip(OnFailure::Hold, Gates::default(), Flip::default());
    let place = super::flip::web(8081);
    let look = |searched: u64| {
        let mut look = super::seen(at(300), &[(place.clone(), Health::healthy())]);
        look.search = Some(Search { began: at(0), ended: at(searched), groups: [].into() });
        look
    };
    let next = rollout.next(&look(100), at(300));
    assert!(next.start.is_empty() && next.search, "{next:?}");
    assert_eq!(starts(&rollout, &look(299), 300).len(), 1);
}

#[test]
fn a_target_that_somebody_registered_in_another_group_is_held_whatever_its_health() {
    for health in [Health::healthy(), unhealthy(), draining()] {
        let next = drained().next(&seen(60, 60, Some(health.clone())), at(60));
        assert!(next.start.is_empty() && !next.has_to_look(), "{next:?}");
        let why = next.hold.expect("a reason to hold");
        let names = "i-1:80 in other was registered by somebody else";
        assert!(why.contains(names) && why.contains(health.state.as_str()), "{why}");
    }
}

#[test]
fn only_the_group_that_holds_it_is_looked_at_again_and_then_the_target_is_deployed() {
    let rollout = drained();
    let next = rollout.next(&seen(60, 50, Some(Health::healthy())), at(60));
    assert_eq!((next.look, next.search), ([arn("other")].into(), false));
    assert_eq!(starts(&rollout, &seen(60, 60, None), 60), [("i-1".to_owned(), DEPLOY)]);
}

#[test]
fn a_group_that_was_deleted_since_it_was_searched_holds_nobody() {
    let mut gone = seen(60, 60, Some(Health::healthy()));
    gone.search = Some(Search { began: at(60), ended: at(60), groups: [].into() });
    assert_eq!(starts(&drained(), &gone, 60), [("i-1".to_owned(), DEPLOY)]);
}

#[test]
fn it_fails_with_the_command_that_helps_if_nobody_takes_it_out_in_time() {
    let rollout = drained();
    let late = 3 + rollout.plan().policy.capacity_timeout.as_secs();
    let next = rollout.next(&seen(late, late, Some(Health::healthy())), at(late));
    let (target, step, failure) = &next.give_up[0];
    assert_eq!((target.as_str(), *step, failure.may_have_acted), ("i-1", DEPLOY, false));
    let hint = failure.hint.as_deref().expect("a hint");
    assert!(hint.contains("elb-deploy drain i-1 --group other"), "{hint}");
}

#[test]
fn a_search_that_cannot_be_had_ends_the_run_but_only_after_the_time_that_it_may_take() {
    let rollout = drained();
    let patience = rollout.plan().policy.capacity_timeout + BETWEEN_LOOKS + seconds(3);
    let (soon, late) = (patience.as_secs(), patience.as_secs() + 600);
    assert!(rollout.next(&unsearched(soon), at(soon)).give_up.is_empty());
    let next = rollout.next(&unsearched(late), at(late));
    assert!(!next.search);
    assert!(next.give_up[0].2.what.contains("where else"), "{:?}", next.give_up);
}
