//! A drain of 37 s: how late each way to wait notices its end, and how often it asks.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use crate::late::{Ended, Lateness};
use crate::stage::{Plan, Stage, Tools};
use crate::table::{Bound, Table};
use crate::ways::{Goal, Way};

const DRAIN: Duration = Duration::from_secs(37);
const RUNS: usize = 20;
/// Runs begin so far apart that the machine is not what is measured.
const SPREAD: Duration = Duration::from_secs(20);
const LATEST: f64 = 1.5;
const MOST_CALLS: u64 = 14;

/// Between deregistering and waiting, at most.
const SOON: Duration = Duration::from_secs(1);

pub async fn measure(tools: &Tools, table: &mut Table) {
    table.heading("Drain of 37 s, 20 runs each, begun within 1 s after the deregister");
    let ours = many(tools, Way::ElbDeploy, SOON).await;
    let bounds = [
        Bound::new("p95 <= 1.5 s", ours.percentile(95) <= LATEST),
        Bound::new("calls <= 14", ours.calls <= MOST_CALLS),
        Bound::right(&ours.wrong),
    ];
    table.row(Way::ElbDeploy.name(), &ours.in_words(), &bounds);
    table.wrong(&ours.wrong);
    let cli = many(tools, Way::AwsCli, SOON).await;
    // These three hardly use the processor, and so do not disturb each other.
    let (sdk, each_second, within) = tokio::join!(
        many(tools, Way::RustSdk, SOON),
        many(tools, Way::EachSecond, SOON),
        many(tools, Way::ElbDeploy, DRAIN),
    );
    for (way, peer) in [(Way::AwsCli, &cli), (Way::RustSdk, &sdk), (Way::EachSecond, &each_second)]
    {
        table.row(way.name(), &peer.in_words(), &[]);
        table.row("  beside ours", &beside(peer, &ours), &sooner(way, peer, &ours));
    }
    table.row("elb-deploy, begun within", &within.in_words(), &[Bound::right(&within.wrong)]);
    table.wrong(&within.wrong);
}

fn beside(peer: &Lateness, ours: &Lateness) -> String {
    let later = peer.percentile(50) / ours.percentile(50);
    let calls = peer.calls as f64 / ours.calls as f64;
    format!("{later:.1} times as late at p50, {calls:.1} times the calls")
}

/// Who looks each second notices as soon, and pays for it in calls.
fn sooner(way: Way, peer: &Lateness, ours: &Lateness) -> Vec<Bound> {
    let sooner = || Bound::new("our p95 < its p50", ours.percentile(95) < peer.percentile(50));
    let less = || Bound::new("fewer calls", ours.calls < peer.calls);
    if way == Way::EachSecond { vec![less()] } else { vec![sooner()] }
}

async fn many(tools: &Tools, way: Way, after: Duration) -> Lateness {
    let mut chance = fastrand::Rng::with_seed(37);
    let phases: Vec<_> =
        (0..RUNS).map(|_| (SPREAD.mul_f64(chance.f64()), after.mul_f64(chance.f64()))).collect();
    let runs = phases.into_iter().map(|(phase, after)| run(tools, way, phase, after));
    Lateness::of(&join_all(runs).await)
}

async fn run(tools: &Tools, way: Way, phase: Duration, after: Duration) -> Ended {
    sleep(phase).await;
    let stage = Stage::start(Plan::one(DRAIN)).await;
    let over = stage.deregister(&[0]) + DRAIN;
    sleep(after).await;
    let began = Instant::now();
    let wrong = way.wait(tools, &stage, Goal::Deregistered).await;
    let late = Instant::now().duration_since(began).as_secs_f64()
        - over.saturating_duration_since(began).as_secs_f64();
    let took = over.saturating_duration_since(began);
    Ended { late, took, calls: stage.calls(), wrong }
}
