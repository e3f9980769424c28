//! Half of all calls throttled, a tenth failing with 503, a twentieth cut: every wait still ends
//! with the right answer.

use std::time::Duration;

use elb_deploy::lab::faults::FaultSettings;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use crate::late::{Ended, Lateness};
use crate::stage::{Plan, Stage, Tools, id};
use crate::table::{Bound, Table};
use crate::ways::{Goal, Way, ours};

const FAULTS: &[u8] = br#"{"throttle_percent": 50, "error_percent": 10, "cut_percent": 5}"#;
const RUNS: u64 = 20;
/// Runs begin so far apart.
const APART: Duration = Duration::from_millis(150);
const DRAIN: Duration = Duration::from_secs(20);
const BOOT_TIME: Duration = Duration::from_secs(10);
/// How a wait ends whose target is still registered.
const STILL_IN: i32 = 4;

pub async fn measure(tools: &Tools, table: &mut Table) {
    table.heading("50 % of all calls throttled, 10 % answered with 5xx, 5 % cut; 20 runs each");
    let faults = FaultSettings::NONE.with(FAULTS).unwrap();
    let plans = || (0..RUNS).map(|seed| Plan { faults, seed, ..Plan::one(DRAIN) });
    let out = join_all(plans().map(|plan| drain(tools, plan)));
    let back = join_all(plans().map(|plan| start(tools, plan)));
    let never = join_all(plans().map(|plan| stays(tools, plan)));
    let (out, back, never) = tokio::join!(out, back, never);
    for (what, ended) in [("wait deregistered", out), ("wait in-service", back)] {
        let lateness = Lateness::of(&ended);
        table.row(what, &lateness.in_words(), &[Bound::right(&lateness.wrong)]);
        table.wrong(&lateness.wrong);
    }
    let wrong: Vec<_> = never.into_iter().flatten().collect();
    let measured = format!("{RUNS} end with {STILL_IN}: it is still registered");
    table.row("never deregistered", &measured, &[Bound::right(&wrong)]);
    table.wrong(&wrong);
}

fn phase(plan: Plan) -> Duration {
    APART.mul_f64(plan.seed as f64)
}

async fn drain(tools: &Tools, plan: Plan) -> Ended {
    sleep(phase(plan)).await;
    let stage = Stage::start(plan).await;
    let began = stage.deregister(&[0]);
    let wrong = Way::ElbDeploy.wait(tools, &stage, Goal::Deregistered).await;
    let late = began.elapsed().as_secs_f64() - DRAIN.as_secs_f64();
    Ended { late, took: DRAIN, calls: stage.calls(), wrong }
}

async fn start(tools: &Tools, plan: Plan) -> Ended {
    sleep(phase(plan)).await;
    let stage = Stage::start(Plan { registered: false, ..plan }).await;
    let _app = stage.boot(0, BOOT_TIME);
    let began = stage.register(&[0]);
    let waiting = async {
        let wrong = Way::ElbDeploy.wait(tools, &stage, Goal::InService).await;
        (wrong, Instant::now())
    };
    let ((wrong, ended), healthy) = tokio::join!(waiting, stage.healthy(0));
    let took = healthy - began;
    let late = (ended - began).as_secs_f64() - took.as_secs_f64();
    Ended { late, took, calls: stage.calls(), wrong }
}

/// Registered all the while, and nobody takes it out.
async fn stays(tools: &Tools, plan: Plan) -> Option<String> {
    sleep(phase(plan)).await;
    let stage = Stage::start(plan).await;
    ours(tools, &stage, Goal::Deregistered, &[id(0)], STILL_IN).await
}
