//! New releases that leave service once the old port is on its way out: the old one comes back.

use std::fs;
use std::time::Duration;

use elb_deploy::journal;
use elb_deploy::lab::model::DEREGISTRATION_DELAY;
use elb_deploy::rollout::{Dated, Fact, Side};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

use super::{BLUE, GREEN, Site};
use crate::run::Running;
use crate::stage::A;

/// Longer than any test.
const HOURS: &str = "3600";
/// Until this is there nothing is taken out.
const HELD: &str = "until [ -e \"$STAGE/go\" ] || [ ! -d \"$STAGE\" ]; do sleep 0.05; done";

impl Site {
    /// For whatever is deregistered from now on.
    fn drains_for(&self, seconds: &str) {
        self.stage.server.lab().with_model(|model, _| {
            let arn = model.group_named("web").unwrap().arn.clone();
            let setting = (DEREGISTRATION_DELAY.to_owned(), seconds.to_owned());
            model.set_attributes(&arn, &[setting]).unwrap();
        });
    }

    /// What listens on this port dies.
    pub fn dies(&self, port: u16) {
        let pid = fs::read_to_string(self.stage.path(&format!("{A}-{port}.pid"))).unwrap();
        let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        kill_process(pid, Signal::KILL).unwrap();
    }

    /// Returns when nobody sends anything to this port any more.
    async fn until_out_of_service(&self, port: u16) {
        let serves = || {
            self.stage.server.lab().with_model(|model, now| {
                let arn = model.group_named("web").unwrap().arn.clone();
                let all = model.target_health(now, &arn, &[], Duration::ZERO).unwrap();
                all.iter().any(|health| health.target.port == port && health.in_service())
            })
        };
        while serves() {
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// A flip whose old port has begun to drain, for hours.
    async fn draining_for_hours(&self, options: &[&str]) -> Running {
        let options = [&["--verify", HELD], options].concat();
        let mut flip = self.start(&options, &["--app-version", "v2"]);
        flip.until("verify            started").await;
        self.drains_for(HOURS);
        self.stage.go();
        flip.until("await drained     started").await;
        flip.until("draining").await;
        flip
    }

    /// What the latest run did once the new port served, in order; undoing is marked.
    pub fn went(&self) -> Vec<String> {
        let (_, folder) = self.stage.runs().pop().unwrap();
        let facts = journal::read(&folder.journal()).unwrap().facts;
        let told = |dated: Dated| {
            let (step, end) = match dated.fact {
                Fact::Finished { step, .. } => (step, ""),
                Fact::Failed { step, .. } => (step, " failed"),
                _ => return None,
            };
            let side = if step.side == Side::Old { "old" } else { "new" };
            let undo = if step.undo { "undo: " } else { "" };
            Some(format!("{undo}{step} {side}{end}"))
        };
        let all: Vec<_> = facts.into_iter().filter_map(told).collect();
        let from = all.iter().position(|step| step.starts_with("deregister old")).unwrap();
        all[from..].to_vec()
    }
}

const PUT_BACK: [&str; 5] = [
    "undo: register old",
    "undo: await in service old",
    "undo: deregister new",
    "undo: await drained new",
    "undo: stop new",
];

#[tokio::test]
async fn the_old_port_comes_back_at_once_if_the_new_release_dies_while_it_drains() {
    for kept in [&[][..], &["--keep-old"]] {
        let site = Site::serving("v1").await;
        let flip = site.draining_for_hours(kept).await;
        site.dies(GREEN);
        site.drains_for("1");
        let ran = flip.end().await;
        ran.ended(4);
        ran.says("it was in service and did not stay so");
        let failed = ["deregister old", "await drained old failed"];
        assert_eq!(site.went(), [&failed[..], &PUT_BACK].concat(), "it never drained");
        site.serves(BLUE).await;
        assert_eq!(site.version(BLUE).await, "v1");
        assert!(!site.listens(GREEN));
    }
}

#[tokio::test]
async fn killed_while_the_old_port_drains_it_comes_back_by_resume() {
    let site = Site::serving("v1").await;
    let flip = site.draining_for_hours(&[]).await;
    flip.kill().await;
    site.stage.until_let_go().await;
    site.dies(GREEN);
    site.drains_for("1");
    site.stage.run(&["resume"]).await.ended(4);
    let failed = ["deregister old", "await drained old failed"];
    assert_eq!(site.went(), [&failed[..], &PUT_BACK].concat());
    site.serves(BLUE).await;
    assert_eq!(site.version(BLUE).await, "v1");
}

#[tokio::test]
async fn one_signal_ends_a_flip_that_holds_for_the_new_port_and_the_old_one_never_left() {
    let site = Site::serving("v1").await;
    let mut flip = site.start(&["--verify", HELD], &["--app-version", "v2"]);
    flip.until("verify            started").await;
    site.dies(GREEN);
    site.until_out_of_service(GREEN).await;
    site.stage.go();
    flip.until("so the port that serves is not taken out").await;
    flip.signal(Signal::TERM);
    let ran = flip.end().await;
    ran.ended(143);
    ran.says("deregister failed: ");
    assert_eq!(
        site.went(),
        [
            "deregister old failed",
            "undo: deregister new",
            "undo: await drained new",
            "undo: stop new"
        ]
    );
    site.serves(BLUE).await;
    assert_eq!(site.version(BLUE).await, "v1");
    assert!(!site.listens(GREEN));
}
