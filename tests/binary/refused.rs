//! What the load balancer's side speaks against is refused with exit code 3, and nothing is
//! changed; what this machine speaks against, with 6.

use std::fs;
use std::net::TcpListener;

use crate::run::Ran;
use crate::stage::{A, B, Stage, bare, group, listener};

/// Refused for this reason, and nothing was asked to change.
async fn refused(stage: &Stage, args: &[&str], error: &str, hint: &str) {
    let ran = stage.run(&[args, &["--", "true"]].concat()).await;
    ran.is_refusal(3, error, hint);
    assert_eq!(stage.mutating(), [""; 0]);
    assert!(stage.runs().is_empty(), "a run that is refused has no journal");
}

#[tokio::test]
async fn a_group_that_does_not_exist_is_named_with_the_one_that_may_be_meant() {
    let stage = Stage::with(0, &[("web", 8080), ("checkout-api", 8081)], "").await;
    refused(&stage, &["roll", "chekout-api"], "did you mean checkout-api", "region").await;
    refused(&stage, &["roll", "wbe"], "did you mean web", "the name").await;
    refused(&stage, &["roll", "billing", "web", "orders"], "billing, orders", "the name").await;
}

#[tokio::test]
async fn targets_that_are_not_registered_are_all_named() {
    let stage = Stage::of(2).await;
    let args = ["roll", "web", "--target", "i-0000000x", "--exclude", "i-0000000y"];
    refused(&stage, &args, "i-0000000x is not registered in web", A).await;
    refused(&stage, &args, "i-0000000y is not registered in web", B).await;
}

#[tokio::test]
async fn a_batch_of_none_is_refused() {
    let stage = Stage::of(4).await;
    for none in ["0", "1%"] {
        let error = format!("a batch of {none} of 4 targets");
        refused(&stage, &["roll", "web", "--batch", none], &error, "--batch 1").await;
    }
    refused(&stage, &["roll", "web", "--min-healthy", "5"], "has 4 targets", "--min-healthy").await;
    let all = ["roll", "web", "--batch", "100%"];
    refused(&stage, &all, "leave 0 in service in group web", "--min-healthy 0").await;
}

#[tokio::test]
async fn a_drain_that_would_always_take_too_long_is_not_begun() {
    let stage = Stage::of(2).await;
    let args = ["roll", "web", "--settle", "2s", "--drain-timeout", "1s"];
    refused(&stage, &args, "a drain in group web takes 2s", "--drain-timeout").await;
}

#[tokio::test]
async fn the_only_target_is_not_taken_out() {
    let stage = Stage::of(1).await;
    let error = format!("taking out {A} would leave 0");
    refused(&stage, &["roll", "web"], &error, "--min-healthy 0").await;
}

#[tokio::test]
async fn when_everyone_is_excluded_there_is_nothing_to_do() {
    let stage = Stage::of(1).await;
    let args = ["roll", "web", "--exclude", A];
    refused(&stage, &args, "every target is excluded", "--exclude").await;
}

#[tokio::test]
async fn groups_that_cannot_be_rolled_are_all_named_at_once() {
    let more = listener(99, "empty") + &group("empty", 8080, &[]) + &group("idle", 8080, &[A]);
    let stage = Stage::with(1, &[("web", 8080)], &more).await;
    let args = ["roll", "idle", "empty", "--target", "i-0000000x"];
    refused(&stage, &args, "group idle is not used", "listener").await;
    refused(&stage, &args, "group empty has no registered targets", "right group").await;
    refused(&stage, &args, "i-0000000x is not registered in idle, empty", A).await;
    let nobody = ["roll", "empty", "--target", A];
    refused(&stage, &nobody, "i-0000000a is not registered in empty", "right group").await;
}

#[tokio::test]
async fn an_endpoint_where_nobody_listens_is_named() {
    let stage = Stage::of(0).await;
    let closed = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let url = format!("http://{closed}");
    let args = ["roll", "web", "--endpoint-url", &url];
    refused(&stage, &args, &format!("no answer from {url}: connection refused"), "endpoint").await;
    let args = ["roll", "web", "--endpoint-url", "lab"];
    refused(&stage, &args, "\"lab\" is no http", "such as http://").await;
    let args = ["roll", "web", "--region", "eu west"];
    refused(&stage, &args, "region \"eu west\" cannot be one", "eu-west-1").await;
}

#[tokio::test]
async fn the_log_of_a_refusal_is_told_before_it() {
    let stage = Stage::of(2).await;
    let ran = stage.roll(&["-v", "--min-healthy", "5"], &["true"]).await;
    ran.ended(3);
    let (log, refusal) = ran.stderr.split_once("error: ").unwrap();
    assert!(log.contains("DescribeTargetHealth"), "{}", ran.stderr);
    assert!(!refusal.contains("DescribeTargetHealth"), "{}", ran.stderr);
}

#[tokio::test]
async fn credentials_are_needed() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["roll", "web", "--region", "us-east-1", "--", "true"];
    let ran = Ran::of(bare(folder.path(), &args)).await;
    ran.is_refusal(3, "no credentials found", "AWS_PROFILE");
}

#[tokio::test]
async fn a_state_folder_that_cannot_be_used_is_named() {
    let stage = Stage::of(2).await;
    fs::write(stage.state(), "a file in its place").unwrap();
    let ran = stage.roll(&[], &["true"]).await;
    let named = format!("use {} for the state", stage.state().display());
    ran.is_refusal(6, &named, "--state-dir");
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn a_group_that_another_run_works_on_is_left_to_it() {
    let stage = Stage::of(2).await;
    let first = stage.deploying(&["--target", A]).await;
    let second = stage.roll(&["--target", B], &["true"]).await;
    let (run, _) = stage.runs().remove(0);
    second.is_refusal(6, &format!("tester (pid {}", first.pid()), "wait until");
    second.is_refusal(6, &format!("run {run}"), "wait until");
    stage.go();
    first.end().await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
    assert_eq!(stage.runs().len(), 1);
}
