//! A hook that reaches its limit, and an agent or a machine that dies: the next deploy ends well, and so does a
//! restore by hand.

use std::fs;

use super::agent::{Agent, By, Cut};
use super::{FIRST, Site};
use crate::run::Ran;
use crate::stage::{A, B};

/// Where a hook is cut off.
const CUTS: [(&str, &str); 3] = [
    ("drain.sh", "await drained     started"),
    ("restore.sh", "register          started"),
    ("restore.sh", "await in service  started"),
];

/// Deploys that are cut off, each followed by one that is not.
async fn cut_off(by: By) {
    let site = Site::of(&[B]).await;
    let mut agent = Agent::of(&site);
    agent.deploy(&site.revision("v1", &[FIRST], "v1")).await.unwrap();
    let [bad, good] = ["v2", "v3"].map(|version| site.revision(version, &[FIRST], version));
    for (script, line) in CUTS {
        let cut = Cut { script, line, by };
        assert_eq!(agent.deploy_until(&bad, Some(cut)).await, Err(script.to_owned()), "{line}");
        if matches!(by, By::Limit) {
            // What was begun has gone on to its end.
            let left = if script == "drain.sh" { 1 } else { 2 };
            assert_eq!(site.stage.registrations("web").len(), left, "{line}");
        }
        site.stage.until_unwritten().await;
        agent.deploy(&good).await.unwrap();
        site.serves("v3", &[A, B]).await;
    }
}

#[tokio::test]
async fn a_hook_that_reaches_its_limit_carries_on_what_it_began_and_the_next_deploy_ends_well() {
    cut_off(By::Limit).await;
}

#[tokio::test]
async fn after_a_death_in_a_hook_the_next_deploy_ends_well() {
    cut_off(By::Death).await;
}

#[tokio::test]
async fn after_a_death_between_two_hooks_a_restore_puts_the_instance_back_where_no_deploy_follows()
{
    let site = Site::of(&[B]).await;
    let mut agent = Agent::of(&site);
    agent.deploy(&site.revision("v1", &[FIRST], "v1")).await.unwrap();
    let broken = site.revision("v2", &[FIRST], "broken");
    agent.deploy(&broken).await.unwrap_err();
    fs::write(site.stage.path("srv/shop/version"), "v1").unwrap();
    let mut start = site.command("systemctl".as_ref());
    start.arg("start");
    Ran::of(start).await.ended(0);
    let mut restore = site.command("elb-deploy".as_ref());
    restore.args(["restore", "--self"]);
    Ran::of(restore).await.ended(0);
    site.serves("v1", &[A, B]).await;
}
