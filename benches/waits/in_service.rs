//! Into service after T seconds, which an application takes that long to start.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use crate::late::{Ended, Lateness};
use crate::stage::{Plan, Stage, Tools};
use crate::table::{Bound, Table};
use crate::ways::{Goal, Way};

const BOOT_TIMES: [u64; 4] = [1, 5, 20, 60];
const RUNS: usize = 8;
/// Late by at most this, or by a tenth of what it took.
const LATEST: Duration = Duration::from_secs(1);

pub async fn measure(tools: &Tools, table: &mut Table) {
    table.heading("In service after T, 8 runs each, begun within 1 s after the registration");
    for way in [Way::ElbDeploy, Way::AwsCli] {
        let rows = BOOT_TIMES.map(|seconds| many(tools, way, Duration::from_secs(seconds)));
        for (seconds, ended) in BOOT_TIMES.into_iter().zip(join_all(rows).await) {
            let lateness = Lateness::of(&ended);
            let who = format!("{}, T = {seconds} s", way.name());
            let in_time = ended.iter().all(|each| each.late <= most(each.took));
            let bounds = [Bound::new("max(1 s, T/10)", in_time), Bound::right(&lateness.wrong)];
            let bounds = if way == Way::ElbDeploy { &bounds[..] } else { &[] };
            table.row(&who, &lateness.in_words(), bounds);
            table.wrong(&lateness.wrong);
        }
    }
}

fn most(took: Duration) -> f64 {
    LATEST.as_secs_f64().max(took.as_secs_f64() / 10.0)
}

async fn many(tools: &Tools, way: Way, boot_time: Duration) -> Vec<Ended> {
    let mut chance = fastrand::Rng::with_seed(boot_time.as_secs());
    let phases: Vec<_> = (0..RUNS).map(|_| (3.0 * chance.f64(), chance.f64())).collect();
    let runs = phases.into_iter().map(|(phase, after)| {
        let [phase, after] = [phase, after].map(Duration::from_secs_f64);
        run(tools, way, boot_time, phase, after)
    });
    join_all(runs).await
}

async fn run(
    tools: &Tools,
    way: Way,
    boot_time: Duration,
    phase: Duration,
    after: Duration,
) -> Ended {
    sleep(phase).await;
    let plan = Plan { registered: false, ..Plan::one(Duration::from_secs(5)) };
    let stage = Stage::start(plan).await;
    let _app = stage.boot(0, boot_time);
    stage.register(&[0]);
    let waiting = async {
        sleep(after).await;
        let began = Instant::now();
        (way.wait(tools, &stage, Goal::InService).await, began, Instant::now())
    };
    let ((wrong, began, ended), healthy) = tokio::join!(waiting, stage.healthy(0));
    let took = healthy.saturating_duration_since(began);
    let late = (ended - began).as_secs_f64() - took.as_secs_f64();
    Ended { late, took, calls: stage.calls(), wrong }
}
