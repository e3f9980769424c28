//! Gates, hooks, and what undoes a failure at them, on the lab's model.

use std::time::Duration;

use elb_deploy::executor::{Occasion, Work};
use elb_deploy::rollout::{Act, Fact, Gates, OnFailure, Outcome, Policy};

use crate::fleet::{Fleet, Run};

const BAKE: Duration = Duration::from_secs(60);

fn gated(on_failure: OnFailure) -> Policy {
    let (before_batch, after_batch) = (true, true);
    let gates = Gates { ready: true, verify: true, bake: BAKE, before_batch, after_batch };
    Policy { gates, on_failure, ..Policy::default() }
}

fn held_out(run: &Run) -> Vec<&str> {
    let Outcome::Halted { held_out, .. } = &run.outcome else { panic!("{:?}", run.outcome) };
    held_out.iter().map(elb_deploy::rollout::TargetId::as_str).collect()
}

#[tokio::test(start_paused = true)]
async fn every_gate_is_passed_by_every_target_and_hooks_are_around_each_batch() {
    let fleet = Fleet::of(3);
    let before = fleet.registrations();
    let run = fleet.roll(gated(OnFailure::Hold)).await;
    assert_eq!(run.outcome, Outcome::Done);
    assert_eq!(fleet.registrations(), before);
    for id in ["i-1", "i-2", "i-3"] {
        assert_eq!(fleet.worked(id), [Work::Deploy, Work::Ready, Work::Verify]);
    }
    let around = |batch| [Occasion::BeforeBatch(batch), Occasion::AfterBatch(batch)];
    assert_eq!(fleet.hooks(), [1, 2, 3].map(around).concat());
    assert!(run.took >= (Duration::from_secs(300) + BAKE) * 3, "{:?}", run.took);
    assert!(fleet.fewest_in_service() >= 2, "{}", fleet.fewest_in_service());
    assert_eq!(fleet.deployed_under_traffic(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_fails_its_verification_ends_as_the_policy_says() {
    for (policy, out, left, deployed) in [
        (OnFailure::Hold, &["i-1"][..], &["i-2", "i-3"][..], &["i-1"][..]),
        (OnFailure::Rollback, &[], &["i-1", "i-2", "i-3"], &[]),
        (OnFailure::Return, &[], &["i-1", "i-2", "i-3"], &["i-1"]),
    ] {
        let fleet = Fleet::of(3);
        fleet.fail(Work::Verify, "i-1");
        let run = fleet.roll(gated(policy)).await;
        assert_eq!(held_out(&run), out, "{policy:?}");
        assert_eq!(fleet.in_service(), left, "{policy:?}");
        assert_eq!(fleet.deployed(), deployed, "{policy:?}");
        let around = [Occasion::BeforeBatch(1), Occasion::AfterBatch(1)];
        assert_eq!(fleet.hooks(), around, "{policy:?}");
        assert_eq!(fleet.deployed_under_traffic(), 0, "{policy:?}");
        assert!(fleet.fewest_in_service() >= 2, "{policy:?}: {}", fleet.fewest_in_service());
    }
}

#[tokio::test(start_paused = true)]
async fn a_flap_while_a_target_has_to_stay_in_service_takes_it_out_again() {
    let fleet = Fleet::of(3);
    // In service again after a drain of 300 s, and then watched for 60 s.
    fleet.break_between("i-1", Duration::from_secs(345), Duration::from_secs(365));
    let run = fleet.roll(gated(OnFailure::Hold)).await;
    let failed = run.facts.iter().find_map(|dated| match &dated.fact {
        Fact::Failed { step, failure, .. } => Some((step.act, failure.what.clone())),
        _ => None,
    });
    let (act, what) = failed.expect("a failure");
    assert_eq!(act, Act::Bake, "{what}");
    assert!(what.contains("did not stay"), "{what}");
    assert_eq!(held_out(&run), ["i-1"]);
    assert_eq!(fleet.in_service(), ["i-2", "i-3"]);
    assert_eq!(fleet.registrations().len(), 2, "what failed is taken out, not left to be used");
}
