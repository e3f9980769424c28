//! What `plan` tells is what `roll` does, and telling it changes nothing.

use elb_deploy::lab::faults::FaultSettings;
use serde_json::Value;

use crate::run::Ran;
use crate::stage::{A, B, C, Stage};

/// `plan web` with these options and a command.
async fn plan(stage: &Stage, options: &[&str]) -> Ran {
    let args = [&["plan", "web", "--settle", "1s"], options, &["--", "true"]].concat();
    stage.run(&args).await
}

#[tokio::test]
async fn the_batches_that_are_told_are_those_that_are_deployed() {
    let stage = Stage::of(3).await;
    let options = ["--batch", "1,2", "--bake", "1s"];
    let told = plan(&stage, &options).await;
    told.ended(0);
    for part in [
        "batch 1 of 2: 1 target, meanwhile 2 of 3 ",
        "batch 2 of 2: 2 targets, meanwhile 1 of 3 ",
        "bake = 1s (command line)",
    ] {
        assert!(told.stdout.contains(part), "{part:?} is not in\n{}", told.stdout);
    }
    assert_eq!(stage.mutating(), [""; 0]);
    assert!(!stage.state().exists(), "it wrote something");

    let page = told.stdout;
    let told = plan(&stage, &[&options[..], &["--format", "json"]].concat()).await;
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    let ran = stage.roll(&options, &["true"]).await;
    ran.ended(0);
    page.lines().take_while(|line| !line.starts_with("deploy: ")).for_each(|line| ran.says(line));
    let (_, recorded) = stage.recorded();
    let done = serde_json::to_value(&recorded.header.plan).unwrap();
    for field in ["batches", "floors", "policy", "groups"] {
        assert_eq!(told["plan"][field], done[field], "{field}");
    }
}

#[tokio::test]
async fn earlier_deploys_tell_how_long_the_next_one_takes() {
    let stage = Stage::of(2).await;
    assert!(plan(&stage, &[]).await.stdout.contains("nobody knows"));
    stage.roll(&[], &["true"]).await.ended(0);
    let told = plan(&stage, &[]).await;
    assert!(told.stdout.contains("as in earlier runs here"), "{told:#?}");
}

#[tokio::test]
async fn every_reason_to_refuse_is_told_at_once_and_nothing_is_changed() {
    let stage = Stage::of(2).await;
    let options = ["--batch", "1,10%", "--min-healthy", "5", "--target", C];
    let verbs = [plan(&stage, &options).await, stage.roll(&options, &["true"]).await];
    for ran in verbs {
        ran.is_refusal(3, "5 can never be in service", "lower --min-healthy");
        ran.is_refusal(3, &format!("{C} is not registered in web"), "registered are");
    }
    let options = ["--batch", "1,10%", "--min-healthy", "5"];
    let ran = plan(&stage, &options).await;
    ran.is_refusal(3, "a batch of 10% of 2 targets comes to none", "give a count");
    ran.is_refusal(3, "5 can never be in service", "lower --min-healthy");
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn contradictions_are_told_at_once_before_anybody_is_asked() {
    let stage = Stage::of(1).await;
    let options = [
        "--on-failure",
        "rollback",
        "--ready-body",
        "UP",
        "--ready-timeout",
        "1s",
        "--verify-timeout",
        "1m",
        "--before-batch",
        "/no/such/hook",
    ];
    let verbs = [plan(&stage, &options).await, stage.roll(&options, &["true"]).await];
    for ran in verbs {
        for (error, hint) in [
            ("nothing rolls back", "--rollback COMMAND"),
            ("--ready-body is about a question, and nothing is asked", "--ready URL"),
            ("--ready-timeout is about a question, and nothing is asked", "--ready URL"),
            ("--verify-timeout limits a verification", "--verify-url"),
            ("/no/such/hook", ""),
        ] {
            ran.is_refusal(2, error, hint);
        }
    }
    let seldom =
        ["--ready", "http://{target}/", "--ready-interval", "5m", "--on-failure", "rollback"];
    let ran = plan(&stage, &seldom).await;
    ran.is_refusal(2, "5m is not shorter than --ready-timeout 2m", "--ready-interval shorter");
    ran.is_refusal(2, "nothing rolls back", "--rollback COMMAND");
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn a_url_with_the_id_of_an_instance_as_its_host_is_refused_beside_every_other_reason() {
    let stage = Stage::of(2).await;
    let options =
        ["--ready", "http://{target}:{port}/", "--verify-url", "http://{target}/", "--target", C];
    for ran in [plan(&stage, &options).await, stage.roll(&options, &["true"]).await] {
        let no_address = "group web holds instances: {target} is an id there, and no address";
        for (url, command) in [
            ("--ready asks http://{target}:{port}/", "--ready-command"),
            ("--verify-url asks http://{target}/", "--verify"),
        ] {
            ran.is_refusal(3, &format!("{url}, and {no_address}"), command);
        }
        ran.is_refusal(3, &format!("{C} is not registered in web"), "registered are");
    }
    let named = ["--ready", "http://{target}.internal:{port}/"];
    plan(&stage, &named).await.ended(0);
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn where_no_zone_is_told_its_floor_is_refused_and_targets_keep_their_order() {
    let stage = Stage::of(4).await;
    let d = "i-0000000d";
    let order = async || {
        let told = plan(&stage, &["--exclude", B, "--format", "json"]).await;
        told.ended(0);
        let told: Value = serde_json::from_str(&told.stdout).unwrap();
        let batches = told["plan"]["batches"].as_array().unwrap().clone();
        batches.iter().map(|batch| batch[0]["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(order().await, [A, d, C], "A and C are of one zone");
    plan(&stage, &["--zone-floor"]).await.ended(0);

    let untold = FaultSettings::NONE.with(br#"{"untold_zones": true}"#).unwrap();
    stage.server.lab().with_faults(|faults, _| faults.set(untold));
    assert_eq!(order().await, [A, C, d]);
    for ran in
        [plan(&stage, &["--zone-floor"]).await, stage.roll(&["--zone-floor"], &["true"]).await]
    {
        let hint = "leave out --zone-floor: of instances zones are told seldom";
        ran.is_refusal(3, &format!("does not tell the zone of {A}:8080 in web"), hint);
    }
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn the_only_target_is_refused_in_place() {
    let stage = Stage::of(1).await;
    plan(&stage, &[]).await.is_refusal(3, "would leave 0 in service", "--min-healthy 0");
    plan(&stage, &["--min-healthy", "0"]).await.ended(0);
}

#[tokio::test]
async fn what_an_earlier_run_holds_out_is_told_beside_every_other_reason() {
    let stage = Stage::of(3).await;
    stage.run(&["drain", A, "--settle", "1s"]).await.ended(0);
    let ran = plan(&stage, &["--min-healthy", "9"]).await;
    ran.is_refusal(3, "took out and did not put back", "elb-deploy restore");
    ran.is_refusal(3, "9 can never be in service", "lower --min-healthy");
    let ran = plan(&stage, &["--if-held-out", "ignore"]).await;
    ran.ended(0);
    assert!(ran.stdout.contains(B), "{ran:#?}");
}

#[tokio::test]
async fn a_run_that_works_on_the_group_is_named() {
    let stage = Stage::of(2).await;
    let run = stage.deploying(&["--target", A]).await;
    let told =
        plan(&stage, &["--if-held-out", "ignore", "--target", B, "--min-healthy", "0"]).await;
    told.ended(0);
    assert!(told.stdout.contains("works on the groups now, roll web"), "{told:#?}");
    let refused = plan(&stage, &["--target", B]).await;
    refused.is_refusal(3, "took out and did not put back", "works on the groups now, roll web");
    stage.go();
    run.end().await.ended(0);
}
