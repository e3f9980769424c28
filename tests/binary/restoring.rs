//! Restores beside other runs, of what nobody can put back, and into a group that is named.

use std::fs;

use elb_deploy::lab::model::Power;

use crate::run::{Ran, Running};
use crate::stage::{A, B, Stage, group};

/// [`A`] and [`B`] in `web`, and [`A`] by a port of its own in `metrics`.
async fn with_a_port_of_its_own() -> Stage {
    let metrics = group("metrics", 8081, &[]).replace(
        "targets = []",
        &format!("targets = [{{ id = '{A}', port = 9191 }}, {{ id = '{A}', port = 9192 }}]"),
    );
    Stage::with(2, &[("web", 8080)], &metrics).await
}

#[tokio::test]
async fn into_a_group_that_is_named_a_target_goes_as_the_journals_have_it_there() {
    let stage = with_a_port_of_its_own().await;
    let before = stage.registrations("metrics");
    stage.run(&["drain", A, "--settle", "1s", "--min-healthy", "0"]).await.ended(0);
    let ran = stage.run(&["restore", A, "--group", "metrics"]).await;
    ran.ended(0);
    assert_eq!(stage.registrations("metrics"), before);
    stage.until_in_service("web", &[B]).await;
    let [note] = ran.told("note: the journals still hold out: ")[..] else { panic!("{ran:#?}") };
    assert!(note.starts_with(&format!("{A}:8080 in web; put it back with: ")), "{note}");
    let (_, command) = note.split_once(": elb-deploy ").unwrap();
    stage.run(&command.split(' ').collect::<Vec<_>>()).await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
    assert_eq!(stage.registrations("metrics"), before);
}

#[tokio::test]
async fn what_a_journal_has_in_the_group_that_is_named_is_closed() {
    let stage = Stage::with(2, &[("web", 8080), ("api", 8081)], "").await;
    let before = (stage.registrations("web"), stage.registrations("api"));
    stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    let ran = stage.run(&["restore", A, "--group", "api"]).await;
    ran.ended(0);
    ran.says(&format!("note: the journals still hold out: {A}:8080 in web; put it back with: "));
    let last = stage.run(&["restore", A, "--group", "web"]).await;
    last.ended(0);
    assert!(!last.stderr.contains("still hold out"), "{}", last.stderr);
    assert_eq!((stage.registrations("web"), stage.registrations("api")), before);
    stage.run(&["restore"]).await.says("there is nothing to restore");
}

#[tokio::test]
async fn a_run_that_is_named_and_under_way_is_waited_for_or_refused() {
    let stage = Stage::of(2).await;
    let roll = stage.deploying(&["--target", A]).await;
    let run = stage.runs()[0].0.to_string();
    let changes = stage.mutating().len();
    let refused = stage.run(&["restore", "--run", &run]).await;
    let said = format!("run {run} by tester (pid {} on ", roll.pid().as_raw_nonzero());
    refused.is_refusal(6, &said, "--lock-wait");
    refused.says(" is under way: roll web");
    let args = ["restore", "--run", &run, "--lock-wait", "60s"];
    let mut waiting = Running::start(stage.tool(&args));
    waiting.until(&format!("waiting: run {run} by ")).await;
    assert_eq!(stage.mutating().len(), changes);
    stage.go();
    roll.end().await.ended(0);
    let waited = waiting.end().await;
    waited.ended(0);
    waited.says("there is nothing to restore");
}

#[tokio::test]
async fn who_holds_the_lock_is_told_beside_what_is_out_and_never_a_way_round_it() {
    let stage = Stage::with(2, &[("web", 8080)], &group("api", 8081, &[A])).await;
    stage.run(&["drain", A, "--settle", "1s", "--min-healthy", "0"]).await.ended(0);
    let (_, folder) = stage.runs().remove(0);
    let text = fs::read_to_string(folder.journal()).unwrap();
    let options = ["--target", B, "--if-held-out", "ignore", "--min-healthy", "0"];
    let roll = stage.deploying(&options).await;
    let alone = stage.run(&["restore"]).await;
    alone.ended(6);
    alone.says("error: failed to lock group web: held by ");
    for part in ["still out of service", "by hand"] {
        assert!(!alone.stderr.contains(part), "{part:?}: {}", alone.stderr);
    }
    let api = text.split('"').find(|word| word.contains(":targetgroup/api/")).unwrap().to_owned();
    let gone = api.rsplit_once('/').unwrap().0.to_owned() + "/00000000deadbeef";
    fs::write(folder.journal(), text.replace(&api, &gone)).unwrap();
    let ran = stage.run(&["restore"]).await;
    ran.ended(5);
    ran.says("error: failed to lock group web: held by ");
    ran.says(&format!("error: {A}:8081 in api cannot be put back: "));
    ran.says("hint: if the group is gone for good: elb-deploy runs forget ");
    stage.go();
    roll.end().await.ended(0);
}

#[tokio::test]
async fn what_is_out_counts_more_than_a_journal_that_cannot_be_read() {
    let stage = Stage::with(2, &[("web", 8080), ("api", 8081)], "").await;
    let args = ["drain", A, "--settle", "1s", "--min-healthy", "0"];
    stage.run(&args).await.ended(0);
    let (_, first) = stage.runs().remove(0);
    let text = fs::read_to_string(first.journal()).unwrap();
    stage.run(&["drain", B, "--settle", "1s", "--min-healthy", "0"]).await.ended(0);
    let (_, second) = stage.runs().remove(1);
    let damaged = fs::read_to_string(second.journal()).unwrap();
    let damaged = damaged.replacen("\"fact\":\"finished\"", "\"fa", 1);
    fs::write(second.journal(), damaged).unwrap();
    let api = text.split('"').find(|word| word.contains(":targetgroup/api/")).unwrap().to_owned();
    let gone = api.rsplit_once('/').unwrap().0.to_owned() + "/00000000deadbeef";
    fs::write(first.journal(), text.replace(&api, &gone)).unwrap();
    let ran = stage.run(&["restore"]).await;
    ran.ended(5);
    ran.says("is damaged");
    ran.says(&format!("error: {A}:8081 in api cannot be put back: "));
    stage.until_in_service("web", &[A]).await;
}

#[tokio::test]
async fn an_instance_that_the_load_balancer_does_not_take_can_be_given_up_by_the_command_that_is_told()
 {
    let stage = Stage::of(2).await;
    stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    stage.server.lab().with_model(|model, _| model.power(A, Power::Terminated));
    let state = stage.state().display().to_string();
    let restore = async || {
        let mut tool = stage.tool(&["restore", "--state-dir", &state]);
        tool.env_remove("ELB_DEPLOY_STATE_DIR");
        Ran::of(tool).await
    };
    let ran = restore().await;
    ran.ended(5);
    let note = format!("note: if {A} is gone for good: elb-deploy ");
    let [command] = ran.told(&note)[..] else { panic!("{ran:#?}") };
    assert!(command.ends_with(&format!(" --state-dir {state}")), "{command}");
    let mut forget = stage.tool(&command.split(' ').collect::<Vec<_>>());
    forget.env_remove("ELB_DEPLOY_STATE_DIR");
    Ran::of(forget).await.ended(0);
    restore().await.says("there is nothing to restore");
}
