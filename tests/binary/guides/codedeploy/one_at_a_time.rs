//! The script that waits for its turn: a floor that another deploy is in the way of is no failure.

use std::fs;

use super::agent::Agent;
use super::{FIRST, Site};
use crate::run::Running;
use crate::stage::{A, B, C};

const TURN: [&str; 2] = [FIRST, "one-at-a-time"];

#[tokio::test]
async fn an_instance_is_taken_out_once_another_one_is_back() {
    let site = Site::of(&[B, C]).await;
    let mut agent = Agent::of(&site);
    agent.deploy(&site.revision("v1", &TURN, "v1")).await.unwrap();
    site.stage.take_out("web", B, 8080).await;
    let script = site.revision("v2", &TURN, "v2").join("scripts/drain.sh");
    let changes = site.stage.mutating();
    let hold = site.stage.path("hold");
    fs::write(&hold, "").unwrap();
    let mut hook = site.command(&script);
    hook.env("DEPLOYMENT_ID", "d-000000002").env("APPLICATION_NAME", "shop");
    let mut drain = Running::start(hook);
    drain.until("below the floor of 2").await;
    drain.until("nothing was changed").await;
    assert_eq!(site.stage.mutating(), changes);
    site.stage.put_back("web", B, 8080).await;
    fs::remove_file(hold).unwrap();
    drain.end().await.ended(0);
    agent.deploy(&site.revision("v2", &TURN, "v2")).await.unwrap();
    site.serves("v2", &[A, B, C]).await;
}

#[tokio::test]
async fn who_never_gets_a_turn_fails_with_the_refusal_and_has_changed_nothing() {
    let site = Site::of(&[B, C]).await;
    let mut agent = Agent::of(&site);
    agent.deploy(&site.revision("v1", &TURN, "v1")).await.unwrap();
    site.stage.take_out("web", B, 8080).await;
    let changes = site.stage.mutating();
    let next = site.revision("v2", &TURN, "v2");
    assert_eq!(agent.deploy(&next).await, Err("drain.sh".to_owned()));
    assert_eq!(site.stage.mutating(), changes);
    site.stage.until_in_service("web", &[A, C]).await;
}
