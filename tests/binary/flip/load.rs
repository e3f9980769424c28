//! One instance under load, flipped and flipped back: not one request is lost.

use std::time::Duration;

use elb_deploy::lab::load::{Load, LoadOptions};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::time::{sleep, timeout};

use super::{BLUE, GREEN, Site};
use crate::stage::group;

/// Requests a second, and how many of them at least.
const RATE: u32 = 500;
const REQUESTS: u64 = 20_000;
/// A request that is slow because the machine is busy has not failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// Many times what all the requests take at their rate.
const LIMIT: Duration = Duration::from_secs(600);
const GLANCE: Duration = Duration::from_millis(20);

async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waited = async {
        while !is_so() {
            sleep(GLANCE).await;
        }
    };
    assert!(timeout(LIMIT, waited).await.is_ok(), "never so: {what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_flips_and_one_back_lose_no_request() {
    // Each request holds up to three connections of this process.
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
    // On a machine that is busy with all this, checks are late.
    let patient =
        group("web", 8080, &[]).replace("'200ms', timeout = '150ms'", "'1s', timeout = '990ms'");
    let site = Site::with(&["web"], patient).await;
    site.flip(&[], &["--app-version", "v1"]).await.ended(0);
    let load = Load::start(LoadOptions {
        rate: RATE,
        timeout: PATIENCE,
        in_flight: usize::try_from(RATE).unwrap() * 10,
        ..LoadOptions::new(site.stage.server.listeners()[0].address)
    });
    let load = load.unwrap();
    let put_in = ["start new", "register new", "await in service new"];
    let taken_out = ["deregister old", "await drained old"];
    let seen = async |version: &str| {
        let is_seen = || load.report().versions.get(version).is_some_and(|count| *count > 0);
        until(&format!("{version} has answered"), is_seen).await;
    };
    seen("v1").await;
    for (version, port) in [("v2", GREEN), ("v3", BLUE)] {
        site.flip(&[], &["--app-version", version]).await.ended(0);
        assert_eq!(site.finished(), [&put_in[..], &taken_out, &["stop old"]].concat());
        site.serves(port).await;
        seen(version).await;
    }
    site.flip(&["--keep-old"], &["--app-version", "v4"]).await.ended(0);
    assert_eq!(site.finished(), [&put_in[..], &taken_out, &["stand by old"]].concat());
    seen("v4").await;
    let before = load.report().versions["v3"];
    site.flip(&["--back"], &[]).await.ended(0);
    assert_eq!(site.finished(), [&put_in[1..], &taken_out, &["stop old"]].concat());
    site.serves(BLUE).await;
    let is_enough = || load.report().versions["v3"] > before && load.report().requests >= REQUESTS;
    until("v3 has answered again, and there were requests enough", is_enough).await;
    let report = load.stop().await;
    assert_eq!(report.failed, 0, "{report}");
    assert!(report.requests >= REQUESTS);
}
