//! What is told of hooks: which were run, how they ended, and which are still to be run.

use serde_json::{Value, json};

use super::*;
use crate::rollout::{Failure, Gates, Hook, Policy};

/// A run with both hooks, in one batch.
fn ran(facts: &[Dated]) -> Machine {
    let mut machine = Machine::new();
    let gates = Gates { before_batch: true, after_batch: true, ..Gates::default() };
    let policy = Policy { gates, ..Policy::default() };
    let plan = Plan { policy, ..sample::plan(&[&["i-0a"]]) };
    let jobs = Jobs { after_batch: Some("./unsilence.sh\nall".to_owned()), ..Jobs::default() };
    machine.ran_as(sample::NOON, plan, facts, |header| Header { jobs, ..header });
    machine
}

fn document(machine: &Machine) -> Value {
    let (past, access) = (machine.all().pop().unwrap(), Access::default());
    serde_json::from_str(&run_document(&past, machine.page(&access)).unwrap()).unwrap()
}

fn began(seconds: f64, hook: Hook) -> Dated {
    at(seconds, Fact::HookStarted { hook, batch: 1 })
}

fn ended(seconds: f64, hook: Hook) -> Dated {
    at(seconds, Fact::HookFinished { hook, batch: 1 })
}

/// The whole batch, with what is run before it.
fn up_to_its_last_hook() -> Vec<Dated> {
    let before = [began(0.0, Hook::BeforeBatch), ended(2.0, Hook::BeforeBatch)];
    [&before[..], &sample::undisturbed(2.0, "i-0a")].concat()
}

const OWED: &str = "not run yet: after-batch of batch 1: ./unsilence.sh all\n";

#[test]
fn a_run_that_died_in_its_last_hook_names_it_and_the_command_that_goes_on_with_it() {
    let machine = ran(&[up_to_its_last_hook(), vec![began(31.0, Hook::AfterBatch)]].concat());
    for text in [machine.table(), machine.shown()] {
        assert!(text.contains(OWED), "{text}");
        assert!(text.contains("elb-deploy resume 019aa6d0-0000-"), "{text}");
    }
    let shown = machine.shown();
    let listed = "\naround batches\n  12:03:04Z  before-batch 1    2.0s\n  \
                  12:03:35Z  after-batch 1     its end is not recorded\n";
    assert!(shown.contains(listed), "{shown}");
    let document = document(&machine);
    assert!(shown.contains("  died after 0:31 during after-batch of batch 1\n"), "{shown}");
    let hook = json!([{ "hook": "after-batch", "batch": 1 }]);
    assert_eq!((&document["hooks_owed"], &document["ending"]["hooks"]), (&hook, &hook));
    assert_eq!(document["hooks"][1]["how"], "unknown");
}

#[test]
fn a_run_whose_targets_were_put_back_is_still_to_run_what_follows_its_batch() {
    let mut facts = up_to_its_last_hook()[..5].to_vec();
    let (target, by) = (TargetId::new("i-0a"), "another".to_owned());
    facts.push(at(60.0, Fact::PutBack { target, by, groups: Vec::new() }));
    let machine = ran(&facts);
    assert!(machine.table().contains(OWED), "{}", machine.table());
    assert!(machine.table().contains("go on: elb-deploy resume"), "{}", machine.table());
}

#[test]
fn what_failed_around_a_batch_is_shown_with_why_and_a_run_that_is_done_owes_nothing() {
    let hook = Hook::AfterBatch;
    let failure = Failure::new("run it: no such host", Some("look at it".to_owned()), true);
    let failed = at(32.0, Fact::HookFailed { hook, batch: 1, failure });
    let mut facts = [up_to_its_last_hook(), vec![began(31.0, hook), failed]].concat();
    let shown = ran(&facts).shown();
    let failed =
        "after-batch 1     failed after 1.0s: run it: no such host\n    hint: look at it\n";
    assert!(shown.contains(failed), "{shown}");
    facts.extend([at(40.0, Fact::Resumed { by: None }), began(40.0, hook), ended(41.0, hook)]);
    let machine = ran(&facts);
    assert!(!machine.table().contains("elb-deploy"), "{}", machine.table());
    assert_eq!(document(&machine)["hooks"].as_array().unwrap().len(), 3);
    assert_eq!(document(&machine)["hooks_owed"], json!([]));
}
