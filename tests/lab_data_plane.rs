//! The point of the lab: a deployment that does it right loses nothing under load, and one that does not is caught.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bench;

use std::time::Duration;

use bench::{Bench, LAG};
use elb_deploy::lab::load::{Load, LoadHandle, LoadOptions};
use elb_deploy::lab::model::HealthState;
use tokio::time::sleep;

/// Requests that are still in flight when a target is deregistered, but not when its draining is over.
const SLOWNESS: Duration = Duration::from_millis(300);

fn load(bench: &Bench) -> LoadHandle {
    Load::start(LoadOptions {
        rate: 300,
        slow_share: 20,
        slowness: SLOWNESS,
        timeout: Duration::from_secs(3),
        ..LoadOptions::new(bench.traffic())
    })
    .unwrap()
}

#[tokio::test]
async fn a_drained_target_is_replaced_without_a_failed_request() {
    let (bench, mut apps) = Bench::in_service(2).await;
    let load = load(&bench);
    for index in 0..2 {
        sleep(Duration::from_millis(100)).await;
        bench.deregister(index);
        bench.until(index, HealthState::Unused).await;
        // Killed, not stopped: this way the test fails if anything was still in flight.
        apps.remove(0).kill().await;
        apps.push(bench.app(index, "v2").await);
        bench.register(index);
        bench.healthy(index).await;
    }
    sleep(Duration::from_millis(200)).await;
    let report = load.stop().await;
    assert_eq!(report.failed, 0, "{report:?}");
    assert!(report.requests > 500, "{report:?}");
    assert!(report.versions["v1"] > 100 && report.versions["v2"] > 100, "{report:?}");
    let last = report.seconds.last().unwrap();
    assert!(last.versions.contains_key("v2"), "{report:?}");
    bench.server.stop().await;
}

#[tokio::test]
async fn a_restart_without_the_balancer_loses_requests() {
    let (bench, mut apps) = Bench::in_service(2).await;
    let load = load(&bench);
    sleep(Duration::from_millis(200)).await;
    apps.remove(0).kill().await;
    sleep(Duration::from_millis(100)).await;
    let _app = bench.app(0, "v2").await;
    sleep(Duration::from_millis(100)).await;
    let report = load.stop().await;
    assert!(report.failures["status 502"] > 5, "{report:?}");
    assert!(report.succeeded > 50, "the other target serves: {report:?}");
}

#[tokio::test]
async fn a_stop_before_the_data_plane_heard_of_it_loses_requests_however_graceful() {
    let (bench, mut apps) = Bench::in_service(2).await;
    let load = load(&bench);
    sleep(Duration::from_millis(100)).await;
    bench.deregister(0);
    apps.remove(0).stop().await;
    sleep(LAG).await;
    let lost = load.report().failed;
    assert!(lost > 5, "{:?}", load.report());
    sleep(Duration::from_millis(200)).await;
    let report = load.stop().await;
    assert_eq!(report.failures.keys().collect::<Vec<_>>(), ["status 502"], "{report:?}");
}

#[tokio::test]
async fn a_killed_target_is_found_out_by_its_health_checks() {
    let (bench, mut apps) = Bench::in_service(2).await;
    apps.remove(0).kill().await;
    bench.until(0, HealthState::Unhealthy).await;
    let load = load(&bench);
    sleep(Duration::from_millis(200)).await;
    let report = load.stop().await;
    assert_eq!(report.failed, 0, "{report:?}");
}
