//! `docs/events.md` is held by the writer that it describes: its examples are what that writes.
//! `INSTA_UPDATE=always cargo test --test events_doc` writes them anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod pages;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, fs};

use elb_deploy::journal::Recorded;
use elb_deploy::report::{Ending, Event, Ndjson, Report, Sight, Summary};
use elb_deploy::rollout::{
    Act, Dated, Fact, Health, Moment, Outlook, Pending, Reason, Rollout, Sighting, Snapshot, State,
    Verdict, Waited,
};
use pages::{block, keys, recorded};
use serde_json::Value;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/events.md");
const FENCE: &str = "```jsonl\n";

fn doc() -> String {
    fs::read_to_string(PATH).unwrap()
}

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The name of an event; a new one does not compile until it has one here.
fn name(event: &Event<'_>) -> &'static str {
    match event {
        Event::Begun { .. } => "begun",
        Event::Awaiting { .. } => "awaiting",
        Event::Reached { .. } => "reached",
        Event::NotReached { .. } => "not-reached",
        Event::Fact(_) => "fact",
        Event::Waiting(_) => "waiting",
        Event::Output { .. } => "output",
        Event::HookOutput { .. } => "hook-output",
        Event::LeftOut { .. } => "left-out",
        Event::Holding { .. } => "holding",
        Event::Troubled { .. } => "troubled",
        Event::Recovered => "recovered",
        Event::Noted { .. } => "noted",
        Event::Ended { .. } => "ended",
    }
}

const NAMES: [&str; 14] = [
    "hook-output",
    "not-reached",
    "recovered",
    "begun",
    "awaiting",
    "reached",
    "fact",
    "waiting",
    "output",
    "left-out",
    "holding",
    "troubled",
    "noted",
    "ended",
];

fn sight(rollout: &Rollout) -> Sight {
    let target = rollout.plan().targets().next().unwrap();
    let steps = rollout.plan().steps();
    let health = Health {
        description: Some("Target deregistration is in progress".to_owned()),
        ..Health::of(State::Draining, Some(Reason::DeregistrationInProgress))
    };
    let verdict = Verdict::NotYet(Pending::Drain);
    Sight {
        target: target.id.clone(),
        step: *steps.iter().find(|step| step.act == Act::AwaitDrained).unwrap(),
        seen: vec![Sighting { place: target.old[0].clone(), health, verdict }],
        elapsed: Duration::from_secs(2),
        expected: Duration::from_secs(20),
        deadline: Duration::from_secs(80),
    }
}

/// One of each, told of the recorded run until its deploy failed.
fn told() -> String {
    let Recorded { header, facts, .. } = recorded();
    let failed = facts.iter().position(|it| matches!(it.fact, Fact::Failed { .. })).unwrap();
    let facts = &facts[..=failed];
    let rollout = Rollout::recover(header.plan.clone(), header.at, facts).unwrap();
    let summary = Summary::of(&rollout, header.at, facts);
    let outlook = Outlook::of(&header.plan, &Snapshot::new(), None);
    let (sight, ids) = (sight(&rollout), [rollout.targets().next().unwrap().0.id.clone()]);
    let waited = Waited { looks: 6, late_at_most: Duration::from_secs(1) };
    let Dated { at: end, fact } = &facts[failed];
    let what = "10.0.0.7 in web: out, and settled";
    let not_reached = "see 10.0.0.7 leave web: it is still registered after 15s";
    let hint = "was it registered, with this port? give it more time";
    let events = [
        (header.at, Event::Begun { run: &header.run, plan: &header.plan, outlook: Some(&outlook) }),
        (header.at, Event::Noted { what: "took over the lock on group web of a run that died" }),
        (header.at, Event::Holding { why: "1 of group web in service, and the floor is 1" }),
        (header.at, Event::Troubled { what: "DescribeTargetHealth: Rate exceeded" }),
        (header.at.after(Duration::from_secs(1)), Event::Recovered),
        (header.at.after(sight.elapsed), Event::Waiting(&sight)),
        (*end, Event::Output { target: &ids[0], line: "no space left" }),
        (*end, Event::HookOutput { from: "before-batch-1", line: "silenced" }),
        (*end, Event::LeftOut { lines: 12, others: 3 }),
        (*end, Event::Fact(fact)),
        (*end, Event::Ended { summary: &summary }),
        (header.at, Event::Awaiting { what, targets: &ids }),
        (*end, Event::Reached { took: end.since(header.at), waited }),
        (*end, Event::NotReached { what: not_reached, hint: Some(hint) }),
    ];
    let told: BTreeSet<_> = events.iter().map(|(_, event)| name(event)).collect();
    assert_eq!(told, BTreeSet::from(NAMES), "each has an example");
    let (run, wait) = events.split_at(11);
    written(run) + &written(wait)
}

/// What one reader gets.
fn written(events: &[(Moment, Event<'_>)]) -> String {
    let paper = Paper::default();
    let mut report = Ndjson::new(paper.clone());
    events.iter().for_each(|(at, event)| report.event(*at, event));
    let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| without_plan(line) + "\n").collect()
}

/// Other pages have it and what it comes to, and both are long.
fn without_plan(line: &str) -> String {
    let object: Value = serde_json::from_str(line).unwrap();
    let (Some(plan), Some(outlook)) = (object.get("plan"), object.get("outlook")) else {
        return line.to_owned();
    };
    let (before, rest) = line.split_once("\"outlook\":").unwrap();
    let (outlook_text, plan_text) = rest.split_once(",\"plan\":").unwrap();
    let is = |text: &str, value: &Value| serde_json::from_str::<Value>(text).unwrap() == *value;
    assert!(is(outlook_text, outlook) && is(plan_text.strip_suffix('}').unwrap(), plan));
    format!("{before}\"outlook\":{{}},\"plan\":{{}}}}")
}

#[test]
fn the_examples_are_what_is_written() {
    let told = told();
    let page = doc();
    if env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let (before, rest) = page.split_once(FENCE).unwrap();
        let (_, after) = rest.split_once("```").unwrap();
        fs::write(PATH, format!("{before}{FENCE}{told}```{after}")).unwrap();
    }
    let page = doc();
    assert_eq!(block(&page, "jsonl"), told, "INSTA_UPDATE=always cargo test --test events_doc");
}

#[test]
fn every_event_and_every_field_has_a_meaning() {
    let page = doc();
    let (prose, _) = page.split_once(FENCE).unwrap();
    for event in NAMES {
        assert!(prose.contains(&format!("\n| `{event}` | ")), "{event}");
    }
    let mut found = BTreeSet::new();
    told().lines().for_each(|line| keys(&serde_json::from_str(line).unwrap(), &mut found));
    let unnamed: Vec<_> = found.iter().filter(|key| !prose.contains(&format!("`{key}`"))).collect();
    assert!(unnamed.is_empty(), "fields that no sentence names: {unnamed:?}");
}

#[test]
fn the_version_is_told_first_and_is_the_one_of_the_page() {
    let told = told();
    let objects: Vec<Value> =
        told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let versions: Vec<_> = objects.iter().filter(|object| object.get("v").is_some()).collect();
    assert_eq!(versions.len(), 2);
    for object in versions {
        assert_eq!(object["n"], 1);
        assert!(doc().contains(&format!("`v` is {} and", object["v"])), "{object}");
    }
}

/// The next ending; a new one does not compile until it has its place here.
fn next(ending: Ending) -> Option<Ending> {
    match ending {
        Ending::Done => Some(Ending::Drained),
        Ending::Drained => Some(Ending::NotBegun),
        Ending::NotBegun => Some(Ending::StillIn),
        Ending::StillIn => Some(Ending::HeldOut),
        Ending::HeldOut => Some(Ending::NotInService),
        Ending::NotInService => Some(Ending::RolledBack),
        Ending::RolledBack => Some(Ending::PutBack),
        Ending::PutBack => None,
    }
}

fn following(pending: Pending) -> Option<Pending> {
    match pending {
        Pending::Leaving => Some(Pending::Drain),
        Pending::Drain => Some(Pending::Settle),
        Pending::Settle => Some(Pending::Joining),
        Pending::Joining => Some(Pending::Doubt),
        Pending::Doubt => Some(Pending::DrainFirst),
        Pending::DrainFirst => Some(Pending::Checks),
        Pending::Checks => Some(Pending::Recovery),
        Pending::Recovery => Some(Pending::Shift),
        Pending::Shift => Some(Pending::SlowStart),
        Pending::SlowStart => Some(Pending::Hope),
        Pending::Hope => Some(Pending::Word),
        Pending::Word => Some(Pending::Bake),
        Pending::Bake => Some(Pending::Flap),
        Pending::Flap => None,
    }
}

#[test]
fn every_ending_and_everything_that_is_waited_for_is_named() {
    let page = doc();
    for ending in std::iter::successors(Some(Ending::Done), |ending| next(*ending)) {
        let ending = serde_json::to_value(ending).unwrap();
        assert!(page.contains(&format!("\n| `{}` | ", ending.as_str().unwrap())), "{ending}");
    }
    for pending in std::iter::successors(Some(Pending::Leaving), |pending| following(*pending)) {
        let pending = serde_json::to_value(pending).unwrap();
        assert!(page.contains(&format!("`{}`", pending.as_str().unwrap())), "{pending}");
    }
}
