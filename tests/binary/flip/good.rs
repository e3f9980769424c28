//! Flips that come to their end.

use std::fs;

use super::{BLUE, GREEN, Site};
use crate::bench::fresh_host;
use crate::run::Ran;
use crate::stage::{A, Stage, balancer, instance};

#[tokio::test]
async fn the_first_deploy_and_two_flips_leave_one_port_each() {
    let site = Site::of(&["web"]).await;
    site.flip(&[], &["--app-version", "v1"]).await.ended(0);
    site.serves(BLUE).await;
    assert_eq!(site.told(), ["start 8081"], "nothing was there to be stopped");
    for (version, port, old) in [("v2", GREEN, BLUE), ("v3", BLUE, GREEN)] {
        let options = ["--bake", "1s", "--verify", "true"];
        let ran = site.flip(&options, &["--app-version", version]).await;
        ran.ended(0);
        ran.says(&format!("web:{old} healthy -> {port}"));
        ran.says("the old port serves on");
        site.serves(port).await;
        assert_eq!(site.version(port).await, version);
        assert!(!site.listens(old), "the old release is stopped");
        let steps = [
            "start new",
            "register new",
            "await in service new",
            "verify new",
            "bake new",
            "deregister old",
            "await drained old",
            "stop old",
        ];
        assert_eq!(site.finished(), steps);
    }
}

#[tokio::test]
async fn what_is_kept_running_is_gone_back_to_by_one_register() {
    let site = Site::serving("v1").await;
    site.flip(&["--keep-old"], &["--app-version", "v2"]).await.ended(0);
    site.serves(GREEN).await;
    assert!(site.listens(BLUE), "the old release is left running");
    let last = site.finished().pop();
    assert_eq!(last.unwrap(), "stand by old", "at the end it is seen that the new one serves");
    site.forget_told();
    site.flip(&["--back", "--keep-old"], &[]).await.ended(0);
    site.serves(BLUE).await;
    assert_eq!(site.version(BLUE).await, "v1");
    assert!(site.listens(GREEN));
    assert!(!site.stage.path("told").exists(), "nothing was started or stopped");
    site.flip(&["--back"], &[]).await.ended(0);
    site.serves(GREEN).await;
    assert!(!site.listens(BLUE), "gone back for good");
    let ran = site.flip(&["--back"], &[]).await;
    ran.is_refusal(3, "nothing listens on port 8081", "--start");
}

#[tokio::test]
async fn what_an_earlier_flip_has_left_on_the_idle_port_is_stopped_first() {
    let site = Site::serving("v1").await;
    site.flip(&["--keep-old"], &["--app-version", "v2"]).await.ended(0);
    site.forget_told();
    site.flip(&[], &["--app-version", "v3"]).await.ended(0);
    assert_eq!(site.told(), ["stop 8081", "start 8081", "stop 8082"]);
    site.serves(BLUE).await;
    assert_eq!(site.version(BLUE).await, "v3");
}

#[tokio::test]
async fn several_groups_flip_together() {
    let site = Site::of(&["web", "api"]).await;
    for (version, port) in [("v1", BLUE), ("v2", GREEN)] {
        site.flip(&[], &["--app-version", version]).await.ended(0);
        site.serves(port).await;
    }
}

#[tokio::test]
async fn with_both_ports_registered_the_one_that_is_said_to_be_live_is_left() {
    let site = Site::serving("v1").await;
    site.stage.put_in("web", A, GREEN);
    let ran = site.flip(&[], &[]).await;
    ran.is_refusal(3, "is registered with both ports", "--from 8081 or --from 8082");
    site.flip(&["--from", "8081"], &["--app-version", "v2"]).await.ended(0);
    site.serves(GREEN).await;
    assert_eq!(site.finished()[..3], ["deregister new", "await drained new", "start new"]);
}

#[tokio::test]
async fn a_target_leaves_a_port_of_its_own_for_the_first_of_the_two() {
    let mut site = Site::of(&["web"]).await;
    let host = site.host;
    site.stage.boot(A, host, 8080, &[]);
    site.stage.put_back("web", A, 8080).await;
    let ran = site.flip(&[], &[]).await;
    ran.is_refusal(3, "registered with neither 8081 nor 8082", "--from 8080");
    site.flip(&["--from", "8080"], &["--app-version", "v2"]).await.ended(0);
    site.serves(BLUE).await;
    assert_eq!(site.told(), ["start 8081", "stop 8080"]);
}

#[tokio::test]
async fn an_address_is_flipped_by_its_address() {
    let host = fresh_host();
    let group = "[[group]]\nname = 'web'\nkind = 'ip'\nport = 8080\n\
                 check = { path = '/health', interval = '200ms', timeout = '150ms' }\n\
                 attributes = { 'deregistration_delay.timeout_seconds' = '1' }\n";
    let fleet = instance(A, "lab-1a", host) + group + &balancer(&["web"]);
    let stage = Stage::around(&fleet, &[], &["web"], 0).await;
    fs::write(stage.path(&format!("{host}.address")), host.to_string()).unwrap();
    fs::write(stage.path("start.sh"), super::START).unwrap();
    fs::write(stage.path("stop.sh"), super::STOP).unwrap();
    let ports = ["--settle", "1s", "--ports", "8081,8082"];
    let commands =
        ["--start", "sh start.sh {target} {port}", "--stop", "sh stop.sh {target} {port}"];
    let id = host.to_string();
    for (whom, port) in [(&["--self"][..], 8081), (&["--target", &id], 8082)] {
        let args = [&["flip", "web"], whom, &ports, &commands].concat();
        Ran::of(stage.on(A, &args)).await.ended(0);
        let places: Vec<_> = stage.registrations("web");
        assert_eq!((places.len(), &places[0].0, places[0].1), (1, &id, port));
        stage.until_in_service("web", &[&id]).await;
    }
}

#[tokio::test]
async fn a_target_is_flipped_in_the_groups_that_have_it_and_the_others_are_named() {
    let site = Site::of(&["web", "api"]).await;
    site.stage.put_in("web", A, BLUE);
    let ran = site.flip(&[], &[]).await;
    ran.ended(0);
    ran.says("is flipped in web alone: it is not registered with port 8081 in api");
    assert_eq!(site.stage.registrations("api"), []);
    assert_eq!(site.stage.registrations("web")[0].1, GREEN);
}
