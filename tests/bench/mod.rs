//! A running lab with sample apps behind it, as the tests of the data plane need it.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use elb_deploy::lab::app::{self, AppOptions, Stop};
use elb_deploy::lab::faults::Faults;
use elb_deploy::lab::model::{
    Arn, Balancer, BalancerKind, DEREGISTRATION_DELAY, Group, HealthState, Instance, Lags, Model,
    Power, Protocol, TargetKind, TargetSpec,
};
use elb_deploy::lab::server::{LabServer, ServerOptions};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

pub const PORT: u16 = 8080;
pub const ZONE: &str = "us-east-1a";

/// How far the data plane lags behind a deregistration in these tests; less than the delay of 1 s.
pub const LAG: Duration = Duration::from_millis(400);

/// What takes longer hangs, also on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(30);

pub struct Bench {
    pub server: LabServer,
    pub group: Arn,
    pub addresses: Vec<IpAddr>,
}

/// An app that runs in a task of its own, so that it can be told to stop, or killed.
pub struct App {
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

/// A loopback address that no other test, in this process or another, uses at the same time.
pub fn fresh_host() -> IpAddr {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [_, _, high, low] = process::id().to_be_bytes();
    let host = NEXT.fetch_add(1, Ordering::Relaxed);
    IpAddr::V4(Ipv4Addr::new(127, high.max(1), low, host))
}

pub fn model(addresses: &[IpAddr]) -> (Model, Arn) {
    let mut model = Model::new(Lags {
        registration: Duration::from_millis(20),
        register: Duration::from_millis(50),
        deregister: LAG,
        describe: Duration::ZERO,
    });
    for (index, address) in addresses.iter().enumerate() {
        let instance = Instance { zone: ZONE.to_owned(), address: *address, power: Power::Running };
        model.add_instance(&id(index), instance);
    }
    let mut group = Group::new("web", TargetKind::Instance, Protocol::Http, PORT, "vpc-lab");
    group.check.path = "/health".to_owned();
    group.check.interval = Duration::from_millis(200);
    group.check.timeout = Duration::from_millis(150);
    group.check.healthy_threshold = 2;
    // On a busy machine checks are late.
    group.check.unhealthy_threshold = 10;
    group.attributes.set(DEREGISTRATION_DELAY, "1").unwrap();
    let arn = group.arn.clone();
    model.add_group(group);
    let zones = vec![ZONE.to_owned()];
    let mut balancer = Balancer::new("lab", BalancerKind::Application, "vpc-lab", zones);
    balancer.listen(80, Protocol::Http, arn.clone());
    model.add_balancer(balancer);
    (model, arn)
}

pub fn id(index: usize) -> String {
    format!("i-{index:017x}")
}

impl Bench {
    /// A lab with this many instances, none of them registered.
    pub async fn empty(instances: usize) -> Self {
        Self::with(instances, ServerOptions::FREE_PORTS).await
    }

    pub async fn with(instances: usize, options: ServerOptions) -> Self {
        let addresses: Vec<_> = (0..instances).map(|_| fresh_host()).collect();
        let (model, group) = model(&addresses);
        Self {
            server: LabServer::start(model, Faults::default(), options).await.unwrap(),
            group,
            addresses,
        }
    }

    /// A lab with this many instances, all of them in service with version v1.
    pub async fn in_service(instances: usize) -> (Self, Vec<App>) {
        let bench = Self::empty(instances).await;
        let mut apps = Vec::new();
        for index in 0..instances {
            apps.push(bench.app(index, "v1").await);
            bench.register(index);
        }
        for index in 0..instances {
            bench.healthy(index).await;
        }
        (bench, apps)
    }

    pub fn target(&self, index: usize) -> SocketAddr {
        SocketAddr::new(self.addresses[index], PORT)
    }

    pub fn traffic(&self) -> SocketAddr {
        self.server.listeners()[0].address
    }

    pub async fn app(&self, index: usize, version: &str) -> App {
        App::start(AppOptions::new(self.target(index), version)).await
    }

    pub fn register(&self, index: usize) {
        let spec = [TargetSpec::id(&id(index))];
        let registered = |model: &mut Model, now| model.register(now, &self.group, &spec);
        self.server.lab().with_model(registered).unwrap();
    }

    pub fn deregister(&self, index: usize) {
        let spec = [TargetSpec::id(&id(index))];
        let deregistered = |model: &mut Model, now| model.deregister(now, &self.group, &spec);
        self.server.lab().with_model(deregistered).unwrap();
    }

    pub fn health(&self, index: usize) -> (HealthState, String) {
        let spec = [TargetSpec::id(&id(index))];
        let lab = self.server.lab();
        let mut health = lab
            .with_model(|model, now| model.target_health(now, &self.group, &spec, Duration::ZERO))
            .unwrap();
        let health = health.remove(0).health;
        (health.state, health.description.unwrap_or_default())
    }

    pub async fn until(&self, index: usize, state: HealthState) {
        let waiting = async {
            while self.health(index).0 != state {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let waited = timeout(LIMIT, waiting).await;
        assert!(waited.is_ok(), "waiting for {state:?}: {:?}", self.health(index));
    }

    /// Waits until it is healthy, and the data plane knows it.
    pub async fn healthy(&self, index: usize) {
        self.until(index, HealthState::Healthy).await;
        sleep(Duration::from_millis(60)).await;
    }
}

impl App {
    /// Starts an app and waits until it accepts connections.
    pub async fn start(options: AppOptions) -> Self {
        let address = options.listen;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(app::serve(options, async {
            let _ = stopped.await;
        }));
        let began = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            assert!(began.elapsed() < LIMIT, "{address} never listened");
            sleep(Duration::from_millis(2)).await;
        }
        Self { stop, task }
    }

    /// Ends it at once: every connection is closed where it stands.
    pub async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Ends it as [`Stop::Graceful`] does.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        self.task.await.unwrap().unwrap();
    }
}

/// An app that loses what is in flight when it is told to stop.
pub fn abrupt(mut options: AppOptions) -> AppOptions {
    options.stop = Stop::Abrupt;
    options
}
