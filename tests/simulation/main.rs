//! Whole runs on the lab's model, in paused time: no socket, no process, no disk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fleet;
mod gates;

use std::time::Duration;

use elb_deploy::rollout::{Act, Batches, Fact, Outcome, Policy, Share};

use fleet::{Fleet, WEB};

#[tokio::test(start_paused = true)]
async fn a_rolling_deploy_of_five_targets_ends_where_it_began_with_everyone_deployed() {
    let fleet = Fleet::of(5);
    let before = fleet.registrations();
    let run = fleet.roll(Policy::default()).await;
    assert_eq!(run.outcome, Outcome::Done);
    assert_eq!(fleet.registrations(), before);
    assert_eq!(fleet.deployed(), ["i-1", "i-2", "i-3", "i-4", "i-5"]);
    assert_eq!(fleet.deployed_under_traffic(), 0);
    assert!(fleet.fewest_in_service() >= 4, "{} in service", fleet.fewest_in_service());
}

#[tokio::test(start_paused = true)]
async fn a_five_target_run_takes_no_longer_than_the_load_balancer_needs() {
    let fleet = Fleet::of(5);
    let run = fleet.roll(Policy::default()).await;
    let least = Duration::from_secs(5 * 300);
    assert!(run.took >= least, "{:?}", run.took);
    assert!(run.took <= least.mul_f64(1.05), "{:?}", run.took);
}

#[tokio::test(start_paused = true)]
async fn batches_go_out_together_and_keep_the_floor() {
    let fleet = Fleet::of(6);
    let policy = Policy {
        batch: Batches::all(Share::Percent(34)),
        min_healthy: Share::Count(4),
        ..Policy::default()
    };
    let run = fleet.roll(policy).await;
    assert_eq!(run.outcome, Outcome::Done);
    assert_eq!(fleet.fewest_in_service(), 4);
    assert!(run.took < Duration::from_secs(3 * 330), "{:?}", run.took);
}

#[tokio::test(start_paused = true)]
async fn one_look_a_group_serves_a_whole_batch() {
    let ten = Fleet::of(40);
    ten.roll_of(10, Policy { batch: Batches::all(Share::Count(10)), ..Policy::default() }).await;
    let alone = Fleet::of(40);
    alone.roll_of(1, Policy::default()).await;
    assert!(ten.looks() <= alone.looks() + 2, "{} and {}", ten.looks(), alone.looks());
}

#[tokio::test(start_paused = true)]
async fn groups_whose_looks_take_longer_than_a_look_is_fresh_are_deployed_all_the_same() {
    let fleet = Fleet::in_groups(2, 20);
    let run = fleet.roll(Policy::default()).await;
    assert_eq!(run.outcome, Outcome::Done);
    assert!(run.took < Duration::from_secs(2 * 345), "{:?}", run.took);
}

#[tokio::test(start_paused = true)]
async fn the_first_failed_deploy_halts_the_run_with_the_target_out_and_named() {
    let fleet = Fleet::of(4);
    fleet.fail_deploy_of("i-2");
    let run = fleet.roll(Policy::default()).await;
    let Outcome::Halted { held_out, interrupted: None } = &run.outcome else {
        panic!("{:?}", run.outcome)
    };
    assert_eq!(held_out.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["i-2"]);
    assert_eq!(fleet.deployed(), ["i-1", "i-2"]);
    assert_eq!(fleet.in_service(), ["i-1", "i-3", "i-4"]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_with_one_failure_carries_the_others_to_their_end() {
    let fleet = Fleet::of(6);
    fleet.fail_deploy_of("i-1");
    let policy = Policy { batch: Batches::all(Share::Count(3)), ..Policy::default() };
    let run = fleet.roll(policy).await;
    assert!(matches!(run.outcome, Outcome::Halted { .. }));
    assert_eq!(fleet.in_service(), ["i-2", "i-3", "i-4", "i-5", "i-6"]);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_never_gets_healthy_halts_after_one_target_at_the_deadline() {
    let fleet = Fleet::of(4);
    fleet.break_release_of("i-1");
    let policy = Policy { in_service_timeout: Some(Duration::from_secs(90)), ..Policy::default() };
    let run = fleet.roll(policy).await;
    assert!(matches!(&run.outcome, Outcome::Halted { held_out, .. } if held_out.len() == 1));
    let Some(Fact::Failed { step, failure, .. }) = run.facts.last().map(|dated| &dated.fact) else {
        panic!("{:?}", run.facts.last())
    };
    assert_eq!(step.act, Act::AwaitInService);
    assert!(failure.what.contains("Target.ResponseCodeMismatch"), "{}", failure.what);
    assert!(failure.what.contains("1m 30s"), "{}", failure.what);
}

#[tokio::test(start_paused = true)]
async fn the_first_signal_takes_nothing_more_out_and_carries_on_what_is_out() {
    let fleet = Fleet::of(4);
    fleet.signal_after(Duration::from_secs(100), "SIGTERM");
    let run = fleet.roll(Policy::default()).await;
    let interrupted = Some("SIGTERM".to_owned());
    assert_eq!(run.outcome, Outcome::Halted { held_out: Vec::new(), interrupted });
    assert_eq!(fleet.deployed(), ["i-1"]);
    assert_eq!(fleet.in_service().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_signal_that_came_before_the_run_takes_nothing_out() {
    let fleet = Fleet::of(4);
    fleet.signal_after(Duration::ZERO, "SIGTERM");
    let run = fleet.roll(Policy::default()).await;
    assert!(matches!(&run.outcome, Outcome::Halted { held_out, .. } if held_out.is_empty()));
    assert_eq!(fleet.calls("DeregisterTargets"), 0);
}

#[tokio::test(start_paused = true)]
async fn the_second_signal_stops_at_once_and_names_what_is_out() {
    let fleet = Fleet::of(4);
    fleet.signal_after(Duration::from_secs(100), "SIGINT");
    fleet.signal_after(Duration::from_secs(103), "SIGINT");
    let run = fleet.roll(Policy::default()).await;
    assert!(matches!(&run.outcome, Outcome::Halted { held_out, .. } if held_out.len() == 1));
    assert!(run.took < Duration::from_secs(110), "{:?}", run.took);
    assert!(fleet.deployed().is_empty());
}

#[tokio::test(start_paused = true)]
async fn at_the_end_of_its_window_a_run_brings_back_whom_it_has_out_and_begins_with_nobody_else() {
    let fleet = Fleet::of(4);
    // It begins at 00:16:40, and each target takes a little more than five minutes.
    let window = Some("00:00-00:25@UTC".parse().unwrap());
    let run = fleet.roll(Policy { window, ..Policy::default() }).await;
    assert_eq!(run.outcome, Outcome::Halted { held_out: Vec::new(), interrupted: None });
    assert_eq!(fleet.deployed(), ["i-1", "i-2"]);
    assert_eq!(fleet.in_service().len(), 4);
    assert_eq!(run.facts.last().map(|dated| &dated.fact), Some(&Fact::WindowClosed));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_holds_for_others_ends_with_its_window_all_the_same() {
    let fleet = Fleet::of(3);
    fleet.break_between("i-3", Duration::from_secs(200), Duration::MAX);
    let window = Some("00:00-00:24@UTC".parse().unwrap());
    let policy = Policy { min_healthy: Share::Count(2), window, ..Policy::default() };
    let run = fleet.roll(policy).await;
    assert_eq!(run.outcome, Outcome::Halted { held_out: Vec::new(), interrupted: None });
    assert_eq!(run.facts.last().map(|dated| &dated.fact), Some(&Fact::WindowClosed));
    assert!(run.took < Duration::from_secs(450), "{:?}", run.took);
}

#[tokio::test(start_paused = true)]
async fn capacity_lost_to_others_holds_the_run_until_it_is_back() {
    let fleet = Fleet::of(3);
    fleet.break_between("i-3", Duration::from_secs(200), Duration::from_secs(700));
    let policy = Policy { min_healthy: Share::Count(2), ..Policy::default() };
    let run = fleet.roll(policy).await;
    assert_eq!(run.outcome, Outcome::Done);
    assert_eq!(run.holds.len(), 1, "a hold is said once: {:?}", run.holds);
    assert!(run.took > Duration::from_secs(1000), "{:?}", run.took);
}

#[tokio::test(start_paused = true)]
async fn capacity_lost_for_good_halts_the_run_with_everyone_else_in_service() {
    let fleet = Fleet::of(3);
    fleet.break_between("i-3", Duration::from_secs(200), Duration::MAX);
    let policy = Policy { min_healthy: Share::Count(2), ..Policy::default() };
    let run = fleet.roll(policy).await;
    assert_eq!(run.outcome, Outcome::Halted { held_out: Vec::new(), interrupted: None });
    assert_eq!(fleet.in_service(), ["i-1", "i-2"]);
    assert!(fleet.fewest_in_service_by_us() >= 2);
}

#[tokio::test(start_paused = true)]
async fn a_target_registered_by_somebody_else_while_it_is_out_is_not_deployed() {
    let fleet = Fleet::of(3);
    fleet.register_after(Duration::from_secs(250), "i-1");
    let run = fleet.roll(Policy::default()).await;
    assert!(matches!(run.outcome, Outcome::Halted { .. }), "{:?}", run.outcome);
    assert!(fleet.deployed().is_empty());
    assert_eq!(fleet.deployed_under_traffic(), 0);
}

#[tokio::test(start_paused = true)]
async fn every_started_fact_is_kept_before_its_call() {
    let fleet = Fleet::of(2);
    let run = fleet.roll(Policy::default()).await;
    let started = |act| {
        run.facts
            .iter()
            .filter(|dated| matches!(&dated.fact, Fact::Started { step, .. } if step.act == act))
            .count()
    };
    assert_eq!(started(Act::Deregister), fleet.calls("DeregisterTargets"));
    assert_eq!(started(Act::Register), fleet.calls("RegisterTargets"));
    assert_eq!(run.groups, [WEB]);
}
