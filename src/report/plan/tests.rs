use std::time::Duration;

use insta::assert_snapshot;

use super::*;
use crate::journal::sample::{self, NOON};
use crate::rollout::{Health, Look, Plan, Snapshot, Strategy, Target, TargetId};

fn seen(plan: &Plan) -> Snapshot {
    let places = plan.targets().flat_map(|target| &target.old);
    let seen = places.map(|place| (place.clone(), Health::healthy())).collect();
    [(plan.groups[0].arn.clone(), Look { at: NOON, seen })].into()
}

fn told(tell: impl Fn(&Planned<'_>) -> String) -> String {
    let mut plan = sample::plan(&[&["i-0a"], &["i-0b", "i-0c"]]);
    plan.policy.gates.bake = Duration::from_secs(60);
    plan.policy.gates.ready = true;
    let outlook = Outlook::of(&plan, &seen(&plan), Some(Duration::from_secs(40)));
    let jobs = [("deploy", "./deploy.sh '{target}'".to_owned())];
    let given = [("bake".to_owned(), "1m".to_owned(), "command line".to_owned())];
    let notes = ["web is on hold".to_owned()];
    let planned =
        Planned { plan: &plan, outlook: &outlook, jobs: &jobs, given: &given, notes: &notes };
    tell(&planned)
}

#[test]
fn a_page_has_every_batch_with_its_waits_and_what_is_left_in_service() {
    assert_snapshot!(told(page));
}

#[test]
fn a_program_reads_the_same() {
    let document: serde_json::Value =
        serde_json::from_str(&told(|planned| document(planned, NOON))).unwrap();
    assert_eq!(document["v"], 1);
    let batches = document["batches"].as_array().unwrap();
    assert_eq!(batches[1]["during"][0]["in_service"], 1);
    assert_eq!(batches[0]["targets"][0]["places"][0]["health"]["state"], "healthy");
    let sum = |field: &str| {
        let steps = batches.iter().flat_map(|batch| batch["steps"].as_array().unwrap());
        Some(steps.map(|step| step[field].as_u64().unwrap_or_default()).sum::<u64>())
    };
    assert_eq!(document["least_ms"].as_u64(), sum("least_ms"));
    assert!(document["least_ms"].as_u64() < sum("takes_ms"), "the first check may come at once");
    assert!(document["expected_ms"].as_u64() > sum("takes_ms"));
}

#[test]
fn what_nobody_knows_is_said_not_to_be_counted() {
    let plan = sample::plan(&[&["i-0a"]]);
    let outlook = Outlook::of(&plan, &seen(&plan), None);
    let planned = Planned { plan: &plan, outlook: &outlook, jobs: &[], given: &[], notes: &[] };
    let page = page(&planned);
    assert!(page.contains("deploy                  ?  nobody knows; at most "), "{page}");
    assert!(page.trim_end().ends_with(", and the deploys"), "{page}");
}

#[test]
fn steps_are_told_once_and_of_many_batches_the_first() {
    let ids: Vec<_> = (0..12).map(|number| format!("i-{number:02}")).collect();
    let batches: Vec<[&str; 1]> = ids.iter().map(|id| [id.as_str()]).collect();
    let batches: Vec<&[&str]> = batches.iter().map(|batch| &batch[..]).collect();
    let plan = sample::plan(&batches);
    let lines = outlook_lines(&plan, &Outlook::of(&plan, &seen(&plan), None));
    let count = |part: &str| lines.iter().filter(|line| line.contains(part)).count();
    assert_eq!(count("await drained"), 1, "{lines:#?}");
    assert_eq!(count("the steps of batch 1"), 9, "{lines:#?}");
    assert_eq!(count("and 2 more batches"), 1, "{lines:#?}");
}

#[test]
fn the_old_port_is_said_to_serve_on_only_where_there_is_one() {
    let place = |port| sample::place("web", "i-0a", port);
    let said = |old: Vec<_>| {
        let target = Target { id: TargetId::new("i-0a"), old, new: vec![place(8082)] };
        let batches = vec![vec![target]];
        let plan = Plan { strategy: Strategy::Flip, batches, ..sample::plan(&[&["i-0a"]]) };
        outlook_lines(&plan, &Outlook::of(&plan, &seen(&plan), None)).join("\n")
    };
    let flips = said(vec![place(8081)]);
    assert!(flips.contains("if a target fails: the old port serves on; what served"), "{flips}");
    let first = said(Vec::new());
    assert!(first.contains("if a target fails: what served and failed is taken out"), "{first}");
}
