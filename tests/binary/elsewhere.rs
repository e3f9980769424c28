//! Targets that serve in groups that nobody named: refused, or with --all-groups taken out of those
//! too. Nobody is deployed under the traffic of one.

use std::fs;
use std::net::IpAddr;

use elb_deploy::lab::model::TargetSpec;

use crate::bench::fresh_host;
use crate::run::Ran;
use crate::stage::{A, B, C, Stage, balancer, group, instance, listener};

const SERVES: &str = "also gets traffic in api:8081, and would be deployed under it";
/// Where a target is while it is deployed.
const GROUPS: [&str; 3] = ["sh", "-c", "echo $ELB_DEPLOY_TARGET of $ELB_DEPLOY_GROUPS"];

/// So many targets in service in `web` and `api`.
async fn in_two_groups(targets: usize) -> Stage {
    Stage::with(targets, &[("web", 8080), ("api", 8081)], "").await
}

fn calls(stage: &Stage, action: &str) -> u64 {
    stage.server.lab().with_calls(|calls| calls.of(action))
}

#[tokio::test]
async fn a_target_that_serves_in_a_group_that_is_not_named_is_refused_and_nothing_is_changed() {
    let stage = in_two_groups(2).await;
    let ran = stage.roll(&[], &["true"]).await;
    ran.is_refusal(3, &format!("{A} {SERVES}"), "name those groups too");
    ran.is_refusal(3, &format!("{B} {SERVES}"), "--all-groups");
    assert_eq!(stage.mutating(), [""; 0]);
    assert!(stage.runs().is_empty(), "a run that is refused has no journal");
    assert_eq!(calls(&stage, "DescribeTargetHealth"), 2, "one look a group");
    assert_eq!(calls(&stage, "DescribeTargetGroups"), 2, "one by name, one for the list");

    let one = stage.roll(&["--target", B], &["true"]).await;
    one.is_refusal(3, &format!("{B} {SERVES}"), "--all-groups");
    assert!(!one.stderr.contains(A), "only who would be deployed: {}", one.stderr);

    let named = stage.run(&["roll", "web", "api", "--settle", "1s", "--", "true"]).await;
    named.ended(0);
    assert_eq!(calls(&stage, "DeregisterTargets"), 4);
}

#[tokio::test]
async fn with_all_groups_it_is_drained_and_put_back_in_each_of_them() {
    let stage = in_two_groups(2).await;
    let before = ["web", "api"].map(|group| stage.registrations(group));
    let ran = stage.roll(&["--all-groups"], &GROUPS).await;
    ran.ended(0);
    ran.says("--all-groups takes in api: targets of the run serve there too");
    for target in [A, B] {
        ran.says(&format!("{target} | {target} of web,api"));
    }
    assert_eq!(calls(&stage, "DeregisterTargets"), 4);
    assert_eq!(calls(&stage, "RegisterTargets"), 4);
    assert_eq!(["web", "api"].map(|group| stage.registrations(group)), before);
    for group in ["web", "api"] {
        stage.until_in_service(group, &[A, B]).await;
    }
    let (_, recorded) = stage.recorded();
    let groups: Vec<_> = recorded.header.plan.groups.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(groups, ["web", "api"]);
}

#[tokio::test]
async fn a_run_that_is_taken_up_deploys_nobody_who_was_put_in_elsewhere_meanwhile() {
    let stage = in_two_groups(2).await;
    for target in [A, B] {
        stage.take_out("api", target, 8081).await;
    }
    stage.deploying(&[]).await.kill().await;
    stage.until_let_go().await;
    stage.put_back("api", B, 8081).await;
    let changes = stage.mutating();
    let ran = stage.run(&["resume"]).await;
    ran.is_refusal(3, &format!("{B} {SERVES}"), "drain TARGET --group GROUP");
    ran.says("or put back what the run holds out: elb-deploy restore --run");
    assert_eq!(stage.mutating(), changes);
    stage.take_out("api", B, 8081).await;
    stage.run(&["resume"]).await.ended(0);
}

/// `web` and `api` with one target, which is out of `api` until a run over `web` has begun, and is in it
/// before that run takes it out of `web`.
async fn put_in_elsewhere_meanwhile(options: &[&str]) -> (Stage, crate::run::Running) {
    let stage = in_two_groups(1).await;
    stage.take_out("api", A, 8081).await;
    let hook = format!("sh -c '{}'", "echo asked; until [ -e go ]; do sleep 0.02; done");
    let options = [&["--min-healthy", "0", "--before-batch", &hook], options].concat();
    let mut run = stage.start(&options, &GROUPS);
    run.until("asked").await;
    stage.put_back("api", A, 8081).await;
    stage.go();
    (stage, run)
}

#[tokio::test]
async fn a_target_that_was_put_in_elsewhere_during_the_run_is_deployed_once_it_is_out_there() {
    let (stage, mut run) = put_in_elsewhere_meanwhile(&[]).await;
    run.until(&format!("{A}:8081 in api was registered by somebody else")).await;
    stage.take_out("api", A, 8081).await;
    let ran = run.end().await;
    ran.ended(0);
    ran.says(&format!("{A} of web"));
    stage.until_in_service("web", &[A]).await;
}

#[tokio::test]
async fn one_that_stays_in_there_is_never_deployed_and_the_command_that_helps_is_named() {
    let (stage, run) = put_in_elsewhere_meanwhile(&["--capacity-timeout", "1s"]).await;
    let ran = run.end().await;
    ran.ended(5);
    assert!(!ran.stdout.contains("of web"), "it was deployed: {}", ran.stdout);
    ran.says(&format!("elb-deploy drain {A} --group api"));
    assert_eq!(stage.registrations("api").len(), 1, "what others put in is theirs");
}

/// `web` and `api`, with one target that is out of `api` since a drain and is deployed in `web` now.
async fn deploying_what_is_out_of_another_group() -> (Stage, crate::run::Running) {
    let stage = in_two_groups(2).await;
    stage.take_out("api", B, 8081).await;
    stage
        .run(&["drain", A, "--group", "api", "--settle", "1s", "--min-healthy", "0"])
        .await
        .ended(0);
    let run = stage.deploying(&[]).await;
    (stage, run)
}

#[tokio::test]
async fn restore_puts_nobody_into_traffic_who_is_being_deployed() {
    let (stage, run) = deploying_what_is_out_of_another_group().await;
    let ran = stage.run(&["restore"]).await;
    ran.ended(6);
    ran.says(&format!("error: {A} is not put back: run "));
    ran.says(&format!("works on {A}: roll web"));
    assert_eq!(stage.registrations("api"), []);
    stage.go();
    run.end().await.ended(0);
    stage.run(&["restore"]).await.ended(0);
    stage.until_in_service("api", &[A]).await;
}

#[tokio::test]
async fn a_roll_deploys_nobody_whom_a_run_in_another_group_works_on() {
    let (stage, run) = deploying_what_is_out_of_another_group().await;
    stage.put_back("api", A, 8081).await;
    let args = ["roll", "api", "--settle", "1s", "--min-healthy", "0", "--", "true"];
    let ran = stage.run(&args).await;
    ran.ended(6);
    ran.says(&format!("works on {A}: roll web"));
    let noted = stage.run(&["plan", "api", "--min-healthy", "0", "--", "true"]).await;
    noted.ended(0);
    assert!(noted.stdout.contains(&format!("works on {A}: roll web")), "{noted:#?}");
    stage.go();
    run.end().await;
}

#[tokio::test]
async fn the_environment_can_say_it_too() {
    let stage = in_two_groups(2).await;
    let mut roll = stage.rolling(&["--target", A], &["true"]);
    roll.env("ELB_DEPLOY_ALL_GROUPS", "true");
    Ran::of(roll).await.ended(0);
    assert_eq!(calls(&stage, "DeregisterTargets"), 2);
}

/// `web` of two of three targets, and groups of this text behind the listeners of these.
async fn around(more: &str, groups: &[&str]) -> (Stage, [IpAddr; 3]) {
    let hosts = [fresh_host(), fresh_host(), fresh_host()];
    let instances = [A, B, C].iter().zip(hosts);
    let fleet: String = instances.map(|(id, host)| instance(id, "lab-1a", host)).collect();
    let fleet = fleet + &group("web", 8080, &[A, B]) + more + &balancer(groups);
    let services: Vec<_> = hosts.iter().flat_map(|host| [(*host, 8080), (*host, 8081)]).collect();
    (Stage::around(&fleet, &services, groups, 2).await, hosts)
}

#[tokio::test]
async fn nobody_else_in_a_group_that_is_taken_in_is_deployed() {
    let (stage, _) = around(&group("api", 8081, &[A, C]), &["web", "api"]).await;
    let ran = stage.roll(&["--all-groups"], &GROUPS).await;
    ran.ended(0);
    ran.says(&format!("{A} | {A} of web,api"));
    ran.says(&format!("{B} | {B} of web"));
    assert!(!ran.stderr.contains(C), "{}", ran.stderr);
}

#[tokio::test]
async fn the_floor_and_the_hold_of_a_group_that_is_taken_in_count() {
    let (stage, _) = around(&group("api", 8081, &[A, C]), &["web", "api"]).await;
    stage.take_out("api", C, 8081).await;
    stage.server.lab().with_model(|model, _| {
        let arn = model.group_named("api").unwrap().arn.clone();
        model.add_tags(&arn, &[("elb-deploy:hold".to_owned(), "release".to_owned())]).unwrap();
    });
    let ran = stage.roll(&["--all-groups"], &["true"]).await;
    let below = format!("taking out {A} would leave 0 in service in group api");
    ran.is_refusal(3, &below, "--min-healthy 0");
    ran.is_refusal(3, "group api is on hold: release", "--ignore-hold");
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn what_no_load_balancer_uses_gets_no_traffic_and_is_left_alone() {
    for options in [&[][..], &["--all-groups"]] {
        let stage = Stage::with(2, &[("web", 8080)], &group("idle", 8080, &[A, B])).await;
        let before = stage.registrations("idle");
        stage.roll(options, &["true"]).await.ended(0);
        assert_eq!(stage.registrations("idle"), before);
        assert_eq!(calls(&stage, "DeregisterTargets"), 2, "in web alone");
    }
}

#[tokio::test]
async fn groups_that_cannot_hold_the_targets_are_not_looked_at() {
    let host = fresh_host().to_string();
    let kind = |name: &str, kind: &str, ids: &[&str]| {
        group(name, 8081, ids).replace("port = 8081", &format!("port = 8081\n{kind}"))
    };
    let more =
        kind("yonder", "vpc = 'vpc-yonder'", &[]) + &kind("addresses", "kind = 'ip'", &[&host]);
    let listeners = listener(98, "yonder") + &listener(99, "addresses");
    let stage = Stage::with(2, &[("web", 8080)], &(listeners + &more)).await;
    let ran = stage.roll(&["--min-healthy", "5"], &["true"]).await;
    ran.is_refusal(3, "can never be in service", "--min-healthy");
    assert_eq!(calls(&stage, "DescribeTargetHealth"), 1, "web alone");
}

#[tokio::test]
async fn a_target_that_still_drains_elsewhere_is_waited_for_by_whoever_rolls() {
    let slow = group("api", 8081, &[A, B]).replace("'1'", "'60'");
    let stage = Stage::with(2, &[("web", 8080)], &(listener(99, "api") + &slow)).await;
    stage.server.lab().with_model(|model, now| {
        let arn = model.group_named("api").unwrap().arn.clone();
        model.deregister(now, &arn, &[TargetSpec::id(A).port(8081)]).unwrap();
    });
    let ran = stage.roll(&["--target", A], &["true"]).await;
    ran.is_refusal(3, &format!("{A}:8081 in api still drains"), &format!("--exclude {A}"));
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn verify_tells_it_in_the_same_words_and_takes_in_what_a_roll_would() {
    let stage = in_two_groups(2).await;
    let ran = stage.run(&["verify", "web"]).await;
    ran.ended(3);
    for target in [A, B] {
        let told = format!("{target} {SERVES}");
        let line = ran.stdout.lines().find(|line| line.contains(&told)).expect("a finding");
        assert!(line.starts_with("fail"), "{line}");
    }
    let ran = stage.run(&["verify", "web", "--all-groups"]).await;
    ran.ended(0);
    assert!(ran.stdout.contains("no target of the run serves in another group"), "{}", ran.stdout);
    assert!(ran.stdout.contains("\napi: 0 fail"), "{}", ran.stdout);
    assert_eq!(stage.mutating(), [""; 0]);
}

/// A roll of [`A`] that waits for the lock on `web`, which a roll of [`B`] holds, while [`A`] is put
/// into `api`.
async fn put_in_while_waiting(stage: &Stage, options: &[&str]) -> Ran {
    let until_go = "until [ -e \"$STAGE/go\" ]; do sleep 0.05; done";
    let mut first = stage.start(&["--target", B], &["sh", "-c", until_go]);
    first.until("deploy            started").await;
    let wait = ["--target", A, "--lock-wait", "60s"];
    let mut second = stage.start(&[&wait, options].concat(), &GROUPS);
    second.until("waiting up to 1m to lock group web").await;
    stage.put_in("api", A, 8081);
    // For longer than a look counts as fresh.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    fs::write(stage.path("go"), "").unwrap();
    first.end().await.ended(0);
    second.end().await
}

#[tokio::test]
async fn a_target_that_comes_into_another_group_while_a_roll_waits_is_found_there() {
    let api = listener(99, "api") + &group("api", 8081, &[]);
    let stage = Stage::with(2, &[("web", 8080)], &api).await;
    let refused = put_in_while_waiting(&stage, &[]).await;
    refused.ended(3);
    refused.says(&format!("error: {A} {SERVES}"));

    let stage = Stage::with(2, &[("web", 8080)], &api).await;
    let options = ["--all-groups", "--min-healthy", "0", "--in-service-timeout", "1s"];
    let ran = put_in_while_waiting(&stage, &options).await;
    ran.says(&format!("{A} | {A} of web,api"));
}
