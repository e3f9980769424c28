//! Every reason to refuse a run before anything is changed, and all of them at once.

use std::time::Duration;

use super::super::{
    Batches, Group, Health, Hold, Look, Plan, Policy, Reason, Refusal, Request, Share, Snapshot,
    State, TargetType,
};
use super::{arn, at, bounds, draining, group, id, place, refusals, request, seen, unhealthy, web};

fn three() -> Snapshot {
    web(at(0), &["i-1", "i-2", "i-3"].map(|target| (target, Health::healthy())))
}

fn only(mut refusals: Vec<Refusal>) -> Refusal {
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    refusals.remove(0)
}

fn refused(policy: Policy, seen: &Snapshot) -> Refusal {
    only(refusals(request(&["web"], policy), seen))
}

#[test]
fn functions_and_load_balancers_cannot_be_drained() {
    for target_type in [TargetType::Lambda, TargetType::Alb] {
        let groups = vec![Group { target_type, ..group("web") }];
        let refusal =
            only(refusals(Request { groups, ..request(&[], Policy::default()) }, &three()));
        assert_eq!(refusal, Refusal::Undrainable { group: "web".to_owned(), target_type });
    }
}

#[test]
fn a_group_that_no_load_balancer_uses_is_refused() {
    let groups = vec![Group { balancers: Vec::new(), ..group("web") }];
    let refusal = only(refusals(Request { groups, ..request(&[], Policy::default()) }, &three()));
    assert_eq!(refusal, Refusal::NotInUse { group: "web".to_owned() });
}

#[test]
fn an_empty_group_is_refused_for_that_alone() {
    let empty = Refusal::Empty { group: "web".to_owned() };
    let nobody = Snapshot::from([(arn("web"), Look { at: at(0), seen: Vec::new() })]);
    assert_eq!(refused(Policy::default(), &nobody), empty);
    assert_eq!(refused(Policy::default(), &Snapshot::new()), empty);
}

#[test]
fn a_target_that_is_not_registered_is_refused_with_those_that_are() {
    let named = Request {
        targets: vec![id("i-9")],
        exclude: vec![id("i-8")],
        ..request(&["web"], Policy::default())
    };
    let refusals = refusals(named, &three());
    let of = |target| Refusal::NotRegistered {
        target: id(target),
        groups: "web".to_owned(),
        registered: "i-1, i-2, i-3".to_owned(),
    };
    assert_eq!(refusals, [of("i-9"), of("i-8")]);
    assert_eq!(refusals[0].hint(), "registered are i-1, i-2, i-3");
    let nobody = Refusal::NotRegistered {
        target: id("i-9"),
        groups: "web".to_owned(),
        registered: String::new(),
    };
    assert_eq!(nobody.hint(), "is it the right group?");
}

#[test]
fn a_target_that_somebody_else_drains_is_refused_and_can_be_excluded() {
    let seen =
        web(at(0), &[("i-1", draining()), ("i-2", Health::healthy()), ("i-3", Health::healthy())]);
    let refusal = refused(Policy::default(), &seen);
    assert_eq!(refusal, Refusal::Draining { target: id("i-1"), group: "web".to_owned() });
    assert!(refusal.hint().contains("--exclude i-1"), "{}", refusal.hint());
    let without = Request { exclude: vec![id("i-1")], ..request(&["web"], Policy::default()) };
    assert!(super::Plan::in_place(without, &seen).is_ok());
}

#[test]
fn nothing_is_left_when_all_are_excluded() {
    let all = ["i-1", "i-2", "i-3"].map(id).to_vec();
    let none = Request { exclude: all, ..request(&["web"], Policy::default()) };
    assert_eq!(only(refusals(none, &three())), Refusal::NothingLeft);
}

#[test]
fn a_batch_that_comes_to_nobody_is_refused() {
    for batch in [Share::Count(0), Share::Percent(0), Share::Percent(33)] {
        let refusal = refused(bounds(batch, Share::Count(1)), &three());
        assert_eq!(refusal, Refusal::EmptyBatch { batch, targets: 3 });
    }
}

#[test]
fn a_floor_that_can_never_be_kept_is_refused() {
    let refusal = refused(bounds(Share::Count(1), Share::Count(4)), &three());
    let expected = Refusal::FloorAboveSize { group: "web".to_owned(), registered: 3, floor: 4 };
    assert_eq!(refusal, expected);
}

#[test]
fn a_batch_that_breaks_the_floor_is_refused_with_what_would_remain() {
    let refusal = refused(bounds(Share::Count(2), Share::Count(2)), &three());
    let expected = Refusal::BelowFloor {
        group: "web".to_owned(),
        taken: "i-1, i-2".to_owned(),
        remaining: 1,
        floor: 2,
    };
    assert_eq!(refusal, expected);
}

#[test]
fn the_last_target_in_service_is_not_taken_unless_downtime_is_accepted() {
    let seen = web(at(0), &[("i-1", Health::healthy())]);
    let refusal = refused(Policy::default(), &seen);
    assert!(matches!(refusal, Refusal::BelowFloor { remaining: 0, floor: 1, .. }), "{refusal}");
    let hint = refusal.hint();
    assert!(hint.contains("--min-healthy 0") && hint.contains("flip"), "{hint}");
    let all_at_once = refused(bounds(Share::Count(3), Share::Count(1)), &three()).hint();
    assert!(all_at_once.contains("--batch") && !all_at_once.contains("flip"), "{all_at_once}");
    let accepted = bounds(Share::Count(1), Share::Count(0));
    assert!(super::Plan::in_place(request(&["web"], accepted), &seen).is_ok());
}

#[test]
fn a_target_that_is_mended_first_counts_for_the_batches_after_it() {
    let two_of_three = |ill: Health| {
        web(at(0), &[("i-1", Health::healthy()), ("i-2", Health::healthy()), ("i-3", ill)])
    };
    let policy = bounds(Share::Count(1), Share::Count(2));
    let plan = super::Plan::in_place(request(&["web"], policy.clone()), &two_of_three(unhealthy()));
    assert!(plan.is_ok(), "{plan:?}");
    let left_ill = Request { exclude: vec![id("i-3")], ..request(&["web"], policy) };
    let refusal = only(refusals(left_ill, &two_of_three(unhealthy())));
    assert!(matches!(refusal, Refusal::BelowFloor { remaining: 1, .. }), "{refusal}");
}

#[test]
fn a_floor_holds_in_each_group_of_a_target() {
    let places = [
        (place("web", "i-1", 80), Health::healthy()),
        (place("web", "i-2", 80), Health::healthy()),
        (place("api", "i-1", 81), Health::healthy()),
    ];
    let refusal =
        only(refusals(request(&["web", "api"], Policy::default()), &seen(at(0), &places)));
    assert!(matches!(&refusal, Refusal::BelowFloor { group, .. } if group == "api"), "{refusal}");
}

#[test]
fn a_limit_that_every_drain_would_pass_is_refused_with_what_a_drain_takes() {
    let group = group("web");
    let takes = group.expected_drain(group.default_settle());
    let limited = |limit| Policy { drain_timeout: Some(limit), ..Policy::default() };
    let limit = takes - Duration::from_secs(1);
    let refusal = refused(limited(limit), &three());
    assert_eq!(refusal, Refusal::DrainLimit { group: "web".to_owned(), takes, limit });
    assert!(Plan::in_place(request(&["web"], limited(takes)), &three()).is_ok());
}

#[test]
fn a_target_that_can_never_come_back_is_refused_and_can_be_excluded() {
    for reason in [Reason::InvalidState, Reason::NotInUse, Reason::IpUnusable] {
        let stopped = Health::of(State::Unused, Some(reason.clone()));
        let healthy = ["i-2", "i-3"].map(|target| (target, Health::healthy()));
        let seen = web(at(0), &[&[("i-1", stopped)], &healthy[..]].concat());
        let refusal = refused(Policy::default(), &seen);
        assert!(refusal.to_string().contains(reason.as_str()), "{refusal}");
        assert!(refusal.hint().ends_with("--exclude i-1"), "{}", refusal.hint());
        let others = Request { exclude: vec![id("i-1")], ..request(&["web"], Policy::default()) };
        assert!(Plan::in_place(others, &seen).is_ok());
    }
}

#[test]
fn a_group_without_a_healthy_target_fails_open_and_is_not_emptied() {
    let both = web(at(0), &[("i-1", unhealthy()), ("i-2", unhealthy())]);
    let all = Policy { batch: Batches::all(Share::Percent(100)), ..Policy::default() };
    let refusal = refused(all, &both);
    assert!(matches!(refusal, Refusal::BelowFloor { remaining: 0, .. }), "{refusal}");
    assert!(Plan::in_place(request(&["web"], Policy::default()), &both).is_ok());
    let alone = web(at(0), &[("i-1", unhealthy())]);
    assert!(matches!(refused(Policy::default(), &alone), Refusal::BelowFloor { .. }));
}

#[test]
fn all_reasons_are_told_at_once() {
    let groups = vec![
        group("web"),
        Group { target_type: TargetType::Lambda, ..group("functions") },
        Group { balancers: Vec::new(), ..group("idle") },
        group("empty"),
    ];
    let places = [
        (place("web", "i-1", 80), Health::healthy()),
        (place("web", "i-2", 80), draining()),
        (place("functions", "f", 1), Health::healthy()),
        (place("idle", "i-1", 80), unhealthy()),
    ];
    let everything = Request {
        groups,
        exclude: vec![id("f"), id("i-9")],
        ..request(&[], bounds(Share::Count(0), Share::Count(9)))
    };
    let told: Vec<String> =
        refusals(everything, &seen(at(0), &places)).iter().map(ToString::to_string).collect();
    for fragment in [
        "functions holds lambda functions",
        "idle is not used by any load balancer",
        "empty has no registered targets",
        "i-9 is not registered in web, functions, idle, empty",
        "i-2 is draining in group web",
        "a batch of 0 of 2 targets comes to none",
        "group web has 1 targets, so 9 can never be in service",
    ] {
        let count = told.iter().filter(|text| text.contains(fragment)).count();
        assert_eq!(count, 1, "{fragment:?} in {told:#?}");
    }
}

#[test]
fn a_refusal_never_ends_an_id_with_a_full_stop() {
    let seen = web(at(0), &[("i-1", draining()), ("i-2", Health::healthy())]);
    let named = Request { exclude: vec![id("i-9")], ..request(&["web"], Policy::default()) };
    for refusal in refusals(named, &seen) {
        assert!(!refusal.to_string().ends_with('.') && !refusal.hint().ends_with('.'));
    }
}

#[test]
fn a_group_on_hold_is_refused_with_its_reason_beside_every_other_reason() {
    let hold = |group: &str, reason: &str| Hold { group: arn(group), reason: reason.to_owned() };
    let holds = vec![hold("web", "migration, ask ann"), hold("api", " ")];
    let mut asked =
        Request { holds, ..request(&["web"], bounds(Share::Count(1), Share::Count(4))) };
    let said: Vec<_> = refusals(asked.clone(), &three()).iter().map(Refusal::to_string).collect();
    let [why, none, floor] = said.as_slice() else { panic!("{said:?}") };
    assert_eq!(why, "group web is on hold: migration, ask ann");
    assert_eq!(none, "group api is on hold: no reason is given");
    assert!(floor.contains("4 can never be in service"), "{floor}");

    asked.targets = vec![id("i-1")];
    let drain = Plan::drain(asked, &three()).unwrap_err();
    assert!(matches!(drain[0], Refusal::OnHold { .. }), "{drain:?}");
    assert!(drain[0].hint().contains("--ignore-hold"), "{}", drain[0].hint());
}

/// A request of `web` while this is registered in other groups.
fn beside(elsewhere: &[(&str, &str, Health)]) -> Request {
    let at =
        |(group, target, health): &(&str, &str, Health)| (place(group, target, 81), health.clone());
    let elsewhere = elsewhere.iter().map(at).collect();
    Request { elsewhere, ..request(&["web"], Policy::default()) }
}

#[test]
fn a_target_that_serves_in_other_groups_is_refused_once_with_all_of_them() {
    let elsewhere = [
        ("api", "i-2", Health::healthy()),
        ("pay", "i-2", unhealthy()),
        ("pay", "i-1", Health::healthy()),
        ("api", "i-9", Health::healthy()),
    ];
    let refusals = refusals(beside(&elsewhere), &three());
    let said: Vec<_> = refusals.iter().map(Refusal::to_string).collect();
    assert_eq!(
        said,
        [
            "i-1 also gets traffic in pay:81, and would be deployed under it",
            "i-2 also gets traffic in api:81, pay:81, and would be deployed under it",
        ]
    );
    assert!(refusals[0].hint().contains("--all-groups"), "{}", refusals[0].hint());
}

#[test]
fn only_chosen_targets_may_not_serve_elsewhere() {
    let serving = beside(&[("api", "i-1", Health::healthy())]);
    let named = Request { targets: vec![id("i-2")], ..serving.clone() };
    assert!(Plan::in_place(named, &three()).is_ok());
    let excluded = Request { exclude: vec![id("i-1")], ..serving.clone() };
    assert!(Plan::in_place(excluded, &three()).is_ok());
    assert_eq!(refusals(serving, &three()).len(), 1);
}

#[test]
fn what_is_gone_elsewhere_is_no_reason_and_what_still_drains_there_is() {
    let gone = beside(&[("api", "i-1", Health::not_registered())]);
    assert!(Plan::in_place(gone, &three()).is_ok());
    let refusal = only(refusals(beside(&[("api", "i-1", draining())]), &three()));
    assert_eq!(refusal, Refusal::DrainsElsewhere { place: place("api", "i-1", 81) });
    assert!(refusal.hint().contains("--exclude i-1"), "{}", refusal.hint());
}

#[test]
fn what_the_groups_themselves_show_is_not_elsewhere() {
    let request = Request {
        groups: vec![group("web"), group("api")],
        ..beside(&[("api", "i-1", Health::healthy())])
    };
    let mut places: Vec<_> =
        ["i-1", "i-2", "i-3"].map(|target| (place("web", target, 80), Health::healthy())).to_vec();
    places.extend(["i-1", "i-4"].map(|target| (place("api", target, 81), Health::healthy())));
    assert!(Plan::in_place(request, &seen(at(0), &places)).is_ok());
}
