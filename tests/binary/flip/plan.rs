//! What `flip --plan` tells is what `flip` does, and telling it changes nothing.

use std::net::TcpListener;

use serde_json::Value;

use super::{GREEN, Site};

#[tokio::test]
async fn what_is_told_of_a_flip_is_what_it_does() {
    let site = Site::serving("v1").await;
    let (runs, changes, told) = (site.stage.runs().len(), site.stage.mutating(), site.told());
    let options = ["--bake", "1s", "--verify", "true"];
    let with = |more: &[&'static str]| [&options[..], more].concat();
    let page = site.flip(&with(&["--plan"]), &[]).await;
    page.ended(0);
    for part in [
        "batch 1 of 1: 1 target, meanwhile 1 of 1 in service in web",
        "web:8081 healthy -> 8082",
        "if a target fails: the old port serves on",
        "bake = 1s (command line)",
        "start: sh start.sh {target} {port}",
        "stop: sh stop.sh {target} {port}",
    ] {
        assert!(page.stdout.contains(part), "{part:?} is not in\n{}", page.stdout);
    }
    let document = site.flip(&with(&["--plan=json"]), &[]).await;
    document.ended(0);
    let document: Value = serde_json::from_str(&document.stdout).unwrap();
    assert_eq!(document["plan"]["batches"][0][0]["new"][0]["port"], GREEN);
    assert_eq!(site.stage.mutating(), changes);
    assert_eq!((site.stage.runs().len(), site.told()), (runs, told), "nothing was run or written");

    let ran = site.flip(&options, &["--app-version", "v2"]).await;
    ran.ended(0);
    let plan = |line: &&str| !line.starts_with("start: ") && !line.starts_with("least possible");
    page.stdout.lines().take_while(plan).for_each(|line| ran.says(line));
}

#[tokio::test]
async fn every_reason_to_refuse_a_flip_is_told_by_its_plan_too() {
    let site = Site::of(&["web"]).await;
    let _stranger = TcpListener::bind((site.host, 8081)).unwrap();
    let ran = site.flip(&["--plan"], &[]).await;
    ran.is_refusal(3, "something listens on port 8081", "ss -ltnp");
    let ran = site.flip(&["--plan", "--from", "8082", "--drain-timeout", "100ms"], &[]).await;
    ran.is_refusal(3, "is not registered in web", "--from none");
    ran.is_refusal(3, "a drain in group web takes", "give it more time");
    assert_eq!(site.stage.mutating(), [""; 0]);
    assert!(!site.stage.state().exists(), "it wrote something");
}
