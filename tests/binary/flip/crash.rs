//! Killed in each step: `resume` ends with exactly one port, and it serves.

use std::fs;

use super::{BLUE, GREEN, Site};

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
