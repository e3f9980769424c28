//! A plan: who is chosen, in which batches, with which registrations and floors.

use super::super::{
    Group, Health, Plan, Policy, Registration, Request, Share, Strategy, Target, TargetId,
};
use super::{at, bounds, group, id, place, request, seconds, seen, unhealthy, web};

fn planned(request: Request, places: &[(Registration, Health)]) -> Plan {
    Plan::in_place(request, &seen(at(0), places)).expect("a plan")
}

fn ids(batch: &[Target]) -> Vec<&str> {
    batch.iter().map(|target| target.id.as_str()).collect()
}

fn batches(plan: &Plan) -> Vec<Vec<&str>> {
    plan.batches.iter().map(|batch| ids(batch)).collect()
}

fn healthy(targets: &[&str]) -> Vec<(Registration, Health)> {
    targets.iter().map(|target| (place("web", target, 80), Health::healthy())).collect()
}

fn five() -> Vec<(Registration, Health)> {
    healthy(&["i-1", "i-2", "i-3", "i-4", "i-5"])
}

#[test]
fn without_targets_every_target_of_the_group_is_meant() {
    let plan = planned(request(&["web"], Policy::default()), &five());
    assert_eq!(plan.strategy, Strategy::InPlace);
    assert_eq!(batches(&plan), [["i-1"], ["i-2"], ["i-3"], ["i-4"], ["i-5"]]);
}

#[test]
fn batches_are_as_large_as_the_count_and_the_last_one_smaller() {
    let policy = bounds(Share::Count(2), Share::Count(1));
    let plan = planned(request(&["web"], policy), &five());
    assert_eq!(batches(&plan), vec![vec!["i-1", "i-2"], vec!["i-3", "i-4"], vec!["i-5"]]);
}

#[test]
fn a_batch_in_percent_is_of_the_chosen_targets_and_rounds_down() {
    let policy = bounds(Share::Percent(50), Share::Count(1));
    let all = planned(request(&["web"], policy.clone()), &five());
    assert_eq!(all.batches.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let four = Request { exclude: vec![id("i-5")], ..request(&["web"], policy) };
    let some = planned(four, &five());
    assert_eq!(some.batches.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
}

#[test]
fn a_batch_may_be_larger_than_the_fleet() {
    let policy = bounds(Share::Count(99), Share::Count(0));
    assert_eq!(planned(request(&["web"], policy), &five()).batches.len(), 1);
}

#[test]
fn a_floor_is_of_the_registered_targets_of_its_group_and_rounds_up() {
    let policy = bounds(Share::Count(1), Share::Percent(50));
    let mut places = five();
    places.extend([(place("api", "i-1", 81), Health::healthy())]);
    places.extend([(place("api", "i-2", 81), Health::healthy())]);
    let plan = planned(request(&["web", "api"], policy), &places);
    assert_eq!(plan.floors[&super::arn("web")], 3);
    assert_eq!(plan.floors[&super::arn("api")], 1);
}

#[test]
fn targets_that_are_named_are_taken_and_excluded_ones_are_not() {
    let named = Request {
        targets: vec![id("i-4"), id("i-2"), id("i-3")],
        exclude: vec![id("i-3")],
        ..request(&["web"], Policy::default())
    };
    assert_eq!(batches(&planned(named, &five())), [["i-2"], ["i-4"]]);
}

#[test]
fn a_target_named_twice_is_taken_once() {
    let twice =
        Request { targets: vec![id("i-1"), id("i-1")], ..request(&["web"], Policy::default()) };
    assert_eq!(batches(&planned(twice, &five())), [["i-1"]]);
}

#[test]
fn a_group_named_twice_counts_once() {
    let plan = planned(request(&["web", "web"], Policy::default()), &five());
    assert_eq!(plan.groups.len(), 1);
    let target = plan.target(&id("i-1")).expect("the target");
    assert_eq!(target.old, [place("web", "i-1", 80)]);
}

#[test]
fn every_port_of_a_target_in_every_group_is_captured() {
    let places = [
        (place("web", "i-1", 80), Health::healthy()),
        (place("web", "i-1", 8080), unhealthy()),
        (place("web", "i-2", 80), Health::healthy()),
        (place("api", "i-1", 81), Health::healthy()),
        (place("api", "i-2", 81), Health::healthy()),
    ];
    let plan = planned(request(&["web", "api"], Policy::default()), &places);
    let target = plan.target(&id("i-1")).expect("the target");
    let all = [place("web", "i-1", 80), place("web", "i-1", 8080), place("api", "i-1", 81)];
    assert_eq!(target.old, all);
    assert_eq!(target.groups(), [&super::arn("api"), &super::arn("web")]);
}

/// Invariant 12, its first half: what is put back is what was there.
#[test]
fn registrations_are_captured_verbatim_and_are_what_is_put_back() {
    let zoned = Registration {
        zone: Some("all".to_owned()),
        quic_server_id: Some("0x1f2e3d4c5b6a7988".to_owned()),
        ..place("web", "10.1.2.3", 4433)
    };
    let other = Registration { zone: Some("eu-west-1a".to_owned()), ..place("web", "10.1.2.4", 1) };
    let places = [(zoned.clone(), Health::healthy()), (other, Health::healthy())];
    let plan = planned(request(&["web"], Policy::default()), &places);
    let target = plan.target(&id("10.1.2.3")).expect("the target");
    assert_eq!((&target.old, &target.new), (&vec![zoned.clone()], &vec![zoned]));
    assert_eq!(target.zone(), Some("all"));
}

#[test]
fn a_plan_survives_the_journal() {
    let plan = planned(request(&["web"], Policy::default()), &five());
    let text = serde_json::to_string(&plan).expect("a plan as JSON");
    assert_eq!(serde_json::from_str::<Plan>(&text).expect(&text), plan);
}

#[test]
fn a_registration_that_is_gone_is_not_captured() {
    let mut places = five();
    places.push((place("web", "i-1", 9999), Health::not_registered()));
    let plan = planned(request(&["web"], Policy::default()), &places);
    assert_eq!(plan.target(&id("i-1")).expect("the target").old, [place("web", "i-1", 80)]);
}

#[test]
fn the_slowest_group_decides_how_long_a_target_takes() {
    let fast = Group { deregistration_delay: seconds(5), ..group("web") };
    let slow = Group { deregistration_delay: seconds(90), ..group("api") };
    let request = Request { groups: vec![fast, slow], ..request(&[], Policy::default()) };
    let places = [
        (place("web", "i-1", 80), Health::healthy()),
        (place("web", "i-2", 80), Health::healthy()),
        (place("api", "i-2", 81), Health::healthy()),
        (place("api", "i-3", 81), Health::healthy()),
    ];
    let plan = planned(request, &places);
    let drain = |target| plan.expected_drain(plan.target(&id(target)).expect("the target"));
    assert_eq!(drain("i-1"), seconds(15));
    assert_eq!(drain("i-2"), seconds(90));
}

#[test]
fn looks_count_a_target_once_however_many_ports_it_has() {
    let look = seen(
        at(0),
        &[
            (place("web", "i-1", 80), Health::healthy()),
            (place("web", "i-1", 81), Health::healthy()),
            (place("web", "i-2", 80), super::draining()),
        ],
    );
    let look = &look[&super::arn("web")];
    assert_eq!(look.in_service().map(TargetId::as_str).collect::<Vec<_>>(), ["i-1"]);
    assert_eq!(look.registered().map(TargetId::as_str).collect::<Vec<_>>(), ["i-1"]);
    assert_eq!(look.health(&place("web", "i-1", 82)), None);
}

#[test]
fn zone_and_quic_id_do_not_make_another_place() {
    let zoned = Registration { zone: Some("all".to_owned()), ..place("web", "i-1", 80) };
    let look = web(at(0), &[("i-1", Health::healthy())]);
    assert_eq!(look[&super::arn("web")].health(&zoned), Some(&Health::healthy()));
}
