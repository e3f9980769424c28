//! Signals in each step: one lets the flip come to its end, two end it at once, and never nobody serves.

use rustix::process::Signal;

use super::crash::STEPS;
use super::{BLUE, GREEN, Site};

/// Versions from the second on, each told from the one before it.
fn versions() -> impl Iterator<Item = String> {
    (2..).map(|number| format!("v{number}"))
}

#[tokio::test]
async fn one_sigterm_in_any_step_lets_a_flip_come_to_its_end() {
    let site = Site::serving("v1").await;
    let ready = format!("http://{}:{{port}}/health", site.host);
    let options = ["--ready", &ready, "--bake", "500ms"];
    let mut live = (BLUE, GREEN);
    for (step, version) in STEPS.iter().zip(versions()) {
        let mut flip = site.start(&options, &["--app-version", &version]);
        flip.until(step).await;
        flip.signal(Signal::TERM);
        let ran = flip.end().await;
        ran.ended(0);
        let (old, new) = live;
        site.serves(new).await;
        assert_eq!(site.version(new).await, version, "{step}");
        assert!(!site.listens(old), "{step}");
        live = (new, old);
    }
}

#[tokio::test]
async fn sigint_twice_in_any_step_ends_a_flip_and_leaves_somebody_who_serves() {
    let site = Site::serving("v1").await;
    let ready = format!("http://{}:{{port}}/health", site.host);
    let options = ["--ready", &ready, "--bake", "500ms"];
    let mut live = (BLUE, GREEN);
    for (step, version) in STEPS.iter().zip(versions()) {
        let mut flip = site.start(&options, &["--app-version", &version]);
        flip.until(step).await;
        flip.signal(Signal::INT);
        flip.until("SIGINT: ").await;
        flip.signal(Signal::INT);
        let ran = flip.end().await;
        // It may be through before the second one comes.
        let is_last = *step == "stop              started";
        assert!(ran.code == 130 || (is_last && ran.code == 0), "{step}: {ran:#?}");
        assert!(!site.stage.in_service("web").is_empty(), "{step}: {ran:#?}");
        site.stage.until_let_go().await;
        if ran.code != 0 {
            site.stage.run(&["resume"]).await.ended(0);
        }
        let (old, new) = live;
        site.serves(new).await;
        assert_eq!(site.version(new).await, version, "{step}");
        assert!(!site.listens(old), "{step}");
        live = (new, old);
    }
}
