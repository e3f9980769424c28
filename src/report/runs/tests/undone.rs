//! What is told of a failure that was to be undone: whether that failed too, and what serves now.

use super::*;
use crate::rollout::{Failure, Gates, OnFailure, Policy, Step};

/// A run that failed its verification, with this policy, and what happened then.
fn failed_verification(on_failure: OnFailure, then: &[Dated]) -> Machine {
    let mut machine = Machine::new();
    let gates = Gates { verify: true, ..Gates::default() };
    let policy = Policy { gates, on_failure, ..Policy::default() };
    let plan = Plan { policy, ..sample::plan(&[&["i-0a"], &["i-0b"]]) };
    let step = Step { act: Act::Verify, ..sample::step(Act::AwaitInService) };
    let failure = Failure::new("run ./smoke.sh", None, true);
    let began = at(28.5, Fact::Started { target: TargetId::new("i-0a"), step });
    let tried = [began, failed(29.0, step, failure)];
    let facts = [&sample::undisturbed(0.0, "i-0a")[..], &tried, then].concat();
    machine.ran_as(sample::NOON, plan, &facts, |header| header);
    machine
}

fn failed(seconds: f64, step: Step, failure: Failure) -> Dated {
    at(seconds, Fact::Failed { target: TargetId::new("i-0a"), step, failure })
}

/// The floor has kept it from being taken out again.
fn blocked() -> Dated {
    let step = Step { undo: true, ..Step::new(Act::Deregister) };
    failed(629.0, step, Failure::new("only 1 would be left in service", None, false))
}

const SERVES: &str = "in service with what failed: i-0a\n";

#[test]
fn an_undoing_that_failed_is_told_and_that_what_failed_still_serves() {
    let machine = failed_verification(OnFailure::Hold, &[blocked()]);
    for text in [machine.table(), machine.shown()] {
        let both = "verify of i-0a failed, and undoing that failed at deregister\n";
        assert!(text.contains(both) && text.contains(SERVES), "{text}");
    }
    let shown = machine.shown();
    let person = "i-0a  not done, and undoing that failed too: a person has to see to it\n";
    let why = "  to undo that:\n  12:13:33Z  deregister        failed: only 1 would be left";
    assert!(shown.contains(person) && shown.contains(why), "{shown}");
    let (past, access) = (machine.all().pop().unwrap(), Access::default());
    let text = run_document(&past, machine.page(&access)).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["serving_what_failed"], serde_json::json!(["i-0a"]));
    assert_eq!(document["ending"]["failed"][0]["undo_failed"]["step"]["act"], "deregister");
}

#[test]
fn what_the_policy_leaves_in_service_is_told_until_a_later_run_deploys_it() {
    let mut machine = failed_verification(OnFailure::Return, &[]);
    assert!(machine.table().contains(SERVES), "{}", machine.table());
    machine.ran_at(sample::at(60.0), &[&["i-0a"]], &sample::undisturbed(60.0, "i-0a"));
    let table = machine.table();
    assert!(!table.contains(SERVES) && table.contains("overtaken by run"), "{table}");
}

#[test]
fn who_was_taken_out_again_serves_nothing() {
    let out = [Act::Deregister, Act::AwaitDrained].into_iter().flat_map(|act| {
        let (target, step) = (TargetId::new("i-0a"), Step { undo: true, ..Step::new(act) });
        let started = Fact::Started { target: target.clone(), step };
        [at(30.0, started), at(31.0, Fact::Finished { target, step, waited: None })]
    });
    let machine = failed_verification(OnFailure::Hold, &out.collect::<Vec<_>>());
    let table = machine.table();
    assert!(!table.contains(SERVES) && table.contains("held out: i-0a:8080"), "{table}");
    assert!(table.contains("verify of i-0a failed\n"), "{table}");
}
