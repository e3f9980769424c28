use super::*;
use crate::journal::sample::{self, at, failed, finished, started, undisturbed};

fn of(batches: &[&[&str]], facts: &[Dated]) -> Summary {
    let rollout = Rollout::recover(sample::plan(batches), sample::NOON, facts).unwrap();
    Summary::of(&rollout, sample::NOON, facts)
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

#[test]
fn every_step_is_timed_from_its_start_to_its_end() {
    let summary = of(&[&["i-0a"]], &undisturbed(0.0, "i-0a"));
    let took: Vec<_> = summary.targets[0].steps.iter().map(|time| seconds(time.took)).collect();
    assert_eq!(took, [0.1, 20.0, 3.0, 0.1, 5.0]);
    assert_eq!(summary.targets[0].ending, Ending::Done);
    assert_eq!(seconds(summary.total), 28.2);
}

#[test]
fn the_least_time_is_what_others_needed_and_batches_follow_each_other() {
    let facts = [undisturbed(0.0, "i-0a"), undisturbed(30.0, "i-0b")].concat();
    let summary = of(&[&["i-0a"], &["i-0b"]], &facts);
    let one = 20.0 + 3.0 + (5.0 - 1.0);
    assert_eq!(seconds(summary.least), 2.0 * one);
    assert!(summary.least <= summary.total);
}

#[test]
fn within_a_batch_the_slowest_target_counts() {
    let mut facts = [undisturbed(0.0, "i-0a"), undisturbed(10.0, "i-0b")].concat();
    facts.sort_by_key(|dated| dated.at);
    let summary = of(&[&["i-0a", "i-0b"]], &facts);
    assert_eq!(seconds(summary.least), 27.0);
}

#[test]
fn a_drain_shorter_than_expected_lowers_the_least_time() {
    let facts = [
        started(0.0, "i-0a", Act::Deregister),
        finished(0.1, "i-0a", Act::Deregister),
        started(0.1, "i-0a", Act::AwaitDrained),
        finished(4.1, "i-0a", Act::AwaitDrained),
    ];
    assert_eq!(seconds(of(&[&["i-0a"]], &facts).least), 4.0);
}

#[test]
fn what_a_step_took_before_it_failed_was_needed_too() {
    let mut facts = undisturbed(0.0, "i-0a")[..5].to_vec();
    facts.push(failed(320.1, "i-0a", Act::Deploy, true));
    assert_eq!(seconds(of(&[&["i-0a"], &["i-0b"]], &facts).least), 20.0 + 300.0);
}

#[test]
fn what_a_step_took_until_the_run_was_stopped_was_needed_too() {
    let mut facts = undisturbed(0.0, "i-0a")[..3].to_vec();
    facts.push(Dated { at: at(5.1), fact: Fact::Interrupted { signal: "SIGINT".into() } });
    assert_eq!(seconds(of(&[&["i-0a"]], &facts).least), 5.0);
    let between = &undisturbed(0.0, "i-0a")[..4];
    assert_eq!(seconds(of(&[&["i-0a"]], between).least), 20.0, "no step is under way");
}

#[test]
fn what_was_under_way_at_a_crash_needed_no_time_since() {
    let facts = [
        started(0.0, "i-0a", Act::Deregister),
        finished(0.1, "i-0a", Act::Deregister),
        started(0.1, "i-0a", Act::AwaitDrained),
        Dated { at: at(1_000.0), fact: Fact::Resumed { by: None } },
    ];
    assert_eq!(seconds(of(&[&["i-0a"]], &facts).least), 0.0);
}

#[test]
fn what_a_run_did_last_took_its_time_also_where_it_could_not_be_recorded() {
    let facts = &undisturbed(0.0, "i-0a")[..3];
    let rollout = Rollout::recover(sample::plan(&[&["i-0a"]]), sample::NOON, facts).unwrap();
    let summary = Summary::until(at(2.1), &rollout, sample::NOON, facts);
    assert_eq!((seconds(summary.total), seconds(summary.least)), (2.1, 2.0));
    assert_eq!(seconds(summary.targets[0].stopped_after), 2.0);
}

#[test]
fn a_call_that_fails_needed_no_time() {
    let facts =
        [started(0.0, "i-0a", Act::Deregister), failed(9.0, "i-0a", Act::Deregister, false)];
    assert_eq!(seconds(of(&[&["i-0a"]], &facts).least), 0.0);
}

#[test]
fn a_target_ends_as_far_as_its_facts_go() {
    let facts = undisturbed(0.0, "i-0a");
    let after = |count: usize| of(&[&["i-0a"]], &facts[..count]).targets.remove(0);
    assert_eq!(after(0).ending, Ending::NotBegun);
    for begun in 1..=7 {
        assert_eq!(after(begun).ending, Ending::HeldOut, "after {begun} facts");
    }
    assert_eq!(after(8).ending, Ending::NotInService);
    assert_eq!(after(9).ending, Ending::NotInService);
    assert_eq!(after(10).ending, Ending::Done);
}

#[test]
fn what_is_held_out_is_named_with_every_registration_and_what_is_done_is_not() {
    let mut facts = [undisturbed(0.0, "i-0a"), undisturbed(30.0, "i-0b")[..5].to_vec()].concat();
    facts.push(failed(60.0, "i-0b", Act::Deploy, true));
    let summary = of(&[&["i-0a"], &["i-0b"], &["i-0c"]], &facts);
    assert_eq!(summary.out().collect::<Vec<_>>(), [&sample::place("web", "i-0b", 8080)]);
    let failed = &summary.targets[1];
    assert_eq!(failed.stopped_at, Some(sample::step(Act::Deploy)));
    assert!(failed.failure.is_some());
    assert_eq!(summary.targets[2].stopped_at, None);
}

#[test]
fn a_deregister_that_never_left_takes_nothing_out() {
    for (may_have_acted, ending) in [(false, Ending::StillIn), (true, Ending::HeldOut)] {
        let facts = [
            started(0.0, "i-0a", Act::Deregister),
            failed(1.0, "i-0a", Act::Deregister, may_have_acted),
        ];
        let summary = of(&[&["i-0a"]], &facts);
        assert_eq!(summary.targets[0].ending, ending);
        assert_eq!(summary.out().count(), usize::from(may_have_acted));
    }
}

#[test]
fn the_time_between_a_crash_and_the_resume_does_not_count() {
    let facts = [
        started(0.0, "i-0a", Act::Deregister),
        Dated { at: at(1_000.0), fact: Fact::Resumed { by: None } },
        started(1_000.0, "i-0a", Act::Deregister),
        finished(1_002.0, "i-0a", Act::Deregister),
    ];
    let summary = of(&[&["i-0a"]], &facts);
    assert_eq!(seconds(summary.total), 2.0);
    assert_eq!(seconds(summary.targets[0].took(Act::Deregister).unwrap()), 2.0);
}

#[test]
fn a_signal_is_remembered() {
    let facts = [Dated { at: at(1.0), fact: Fact::Interrupted { signal: "SIGTERM".into() } }];
    assert_eq!(of(&[&["i-0a"]], &facts).interrupted.as_deref(), Some("SIGTERM"));
}
