//! One status: what it shows, and how it ends.

use insta::assert_snapshot;
use regex_lite::Regex;
use serde_json::Value;

use super::stop;
use crate::run::Ran;
use crate::stage::{A, B, Stage, bare, group};

/// What differs from run to run: a pattern, and what stands for it.
const DIFFERENT: [(&str, &str); 5] = [
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[run]"),
    (r"\d\d:\d\d:\d\dZ", "[time]"),
    (r"HTTP:\d+", "HTTP:[port]"),
    (r"/[0-9a-f]{16}\b", "/[id]"),
    (r"--state-dir \S+", "--state-dir [state]"),
];

fn settled(text: &str) -> String {
    DIFFERENT.iter().fold(text.to_owned(), |text, (pattern, stands_for)| {
        Regex::new(pattern).unwrap().replace_all(&text, *stands_for).into_owned()
    })
}

/// A run that is killed while its first target is out.
async fn killed(stage: &Stage) {
    let run = stage.deploying(&[]).await;
    run.kill().await;
}

#[tokio::test]
async fn the_help_of_status() {
    let folder = tempfile::tempdir().unwrap();
    let ran = Ran::of(bare(folder.path(), &["status", "--help"])).await;
    ran.ended(0);
    assert_snapshot!(ran.stdout);
}

#[tokio::test]
async fn every_group_is_shown_as_it_is_and_nothing_is_changed() {
    let idle = group("idle", 8082, &[A]);
    let stage = Stage::with(2, &[("web", 8080), ("api", 8081)], &idle).await;
    let ran = stage.run(&["status"]).await;
    ran.ended(0);
    assert_eq!(ran.stderr, "");
    assert_snapshot!(settled(&ran.stdout));
    assert_eq!(stage.mutating(), [""; 0]);
    assert!(!stage.state().exists(), "whoever only looks makes no folder");
}

#[tokio::test]
async fn what_a_killed_run_holds_out_is_named_with_the_way_back() {
    let stage = Stage::of(2).await;
    killed(&stage).await;
    let ran = stage.run(&["status", "web", "--exit-code"]).await;
    ran.ended(5);
    assert_snapshot!(settled(&ran.stdout));
    let ran = stage.run(&["status", "web"]).await;
    ran.ended(0);
    let put_back = ran.stdout.lines().find_map(|line| line.split_once("put back")).unwrap().1;
    assert!(
        put_back.trim_start().starts_with(&format!("elb-deploy restore {A} --state-dir ")),
        "{put_back}"
    );
}

#[tokio::test]
async fn what_a_run_under_way_holds_out_is_marked_while_the_run_goes_on_undisturbed() {
    let stage = Stage::of(2).await;
    let run = stage.deploying(&["--target", A]).await;
    let ran = stage.run(&["status", "web"]).await;
    ran.ended(0);
    assert!(ran.stdout.contains("held out by the run under way, "), "{}", ran.stdout);
    assert!(!ran.stdout.contains("put back"), "{}", ran.stdout);
    stage.go();
    run.end().await.ended(0);
    stage.run(&["status", "web", "--exit-code"]).await.ended(0);
}

#[tokio::test]
async fn the_exit_code_tells_whether_all_are_in_service_only_if_asked() {
    let stage = Stage::of(2).await;
    stage.run(&["status", "--exit-code"]).await.ended(0);
    stop(&stage, B);
    let ran = stage.run(&["status", "--exit-code"]).await;
    ran.ended(5);
    assert!(ran.stdout.contains("1 of 2 in service"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
    stage.run(&["status"]).await.ended(0);
}

#[tokio::test]
async fn json_is_one_document_on_standard_output() {
    let stage = Stage::of(2).await;
    killed(&stage).await;
    let ran = stage.run(&["status", "--format", "json"]).await;
    ran.ended(0);
    assert_eq!(ran.stdout.lines().count(), 1);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["v"], 1);
    let web = &document["groups"][0];
    assert_eq!(
        (&web["name"], &web["in_service"], &web["total"]),
        (&"web".into(), &1.into(), &2.into())
    );
    assert_eq!(web["fronts"][0]["uses"][0]["protocol"], "HTTP");
    assert_eq!(web["targets"][0]["registration"]["id"], A);
    assert_eq!(web["targets"][0]["held_out"]["under_way"], false);
}

#[tokio::test]
async fn a_group_that_does_not_exist_is_refused_with_the_one_that_may_be_meant() {
    let stage = Stage::of(0).await;
    let ran = stage.run(&["status", "wbe"]).await;
    ran.is_refusal(3, "did you mean web", "the name");
    let ran = stage.run(&["status", "web", "--watch", "--exit-code"]).await;
    ran.is_refusal(2, "--watch does not end by itself", "leave out one of them");
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_is_noted_and_the_rest_is_shown() {
    let stage = Stage::of(1).await;
    let run = stage.state().join("runs/019aa4f1-7b70-7c3e-8f00-5a6b7c8d9e0f");
    std::fs::create_dir_all(&run).unwrap();
    std::fs::write(run.join("journal.ndjson"), "nonsense\n").unwrap();
    let ran = stage.run(&["status"]).await;
    ran.ended(0);
    assert!(ran.stdout.starts_with("web  1 of 1 in service"), "{}", ran.stdout);
    assert_eq!(ran.told("note: an earlier run is passed over: ").len(), 1, "{}", ran.stderr);
}

#[tokio::test]
async fn a_closed_pipe_is_a_quiet_success() {
    let stage = Stage::of(1).await;
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut status = stage.tool(&["status"]);
    status.stdout(writer).stderr(std::process::Stdio::piped());
    let ended = status.spawn().unwrap().wait_with_output().await.unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(ended.stderr, b"");
}

#[tokio::test]
async fn a_pipe_gets_no_colour() {
    let stage = Stage::of(1).await;
    let ran = stage.run(&["status"]).await;
    assert!(!ran.stdout.contains('\x1b'), "{:?}", ran.stdout);
}
