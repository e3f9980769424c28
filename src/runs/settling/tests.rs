use super::*;
use crate::journal::{Header, RunFolder, sample};
use crate::rollout::{Act, Plan, Target};

/// A run that took a target out of these places, and died.
fn took_out(state: &Path, places: &[(&str, u16)]) -> RunId {
    let places = places.iter().map(|(group, port)| sample::place(group, "i-0a", *port)).collect();
    let batches = vec![vec![Target::in_place(TargetId::new("i-0a"), places)]];
    let plan = Plan { batches, ..sample::plan(&[&["i-0a"]]) };
    let header = Header::new(RunId::unique(), sample::NOON, plan);
    let mut journal = Journal::create(state, &header).unwrap();
    journal.append(&sample::started(1.0, "i-0a", Act::Deregister)).unwrap();
    header.run
}

fn forget_in(state: &Path, groups: &[&str]) -> Result<Vec<RunId>, JournalError> {
    let id = TargetId::new("i-0a");
    let is_meant = |place: &Registration| groups.contains(&place.group.name());
    forget(state, &id, is_meant, "alice", sample::at(60.0))
}

fn out(state: &Path) -> Vec<String> {
    let runs = Past::all(state).unwrap();
    runs.iter().flat_map(Past::held_out).map(|held| held.place.to_string()).collect()
}

#[test]
fn what_is_given_up_in_one_group_stays_held_out_in_the_others() {
    let state = tempfile::tempdir().unwrap();
    let run = took_out(state.path(), &[("api", 81), ("gone", 80), ("gone", 90)]);
    assert_eq!(forget_in(state.path(), &["gone"]).unwrap(), [run]);
    assert_eq!(out(state.path()), ["i-0a:81 in api"]);
    assert_eq!(forget_in(state.path(), &["api"]).unwrap(), [run]);
    assert_eq!(out(state.path()), [""; 0]);
}

#[test]
fn every_run_that_holds_it_out_lets_go_of_it_and_only_once() {
    let state = tempfile::tempdir().unwrap();
    let runs = [(); 2].map(|()| took_out(state.path(), &[("web", 80)]));
    assert_eq!(forget_in(state.path(), &["web"]).unwrap(), runs);
    assert_eq!(forget_in(state.path(), &["web"]).unwrap(), []);
    let facts = read(&RunFolder::of(state.path(), &runs[0]).journal()).unwrap().facts;
    assert!(matches!(facts[..], [_, Dated { fact: Fact::Forgotten { .. }, .. }]), "{facts:?}");
}

#[test]
fn a_run_that_others_have_seen_to_in_part_cannot_go_on() {
    let state = tempfile::tempdir().unwrap();
    took_out(state.path(), &[("api", 81), ("gone", 80)]);
    assert!(Past::all(state.path()).unwrap()[0].can_go_on());
    forget_in(state.path(), &["gone"]).unwrap();
    assert!(!Past::all(state.path()).unwrap()[0].can_go_on());
}

#[test]
fn a_run_under_way_is_left_to_itself() {
    let state = tempfile::tempdir().unwrap();
    let run = took_out(state.path(), &[("web", 80)]);
    let (_writing, _) = Journal::reopen(&RunFolder::of(state.path(), &run).journal()).unwrap();
    let error = forget_in(state.path(), &["web"]).unwrap_err();
    assert!(matches!(error, JournalError::InUse { .. }), "{error}");
}
