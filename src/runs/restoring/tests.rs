use std::fs;

use super::*;
use crate::journal::{Journal, RunFolder, sample};
use crate::rollout::{Plan, Policy, Strategy};

/// A roll that died while it deregistered these targets.
fn died(state: &Path, ids: &[&str]) -> RunId {
    let header = Header::new(RunId::unique(), sample::NOON, sample::plan(&[ids]));
    let mut journal = Journal::create(state, &header).unwrap();
    let starts = ids.iter().map(|id| sample::started(1.0, id, Act::Deregister));
    starts.for_each(|fact| journal.append(&fact).unwrap());
    header.run
}

fn restore_of(targets: Vec<Target>) -> Header {
    let groups = vec![sample::group("web"), sample::group("api")];
    let plan = Plan::restore(groups, targets, Policy::default()).unwrap();
    Header::new(RunId::unique(), sample::at(60.0), plan)
}

fn in_service(id: &str) -> Dated {
    let step = *Strategy::Restore.steps().last().unwrap();
    let fact = Fact::Finished { target: TargetId::new(id), step, waited: None };
    Dated { at: sample::at(90.0), fact }
}

fn found(state: &Path, only: Option<RunId>, ids: &[&str]) -> Vec<String> {
    let ids = ids.iter().map(|id| TargetId::new(*id)).collect();
    let found = ToRestore::find(state, only, &ids).unwrap();
    found.places.iter().map(|(_, place)| place.to_string()).collect()
}

#[test]
fn everything_is_restored_once_or_only_what_is_meant() {
    let state = tempfile::tempdir().unwrap();
    let first = died(state.path(), &["i-0a", "i-0b"]);
    let second = died(state.path(), &["i-0b", "i-0c"]);
    let [a, b, c] = ["i-0a", "i-0b", "i-0c"].map(|id| format!("{id}:8080 in web"));
    assert_eq!(found(state.path(), None, &[]), [a.clone(), b.clone(), c.clone()]);
    assert_eq!(found(state.path(), Some(first), &[]), [a, b.clone()]);
    assert_eq!(found(state.path(), None, &["i-0b", "i-0f"]), [b]);
    assert_eq!(found(state.path(), Some(second), &["i-0a"]), [""; 0]);
    assert_eq!(found(state.path(), Some(second), &["i-0c"]), [c]);
}

#[test]
fn what_is_under_way_or_cannot_be_read_is_passed_over_and_told() {
    let state = tempfile::tempdir().unwrap();
    let runs = [&["i-0a"], &["i-0b"], &["i-0c"]].map(|ids| died(state.path(), ids));
    let journal = |run| RunFolder::of(state.path(), &run).journal();
    let (_writing, _) = Journal::reopen(&journal(runs[0])).unwrap();
    fs::write(journal(runs[1]), "#\n").unwrap();
    let mut found = ToRestore::find(state.path(), None, &BTreeSet::new()).unwrap();
    // Of one that cannot be read only the name tells when it was.
    found.passed_over.sort_by_key(|(run, _)| *run);
    assert!(matches!(
        &found.passed_over[..],
        [(one, PassedOver::UnderWay), (two, PassedOver::Unreadable(_))]
            if [*one, *two] == runs[..2]
    ));
    assert_eq!(found.targets(), [sample::target("i-0c")]);
}

#[test]
fn a_target_that_is_seen_in_service_is_closed_in_every_journal_before_that_is_kept() {
    let state = tempfile::tempdir().unwrap();
    died(state.path(), &["i-0a", "i-0b"]);
    died(state.path(), &["i-0a"]);
    let header = restore_of(["i-0a", "i-0b"].map(sample::target).to_vec());
    let mut closing = Closing::of(state.path(), &header).unwrap();
    closing.before(&in_service("i-0a"));
    assert_eq!(found(state.path(), None, &[]), ["i-0b:8080 in web"]);
    closing.before(&in_service("i-0a"));
    closing.before(&in_service("i-0b"));
    assert_eq!(found(state.path(), None, &[]), [""; 0]);
    assert_eq!(closing.failed(), [""; 0]);
}

#[test]
fn who_is_put_back_in_only_one_of_its_places_stays_held_out() {
    let state = tempfile::tempdir().unwrap();
    died(state.path(), &["i-0a"]);
    let elsewhere = vec![sample::place("api", "i-0a", 8080), sample::place("web", "i-0a", 9090)];
    let header = restore_of(vec![Target::in_place(TargetId::new("i-0a"), elsewhere)]);
    Closing::of(state.path(), &header).unwrap().before(&in_service("i-0a"));
    assert_eq!(found(state.path(), None, &[]), ["i-0a:8080 in web"]);
}

#[test]
fn where_one_group_is_gone_what_is_back_in_the_others_is_closed() {
    let state = tempfile::tempdir().unwrap();
    let places = |groups: &[&str]| {
        let places = groups.iter().map(|group| sample::place(group, "i-0a", 8080)).collect();
        Target::in_place(TargetId::new("i-0a"), places)
    };
    let mut plan = sample::plan(&[&["i-0a"]]);
    plan.batches = vec![vec![places(&["api", "gone", "web"])]];
    let header = Header::new(RunId::unique(), sample::NOON, plan);
    let mut journal = Journal::create(state.path(), &header).unwrap();
    journal.append(&sample::started(1.0, "i-0a", Act::Deregister)).unwrap();
    drop(journal);
    let restore = restore_of(vec![places(&["api", "web"])]);
    for _ in 0..2 {
        Closing::of(state.path(), &restore).unwrap().before(&in_service("i-0a"));
        assert_eq!(found(state.path(), None, &[]), ["i-0a:8080 in gone"]);
    }
    let restore = restore_of(vec![places(&["gone"])]);
    Closing::of(state.path(), &restore).unwrap().before(&in_service("i-0a"));
    assert_eq!(found(state.path(), None, &[]), [""; 0]);
}

#[test]
fn a_roll_that_puts_a_target_in_closes_the_journals_that_hold_it_out() {
    let state = tempfile::tempdir().unwrap();
    died(state.path(), &["i-0a", "i-0b"]);
    let header = Header::new(RunId::unique(), sample::NOON, sample::plan(&[&["i-0a"]]));
    // As the tool does it: its own journal is there when it looks at the others.
    let header = Header { at: sample::at(60.0), ..header };
    let _journal = Journal::create(state.path(), &header).unwrap();
    let mut closing = Closing::of(state.path(), &header).unwrap();
    closing.before(&sample::finished(68.0, "i-0a", Act::AwaitDrained));
    assert!(Past::all(state.path()).unwrap()[0].can_go_on());
    closing.before(&sample::finished(69.0, "i-0a", Act::AwaitInService));
    let dead = Past::all(state.path()).unwrap().remove(0);
    let left = dead.told.unwrap().rollout;
    assert_eq!(left.left_out(&TargetId::new("i-0a")), Vec::<&Registration>::new());
    assert_eq!(left.left_out(&TargetId::new("i-0b")).len(), 1);
}

#[test]
fn a_drain_closes_no_journal() {
    let state = tempfile::tempdir().unwrap();
    died(state.path(), &["i-0a"]);
    let plan = Plan { strategy: Strategy::Drain, ..sample::plan(&[&["i-0a"]]) };
    let header = Header::new(RunId::unique(), sample::NOON, plan);
    let closing = Closing::of(state.path(), &header).unwrap();
    assert!(closing.open.is_empty());
}

#[test]
fn a_journal_that_cannot_be_closed_is_told_and_does_not_stop_the_restore() {
    let state = tempfile::tempdir().unwrap();
    let run = died(state.path(), &["i-0a"]);
    let header = restore_of(vec![sample::target("i-0a")]);
    let mut closing = Closing::of(state.path(), &header).unwrap();
    let journal = RunFolder::of(state.path(), &run).journal();
    let (_writing, _) = Journal::reopen(&journal).unwrap();
    closing.before(&in_service("i-0a"));
    let [told] = closing.failed() else { panic!("{:?}", closing.failed()) };
    assert!(told.contains("its run is still under way in another process"), "{told}");
}
