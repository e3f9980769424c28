//! Where journals are looked for: said where there are none, said again in every command that is
//! printed, and one and the same error of all verbs where no folder can be.

use std::fs;

use tokio::process::Command;

use crate::run::Ran;
use crate::stage::{A, B, Stage};

#[tokio::test]
async fn a_state_folder_that_is_a_file_is_the_same_error_for_every_verb() {
    let stage = Stage::of(2).await;
    let file = stage.path("file");
    fs::write(&file, "").unwrap();
    let verbs: [&[&str]; 9] = [
        &["roll", "web", "--", "true"],
        &["drain", A],
        &["restore"],
        &["restore", "--group", "web", A],
        &["resume"],
        &["runs"],
        &["runs", "show", "019a"],
        &["verify", "web"],
        &["status"],
    ];
    for path in [file.clone(), file.join("below")] {
        for verb in verbs {
            let mut tool = stage.tool(verb);
            tool.env("ELB_DEPLOY_STATE_DIR", &path);
            let (path, file) = (path.display(), file.display());
            let error = format!("failed to use {path} for the state: {file} is no folder");
            let ran = Ran::of(tool).await;
            ran.is_refusal(6, &error, "name another folder with --state-dir");
        }
    }
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn where_nothing_was_found_is_told() {
    let stage = Stage::of(2).await;
    let state = stage.state().display().to_string();
    let none = format!("there is no state folder {state}, so ");
    stage.run(&["restore"]).await.is_refusal(3, &none, "--state-dir");
    stage.run(&["resume"]).await.is_refusal(3, &none, "--state-dir");
    stage.roll(&["--target", B], &["true"]).await.ended(0);
    let restored = stage.run(&["restore"]).await;
    restored.ended(0);
    restored.says(&format!("nothing is held out by the journals in {state}, so there is"));
    let unfinished = format!("no run in {state} is unfinished");
    stage.run(&["resume"]).await.is_refusal(3, &unfinished, "elb-deploy runs");
}

#[tokio::test]
async fn commands_in_hints_find_the_same_journals() {
    let stage = Stage::of(2).await;
    stage.roll(&["--target", B], &["true"]).await.ended(0);
    let (state, run) = (stage.state().display().to_string(), stage.runs()[0].0.to_string());
    let runs = format!("elb-deploy runs --state-dir {state}");
    let show = format!("elb-deploy runs show {run} --state-dir {state}");
    let ways: [(&[&str], &str); 6] = [
        (&["resume"], &runs),
        (&["resume", "0198ffff"], &runs),
        (&["runs", "show", "0198ffff"], &runs),
        (&["restore", "--run", "0198ffff"], &runs),
        (&["drain", "i-0000000e", "--strict"], &runs),
        (&["resume", &run], &show),
    ];
    for (way, hint) in ways {
        let ran = stage.run(way).await;
        ran.ended(3);
        ran.says(hint);
    }
    let (_, folder) = stage.runs().remove(0);
    let text = fs::read_to_string(folder.journal()).unwrap();
    fs::write(folder.journal(), text.replacen("\"fact\":\"finished\"", "\"fa", 1)).unwrap();
    for way in [&["restore"][..], &["resume", &run]] {
        stage.run(way).await.is_refusal(6, "is damaged", &show);
    }
}

#[tokio::test]
async fn whoever_cannot_go_on_with_what_was_restored_is_told_how_to_begin_anew() {
    let stage = Stage::of(2).await;
    stage.roll(&["--target", A], &["sh", "-c", "exit 7"]).await.ended(5);
    stage.run(&["restore"]).await.ended(0);
    let run = stage.runs()[0].0.to_string();
    let ran = stage.run(&["resume", &run]).await;
    let failed = format!("goes no further: deploy of {A} failed");
    ran.is_refusal(3, &failed, &format!("elb-deploy roll web --target {A}"));
    ran.says(" -- sh -c 'exit 7'\n");
}

#[tokio::test]
async fn a_release_that_failed_goes_to_nobody_else_once_that_target_is_put_back() {
    let stage = Stage::of(2).await;
    stage.roll(&[], &["sh", "-c", "exit 7"]).await.ended(5);
    let run = stage.runs()[0].0.to_string();
    stage.run(&["restore"]).await.ended(0);
    let changes = stage.mutating();
    let ran = stage.run(&["resume", &run]).await;
    let anew = format!("elb-deploy roll web --target {A} --target {B}");
    ran.is_refusal(3, &format!("goes no further: deploy of {A} failed"), &anew);
    stage.run(&["resume"]).await.is_refusal(3, "is unfinished", "elb-deploy runs");
    assert_eq!(stage.mutating(), changes);
    let list = stage.run(&["runs"]).await;
    assert!(list.stdout.contains(&format!("deploy of {A} failed\n")), "{list:#?}");
    assert!(!list.stdout.contains("died") && !list.stdout.contains("go on"), "{list:#?}");
}

fn without_region(stage: &Stage, args: &[&str]) -> Command {
    let mut tool = stage.tool(args);
    tool.env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION");
    tool
}

#[tokio::test]
async fn what_nobody_said_of_the_region_the_journals_tell() {
    let stage = Stage::of(2).await;
    let drain = ["drain", A, "--settle", "1s"];
    let unknown = Ran::of(without_region(&stage, &drain)).await;
    unknown.is_refusal(2, "no region is configured", "--region");
    stage.run(&drain).await.ended(0);
    Ran::of(without_region(&stage, &["restore"])).await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
    let run = stage.deploying(&["--target", A]).await;
    run.kill().await;
    stage.until_let_go().await;
    Ran::of(without_region(&stage, &["resume"])).await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn drain_and_restore_are_told_by_variables_of_their_own() {
    let stage = Stage::of(2).await;
    let with = async |args: &[&str], variables: &[(&str, &str)]| {
        let mut tool = stage.tool(args);
        // What the deploy command of a run has in its environment says nothing about a restore.
        tool.env("ELB_DEPLOY_RUN", "0198ffff").env("ELB_DEPLOY_PORT", "9");
        tool.env("ELB_DEPLOY_GROUPS", "none").envs(variables.iter().copied());
        Ran::of(tool).await
    };
    let strict = with(&["drain", "i-0000000e"], &[("ELB_DEPLOY_STRICT", "true")]).await;
    strict.ended(3);
    strict.says("error: i-0000000e: registered in no group that was looked at");
    with(&["drain", A, "--settle", "1s"], &[]).await.ended(0);
    let run = with(&["restore"], &[("ELB_DEPLOY_RESTORE_RUN", "0198fffe")]).await;
    run.is_refusal(3, "failed to find run '0198fffe'", "elb-deploy runs");
    let group = [("ELB_DEPLOY_RESTORE_GROUP", "web"), ("ELB_DEPLOY_RESTORE_PORT", "http")];
    with(&["restore", A], &group).await.is_refusal(2, "--port http is no port", "from 1 to 65535");
    with(&["restore", A], &group[..1]).await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}
