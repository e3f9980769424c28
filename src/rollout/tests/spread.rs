//! Batches that grow, targets spread over zones, and a floor in each zone.

use super::super::{Batches, Order, Request, TargetId};
use super::{
    AWAIT_DRAINED, DEPLOY, DEREGISTER, Health, IN_PLACE, Plan, Policy, Refusal, Registration,
    Rollout, Share, Snapshot, apply, at, failed, finished, go_through, id, place, refusals,
    request, seen, started, unhealthy,
};

/// Targets of `web`, each with its zone; none is a zone that nobody tells.
fn zoned(second: u64, targets: &[(&str, &str, Health)]) -> Snapshot {
    let placed = |(target, zone, health): &(&str, &str, Health)| {
        let zone = (!zone.is_empty()).then(|| (*zone).to_owned());
        (Registration { zone, ..place("web", target, 80) }, health.clone())
    };
    seen(at(second), &targets.iter().map(placed).collect::<Vec<_>>())
}

fn healthy(targets: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str, Health)> {
    targets.iter().map(|(target, zone)| (*target, *zone, Health::healthy())).collect()
}

fn asked(batch: &str, zone_floor: bool) -> Request {
    let batch = batch.parse().expect("batches");
    let min_healthy = Share::Count(0);
    request(&["web"], Policy { batch, min_healthy, zone_floor, ..Policy::default() })
}

fn sizes(batch: &str, total: usize) -> Vec<usize> {
    let names: Vec<_> = (0..total).map(|index| format!("i-{index:03}")).collect();
    let targets: Vec<_> =
        names.iter().map(|name| (name.as_str(), "a", Health::healthy())).collect();
    let plan = Plan::in_place(asked(batch, false), &zoned(0, &targets)).expect("a plan");
    plan.batches.iter().map(Vec::len).collect()
}

#[test]
fn a_list_is_for_one_batch_after_the_other_and_its_last_value_for_the_rest() {
    assert_eq!(sizes("1", 3), [1, 1, 1]);
    assert_eq!(sizes("50%", 5), [2, 2, 1]);
    assert_eq!(sizes("1,10%,50%", 20), [1, 2, 10, 7]);
    assert_eq!(sizes("3,1", 5), [3, 1, 1]);
    assert_eq!(sizes("100%,1", 4), [4]);
}

#[test]
fn batches_are_read_as_they_are_shown_and_a_share_alone_as_it_was_written_before() {
    for text in ["1", "25%", "1,10%,50%"] {
        assert_eq!(text.parse::<Batches>().expect(text).to_string(), text);
    }
    for text in ["", ",", "1,", "1,,2", "1;2", "ten"] {
        assert!(text.parse::<Batches>().is_err(), "{text}");
    }
    let read = |json| serde_json::from_str::<Batches>(json).expect(json).to_string();
    assert_eq!(read(r#"{"count":2}"#), "2");
    assert_eq!(read(r#"[{"count":1},{"percent":50}]"#), "1,50%");
    let one = serde_json::to_string(&Batches::all(Share::Percent(25))).expect("JSON");
    assert_eq!(one, r#"{"percent":25}"#);
}

#[test]
fn every_share_that_comes_to_nobody_is_refused() {
    let seen = zoned(0, &healthy(&[("i-1", "a"), ("i-2", "a")]));
    let refused = refusals(asked("1,10%,0", false), &seen);
    let empty = refused.iter().filter(|it| matches!(it, Refusal::EmptyBatch { .. })).count();
    assert_eq!(empty, 2, "{refused:?}");
}

fn order(request: Request, targets: &[(&str, &str, Health)]) -> Vec<String> {
    let plan = Plan::in_place(request, &zoned(0, targets)).expect("a plan");
    plan.targets().map(|target| target.id.to_string()).collect()
}

#[test]
fn targets_are_spread_over_zones_and_keep_their_order_within_one() {
    let targets = healthy(&[("i-3", "a"), ("i-1", "a"), ("i-2", "a"), ("i-5", "b"), ("i-4", "b")]);
    assert_eq!(order(asked("1", false), &targets), ["i-3", "i-5", "i-1", "i-4", "i-2"]);
    let unknown = healthy(&[("i-3", ""), ("i-1", ""), ("i-2", "")]);
    assert_eq!(order(asked("1", false), &unknown), ["i-3", "i-1", "i-2"]);
}

#[test]
fn whoever_is_out_of_service_comes_first_in_whatever_zone() {
    let mut targets = healthy(&[("i-1", "a"), ("i-2", "b"), ("i-3", "b")]);
    targets.push(("i-4", "b", unhealthy()));
    assert_eq!(order(asked("1", false), &targets), ["i-4", "i-1", "i-2", "i-3"]);
}

#[test]
fn an_order_that_is_given_is_kept() {
    let mut targets = healthy(&[("i-1", "a"), ("i-2", "a"), ("i-3", "b")]);
    targets.push(("i-4", "b", unhealthy()));
    let given = |ids: &[&str]| Request {
        order: Order::AsGiven,
        targets: ids.iter().copied().map(TargetId::new).collect(),
        ..asked("1", false)
    };
    assert_eq!(order(given(&["i-3", "i-4", "i-1"]), &targets), ["i-3", "i-4", "i-1"]);
    assert_eq!(order(given(&[]), &targets), ["i-1", "i-2", "i-3", "i-4"]);
}

#[test]
fn a_batch_that_would_empty_a_zone_of_two_or_more_is_refused() {
    let two = healthy(&[("i-1", "a"), ("i-2", "a"), ("i-3", "b"), ("i-4", "b")]);
    assert!(Plan::in_place(asked("2", true), &zoned(0, &two)).is_ok(), "one of each zone");
    let refused = refusals(asked("3", true), &zoned(0, &two));
    let [Refusal::BelowZoneFloor { zone, taken, .. }] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!((zone.as_str(), taken.as_str()), ("a", "i-1, i-2"));
    assert!(Plan::in_place(asked("3", false), &zoned(0, &two)).is_ok(), "nobody asked for it");
    let alone = healthy(&[("i-1", "a"), ("i-2", "b"), ("i-3", "b")]);
    assert!(Plan::in_place(asked("1", true), &zoned(0, &alone)).is_ok(), "a zone of one");
}

#[test]
fn a_zone_that_is_not_told_has_no_floor() {
    let targets = healthy(&[("i-1", "a"), ("i-2", "")]);
    let refused = refusals(asked("1", true), &zoned(0, &targets));
    assert!(matches!(&refused[..], [Refusal::UnknownZone { place }] if place.id == id("i-2")));
    assert!(refused[0].hint().contains("of instances"));
    let addresses = healthy(&[("10.0.0.1", "a"), ("10.0.0.2", "")]);
    let refused = refusals(asked("1", true), &zoned(0, &addresses));
    assert_eq!(refused[0].hint(), "leave out --zone-floor", "it says nothing of other addresses");
}

#[test]
fn the_last_of_a_zone_waits_until_another_one_is_back() {
    let targets = healthy(&[("i-1", "a"), ("i-2", "a"), ("i-3", "b"), ("i-4", "b")]);
    let plan = Plan::in_place(asked("1", true), &zoned(0, &targets)).expect("a plan");
    let mut rollout = Rollout::new(plan, at(0));
    while let Some(step) = rollout.progress(&id("i-1")).and_then(super::super::Progress::step) {
        apply(&mut rollout, 1, &[started("i-1", step), finished("i-1", step)]);
    }
    let mut now = targets.clone();
    now[2].2 = unhealthy();
    now[3].2 = Health::healthy();
    // The next one is i-3, which is out of service, and may go; then i-2 and i-4 are due.
    let next = |rollout: &Rollout, targets: &[_]| rollout.next(&zoned(2, targets), at(2));
    assert_eq!(next(&rollout, &now).start[0].0, id("i-3"));
    while let Some(step) = rollout.progress(&id("i-3")).and_then(super::super::Progress::step) {
        apply(&mut rollout, 2, &[started("i-3", step), finished("i-3", step)]);
    }
    let mut now = targets.clone();
    now[0].2 = unhealthy();
    let held = next(&rollout, &now);
    assert!(held.start.is_empty());
    assert!(held.hold.expect("a reason").contains("the last of group web in service in zone a"));
    assert_eq!(next(&rollout, &targets).start[0].0, id("i-2"));
}

#[test]
fn a_zone_of_two_of_which_one_was_left_out_keeps_the_other() {
    let targets = healthy(&[("i-1", "a"), ("i-2", "a"), ("i-3", "b"), ("i-4", "b")]);
    let mut asked = asked("1", true);
    asked.policy.max_failures = 3;
    let plan = Plan::in_place(asked, &zoned(0, &targets)).expect("a plan");
    let mut rollout = Rollout::new(plan, at(0));
    go_through(&mut rollout, 1, "i-1", &[DEREGISTER, AWAIT_DRAINED]);
    apply(&mut rollout, 1, &[started("i-1", DEPLOY), failed("i-1", DEPLOY, true)]);
    go_through(&mut rollout, 1, "i-3", &IN_PLACE);
    let next = |shown: &[_]| rollout.next(&zoned(2, shown), at(2));
    let gone = ("i-1", "a", Health::not_registered());
    for shown in [targets[1..].to_vec(), [&[gone], &targets[1..]].concat()] {
        let held = next(&shown);
        assert_eq!(held.start, [], "i-2 is the last one of its zone");
        assert!(held.hold.expect("a reason").contains("in zone a"));
    }
}

#[test]
fn a_zone_of_two_of_which_another_run_holds_one_out_keeps_the_other() {
    let targets = healthy(&[("i-2", "a"), ("i-3", "b"), ("i-4", "b")]);
    let left_out = Registration { zone: Some("a".to_owned()), ..place("web", "i-1", 80) };
    let elsewhere = Registration { group: super::arn("api"), ..left_out.clone() };
    let away = |place: Registration| Request { away: vec![place], ..asked("1", true) };
    let refused = refusals(away(left_out), &zoned(0, &targets));
    let [Refusal::BelowZoneFloor { taken, .. }] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!(taken, "i-2");
    assert!(Plan::in_place(away(elsewhere), &zoned(0, &targets)).is_ok(), "of another group");
}
