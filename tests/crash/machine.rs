//! The machines: what runs on their ports, what they do at once, and what goes wrong there. They outlive
//! every process of the tool.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use elb_deploy::executor::{self, Briefing, Executor, ExecutorError, Occasion, OutputLine, Work};
use elb_deploy::lab::model::CheckResult;
use elb_deploy::lab::state::Lab;
use elb_deploy::rollout::{Registration, Side, Target};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::world::places;

/// How long a release that flaps is out of service: longer than two checks take, and over before a wait
/// for its return is.
const FLAP: Duration = Duration::from_secs(25);

/// More than the checks take after which a target is healthy again.
const SEEN_HEALTHY: Duration = Duration::from_secs(40);

/// What goes wrong on the machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mishaps {
    /// This work fails.
    pub fails: &'static [Work],
    /// What is verified flaps right after, so that its bake fails.
    pub flaps: bool,
    /// At the first target alone.
    pub first_only: bool,
}

impl Mishaps {
    pub const NONE: Self = Self { fails: &[], flaps: false, first_only: false };
    pub const FLAPS: Self = Self { flaps: true, ..Self::NONE };

    pub const fn of(fails: &'static [Work]) -> Self {
        Self { fails, ..Self::NONE }
    }

    pub const fn at_first(self) -> Self {
        Self { first_only: true, ..self }
    }

    fn concern(self, target: &Target) -> bool {
        let first = ["i-1", "127.0.1.1"];
        !self.first_only || first.contains(&target.id.as_str())
    }
}

/// Target and port.
pub type Spot = (String, u16);

fn spot(place: &Registration) -> Spot {
    (place.id.to_string(), place.port)
}

/// All machines of a world.
pub struct Machines {
    lab: Arc<Lab>,
    /// Whether what is started and stopped is minded; else something runs everywhere.
    is_of_ports: bool,
    pub mishaps: Mutex<Mishaps>,
    running: Mutex<BTreeSet<Spot>>,
    flapping: Mutex<BTreeMap<Spot, Instant>>,
    harm: Mutex<Vec<String>>,
}

impl Machines {
    /// Machines on which this runs; if nothing is said, something does everywhere.
    pub fn new(lab: Arc<Lab>, running: Option<BTreeSet<Spot>>) -> Arc<Self> {
        let is_of_ports = running.is_some();
        Arc::new(Self {
            lab,
            is_of_ports,
            mishaps: Mutex::default(),
            running: Mutex::new(running.unwrap_or_default()),
            flapping: Mutex::default(),
            harm: Mutex::default(),
        })
    }

    pub fn answer(&self, spot: &Spot) -> CheckResult {
        let until = self.flapping.lock().unwrap().get(spot).copied();
        match until.is_none_or(|until| until < Instant::now()) && self.runs(spot) {
            true => CheckResult::Code(200),
            false => CheckResult::Failed,
        }
    }

    pub fn runs(&self, spot: &Spot) -> bool {
        !self.is_of_ports || self.running.lock().unwrap().contains(spot)
    }

    /// Does it, whether anybody learns of it or not; what nobody may do is remembered.
    pub fn work(&self, work: Work, target: &Target) {
        let side = match work {
            Work::Start => Side::New,
            Work::Stop(side) => side,
            _ => return,
        };
        // Where nothing was before, there is nothing to stop.
        let Some(place) = target.side(side).first() else { return };
        let registered = places(&self.lab).into_iter();
        let registered =
            registered.filter(|(_, id, port, ..)| (id, port) == (&spot(place).0, &place.port));
        self.harm.lock().unwrap().extend(registered.map(|place| format!("{work} of {place:?}")));
        let mut running = self.running.lock().unwrap();
        match work {
            Work::Start => running.insert(spot(place)),
            _ => running.remove(&spot(place)),
        };
    }

    /// Waits until whatever flaps was seen healthy again.
    pub async fn until_calm(&self) {
        let last = self.flapping.lock().unwrap().values().max().copied();
        if let Some(last) = last {
            sleep_until(last + SEEN_HEALTHY).await;
        }
    }

    /// What was started or stopped while it was registered.
    pub fn harm(&self) -> Vec<String> {
        self.harm.lock().unwrap().clone()
    }
}

#[async_trait]
impl Executor for Machines {
    async fn run(
        &self,
        work: Work,
        target: &Target,
        _: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        let mishaps = *self.mishaps.lock().unwrap();
        if !mishaps.concern(target) || !mishaps.fails.contains(&work) {
            self.work(work, target);
            if work == Work::Verify && mishaps.flaps && mishaps.concern(target) {
                let until = Instant::now() + FLAP;
                let spots = target.new.iter().map(|place| (spot(place), until));
                self.flapping.lock().unwrap().extend(spots);
            }
            return Ok(());
        }
        let (program, log) = (work.to_string(), PathBuf::new());
        let ended = executor::Ended { program, took: Duration::ZERO, last_lines: vec![], log };
        Err(ExecutorError::Exited { code: 1, ended })
    }

    async fn hook(
        &self,
        _: Occasion,
        _: Briefing,
        _: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        Ok(())
    }
}
