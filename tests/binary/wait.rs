//! `wait` as scripts and people use it: what it says, how it ends, and that it changes nothing.

use std::time::Duration;

use elb_deploy::lab::model::TargetSpec;
use rustix::process::Signal;
use tokio::time::Instant;

use crate::run::{Ran, Running};
use crate::stage::{A, B, Stage, group};

const DEREGISTERED: [&str; 5] = ["wait", "deregistered", "--settle", "1s", "web"];

fn deregister(stage: &Stage, name: &str, id: &str, port: u16) {
    stage.server.lab().with_model(|model, now| {
        let arn = model.group_named(name).unwrap().arn.clone();
        model.deregister(now, &arn, &[TargetSpec::id(id).port(port)]).unwrap();
    });
}

fn looks(stage: &Stage) -> u64 {
    stage.server.lab().with_calls(|calls| calls.of("DescribeTargetHealth"))
}

/// Whether nothing is registered in a group, and nothing drains.
fn is_empty(stage: &Stage, name: &str) -> bool {
    stage.server.lab().with_model(|model, now| {
        let arn = model.group_named(name).unwrap().arn.clone();
        model.target_health(now, &arn, &[], Duration::ZERO).unwrap().is_empty()
    })
}

async fn deregistered(stage: &Stage, targets: &[&str]) -> Ran {
    let ran = stage.run(&[&DEREGISTERED, targets].concat()).await;
    assert_eq!(stage.mutating(), [""; 0], "waiting changes nothing");
    ran
}

#[tokio::test]
async fn a_target_that_drains_is_waited_for_until_it_is_gone_and_settled() {
    let stage = Stage::of(2).await;
    deregister(&stage, "web", A, 8080);
    let ran = deregistered(&stage, &[&format!("{A}:8080")]).await;
    ran.ended(0);
    assert_eq!(ran.stdout, "");
    ran.says(&format!("waiting for {A}:8080 in web to be out: 1s expected, 1m 1s at most"));
    ran.says("draining, Target.DeregistrationInProgress");
    ran.says("done in ");
    assert!(!stage.in_service("web").contains(&A.to_owned()));
    assert!(looks(&stage) <= 5, "{} looks", looks(&stage));
}

#[tokio::test]
async fn a_target_without_a_port_stands_for_every_port_that_it_has_in_the_group() {
    let more = group("both", 8080, &[]).replace(
        "targets = []",
        &format!("targets = [{{ id = '{A}', port = 8080 }}, {{ id = '{A}', port = 8081 }}]"),
    );
    let stage = Stage::with(1, &[("web", 8080)], &(more + "[[balancer]]\nname = 'other'\nkind = 'application'\nzones = ['lab-1a']\n[[balancer.listener]]\nport = 90\ngroup = 'both'\n")).await;
    deregister(&stage, "both", A, 8080);
    deregister(&stage, "both", A, 8081);
    let ran = stage.run(&["wait", "deregistered", "--settle", "1s", "both", A]).await;
    ran.ended(0);
    ran.says("waiting for 2 registrations in both to be out");
}

#[tokio::test]
async fn a_port_that_is_not_registered_while_another_one_serves_is_a_trap_and_not_a_success() {
    let stage = Stage::of(1).await;
    let ran = deregistered(&stage, &[&format!("{A}:81")]).await;
    ran.ended(4);
    ran.says("error: ");
    ran.says("the target is registered with another port");
    ran.says(&format!("{A} is registered with port 8080"));
}

#[tokio::test]
async fn a_drain_that_outlasts_the_limit_ends_the_wait_with_its_state_and_a_way_on() {
    let slow = group("slow", 8082, &[A]).replace("'1' }", "'60' }");
    let stage = Stage::with(1, &[("web", 8080)], &slow).await;
    deregister(&stage, "slow", A, 8082);
    let ran = stage.run(&["wait", "deregistered", "slow", A, "--timeout", "1s"]).await;
    ran.ended(5);
    ran.says(&format!("error: {A}:8082 in slow is still draining"));
    ran.says("after 1s");
    ran.says("that takes up to 1m here, longer than the limit of 1s");
    ran.says("hint: a drain lasts the whole deregistration delay");
}

#[tokio::test]
async fn a_target_that_serves_is_in_service_after_one_look() {
    let stage = Stage::of(2).await;
    let ran = stage
        .run(&["wait", "in-service", "web", &format!("Id={A},Port=8080"), &format!("{B}:8080")])
        .await;
    ran.ended(0);
    ran.says("done in 0.0s");
    assert_eq!(looks(&stage), 1);
}

#[tokio::test]
async fn json_goes_to_stdout_and_tells_what_is_waited_for() {
    let stage = Stage::of(2).await;
    deregister(&stage, "web", A, 8080);
    let ran = deregistered(&stage, &[A, "--progress", "ndjson"]).await;
    ran.ended(0);
    let told: Vec<serde_json::Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events: Vec<_> = told.iter().map(|object| object["event"].as_str().unwrap()).collect();
    assert_eq!((events[0], *events.last().unwrap()), ("awaiting", "reached"));
    assert_eq!(told[1]["healths"][0]["waits_for"], "drain");
    assert_eq!(ran.stderr, "");
}

#[tokio::test]
async fn a_wait_can_be_given_up_at_any_time() {
    let slow = group("slow", 8082, &[A]).replace("'1' }", "'60' }");
    let stage = Stage::with(1, &[("web", 8080)], &slow).await;
    deregister(&stage, "slow", A, 8082);
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let mut wait = Running::start(stage.tool(&["wait", "deregistered", "slow", A]));
        wait.until("draining").await;
        wait.signal(signal);
        wait.end().await.ended(code);
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_one_line_with_a_hint_before_any_look() {
    let more = group("idle", 8082, &[A])
        + "[[group]]\nname = 'pay'\nkind = 'lambda'\n"
        + "[[group]]\nname = 'inner'\nkind = 'alb'\nport = 81\ntargets = ['lab']\n";
    let stage = Stage::with(1, &[("web", 8080)], &more).await;
    let account = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/0a";
    let region = "arn:aws:elasticloadbalancing:eu-west-9:000000000000:targetgroup/web/0a";
    let rows: [(&[&str], i32, &str, &str); 15] = [
        (&["deregistered", "web", "i-0:0"], 2, "0 is no port", "10.0.0.7:80"),
        (&["deregistered", "web", "i-0:70000"], 2, "70000 is no port", "10.0.0.7:80"),
        (&["in-service", "web", "Id=i-0,Port=x"], 2, "x is no port", "10.0.0.7:80"),
        (&["in-service", "web", "web-1"], 2, "neither the id of an instance", "i-0abc"),
        (&["deregistered", "web"], 2, "<TARGET>", "--help"),
        (&["deregistered", "web", A, "--timeout", "0s"], 2, "--timeout 0s", "duration"),
        (&["deregistered", "web", A, "--settle", "soon"], 2, "--settle soon", "duration"),
        (
            &["in-service", "web", "10.0.0.7:80"],
            3,
            "holds instances, and 10.0.0.7 is an address",
            "i-0abc",
        ),
        (&["in-service", "idle", A], 3, "not used by any load balancer", "listener"),
        (&["in-service", "wbe", A], 3, "did you mean web", "the name"),
        (&["in-service", region, A], 3, "is in region eu-west-9", "--region"),
        (&["in-service", account, A], 3, "is of account 123456789012", "--profile"),
        (&["deregistered", "pay", A], 3, "holds lambda functions, which cannot", "instances"),
        (&["in-service", "inner", A], 3, "holds load balancers, which cannot", "instances"),
        (&["deregistered", "web", "arn:aws:lambda:x"], 2, "cannot be drained", "i-0abc"),
    ];
    for (args, code, error, hint) in rows {
        let ran = stage.run(&[&["wait"], args].concat()).await;
        ran.is_refusal(code, error, hint);
    }
    assert_eq!((looks(&stage), stage.mutating().len()), (0, 0));
}

#[tokio::test]
async fn a_drain_is_noticed_through_a_bad_network_and_throttling() {
    let delay = Duration::from_secs(3);
    let slow = group("slow", 8082, &[A]).replace("'1' }", "'3' }");
    let stage = Stage::with(1, &[("web", 8080)], &slow).await;
    stage.server.lab().with_faults(|faults, _| {
        let worse = br#"{"throttle_percent": 50, "error_percent": 10, "reset_percent": 5}"#;
        faults.set(faults.settings().with(worse).unwrap());
    });
    deregister(&stage, "slow", A, 8082);
    let began = Instant::now();
    let place = format!("{A}:8082");
    let ran = stage.run(&["wait", "deregistered", "--settle", "1s", "slow", &place]).await;
    ran.ended(0);
    assert!(began.elapsed() >= delay, "it ended after {:?}", began.elapsed());
    assert!(is_empty(&stage, "slow"), "it still drains");
    assert_eq!(stage.mutating(), [""; 0], "waiting changes nothing");
}

#[tokio::test]
async fn a_target_that_is_nowhere_is_said_to_be_so_also_within_a_short_limit() {
    let stage = Stage::of(1).await;
    let ran = stage.run(&["wait", "in-service", "web", B, "--timeout", "2s"]).await;
    ran.ended(5);
    ran.says("Target.NotRegistered");
}
