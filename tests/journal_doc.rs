//! `docs/journal.md` is held by the reader that it describes: its examples are a journal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod pages;

use std::collections::BTreeSet;
use std::iter::successors;

use elb_deploy::journal::{FORMAT, Recorded};
use elb_deploy::rollout::{Fact, Rollout, Strategy};
use elb_deploy::runs::{KEPT_FOR, KEPT_RUNS};
use pages::{JOURNAL, block, keys, recorded};
use serde_json::Value;

fn header() -> Value {
    serde_json::from_str(block(JOURNAL, "json")).unwrap()
}

/// The name that a fact has on disk; a new one is to be documented.
fn name(fact: &Fact) -> &'static str {
    match fact {
        Fact::Started { .. } => "started",
        Fact::Finished { .. } => "finished",
        Fact::Failed { .. } => "failed",
        Fact::Skipped { .. } => "skipped",
        Fact::PutBack { .. } => "put-back",
        Fact::Forgotten { .. } => "forgotten",
        Fact::HookStarted { .. } => "hook-started",
        Fact::HookFinished { .. } => "hook-finished",
        Fact::HookFailed { .. } => "hook-failed",
        Fact::Interrupted { .. } => "interrupted",
        Fact::WindowClosed => "window-closed",
        Fact::Resumed { .. } => "resumed",
    }
}

const FACTS: [&str; 12] = [
    "started",
    "finished",
    "failed",
    "skipped",
    "put-back",
    "forgotten",
    "hook-started",
    "hook-finished",
    "hook-failed",
    "interrupted",
    "window-closed",
    "resumed",
];

fn assert_named_in_prose(value: &Value) {
    let mut found = BTreeSet::new();
    keys(value, &mut found);
    found.retain(|key| !key.starts_with("arn:"));
    let named = |key: &String| {
        JOURNAL.contains(&format!("`{key}`")) || JOURNAL.contains(&format!("`plan.{key}`"))
    };
    let unnamed: Vec<_> = found.iter().filter(|key| !named(key) && *key != "plan").collect();
    assert!(unnamed.is_empty(), "fields that no sentence names: {unnamed:?}");
}

#[test]
fn the_header_says_what_the_reader_reads_and_nothing_else() {
    let read = serde_json::to_value(recorded().header).unwrap();
    assert_eq!(read, header());
    assert_named_in_prose(&read);
    assert!(JOURNAL.contains(&format!("`format` is {FORMAT}.")));
}

#[test]
fn the_facts_say_what_the_reader_reads_and_follow_from_each_other() {
    let Recorded { header, facts, torn, .. } = recorded();
    assert!(!torn);
    for (line, fact) in block(JOURNAL, "jsonl").lines().zip(&facts) {
        let said: Value = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_value(fact).unwrap(), said);
        assert_named_in_prose(&said);
    }
    assert_eq!(block(JOURNAL, "jsonl").lines().count(), facts.len());
    let (before, [put_back, forgotten]) = facts.split_at(facts.len() - 2) else { panic!() };
    assert!(matches!(put_back.fact, Fact::PutBack { .. }), "{put_back:?}");
    assert!(matches!(forgotten.fact, Fact::Forgotten { .. }), "{forgotten:?}");
    let mut rollout = Rollout::recover(header.plan, header.at, before).unwrap();
    for (settled, left) in [(put_back, 1), (forgotten, 0)] {
        assert_eq!(rollout.held_out().count(), left + 1);
        rollout.apply(settled).unwrap();
        assert_eq!(rollout.held_out().count(), left);
    }
}

#[test]
fn every_fact_has_an_example_and_a_meaning() {
    let shown: BTreeSet<_> = recorded().facts.iter().map(|dated| name(&dated.fact)).collect();
    assert_eq!(shown, BTreeSet::from(FACTS));
    for fact in FACTS {
        assert!(JOURNAL.contains(&format!("\n| `{fact}` | ")), "{fact}");
    }
}

/// The next strategy; a new one does not compile until it has its place here.
fn next(strategy: Strategy) -> Option<Strategy> {
    match strategy {
        Strategy::InPlace => Some(Strategy::Drain),
        Strategy::Drain => Some(Strategy::Restore),
        Strategy::Restore => Some(Strategy::Flip),
        Strategy::Flip => None,
    }
}

fn on_disk(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn every_strategy_is_told_with_its_verb_and_its_steps() {
    for strategy in successors(Some(Strategy::InPlace), |strategy| next(*strategy)) {
        let acts: Vec<_> =
            strategy.steps().iter().map(|step| format!("`{}`", on_disk(step.act))).collect();
        let row =
            format!("| `{}` | `{}` | {}", on_disk(strategy), strategy.verb(), acts.join(", "));
        assert!(JOURNAL.contains(&row), "{row}");
    }
}

#[test]
fn the_numbers_are_those_of_the_source() {
    let days = KEPT_FOR.as_secs() / (24 * 60 * 60);
    let text = JOURNAL.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(&format!("deleted after {days} days, or when {KEPT_RUNS} newer ones")));
}
