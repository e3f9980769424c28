//! What is run around batches and at the end: when, what it is told, and what follows if it fails.

use std::fs;

use serde_json::Value;

use crate::run::Ran;
use crate::stage::{A, B, Stage, UNTIL_GO};

/// Notes that it was run, and what it was told.
fn noting(name: &str) -> String {
    format!("echo {name}-$ELB_DEPLOY_BATCH_NUMBER >> \"$STAGE/order\"; cat >> \"$STAGE/{name}\"")
}

fn order(stage: &Stage) -> Vec<String> {
    let order = fs::read_to_string(stage.path("order")).unwrap();
    order.lines().map(str::to_owned).collect()
}

fn told(stage: &Stage, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(stage.path(name)).unwrap();
    let stream = serde_json::Deserializer::from_str(&text).into_iter();
    stream.collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn each_batch_is_told_before_it_begins_and_after_it_is_done_and_the_outcome_at_the_end() {
    let stage = Stage::of(2).await;
    let [before, after, finish] = ["before", "after", "finish"].map(noting);
    let options = ["--before-batch", &before, "--after-batch", &after, "--on-finish", &finish];
    let deploy = "echo deploy >> \"$STAGE/order\"";
    let ran = stage.roll(&options, &["sh", "-c", deploy]).await;
    ran.ended(0);
    let batch = |number| [format!("before-{number}"), "deploy".into(), format!("after-{number}")];
    let finish = ["finish-".to_owned()];
    assert_eq!(order(&stage), [&batch(1)[..], &batch(2), &finish].concat());

    let [first, second] = &told(&stage, "before")[..] else { panic!("{ran:#?}") };
    assert_eq!((&first["batch"], &first["targets"][0]["id"]), (&1.into(), &A.into()));
    assert_eq!((&second["batch"], &second["targets"][0]["id"]), (&2.into(), &B.into()));
    assert_eq!(told(&stage, "after")[0]["targets"][0]["done"], true);
    let finish = &told(&stage, "finish")[0];
    assert_eq!((&finish["outcome"], &finish["exit_code"]), (&"done".into(), &0.into()));
    assert_eq!(finish["summary"]["targets"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_batch_whose_hook_fails_before_it_is_not_begun_and_the_end_is_told_so() {
    let stage = Stage::of(2).await;
    let before = "echo asked; test $ELB_DEPLOY_BATCH_NUMBER -lt 2";
    let finish = "echo told $ELB_DEPLOY_OUTCOME $ELB_DEPLOY_EXIT_CODE";
    let options = ["--before-batch", before, "--on-finish", finish];
    let ran = stage.roll(&options, &["true"]).await;
    ran.ended(4);
    ran.says("batch 2  before-batch  failed: ");
    ran.says("before-batch-2 | asked\n");
    ran.says(&format!("not begun: {B}\n"));
    ran.says("on-finish | told halted 4\n");
    stage.until_in_service("web", &[A, B]).await;
    assert_eq!(stage.mutating(), ["DeregisterTargets", "RegisterTargets"]);

    let resumed = stage.run(&["resume"]).await;
    resumed.ended(4);
    resumed.says("batch 2  before-batch  failed: ");
}

#[tokio::test]
async fn what_fails_after_a_batch_takes_nothing_more_out() {
    let stage = Stage::of(2).await;
    let ran = stage.roll(&["--after-batch", "exit 3"], &["true"]).await;
    ran.ended(4);
    ran.says("batch 1: after-batch failed: ");
    ran.says(&format!("not begun: {B}\n"));
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn a_run_that_is_done_is_no_success_if_nobody_could_be_told() {
    let stage = Stage::of(1).await;
    let options = ["--min-healthy", "0", "--on-finish", "echo no such host; exit 6"];
    let ran: Ran = stage.roll(&options, &["true"]).await;
    ran.ended(4);
    ran.says("1 target done in ");
    ran.says("on-finish | no such host\n");
    assert!(ran.told("error: ")[0].contains("on-finish"), "{ran:#?}");
    stage.until_in_service("web", &[A]).await;
}

#[tokio::test]
async fn what_failed_around_a_batch_is_told_by_runs_too() {
    let stage = Stage::of(2).await;
    stage.roll(&["--after-batch", "exit 3"], &["true"]).await.ended(4);
    let list = stage.run(&["runs"]).await;
    assert!(list.stdout.contains("after-batch of batch 1 failed"), "{list:#?}");
    let list = stage.run(&["runs", "--format", "json"]).await;
    let list: Value = serde_json::from_str(&list.stdout).unwrap();
    let ending = &list["runs"][0]["ending"];
    assert_eq!(
        (&ending["how"], &ending["hooks_failed"][0]["batch"]),
        (&"halted".into(), &1.into())
    );
}

#[tokio::test]
async fn what_a_run_died_in_after_its_last_batch_is_named_and_run_when_it_is_taken_up() {
    let stage = Stage::of(2).await;
    let hook = format!("echo after >> \"$STAGE/order\"; {}", UNTIL_GO[2]);
    let mut run = stage.start(&["--target", A, "--after-batch", &hook], &["true"]);
    run.until("after-batch  started").await;
    run.kill().await;
    stage.until_let_go().await;
    let owed = "not run yet: after-batch of batch 1: echo after";
    assert!(stage.run(&["runs"]).await.stdout.contains(owed));
    let changes = stage.mutating();
    stage.run(&["resume"]).await.ended(0);
    assert_eq!(stage.mutating(), changes, "every target was done");
    let list = stage.run(&["runs"]).await;
    assert!(list.stdout.contains("  done after "), "{list:#?}");
    assert!(!list.stdout.contains("not run yet"), "{list:#?}");
}
