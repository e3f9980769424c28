//! docs/github-actions.md: the steps of the workflow, run as a runner runs them.

use std::fs;
use std::process;

use rustix::process::Signal;
use serde_json::Value;
use tokio::process::Command;

use super::blocks::Page;
use super::{ROOT, lost_and_found, program};
use crate::run::{Ran, Running};
use crate::stage::{A, B, Stage, UNTIL_GO};

const READ: &str =
    "import json, sys, yaml; json.dump(yaml.load(open(sys.argv[1]), yaml.BaseLoader), sys.stdout)";

/// The workflow; none where nothing reads YAML.
fn workflow() -> Option<Value> {
    let can = process::Command::new("python3").args(["-c", "import yaml"]).output();
    if !can.is_ok_and(|told| told.status.success()) {
        return None;
    }
    let file = format!("{ROOT}/examples/github-actions/deploy.yml");
    let read = process::Command::new("python3").args(["-c", READ, &file]).output().unwrap();
    assert!(read.status.success(), "{read:?}");
    Some(serde_json::from_slice(&read.stdout).unwrap())
}

/// What a step of this name runs.
fn script(workflow: &Value, name: &str) -> String {
    let steps = workflow["jobs"]["deploy"]["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["name"] == name).unwrap();
    step["run"].as_str().unwrap().to_owned()
}

/// A step: a script by bash -e, in a workspace whose deploy script runs this.
fn step(stage: &Stage, deploy: &str, text: &str) -> Command {
    let folder = stage.path("workspace");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("deploy.sh"), format!("#!/bin/sh\n{deploy}\n")).unwrap();
    let made = process::Command::new("chmod").arg("+x").arg(folder.join("deploy.sh")).status();
    assert!(made.unwrap().success());
    fs::write(folder.join("step.sh"), text).unwrap();
    let mut step = program(stage, "bash", &["-e", "step.sh"]);
    step.current_dir(folder).env("RELEASE", "v2");
    step
}

#[test]
fn the_page_shows_the_workflow_as_it_is() {
    Page::of("github-actions.md", "github-actions").shows_everything_as_it_is();
}

#[test]
fn one_deploy_at_a_time_gets_a_role_that_lasts_as_long_as_it_may_take() {
    let Some(workflow) = workflow() else { return };
    assert_eq!(workflow["concurrency"]["cancel-in-progress"], "false");
    assert_eq!(workflow["permissions"]["id-token"], "write");
    let job = &workflow["jobs"]["deploy"];
    let number = |value: &Value| value.as_str().unwrap().parse::<u64>().unwrap();
    let steps = job["steps"].as_array().unwrap();
    let role = steps.iter().find(|step| step["with"].get("role-to-assume").is_some()).unwrap();
    let lasts = number(&role["with"]["role-duration-seconds"]);
    assert_eq!(lasts, number(&job["timeout-minutes"]) * 60);
    let condition = |name: &str| {
        let step = steps.iter().find(|step| step["name"] == name).unwrap();
        step["if"].as_str().unwrap_or_default().to_owned()
    };
    let all = ["Plan", "Roll", "Put back", "Runs", "Report"].map(condition);
    assert_eq!(all, ["", "", "cancelled()", "always()", "always()"]);
}

#[tokio::test]
async fn a_workflow_that_goes_well_leaves_its_report() {
    let Some(workflow) = workflow() else { return };
    let stage = Stage::of(2).await;
    for name in ["Plan", "Roll", "Runs"] {
        let text = script(&workflow, name);
        Ran::of(step(&stage, "echo \"$RELEASE on $1\"", &text)).await.ended(0);
    }
    let report = fs::read_to_string(stage.path("workspace/report.ndjson")).unwrap();
    let report: Value = serde_json::from_str(report.trim_end()).unwrap();
    assert_eq!((&report["outcome"], &report["exit_code"]), (&"done".into(), &0.into()));
}

#[tokio::test]
async fn what_a_cancelled_workflow_leaves_out_is_put_back() {
    let Some(workflow) = workflow() else { return };
    let stage = Stage::of(2).await;
    Ran::of(step(&stage, "true", &script(&workflow, "Plan"))).await.ended(0);
    let text = script(&workflow, "Roll");
    let mut rolling = Running::start(step(&stage, UNTIL_GO[2], &text));
    rolling.until("deploy            started").await;
    // To the first process of the step, and once more where that has not ended in time.
    rolling.signal(Signal::INT);
    rolling.until("SIGINT: nothing more is taken out").await;
    rolling.signal(Signal::TERM);
    rolling.end().await.ended(5);
    Ran::of(step(&stage, "true", &script(&workflow, "Put back"))).await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn a_workflow_that_is_cancelled_before_anything_was_done_changes_nothing() {
    let Some(workflow) = workflow() else { return };
    let stage = Stage::of(1).await;
    Ran::of(step(&stage, "true", &script(&workflow, "Put back"))).await.ended(0);
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn the_commands_of_the_page_put_back_what_a_lost_runner_has_left_out() {
    lost_and_found(&Page::of("github-actions.md", "github-actions")).await;
}
