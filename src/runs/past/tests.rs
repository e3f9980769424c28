use super::*;
use crate::journal::{Journal, sample};
use crate::rollout::{Act, Fact, Plan, Policy, Step, Strategy, TargetId};

/// A run of `i-0a` that began at this second, with these facts.
fn ran(state: &Path, strategy: Strategy, began: f64, facts: &[Dated]) -> RunId {
    let plan = Plan { strategy, ..sample::plan(&[&["i-0a"]]) };
    let header = Header::new(RunId::unique(), sample::at(began), plan);
    let mut journal = Journal::create(state, &header).unwrap();
    facts.iter().for_each(|fact| journal.append(fact).unwrap());
    header.run
}

fn held_out_by(state: &Path, run: RunId) -> usize {
    let all = Past::all(state).unwrap();
    all.iter().find(|past| past.run == run).unwrap().held_out().len()
}

fn deregistering(seconds: f64) -> Dated {
    sample::started(seconds, "i-0a", Act::Deregister)
}

fn resumed(seconds: f64) -> Dated {
    Dated { at: sample::at(seconds), fact: Fact::Resumed { by: None } }
}

#[test]
fn what_a_later_roll_found_registered_is_not_held_out_any_more() {
    let state = tempfile::tempdir().unwrap();
    let died = ran(state.path(), Strategy::InPlace, 0.0, &[deregistering(1.0)]);
    assert_eq!(held_out_by(state.path(), died), 1);
    ran(state.path(), Strategy::InPlace, 50.0, &[]);
    assert_eq!(held_out_by(state.path(), died), 0);
}

#[test]
fn what_a_later_roll_saw_right_after_it_was_taken_out_may_be_from_before_that() {
    for (began, held) in [(1.2, 1), (15.9, 1), (16.0, 0)] {
        let state = tempfile::tempdir().unwrap();
        let died = ran(state.path(), Strategy::InPlace, 0.0, &[deregistering(1.0)]);
        ran(state.path(), Strategy::InPlace, began, &[]);
        assert_eq!(held_out_by(state.path(), died), held, "{began}");
    }
}

#[test]
fn a_run_that_was_named_first_and_began_last_tells_what_was_registered_by_then() {
    let state = tempfile::tempdir().unwrap();
    ran(state.path(), Strategy::InPlace, 50.0, &[]);
    let died = ran(state.path(), Strategy::InPlace, 0.0, &[deregistering(1.0)]);
    assert_eq!(held_out_by(state.path(), died), 0);
}

#[test]
fn a_run_that_was_taken_up_after_that_holds_out_what_it_took_out_again() {
    let state = tempfile::tempdir().unwrap();
    let facts = [deregistering(1.0), resumed(60.0), deregistering(61.0)];
    let died = ran(state.path(), Strategy::InPlace, 0.0, &facts);
    ran(state.path(), Strategy::InPlace, 50.0, &[]);
    assert_eq!(held_out_by(state.path(), died), 1);
}

#[test]
fn a_drain_may_have_planned_to_take_along_what_drains_and_tells_nothing_until_it_does() {
    for (facts, held) in [(vec![], 1), (vec![deregistering(51.0)], 0)] {
        let state = tempfile::tempdir().unwrap();
        let died = ran(state.path(), Strategy::InPlace, 0.0, &[deregistering(1.0)]);
        let drain = ran(state.path(), Strategy::Drain, 50.0, &facts);
        assert_eq!(held_out_by(state.path(), died), held);
        assert_eq!(held_out_by(state.path(), drain), 1 - held, "one of them holds it out");
    }
}

#[test]
fn a_run_whose_targets_others_have_put_back_cannot_go_on() {
    let state = tempfile::tempdir().unwrap();
    let can_go_on = || Past::all(state.path()).unwrap().iter().any(Past::can_go_on);
    let put_back = Fact::PutBack {
        target: TargetId::new("i-0a"),
        by: "another".to_owned(),
        groups: Vec::new(),
    };
    let put_back = Dated { at: sample::at(9.0), fact: put_back };
    ran(state.path(), Strategy::InPlace, 0.0, &[deregistering(1.0), put_back]);
    assert!(!can_go_on());
    let endings: Vec<_> = Past::all(state.path()).unwrap().iter().map(Past::ending).collect();
    let during = vec![(TargetId::new("i-0a"), sample::step(Act::Deregister))];
    assert_eq!(endings, [Ending::Died { during, hooks: Vec::new() }], "nobody halted it");
    ran(state.path(), Strategy::InPlace, 10.0, &sample::undisturbed(10.0, "i-0a"));
    assert!(!can_go_on());
    ran(state.path(), Strategy::InPlace, 20.0, &[deregistering(21.0)]);
    assert!(can_go_on());
}

#[test]
fn a_run_that_went_on_without_whom_others_had_put_back_has_not_died() {
    let put_back = Fact::PutBack {
        target: TargetId::new("i-0a"),
        by: "another".to_owned(),
        groups: Vec::new(),
    };
    let put_back = Dated { at: sample::at(9.0), fact: put_back };
    let mut facts = vec![deregistering(1.0), put_back, resumed(20.0)];
    facts.extend(sample::undisturbed(30.0, "i-0b"));
    let ending_after = |facts: &[Dated]| {
        let state = tempfile::tempdir().unwrap();
        let plan = sample::plan(&[&["i-0a"], &["i-0b"]]);
        let header = Header::new(RunId::unique(), sample::NOON, plan);
        let mut journal = Journal::create(state.path(), &header).unwrap();
        facts.iter().for_each(|fact| journal.append(fact).unwrap());
        drop(journal);
        Past::all(state.path()).unwrap()[0].ending()
    };
    let (interrupted, failed, hooks) = (None, Vec::new(), Vec::new());
    let passed_over = vec![TargetId::new("i-0a")];
    let halted = Ending::Halted { interrupted, window_closed: false, failed, hooks, passed_over };
    assert_eq!(ending_after(&facts), halted);
    let cut_off = ending_after(&facts[..facts.len() - 1]);
    assert!(matches!(cut_off, Ending::Died { during, .. } if during.len() == 1));
}

#[test]
fn a_restore_that_died_holds_out_what_it_was_to_put_back() {
    let state = tempfile::tempdir().unwrap();
    let targets = vec![sample::target("i-0a")];
    let plan = Plan::restore(vec![sample::group("web")], targets, Policy::default()).unwrap();
    let [register, in_service] = plan.strategy.steps() else { panic!() };
    let header = Header::new(RunId::unique(), sample::NOON, plan.clone());
    let mut journal = Journal::create(state.path(), &header).unwrap();
    assert_eq!(held_out_by(state.path(), header.run), 1);
    let target = TargetId::new("i-0a");
    let mut keep = |step: &Step| {
        let (target, step) = (target.clone(), *step);
        let fact = Fact::Started { target: target.clone(), step };
        journal.append(&Dated { at: sample::at(1.0), fact }).unwrap();
        let fact = Fact::Finished { target, step, waited: None };
        journal.append(&Dated { at: sample::at(1.0), fact }).unwrap();
    };
    keep(register);
    assert_eq!(held_out_by(state.path(), header.run), 1);
    keep(in_service);
    assert_eq!(held_out_by(state.path(), header.run), 0);
}

#[test]
fn a_run_that_went_on_to_its_end_in_spite_of_a_failure_has_not_died() {
    let state = tempfile::tempdir().unwrap();
    let policy = Policy { max_failures: 1, ..sample::plan(&[]).policy };
    let plan = Plan { policy, ..sample::plan(&[&["i-0a"], &["i-0b"]]) };
    let header = Header::new(RunId::unique(), sample::NOON, plan);
    let mut journal = Journal::create(state.path(), &header).unwrap();
    let mut facts = sample::undisturbed(0.0, "i-0a")[..5].to_vec();
    facts.push(sample::failed(25.0, "i-0a", Act::Deploy, true));
    facts.extend(sample::undisturbed(30.0, "i-0b"));
    facts.iter().for_each(|fact| journal.append(fact).unwrap());
    drop(journal);
    let past = Past::all(state.path()).unwrap().remove(0);
    assert!(matches!(past.ending(), Ending::Halted { failed, .. } if failed.len() == 1));
    assert_eq!(past.held_out().len(), 1);
}
