//! Many targets in one group, and many groups at once.

use std::fs;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::stage::{Plan, Stage, Tools, id};
use crate::table::{Bound, Table};
use crate::ways::{Goal, ours};

const TARGETS: usize = 1000;
const WAITED: usize = 100;
const DRAIN: Duration = Duration::from_secs(20);
/// Chance is in the schedule, so that the calls of one wait are no fixed number.
const RUNS: usize = 9;

const GROUPS: usize = 50;
const MOST_MEGABYTES: u64 = 60;
/// The process may ask so often at once, and so often a second in the long run.
const AT_ONCE: u64 = 10;
const PER_SECOND: u64 = 5;
const GLANCE: Duration = Duration::from_millis(50);

pub async fn measure(tools: &Tools, table: &mut Table) {
    table.heading("1,000 targets in one group, a drain of 20 s, 9 runs each: calls");
    let [one, hundred] =
        [1, WAITED].map(|waited| join_all((0..RUNS).map(move |_| calls(tools, waited))));
    let (one, hundred) = tokio::join!(one, hundred);
    let [one, hundred] = [one, hundred].map(Calls::of);
    table.row("1 waited on", &one.in_words(), &[]);
    let measured = hundred.in_words();
    let same = Bound::new("same within chance", hundred.median.abs_diff(one.median) <= 1);
    let wrong = [one.wrong, hundred.wrong].concat();
    table.row("100 waited on", &measured, &[same, Bound::right(&wrong)]);
    table.wrong(&wrong);
    fifty_groups(tools, table).await;
}

struct Calls {
    least: u64,
    median: u64,
    most: u64,
    wrong: Vec<String>,
}

impl Calls {
    fn of(runs: Vec<(u64, Option<String>)>) -> Self {
        let mut sorted: Vec<_> = runs.iter().map(|(calls, _)| *calls).collect();
        sorted.sort_unstable();
        Self {
            least: sorted[0],
            median: sorted[sorted.len() / 2],
            most: sorted[sorted.len() - 1],
            wrong: runs.into_iter().filter_map(|(_, wrong)| wrong).collect(),
        }
    }

    fn in_words(&self) -> String {
        format!("{} to {}, median {}", self.least, self.most, self.median)
    }
}

async fn calls(tools: &Tools, waited: usize) -> (u64, Option<String>) {
    let plan =
        Plan { targets: TARGETS, check_interval: Duration::from_secs(30), ..Plan::one(DRAIN) };
    let stage = Stage::start(plan).await;
    let targets: Vec<_> = (0..waited).collect();
    stage.deregister(&targets);
    let targets: Vec<_> =
        targets.into_iter().map(|target| format!("{}:8080", id(target))).collect();
    let wrong = ours(tools, &stage, Goal::Deregistered, &targets, 0).await;
    (stage.calls(), wrong)
}

/// One target of fifty groups is rolled, so that one process drains and puts back in all of them.
async fn fifty_groups(tools: &Tools, table: &mut Table) {
    table.heading("50 groups at once: `roll` of one target that is in all of them, drain of 10 s");
    let plan = Plan {
        groups: GROUPS,
        targets: 2,
        check_interval: Duration::from_secs(2),
        ..Plan::one(Duration::from_secs(10))
    };
    let stage = Stage::start(plan).await;
    let _apps = [stage.boot(0, Duration::ZERO), stage.boot(1, Duration::ZERO)];
    stage.healthy(0).await;
    stage.healthy(1).await;
    let mut roll = tools.elb_deploy(&stage);
    let groups = (0..GROUPS).map(|number| format!("group-{number}"));
    roll.arg("roll").args(groups).args(["--target", &id(0), "--", "true"]);
    let seen = watched(roll, &stage).await;
    let bounds = [
        Bound::new("<= 10 + 5 a second", seen.keeps_to_the_rate()),
        Bound::new("< 60 MB", seen.megabytes < MOST_MEGABYTES),
        Bound::new("all right", seen.is_right),
    ];
    table.row("elb-deploy roll", &seen.in_words(), &bounds);
}

/// What a process did while it ran.
struct Seen {
    /// How many questions it had asked by each glance.
    questions: Vec<(Instant, u64)>,
    megabytes: u64,
    is_right: bool,
}

async fn watched(mut command: Command, stage: &Stage) -> Seen {
    let mut process = command.spawn().unwrap();
    let status = format!("/proc/{}/status", process.id().unwrap());
    let (mut questions, mut kilobytes) = (Vec::new(), 0);
    let ended = loop {
        if let Some(ended) = process.try_wait().unwrap() {
            break ended;
        }
        kilobytes = peak(&fs::read_to_string(&status).unwrap_or_default()).unwrap_or(kilobytes);
        questions.push((Instant::now(), stage.questions()));
        sleep(GLANCE).await;
    };
    Seen { questions, megabytes: kilobytes / 1024, is_right: ended.success() }
}

/// The most memory that was resident at once.
fn peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

impl Seen {
    /// The most within any time of so many seconds.
    fn most_within(&self, seconds: u64) -> u64 {
        let end = |from: usize| {
            let over = self.questions[from].0 + Duration::from_secs(seconds);
            self.questions.partition_point(|(at, _)| *at <= over) - 1
        };
        let asked = |from: usize| self.questions[end(from)].1 - self.questions[from].1;
        (0..self.questions.len()).map(asked).max().unwrap_or(0)
    }

    /// In each time of 1, 5, 10 and 30 s.
    fn keeps_to_the_rate(&self) -> bool {
        let keeps = |seconds| self.most_within(seconds) <= AT_ONCE + PER_SECOND * seconds;
        [1, 5, 10, 30].into_iter().all(keeps)
    }

    fn in_words(&self) -> String {
        format!(
            "at most {} questions in 1 s, {} in 10 s, {} in 30 s; {} MB",
            self.most_within(1),
            self.most_within(10),
            self.most_within(30),
            self.megabytes
        )
    }
}
