//! `--stop-old-after`: the old release is left running for a while, to go back to.

use rustix::process::Signal;

use super::{BLUE, GREEN, Site};
use crate::run::Running;

impl Site {
    /// A flip to v2 that leaves v1 running for an hour, and has come that far.
    async fn standing_by(&self) -> Running {
        let mut flip = self.start(&["--stop-old-after", "1h"], &["--app-version", "v2"]);
        flip.until("stand by          started").await;
        flip.until("the old release runs on until ").await;
        flip
    }
}

#[tokio::test]
async fn the_old_release_is_stopped_once_the_time_is_over() {
    let site = Site::serving("v1").await;
    let ran = site.flip(&["--stop-old-after", "1s"], &["--app-version", "v2"]).await;
    ran.ended(0);
    ran.says("the old release runs on out of service, to go back to");
    let steps = site.finished();
    assert_eq!(steps[steps.len() - 3..], ["await drained old", "stand by old", "stop old"]);
    site.serves(GREEN).await;
    assert!(!site.listens(BLUE));
}

#[tokio::test]
async fn the_old_release_comes_back_if_the_new_one_dies_before_the_time_is_over() {
    let site = Site::serving("v1").await;
    let flip = site.standing_by().await;
    site.dies(GREEN);
    let ran = flip.end().await;
    ran.ended(4);
    ran.says("stand by failed: ");
    let back = ["undo: register old", "undo: await in service old"];
    assert_eq!(site.went()[2..5], [&["stand by old failed"][..], &back].concat());
    site.serves(BLUE).await;
    assert_eq!(site.version(BLUE).await, "v1");
    assert!(!site.listens(GREEN));
}

#[tokio::test]
async fn who_goes_back_meanwhile_is_told_how_and_one_signal_ends_the_time() {
    let site = Site::serving("v1").await;
    let flip = site.standing_by().await;
    let ran = site.flip(&["--back"], &[]).await;
    ran.ended(6);
    ran.says(&format!("leaves {}:{BLUE} in web running until ", crate::stage::A));
    ran.says(&format!("end that now with: kill {};", flip.pid().as_raw_nonzero()));
    ran.says("flip --back");
    flip.signal(Signal::TERM);
    let ran = flip.end().await;
    ran.ended(143);
    ran.says("SIGTERM: the new release serves, and the old one is left running");
    site.serves(GREEN).await;
    assert!(site.listens(BLUE));
    let ran = site.flip(&["--back"], &[]).await;
    ran.ended(0);
    site.serves(BLUE).await;
    assert_eq!(site.version(BLUE).await, "v1");
    assert!(!site.listens(GREEN));
}

#[tokio::test]
async fn killed_meanwhile_nothing_is_stopped_and_resume_goes_on_waiting() {
    let site = Site::serving("v1").await;
    site.standing_by().await.kill().await;
    site.stage.until_unwritten().await;
    assert!(site.listens(BLUE));
    let mut resumed = Running::start(site.stage.tool(&["resume"]));
    resumed.until("stand by          started").await;
    resumed.signal(Signal::TERM);
    resumed.end().await.ended(143);
    assert!(site.listens(BLUE));
    site.serves(GREEN).await;
}
