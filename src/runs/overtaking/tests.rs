use std::path::Path;

use super::*;
use crate::journal::{Header, Journal, sample};
use crate::rollout::{Dated, Fact, Plan, Strategy};
use crate::runs::Past;

/// A run over these targets that began at this second, with these facts.
fn ran(state: &Path, began: f64, plan: Plan, facts: &[Dated]) -> RunId {
    let header = Header::new(RunId::unique(), sample::at(began), plan);
    let mut journal = Journal::create(state, &header).unwrap();
    facts.iter().for_each(|fact| journal.append(fact).unwrap());
    header.run
}

fn both() -> Plan {
    sample::plan(&[&["i-0a"], &["i-0b"]])
}

/// A run that died while its first target was deployed, and what it is overtaken by after this.
fn after(later: impl FnOnce(&Path)) -> (bool, Option<Overtaken>) {
    let state = tempfile::tempdir().unwrap();
    ran(state.path(), 0.0, both(), &sample::undisturbed(0.0, "i-0a")[..5]);
    later(state.path());
    let first = Past::all(state.path()).unwrap().remove(0);
    (first.can_go_on(), first.overtaken().cloned())
}

#[test]
fn a_run_whose_target_a_later_one_has_deployed_cannot_go_on() {
    let mut by = None;
    let plan = sample::plan(&[&["i-0b"]]);
    let later = |state: &Path| {
        by = Some(ran(state, 60.0, plan, &sample::undisturbed(60.0, "i-0b")));
    };
    let (can_go_on, overtaken) = after(later);
    let targets = vec![TargetId::new("i-0b")];
    assert_eq!(overtaken, Some(Overtaken { by: by.unwrap(), targets }));
    assert!(!can_go_on);
}

#[test]
fn of_several_the_latest_is_named() {
    let mut last = None;
    let (_, overtaken) = after(|state| {
        for began in [60.0, 120.0] {
            let facts = sample::undisturbed(began, "i-0b");
            last = Some(ran(state, began, sample::plan(&[&["i-0b"]]), &facts));
        }
    });
    assert_eq!(overtaken.map(|overtaken| overtaken.by), last);
}

#[test]
fn who_has_deployed_nobody_of_it_overtakes_nothing() {
    let plan = || sample::plan(&[&["i-0b"]]);
    let whole = sample::undisturbed(60.0, "i-0b");
    let mut elsewhere = plan();
    elsewhere.batches[0][0].old[0].group = sample::arn("api");
    elsewhere.batches[0][0].new[0].group = sample::arn("api");
    let later = [
        (plan(), whole[..5].to_vec()),
        (Plan { strategy: Strategy::Drain, ..plan() }, whole[..4].to_vec()),
        (sample::plan(&[&["i-0c"]]), sample::undisturbed(60.0, "i-0c")),
        (elsewhere, whole.clone()),
    ];
    for (plan, facts) in later {
        let later = |state: &Path| {
            ran(state, 60.0, plan, &facts);
        };
        assert_eq!(after(later), (true, None));
    }
}

#[test]
fn an_older_run_that_went_on_since_overtakes_nothing() {
    let state = tempfile::tempdir().unwrap();
    let older = sample::plan(&[&["i-0b"]]);
    ran(state.path(), 0.0, older, &sample::undisturbed(60.0, "i-0b"));
    ran(state.path(), 1.0, both(), &sample::undisturbed(1.0, "i-0a")[..5]);
    assert_eq!(Past::all(state.path()).unwrap()[1].overtaken(), None);
}

#[test]
fn a_run_that_was_taken_up_since_is_not_overtaken() {
    let state = tempfile::tempdir().unwrap();
    let mut facts = sample::undisturbed(0.0, "i-0a")[..5].to_vec();
    facts.push(Dated { at: sample::at(200.0), fact: Fact::Resumed { by: None } });
    ran(state.path(), 0.0, both(), &facts);
    let later = sample::undisturbed(60.0, "i-0b");
    ran(state.path(), 60.0, sample::plan(&[&["i-0b"]]), &later);
    assert_eq!(Past::all(state.path()).unwrap()[0].overtaken(), None);
}
