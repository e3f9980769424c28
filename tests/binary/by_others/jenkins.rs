//! docs/jenkins.md: the steps of the Jenkinsfile, run as Jenkins runs them.

use std::fs;
use std::path::Path;

use rustix::process::Pid;
use tokio::process::Command;

use super::blocks::Page;
use super::jenkinsfile::Pipeline;
use super::{example, lost_and_found, program};
use crate::run::{Ran, Running};
use crate::stage::{A, B, Stage, UNTIL_GO};

/// What marks the processes of a step, as Jenkins has it.
const COOKIE: &str = "JENKINS_SERVER_COOKIE=durable-0123456789abcdef";

fn pipeline() -> Pipeline {
    Pipeline::read(&example("jenkins/Jenkinsfile"))
}

/// A workspace with a deploy script that runs this.
fn workspace(stage: &Stage, deploy: &str) {
    let script = stage.path("workspace/deploy.sh");
    fs::create_dir_all(script.parent().unwrap()).unwrap();
    fs::write(&script, format!("#!/bin/sh\n{deploy}\n")).unwrap();
    let made = std::process::Command::new("chmod").arg("+x").arg(&script).status().unwrap();
    assert!(made.success());
}

/// A step: a script in the workspace, by sh -xe, with the cookie.
fn step(stage: &Stage, text: &str) -> Command {
    let script = stage.path("workspace/script.sh");
    fs::write(&script, text).unwrap();
    let mut step = program(stage, "sh", &["-xe", &script.display().to_string()]);
    let (name, value) = COOKIE.split_once('=').unwrap();
    step.current_dir(stage.path("workspace")).env(name, value).env("RELEASE", "v2");
    step
}

async fn run(stage: &Stage, text: &str) -> Ran {
    Ran::of(step(stage, text)).await
}

/// The processes of this stage that an abort would signal: those with the cookie.
fn with_cookie(stage: &Stage) -> Vec<Pid> {
    let has = |process: &Path| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        let own = format!("STAGE={}", stage.path("").display());
        let own = own.trim_end_matches('/').as_bytes();
        let said: Vec<_> = environment.split(|byte| *byte == 0).collect();
        let is_own = |it: &&[u8]| it.strip_suffix(b"/").unwrap_or(it) == own;
        said.iter().any(is_own) && said.contains(&COOKIE.as_bytes())
    };
    let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let pid = |path: &Path| Pid::from_raw(path.file_name()?.to_str()?.parse().ok()?);
    all.filter(|path| has(path)).filter_map(|path| pid(&path)).collect()
}

#[test]
fn the_page_shows_the_pipeline_as_it_is() {
    Page::of("jenkins.md", "jenkins").shows_everything_as_it_is();
}

#[tokio::test]
async fn the_commands_of_the_page_put_back_what_a_lost_agent_has_left_out() {
    lost_and_found(&Page::of("jenkins.md", "jenkins")).await;
}

#[test]
fn the_pipeline_plans_rolls_reports_and_puts_back_what_an_abort_leaves_out() {
    let pipeline = pipeline();
    let has =
        |path: &[&str]| assert!(pipeline.blocks.iter().any(|block| block == path), "{path:?}");
    has(&["pipeline", "agent"][..1]);
    for stage in ["stage('Plan')", "stage('Roll')"] {
        has(&["pipeline", "stages", stage, "steps"]);
    }
    has(&["pipeline", "post", "aborted"]);
    has(&["pipeline", "post", "always"]);
    assert_eq!(pipeline.steps.len(), 5);
    assert!(example("jenkins/Jenkinsfile").contains("disableConcurrentBuilds()"));
}

#[tokio::test]
async fn a_build_that_goes_well_leaves_its_report() {
    let stage = Stage::of(2).await;
    workspace(&stage, "echo \"$RELEASE on $1\"");
    let pipeline = pipeline();
    for text in pipeline.steps_of("stages") {
        run(&stage, text).await.ended(0);
    }
    let [runs] = pipeline.steps_of("always")[..] else { panic!("other steps") };
    let told = run(&stage, runs).await;
    told.ended(0);
    assert!(told.stdout.contains("done"), "{}", told.stdout);
    let report = fs::read_to_string(stage.path("workspace/report.ndjson")).unwrap();
    let report: Vec<serde_json::Value> =
        report.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(report.len(), 1);
    assert_eq!((&report[0]["outcome"], &report[0]["exit_code"]), (&"done".into(), &0.into()));
}

#[tokio::test]
async fn a_release_that_fails_fails_the_build_and_is_left_out_for_a_person() {
    let stage = Stage::of(2).await;
    workspace(&stage, "exit 9");
    let pipeline = pipeline();
    let [clean, plan, roll] = pipeline.steps_of("stages")[..] else { panic!("other steps") };
    run(&stage, clean).await.ended(0);
    run(&stage, plan).await.ended(0);
    run(&stage, roll).await.ended(5);
    assert_eq!(stage.in_service("web"), [B]);
    let report = fs::read_to_string(stage.path("workspace/report.ndjson")).unwrap();
    assert!(report.contains("\"exit_code\":5"), "{report}");
}

#[tokio::test]
async fn an_abort_is_one_signal_to_the_tool_which_brings_back_what_is_out() {
    let stage = Stage::of(2).await;
    workspace(&stage, UNTIL_GO[2]);
    let pipeline = pipeline();
    let [clean, _, roll] = pipeline.steps_of("stages")[..] else { panic!("other steps") };
    run(&stage, clean).await.ended(0);
    let mut rolling = Running::start(step(&stage, roll));
    rolling.until("deploy            started").await;
    assert_eq!(with_cookie(&stage), [], "Jenkins would signal these by itself");
    let [aborted] = pipeline.steps_of("aborted")[..] else { panic!("other steps") };
    let ending = Running::start(step(&stage, aborted));
    rolling.until("SIGTERM: nothing more is taken out").await;
    stage.go();
    rolling.end().await.ended(143);
    ending.end().await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
    let report = fs::read_to_string(stage.path("workspace/report.ndjson")).unwrap();
    assert!(report.contains("\"outcome\":\"interrupted\""), "{report}");
    let [_, runs] = &stage.runs()[..] else { return };
    panic!("nothing was left to restore: {runs:?}");
}

#[tokio::test]
async fn any_other_step_is_found_by_its_cookie() {
    let stage = Stage::of(1).await;
    workspace(&stage, "true");
    let mut other = Running::start(step(&stage, "echo begun >&2; exec sleep 60"));
    other.until("begun").await;
    assert_eq!(with_cookie(&stage), [other.pid()]);
    other.kill().await;
}

#[tokio::test]
async fn what_a_killed_tool_leaves_out_is_put_back_after_the_abort() {
    let stage = Stage::of(2).await;
    workspace(&stage, UNTIL_GO[2]);
    let pipeline = pipeline();
    let [clean, _, roll] = pipeline.steps_of("stages")[..] else { panic!("other steps") };
    run(&stage, clean).await.ended(0);
    let mut rolling = Running::start(step(&stage, roll));
    rolling.until("deploy            started").await;
    rolling.kill().await;
    stage.until_let_go().await;
    let [aborted] = pipeline.steps_of("aborted")[..] else { panic!("other steps") };
    run(&stage, aborted).await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn an_abort_before_anything_was_done_changes_nothing() {
    let stage = Stage::of(2).await;
    workspace(&stage, "true");
    let pipeline = pipeline();
    let [aborted] = pipeline.steps_of("aborted")[..] else { panic!("other steps") };
    run(&stage, aborted).await.ended(0);
    assert_eq!(stage.mutating(), [""; 0]);
}
