//! docs/migrating.md: each way that takes the place of an old one is run as it stands.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::page::Page;
use crate::bench::fresh_host;
use crate::stage::{Stage, balancer, group, instance};

/// The instances that the page speaks of, and another one.
const ABC: &str = "i-0abc";
const DEF: &str = "i-0def";
/// Whether it is run under traffic is what a deploy has to know.
const DEPLOY: &str =
    "#!/bin/sh\nset -eu\nexec \"$TOOL\" status web --format json >>\"$STAGE/deployed\"\n";

async fn stage() -> Stage {
    let hosts = [(ABC, fresh_host()), (DEF, fresh_host())];
    let fleet: String = hosts.iter().map(|(id, host)| instance(id, "lab-1a", *host)).collect();
    let fleet = fleet + &group("web", 8080, &[ABC, DEF]) + &balancer(&["web"]);
    let services = hosts.map(|(_, host)| (host, 8080));
    let stage = Stage::around(&fleet, &services, &["web"], 2).await;
    let deploy = stage.path("deploy.sh");
    fs::write(&deploy, DEPLOY).unwrap();
    fs::set_permissions(&deploy, fs::Permissions::from_mode(0o755)).unwrap();
    stage
}

/// All serve again, and so many deploys have been run since, each with one target out.
async fn deployed(stage: &Stage, times: usize) {
    assert_eq!(stage.registrations("web").len(), 2);
    stage.until_in_service("web", &[ABC, DEF]).await;
    let path = stage.path("deployed");
    let seen = fs::read_to_string(&path).unwrap();
    assert_eq!(seen.lines().count(), times, "{seen}");
    let held = seen.lines().all(|line| line.contains("held_out"));
    assert!(held, "{seen}");
    fs::remove_file(path).unwrap();
}

#[tokio::test]
async fn what_takes_the_place_of_the_old_ways_runs_in_the_order_of_the_page() {
    let stage = stage().await;
    let mut page = Page::of("migrating.md");
    page.hides_no_command(&[]);
    page.run(&stage, ABC, "elb-deploy verify web").await.ended(0);

    page.run(&stage, ABC, "elb-deploy drain --self").await.ended(0);
    deployed(&stage, 1).await;
    page.run(&stage, ABC, "elb-deploy roll web").await.ended(0);
    deployed(&stage, 2).await;

    stage.take_out("web", ABC, 8080).await;
    page.run(&stage, ABC, "wait deregistered").await.ended(0);
    stage.put_in("web", ABC, 8080);
    page.run(&stage, ABC, "wait in-service").await.ended(0);
    stage.until_in_service("web", &[ABC, DEF]).await;

    page.run(&stage, ABC, "elb-deploy drain --self").await.ended(0);
    deployed(&stage, 1).await;
    page.is_through();
}

#[tokio::test]
async fn a_deploy_that_fails_between_the_two_leaves_the_instance_out_and_known() {
    let stage = stage().await;
    fs::write(stage.path("deploy.sh"), "#!/bin/sh\nexit 7\n").unwrap();
    let mut page = Page::of("migrating.md");
    page.run(&stage, ABC, "elb-deploy verify web").await.ended(0);
    page.run(&stage, ABC, "elb-deploy drain --self").await.ended(7);
    stage.until_in_service("web", &[DEF]).await;
    stage.run(&["restore"]).await.ended(0);
    stage.until_in_service("web", &[ABC, DEF]).await;
}

#[tokio::test]
async fn the_waits_end_with_the_codes_that_the_page_names() {
    let stage = stage().await;
    let page = Page::of("migrating.md");
    page.tells("| not within the time | 255, after 40 looks, 15 s apart | 5, ");
    stage.take_out("web", ABC, 8080).await;
    let late = ["wait", "deregistered", "web", ABC, "--settle", "1m", "--timeout", "5s"];
    stage.run(&late).await.ended(5);
    page.tells("| access denied, no such group | 255 | 3 |");
    stage.run(&["wait", "in-service", "no-such-group", ABC]).await.ended(3);
    page.tells("| typed wrongly | 252, or 2 with the AWS CLI 1 | 2 |");
    stage.run(&["wait", "in-service", "web", ABC, "--timeut", "1s"]).await.ended(2);
    page.tells("5, or 4 if it was to leave and is still registered");
    let stays = ["wait", "deregistered", "web", DEF];
    stage.run(&stays).await.ended(4);
}
