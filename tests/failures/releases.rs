//! One bad release after the other, each with every policy: a run takes one target out, notices, and
//! stops. Nothing that a visitor sent is lost.

use std::time::Duration;

use elb_deploy::lab::load::LoadReport;
use tokio::time::sleep;

use crate::ends::{
    ANSWERS_500, DIES_IN_SERVICE, DIES_WHILE_IT_BOOTS, FAILS_ITS_VERIFICATION, FLOODS, GOES_BAD,
    HANGS, NEVER_BOOTS, OnFailure, Place, Row,
};
use crate::run::{Ran, Running};
use crate::site::{BAD, READY_URL, Site};

/// What a release that works needs at most, on a machine that is busy with everything else.
const ENOUGH: &str = "10s";
/// What is waited for in vain, where nothing has to work afterwards.
const IN_VAIN: &str = "2s";
/// So much is printed by a command that floods its output.
const FLOOD: u64 = 1 << 30;
/// What the tool itself may need at most meanwhile, in KiB.
pub const MEMORY_LIMIT: u64 = 60 * 1024;

/// A time limit that the bad release exceeds: long only where the rollback has to keep it, too.
fn limit(policy: OnFailure) -> &'static str {
    if policy == OnFailure::Rollback { ENOUGH } else { IN_VAIN }
}

/// A site on which a run with this policy is about to release something bad.
struct Case {
    site: Site,
    row: &'static Row,
    policy: OnFailure,
}

impl Case {
    async fn of(row: &'static Row, policy: OnFailure) -> Self {
        Self { site: Site::under_load().await, row, policy }
    }

    /// The run, with these options and this deploy command.
    fn start(&self, options: &[&str], command: &[String]) -> Running {
        let rollback = self.site.rollback();
        let mut all = vec!["--on-failure", self.policy.word()];
        if self.policy == OnFailure::Rollback {
            all.extend(["--rollback", &rollback]);
        }
        all.extend(options);
        self.site.stage.start(&all, command)
    }

    async fn run(&self, options: &[&str], release: &[&str]) -> Ran {
        let command = self.site.release(&[&["--app-version", BAD], release].concat());
        self.start(options, &command).end().await
    }

    /// The run has ended as the table says, and `restore` does what it should.
    async fn leaves_what_is_told(self, ran: &Ran) -> Site {
        let Self { site, row, policy } = self;
        let end = row.left_by(policy);
        ran.ended(end.code);
        site.touched_only(&site.hosts[..1]);
        ran.says(&format!("not begun: {}, {}\n", site.hosts[1], site.hosts[2]));
        site.is_left(end).await;
        if end.place != Place::InService {
            site.mend().await;
        }
        site.restore().await.ended(0);
        site.all_serve().await;
        site
    }
}

/// The readiness gate waits in vain for this release: it is never registered.
async fn is_never_ready(row: &'static Row, release: &[&str]) {
    for policy in OnFailure::ALL {
        let case = Case::of(row, policy).await;
        let limit = limit(policy);
        let gate = ["--ready", READY_URL, "--ready-timeout", limit];
        let ran = case.run(&[&gate[..], &["--in-service-timeout", limit]].concat(), release).await;
        ran.says("await ready       failed");
        if policy == OnFailure::Hold {
            assert_eq!(case.site.stage.mutating(), ["DeregisterTargets"]);
        }
        case.leaves_what_is_told(&ran).await.nothing_lost().await;
    }
}

#[tokio::test]
async fn never_boots() {
    is_never_ready(&NEVER_BOOTS, &["--boot-time", "24h"]).await;
}

#[tokio::test]
async fn dies_while_it_boots() {
    let dies = ["--boot", "unready", "--boot-time", "24h", "--die-after", "300ms"];
    is_never_ready(&DIES_WHILE_IT_BOOTS, &dies).await;
}

#[tokio::test]
async fn answers_500_on_its_health_path() {
    for policy in OnFailure::ALL {
        let case = Case::of(&ANSWERS_500, policy).await;
        let options = ["--in-service-timeout", limit(policy)];
        let ran = case.run(&options, &["--unhealthy-status", "500"]).await;
        ran.says("[500]");
        case.leaves_what_is_told(&ran).await.nothing_lost().await;
    }
}

#[tokio::test]
async fn fails_its_verification() {
    for policy in OnFailure::ALL {
        let case = Case::of(&FAILS_ITS_VERIFICATION, policy).await;
        let verify = ["--verify", "echo the cart is empty; exit 1"];
        let ran = case.run(&verify, &[]).await;
        ran.says("  | the cart is empty\n");
        case.leaves_what_is_told(&ran).await.nothing_lost().await;
    }
}

/// A file that makes the release go bad is there once the release was verified.
#[tokio::test]
async fn goes_bad_in_service() {
    for policy in OnFailure::ALL {
        let case = Case::of(&GOES_BAD, policy).await;
        let file = case.site.stage.path("bad").display().to_string();
        let options = ["--verify", "touch \"$STAGE/bad\"", "--bake", "1h"];
        let ran = case.run(&options, &["--unhealthy-file", &file]).await;
        ran.says("bake              failed");
        case.leaves_what_is_told(&ran).await.nothing_lost().await;
    }
}

/// Killed once it was verified. No load balancer can know that before it has asked.
#[tokio::test]
async fn dies_in_service() {
    for policy in OnFailure::ALL {
        let case = Case::of(&DIES_IN_SERVICE, policy).await;
        let kill = "kill -9 $(cat \"$STAGE/$ELB_DEPLOY_TARGET-$ELB_DEPLOY_PORT.pid\")";
        let ran = case.run(&["--verify", kill, "--bake", "1h"], &[]).await;
        ran.says("bake              failed");
        let site = case.leaves_what_is_told(&ran).await;
        let (LoadReport { failed, failures, .. }, _stage) = site.quiet().await;
        assert!(failed > 0 && failures.keys().all(|how| how == "status 502"), "{failures:?}");
    }
}

#[tokio::test]
async fn hangs_in_deploy() {
    for policy in OnFailure::ALL {
        let case = Case::of(&HANGS, policy).await;
        let stop = case.site.release(&[]).join(" ");
        let hang = ["sh".to_owned(), "-c".to_owned(), format!("{stop}; echo stopped; sleep 3600")];
        let options = ["--deploy-timeout", ENOUGH, "--in-service-timeout", limit(policy)];
        let ran = case.start(&options, &hang).end().await;
        ran.says(&format!("was stopped after {ENOUGH}, which is its limit"));
        ran.says("  | stopped\n");
        case.leaves_what_is_told(&ran).await.nothing_lost().await;
    }
}

#[tokio::test]
async fn floods_its_output() {
    for policy in OnFailure::ALL {
        let case = Case::of(&FLOODS, policy).await;
        let flood = format!("yes 'no space left on device' | head -c {FLOOD}; exit 1");
        let flood = ["sh", "-c", &flood].map(str::to_owned);
        let run = case.start(&[], &flood);
        let peak = tokio::spawn(peak_memory(run.pid().as_raw_nonzero().get()));
        let ran = run.end().await;
        let peak = peak.await.unwrap();
        assert!((1..MEMORY_LIMIT).contains(&peak), "{peak} KiB");
        let (_, folder) = case.site.stage.runs().remove(0);
        let log = folder.output().join(format!("{}.log", case.site.hosts[0]));
        assert!(log.metadata().unwrap().len() >= FLOOD, "all of it is kept");
        ran.says("bytes not shown; all is in ");
        case.leaves_what_is_told(&ran).await.nothing_lost().await;
    }
}

/// The most that a process has had in memory until shortly before its end, in KiB.
async fn peak_memory(pid: i32) -> u64 {
    let mut peak = 0;
    while let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/status")) {
        // None of a process that has ended and is not waited for yet.
        let Some(line) = status.lines().find_map(|line| line.strip_prefix("VmHWM:")) else { break };
        peak = line.trim().trim_end_matches(" kB").parse().unwrap();
        sleep(Duration::from_millis(20)).await;
    }
    peak
}
