//! A lab of its own for each wait, so that its calls are counted alone, and the tools that wait on it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use elb_deploy::lab::app::{self, AppOptions};
use elb_deploy::lab::exports;
use elb_deploy::lab::faults::{FaultSettings, Faults};
use elb_deploy::lab::model::{
    Arn, Balancer, BalancerKind, DEREGISTRATION_DELAY, Group, HealthState, Instance, Lags, Model,
    Power, Protocol, TargetKind, TargetSpec,
};
use elb_deploy::lab::server::{LabServer, ServerOptions};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::venv;

const PORT: u16 = 8080;
const ZONE: &str = "lab-1a";
const GLANCE: Duration = Duration::from_millis(5);

/// What is measured, and an empty home, so that nothing of the machine's own configuration is seen.
pub struct Tools {
    binary: PathBuf,
    home: TempDir,
}

impl Tools {
    pub fn new(binary: &Path) -> Self {
        Self { binary: binary.to_owned(), home: tempfile::tempdir().unwrap() }
    }

    /// The release binary, pointed at a lab.
    pub fn elb_deploy(&self, stage: &Stage) -> Command {
        self.command(&self.binary, stage)
    }

    /// The AWS CLI, pointed at a lab.
    pub fn aws(&self, stage: &Stage) -> Command {
        self.command(&venv::tool("aws"), stage)
    }

    fn command(&self, program: &Path, stage: &Stage) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(exports::environment(stage.server.api()));
        command.env("HOME", self.home.path()).env("AWS_EC2_METADATA_DISABLED", "true");
        command.env("ELB_DEPLOY_STATE_DIR", self.home.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.kill_on_drop(true);
        command
    }
}

/// What a stage is built of.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub groups: usize,
    pub targets: usize,
    pub delay: Duration,
    pub check_interval: Duration,
    pub faults: FaultSettings,
    /// What chance in the faults starts from.
    pub seed: u64,
    /// Whether the targets are registered from the start.
    pub registered: bool,
}

impl Plan {
    /// One target, registered, in one group; nothing goes wrong.
    pub const fn one(delay: Duration) -> Self {
        let faults = FaultSettings::NONE;
        let check_interval = Duration::from_secs(1);
        Self { groups: 1, targets: 1, delay, check_interval, faults, seed: 0, registered: true }
    }
}

/// A running lab.
pub struct Stage {
    server: LabServer,
    groups: Vec<Arn>,
    addresses: Vec<IpAddr>,
}

/// A process of the sample service, in a task; it ends with its handle.
pub struct App(JoinHandle<std::io::Result<()>>);

impl Drop for App {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// An address that nothing else in this process has.
fn fresh() -> IpAddr {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let [_, _, _, process] = std::process::id().to_be_bytes();
    let [high, low] = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    Ipv4Addr::new(127, process.max(1), high, low).into()
}

pub fn id(target: usize) -> String {
    format!("i-{target:08x}")
}

impl Stage {
    pub async fn start(plan: Plan) -> Self {
        let addresses: Vec<_> = (0..plan.targets).map(|_| fresh()).collect();
        let mut model = Model::new(Lags::NONE);
        let mut balancer =
            Balancer::new("lab", BalancerKind::Application, "vpc-lab", vec![ZONE.to_owned()]);
        for (target, address) in addresses.iter().enumerate() {
            let power = Power::Running;
            let instance = Instance { zone: ZONE.to_owned(), address: *address, power };
            model.add_instance(&id(target), instance);
        }
        let mut groups = Vec::new();
        for number in 0..plan.groups {
            let group = group(number, plan);
            balancer.listen(80 + u16::try_from(number).unwrap(), Protocol::Http, group.arn.clone());
            groups.push(group.arn.clone());
            model.add_group(group);
        }
        model.add_balancer(balancer);
        if plan.registered {
            let specs: Vec<_> =
                (0..plan.targets).map(|target| TargetSpec::id(&id(target))).collect();
            for group in &groups {
                model.register(Duration::ZERO, group, &specs).unwrap();
            }
        }
        let faults = Faults::new(plan.faults, plan.seed);
        let server = LabServer::start(model, faults, ServerOptions::FREE_PORTS).await.unwrap();
        Self { server, groups, addresses }
    }

    pub fn group(&self) -> &str {
        &self.groups[0]
    }

    pub fn api(&self) -> SocketAddr {
        self.server.api()
    }

    pub fn register(&self, targets: &[usize]) -> Instant {
        let specs: Vec<_> = targets.iter().map(|target| TargetSpec::id(&id(*target))).collect();
        let register = |model: &mut Model, now| model.register(now, self.group(), &specs);
        self.server.lab().with_model(register).unwrap();
        Instant::now()
    }

    pub fn deregister(&self, targets: &[usize]) -> Instant {
        let specs: Vec<_> = targets.iter().map(|target| TargetSpec::id(&id(*target))).collect();
        let now = Instant::now();
        let deregister = |model: &mut Model, now| model.deregister(now, self.group(), &specs);
        self.server.lab().with_model(deregister).unwrap();
        now
    }

    /// Starts a target's application, which listens after a while.
    pub fn boot(&self, target: usize, boot_time: Duration) -> App {
        let options = AppOptions::new(SocketAddr::new(self.addresses[target], PORT), "v1");
        let options = AppOptions { boot_time, ..options };
        App(tokio::spawn(app::serve(options, std::future::pending())))
    }

    /// Waits until a target of every group is healthy; it is looked into the lab, not asked.
    pub async fn healthy(&self, target: usize) -> Instant {
        let spec = [TargetSpec::id(&id(target))];
        let is_healthy = |group: &Arn| {
            let state = |model: &mut Model, now| {
                let health = model.target_health(now, group, &spec, Duration::ZERO).unwrap();
                health[0].health.state
            };
            self.server.lab().with_model(state) == HealthState::Healthy
        };
        while !self.groups.iter().all(is_healthy) {
            sleep(GLANCE).await;
        }
        Instant::now()
    }

    /// How many calls of any kind were made.
    pub fn calls(&self) -> u64 {
        let all = self.server.lab().with_calls(|calls| serde_json::to_value(calls)).unwrap();
        all.as_object().unwrap().values().filter_map(serde_json::Value::as_u64).sum()
    }

    /// How many calls were made that only ask.
    pub fn questions(&self) -> u64 {
        let all = self.server.lab().with_calls(|calls| serde_json::to_value(calls)).unwrap();
        let asking =
            all.as_object().unwrap().iter().filter(|(name, _)| name.starts_with("Describe"));
        asking.filter_map(|(_, count)| count.as_u64()).sum()
    }
}

fn group(number: usize, plan: Plan) -> Group {
    let name = format!("group-{number}");
    let mut group = Group::new(&name, TargetKind::Instance, Protocol::Http, PORT, "vpc-lab");
    group.check.path = "/health".to_owned();
    group.check.interval = plan.check_interval;
    group.check.timeout = plan.check_interval.mul_f64(0.5);
    group.attributes.set(DEREGISTRATION_DELAY, &plan.delay.as_secs().to_string()).unwrap();
    group
}
