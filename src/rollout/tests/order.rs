//! Whose turn it is: targets out of service first, and one batch after the other.

use super::super::{Health, Plan, Policy, TargetId};
use super::{DEREGISTER, IN_PLACE, at, go_through, request, run, seen, starts, unhealthy, web};

fn order(targets: &[(&str, Health)]) -> Vec<String> {
    let plan = Plan::in_place(request(&["web"], Policy::default()), &web(at(0), targets));
    plan.expect("a plan").targets().map(|target| target.id.to_string()).collect()
}

#[test]
fn targets_out_of_service_come_first_and_the_rest_stays_in_order() {
    let shown = [
        ("i-5", Health::healthy()),
        ("i-4", unhealthy()),
        ("i-3", Health::healthy()),
        ("i-2", unhealthy()),
        ("i-1", Health::healthy()),
    ];
    assert_eq!(order(&shown), ["i-4", "i-2", "i-5", "i-3", "i-1"]);
}

#[test]
fn a_target_that_serves_in_one_of_its_groups_is_in_service() {
    let places = [
        (super::place("web", "i-1", 80), unhealthy()),
        (super::place("web", "i-2", 80), unhealthy()),
        (super::place("api", "i-1", 81), Health::healthy()),
        (super::place("api", "i-2", 81), unhealthy()),
        (super::place("api", "i-3", 81), Health::healthy()),
    ];
    let plan = Plan::in_place(
        request(&["web", "api"], super::bounds(super::Share::Count(1), super::Share::Count(0))),
        &seen(at(0), &places),
    )
    .expect("a plan");
    let order: Vec<_> = plan.targets().map(|target| TargetId::as_str(&target.id)).collect();
    assert_eq!(order, ["i-2", "i-1", "i-3"]);
}

#[test]
fn a_batch_starts_only_when_the_one_before_is_in_service_again() {
    let mut rollout = run(&["i-1", "i-2", "i-3", "i-4"], 2, 1);
    let all = ["i-1", "i-2", "i-3", "i-4"].map(|target| (target, Health::healthy()));
    let seen = web(at(0), &all);
    let first = [("i-1".to_owned(), DEREGISTER), ("i-2".to_owned(), DEREGISTER)];
    assert_eq!(starts(&rollout, &seen, 0), first);

    go_through(&mut rollout, 0, "i-1", &IN_PLACE);
    assert_eq!(starts(&rollout, &seen, 0), [("i-2".to_owned(), DEREGISTER)]);

    go_through(&mut rollout, 0, "i-2", &IN_PLACE);
    let second = [("i-3".to_owned(), DEREGISTER), ("i-4".to_owned(), DEREGISTER)];
    assert_eq!(starts(&rollout, &seen, 0), second);
}

#[test]
fn the_same_question_gets_the_same_answer_until_something_happens() {
    let mut rollout = run(&["i-1", "i-2"], 1, 1);
    let seen = web(at(0), &[("i-1", Health::healthy()), ("i-2", Health::healthy())]);
    let asked = rollout.next(&seen, at(0));
    assert_eq!(rollout.next(&seen, at(0)), asked);
    super::apply(&mut rollout, 0, &[super::started("i-1", DEREGISTER)]);
    assert_eq!(starts(&rollout, &seen, 0), []);
}
