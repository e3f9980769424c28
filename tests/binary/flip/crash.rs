//! Killed in each step: `resume` ends with exactly one port, and it serves.

use std::fs;

use super::{BLUE, GREEN, Site};
use crate::bench::fresh_host;
use crate::run::Ran;
use crate::stage::{A, B, group, instance};

/// Every step of a flip with all gates that there are in a short time, as it is told.
pub(super) const STEPS: [&str; 8] = [
    "start             started",
    "await ready       started",
    "register          started",
    "await in service  started",
    "bake              started",
    "deregister        started",
    "await drained     started",
    "stop              started",
];

#[tokio::test]
async fn a_flip_that_is_killed_is_ended_by_resume() {
    let site = Site::serving("v1").await;
    let ready = format!("http://{}:{{port}}/health", site.host);
    let options = ["--ready", &ready, "--bake", "500ms"];
    let mut live = (BLUE, GREEN);
    for (step, version) in STEPS.iter().zip(["v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9"]) {
        // However late it is killed, it is not done by then.
        let hold = site.stage.path("hold-stop");
        fs::write(&hold, "").unwrap();
        let mut flip = site.start(&options, &["--app-version", version]);
        flip.until(step).await;
        flip.kill().await;
        fs::remove_file(hold).unwrap();
        site.stage.until_let_go().await;
        site.stage.run(&["resume"]).await.ended(0);
        let (old, new) = live;
        site.serves(new).await;
        assert_eq!(site.version(new).await, version, "{step}");
        assert!(!site.listens(old), "{step}");
        site.stage.run(&["restore"]).await.says("there is nothing to restore");
        live = (new, old);
    }
}

/// The flip to the green port, killed while the blue one drains and for as long as nobody goes on.
async fn killed_while_it_drains(site: &Site) -> String {
    let mut flip = site.start(&[], &["--app-version", "v2"]);
    flip.until("await drained     started").await;
    flip.kill().await;
    site.stage.until_let_go().await;
    site.stage.runs().pop().unwrap().0.to_string()
}

/// Drains take so long that they are not over by themselves.
fn slow(name: &str) -> String {
    group(name, 8080, &[]).replace("seconds' = '1'", "seconds' = '3600'")
}

#[tokio::test]
async fn a_flip_is_not_taken_up_on_another_instance() {
    let described = slow("web") + &instance(B, "lab-1b", fresh_host());
    let site = Site::with(&["web"], described).await;
    site.flip(&[], &["--app-version", "v1"]).await.ended(0);
    let run = killed_while_it_drains(&site).await;
    let (told, changes) = (site.told(), site.stage.mutating());
    let ran = Ran::of(site.stage.on(B, &["resume", &run])).await;
    ran.is_refusal(3, &format!("{A}, and this is {B}"), &format!("resume it on {A}"));
    assert_eq!((site.told(), site.stage.mutating()), (told, changes));
}

#[tokio::test]
async fn who_flips_while_the_old_port_still_drains_is_told_how_the_flip_of_then_goes_on() {
    let site = Site::with(&["web"], slow("web")).await;
    site.flip(&[], &["--app-version", "v1"]).await.ended(0);
    let run = killed_while_it_drains(&site).await;
    let ran = site.flip(&[], &["--app-version", "v3"]).await;
    ran.is_refusal(3, "web still drains", &format!("elb-deploy resume {run}"));
    std::fs::remove_dir_all(site.stage.state()).unwrap();
    let ran = site.flip(&[], &["--app-version", "v3"]).await;
    ran.is_refusal(3, "web still drains", &format!("wait deregistered web {A}:8081"));
}

#[tokio::test]
async fn a_restore_that_has_nothing_to_do_says_who_serves_nowhere_and_what_goes_on() {
    let site = Site::with(&["web"], slow("web")).await;
    site.flip(&[], &["--app-version", "v1"]).await.ended(0);
    let run = killed_while_it_drains(&site).await;
    let ran = site.stage.run(&["restore"]).await;
    ran.ended(0);
    ran.says(&format!("elb-deploy resume {run}"));
    let stop = format!("sh stop.sh {A} {GREEN}");
    let mut stopping = tokio::process::Command::new("sh");
    stopping.args(["-c", &stop]).current_dir(site.stage.path("")).env("STAGE", site.stage.path(""));
    assert!(stopping.status().await.unwrap().success());
    site.stage.until_in_service("web", &[]).await;
    let ran = site.stage.run(&["restore"]).await;
    ran.ended(5);
    ran.says(&format!("{A}:8081 and {A}:8082 is not in service"));
    ran.says(&format!("elb-deploy resume {run}"));
}
