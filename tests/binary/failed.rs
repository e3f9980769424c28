//! Runs in which something goes wrong: the first failure halts the run, what is out is named, and
//! nobody else is touched. Trouble that passes is no failure.

use elb_deploy::lab::faults::FaultSettings;

use crate::stage::{A, B, C, Stage};

#[tokio::test]
async fn a_failed_command_halts_the_run_and_the_target_is_named_with_the_way_back() {
    let stage = Stage::of(3).await;
    let before = stage.registrations("web");
    let fail = "echo one; echo no space left; exit 7";
    let ran = stage.roll(&[], &["sh", "-c", fail]).await;
    ran.ended(5);
    let out = ran.told("out of service now:");
    assert_eq!(out.len(), 1, "{}", ran.stderr);
    ran.says(&format!("{A}: deploy failed: sh ended with exit code 7"));
    ran.says("  | one\n  | no space left\n");
    ran.says(&format!("not begun: {B}, {C}\n"));
    assert_eq!(stage.registrations("web"), before[1..]);
    stage.until_in_service("web", &[B, C]).await;
    let (_, recorded) = stage.recorded();
    let facts = serde_json::to_string(&recorded.facts).unwrap();
    assert!(!facts.contains(B) && !facts.contains(C), "{facts}");
    let state = stage.state().display().to_string();
    ran.says(&format!("put it back with:\n  elb-deploy restore {A} --state-dir {state}\n"));
}

#[tokio::test]
async fn a_command_that_hangs_is_ended_and_counts_as_failed() {
    let stage = Stage::of(2).await;
    let options = ["--target", A, "--deploy-timeout", "500ms"];
    let ran = stage.roll(&options, &["sh", "-c", "echo busy; sleep 60"]).await;
    ran.ended(5);
    ran.says("was stopped after 500ms, which is its limit");
    ran.says("  | busy\n");
}

#[tokio::test]
async fn a_release_that_fails_its_health_checks_is_not_followed_by_another() {
    let stage = Stage::of(2).await;
    let bad = stage.replace(&["--unhealthy-status", "500"]);
    let ran = stage.roll(&["--in-service-timeout", "3s"], &bad).await;
    ran.ended(5);
    ran.says("Target.ResponseCodeMismatch");
    ran.says("[500]");
    ran.says("registered again, but not seen in service:");
    ran.says(&format!("not begun: {B}\n"));
    assert_eq!(stage.registrations("web").len(), 2, "it is put back, so that it can recover");
    stage.until_in_service("web", &[B]).await;
}

#[tokio::test]
async fn throttling_and_failing_calls_slow_a_run_and_do_not_end_it() {
    let stage = Stage::of(2).await;
    let before = stage.registrations("web");
    let settings = br#"{"error_percent": 30, "throttling": {
        "describe": {"burst": 2, "per_second": 2}, "mutate": {"burst": 1, "per_second": 1}}}"#;
    let settings = FaultSettings::NONE.with(settings).unwrap();
    stage.server.lab().with_faults(|faults, _| faults.set(settings));
    let ran = stage.roll(&["--target", A], &["true"]).await;
    ran.ended(0);
    assert_eq!(stage.registrations("web"), before);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn answers_that_get_lost_do_no_harm() {
    let stage = Stage::of(2).await;
    let before = stage.registrations("web");
    let settings = FaultSettings::NONE.with(br#"{"cut_percent": 30}"#).unwrap();
    stage.server.lab().with_faults(|faults, _| faults.set(settings));
    stage.roll(&["--target", A], &["true"]).await.ended(0);
    assert_eq!(stage.registrations("web"), before);
}
