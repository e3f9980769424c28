//! Flips that fail: the old port serves on unless the new one was in service.

use super::{BLUE, GREEN, Site};
use crate::stage::A;

/// The flip failed at this step, and everything is as before; nothing runs on the green port.
async fn left_as_it_was(site: &Site, options: &[&str], app: &[&str], failed: &str) {
    let ran = site.flip(options, app).await;
    ran.ended(4);
    ran.says(failed);
    ran.says("not flipped: ");
    ran.says("the release on port 8082 was stopped");
    site.serves(BLUE).await;
    assert_eq!(site.version(BLUE).await, "v1");
    assert!(!site.listens(GREEN), "what failed is stopped");
    assert_eq!(site.told().last().unwrap(), "stop 8082");
}

#[tokio::test]
async fn what_does_not_start_is_stopped_and_the_old_release_serves_on() {
    let site = Site::serving("v1").await;
    let ran = site.flip(&["--start", "echo no space left; exit 7"], &[]).await;
    ran.is_refusal(2, "--start", "--help");
    let stop = "sh stop.sh {target} {port}";
    let args = ["flip", "web", "--self", "--ports", "8081,8082", "--stop", stop, "--start"];
    let args = [&args[..], &["echo no space left on {port}; exit 7"]].concat();
    let ran = crate::run::Ran::of(site.stage.on(crate::stage::A, &args)).await;
    ran.ended(4);
    ran.says("start failed: the start command ended with exit code 7");
    ran.says("  | no space left on 8082\n");
    site.serves(BLUE).await;
    assert_eq!(site.told(), ["start 8081", "stop 8082"]);
}

#[tokio::test]
async fn what_never_gets_ready_or_in_service_is_stopped_and_the_old_release_serves_on() {
    let site = Site::serving("v1").await;
    let url = format!("http://{}:{{port}}/health", site.host);
    let bad = ["--unhealthy-status", "500"];
    let ready = ["--ready", &url, "--ready-timeout", "1s", "--ready-interval", "100ms"];
    left_as_it_was(&site, &ready, &bad, "await ready failed").await;
    let limit = ["--in-service-timeout", "2s"];
    left_as_it_was(&site, &limit, &bad, "await in service failed").await;
}

#[tokio::test]
async fn what_fails_its_verification_is_left_running_or_stopped_by_policy() {
    let site = Site::serving("v1").await;
    let rollback = ["--verify", "exit 1", "--on-failure", "rollback"];
    left_as_it_was(&site, &rollback, &["--app-version", "v2"], "verify failed").await;
    let ran = site.flip(&["--verify", "exit 1"], &["--app-version", "v3"]).await;
    ran.ended(4);
    site.serves(BLUE).await;
    assert_eq!(site.version(BLUE).await, "v1");
    assert_eq!(site.version(GREEN).await, "v3", "for a person to look at");
    ran.says("the release on port 8082 still runs, out of service");
    site.flip(&[], &["--app-version", "v4"]).await.ended(0);
    site.serves(GREEN).await;
    assert_eq!(site.version(GREEN).await, "v4", "and the next flip clears it away");
}

#[tokio::test]
async fn what_dies_during_its_bake_is_taken_out_and_the_old_release_serves_on() {
    let site = Site::serving("v1").await;
    let kill = "kill -9 $(cat \"$STAGE/$ELB_DEPLOY_TARGET-$ELB_DEPLOY_PORT.pid\")";
    let options = ["--verify", kill, "--bake", "1h"];
    left_as_it_was(
        &site,
        &[&options[..], &["--on-failure", "rollback"]].concat(),
        &[],
        "bake failed",
    )
    .await;
}

#[tokio::test]
async fn what_does_not_stop_is_said_and_the_new_release_serves() {
    let site = Site::serving("v1").await;
    std::fs::write(site.stage.path("no-stop"), "").unwrap();
    let ran = site.flip(&[], &["--app-version", "v2"]).await;
    ran.ended(4);
    ran.says("stop failed: the stop command ended with exit code 3");
    site.serves(GREEN).await;
    assert!(site.listens(BLUE));
    std::fs::remove_file(site.stage.path("no-stop")).unwrap();
    site.stage.run(&["resume"]).await.ended(0);
    site.serves(GREEN).await;
    assert!(!site.listens(BLUE));
}

#[tokio::test]
async fn a_flip_back_that_failed_or_one_that_did_nothing_leaves_the_release_to_go_back_to() {
    let site = Site::serving("v1").await;
    site.flip(&["--keep-old"], &["--app-version", "v2"]).await.ended(0);
    site.flip(&["--before-batch", "false"], &["--app-version", "v3"]).await.ended(4);
    site.flip(&["--back", "--verify", "false"], &[]).await.ended(4);
    site.serves(GREEN).await;
    site.flip(&["--back"], &[]).await.ended(0);
    site.serves(BLUE).await;
    assert_eq!(site.version(BLUE).await, "v1");
}

#[tokio::test]
async fn what_a_flip_that_is_not_done_has_started_is_not_gone_back_to() {
    let site = Site::serving("v1").await;
    let mut flip = site.start(&["--bake", "1h"], &["--app-version", "v2"]);
    flip.until("bake              started").await;
    flip.kill().await;
    site.stage.until_let_go().await;
    let run = site.stage.runs().pop().unwrap().0;
    site.stage.take_out("web", A, GREEN).await;
    let ran = site.flip(&["--back"], &[]).await;
    ran.is_refusal(3, "is not what the latest flip has left", &format!("resume {run}"));
}
