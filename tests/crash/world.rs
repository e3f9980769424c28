//! A load balancer that outlives every process, and what was registered in it before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use elb_deploy::balancer::{Balancer, BalancerError};
use elb_deploy::clock::Clock;
use elb_deploy::executor::Work;
use elb_deploy::lab::direct::Direct;
use elb_deploy::lab::faults::Faults;
use elb_deploy::lab::model::{
    self, CheckResult, DEREGISTRATION_DELAY, Instance, Lags, Model, Power, Protocol, TargetKind,
    TargetSpec,
};
use elb_deploy::lab::state::Lab;
use elb_deploy::pace::Pace;
use elb_deploy::rollout::{
    Act, Front, Group, GroupArn, Health, Hold, Listed, Moment, Ports, Registration, Rollout,
};
use elb_deploy::watch::{Spread, Watch};
use tempfile::TempDir;
use tokio::time::sleep;

pub const FLOOR: usize = 2;
const DRAIN: Duration = Duration::from_secs(20);
const INTERVAL: Duration = Duration::from_secs(5);
const ZONES: [&str; 2] = ["lab-1a", "lab-1b"];

/// Group, id, port, zone, state.
type Place = (String, String, u16, Option<String>, &'static str);

/// A machine with its state folder, and the load balancer.
pub struct World {
    lab: Arc<Lab>,
    direct: Direct,
    pub clock: Clock,
    pub state: TempDir,
    before: Vec<Place>,
    /// The work that fails on this machine.
    pub fails: Mutex<Option<Work>>,
    fewest: Arc<Mutex<BTreeMap<String, usize>>>,
    kind: Kind,
    /// On which of the two ports something runs.
    pub running: Arc<Mutex<BTreeSet<u16>>>,
}

/// What a fleet consists of: `web` and `api`, where one instance has a port of its own beside the
/// group's; or one group of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Instances,
    Addresses,
    /// One instance that serves from the blue port in two groups.
    Ports,
}

/// The ports between which a flip goes.
pub const PORTS: Ports = Ports { blue: 8081, green: 8082 };

impl World {
    pub async fn new(kind: Kind, size: u8) -> Self {
        let mut model = Model::new(Lags { registration: Duration::from_millis(200), ..Lags::NONE });
        let zones = ZONES.map(str::to_owned).to_vec();
        let mut balancer =
            model::Balancer::new("lab", model::BalancerKind::Application, "vpc-1", zones);
        let (names, target_kind) = match kind {
            Kind::Instances | Kind::Ports => (&["web", "api"][..], TargetKind::Instance),
            Kind::Addresses => (&["addresses"][..], TargetKind::Ip),
        };
        let mut arns = Vec::new();
        for (number, name) in (0u16..).zip(names) {
            let port = 8080 + number;
            let mut group = model::Group::new(name, target_kind, Protocol::Http, port, "vpc-1");
            group.attributes.set(DEREGISTRATION_DELAY, &DRAIN.as_secs().to_string()).unwrap();
            group.check.interval = INTERVAL;
            balancer.listen(80 + number, Protocol::Http, group.arn.clone());
            arns.push(group.arn.clone());
            model.add_group(group);
        }
        model.add_balancer(balancer);
        for (number, zone) in (1..=size).zip(ZONES.iter().cycle()) {
            let address = [127, 0, 1, number].into();
            let instance = Instance { zone: (*zone).into(), address, power: Power::Running };
            model.add_instance(&format!("i-{number}"), instance);
            for arn in &arns {
                let spec = match kind {
                    Kind::Instances => TargetSpec::id(&format!("i-{number}")),
                    Kind::Addresses => TargetSpec::id(&address.to_string()),
                    Kind::Ports => TargetSpec::id(&format!("i-{number}")).port(PORTS.blue),
                };
                model.register(Duration::ZERO, arn, std::slice::from_ref(&spec)).unwrap();
            }
        }
        if kind == Kind::Instances {
            let twice = TargetSpec::id("i-1").port(9999);
            model.register(Duration::ZERO, &arns[1], &[twice]).unwrap();
        }
        let lab = Arc::new(Lab::new(model, Faults::default()));
        let direct = Direct::new(Arc::clone(&lab));
        let checking = direct.clone();
        let running = Arc::new(Mutex::new(BTreeSet::from([PORTS.blue])));
        let runs = Arc::clone(&running);
        tokio::spawn(async move {
            let answer = |port| match kind == Kind::Ports && !runs.lock().unwrap().contains(&port) {
                true => CheckResult::Failed,
                false => CheckResult::Code(200),
            };
            checking.check(|target, _| answer(target.port)).await;
        });
        sleep(Duration::from_secs(12)).await;
        let (clock, state) = (Clock::starting_at(Moment::from_millis(1_000_000)), memory_folder());
        let mut world = Self {
            lab,
            direct,
            clock,
            state,
            before: vec![],
            fails: Mutex::default(),
            fewest: Arc::default(),
            kind,
            running,
        };
        world.before = world.places();
        world
    }

    pub fn balancer(&self) -> Arc<dyn Balancer> {
        Arc::new(Guarded {
            direct: self.direct.clone(),
            lab: Arc::clone(&self.lab),
            fewest: Arc::clone(&self.fewest),
        })
    }

    pub fn watch(&self) -> Arc<Watch> {
        let pace = Arc::new(Pace::of_looks());
        Arc::new(Watch::new(self.balancer(), self.clock, pace, Spread::none()))
    }

    pub async fn groups(&self) -> Vec<Group> {
        self.balancer().all_groups().await.unwrap()
    }

    pub fn ids(&self) -> Vec<String> {
        let ids: BTreeSet<_> = self.before.iter().map(|(_, id, ..)| id.clone()).collect();
        ids.into_iter().collect()
    }

    fn places(&self) -> Vec<Place> {
        places(&self.lab)
    }

    /// The calls of the steps that were under way when a process died reach the load balancer all
    /// the same: in so many of the target's groups.
    pub fn deliver(&self, dead: &Rollout, groups: usize) -> bool {
        let mut delivered = false;
        for (target, progress) in dead.targets().filter(|(_, progress)| progress.is_running()) {
            let Some(step) = progress.step() else { continue };
            for arn in target.groups().into_iter().take(groups) {
                let places: Vec<_> = target.side(step.side).iter().collect();
                let specs: Vec<_> = places
                    .iter()
                    .filter(|place| place.group == *arn)
                    .map(|place| spec(place))
                    .collect();
                self.lab.with_model(|model, now| match step.act {
                    Act::Deregister => model.deregister(now, arn.as_str(), &specs).unwrap(),
                    // An address that still drains is refused, whoever asks.
                    Act::Register => drop(model.register(now, arn.as_str(), &specs)),
                    _ => {}
                });
                delivered |= matches!(step.act, Act::Deregister | Act::Register);
            }
            let port = target.side(step.side).first().map(|place| place.port);
            let Some(port) = port.filter(|_| groups > 0 && self.kind == Kind::Ports) else {
                continue;
            };
            let mut running = self.running.lock().unwrap();
            match step.act {
                Act::Start => drop(running.insert(port)),
                Act::Stop => drop(running.remove(&port)),
                _ => continue,
            }
            delivered = true;
        }
        delivered
    }

    /// Nothing is missing, nothing drains, everything serves, and the floor was kept all along.
    pub fn is_as_before(&self) -> Result<(), String> {
        let now = self.places();
        if self.kind == Kind::Ports {
            return self.serves_from_one_port(&now);
        }
        if now != self.before {
            return Err(format!("registered was {:#?}, and is {now:#?}", self.before));
        }
        let fewest = self.fewest.lock().unwrap();
        match fewest.iter().find(|(_, fewest)| **fewest < FLOOR) {
            Some((group, fewest)) => Err(format!("{fewest} in service in {group}")),
            None => Ok(()),
        }
    }
}

impl World {
    /// Somebody serves in each group, from a port on which something runs.
    pub fn is_served(&self) -> bool {
        let running = self.running.lock().unwrap();
        let places = self.places();
        let serves =
            |(.., port, _, state): &&Place| *state == "in service" && running.contains(port);
        let groups: BTreeSet<_> = self.before.iter().map(|(arn, ..)| arn).collect();
        groups.iter().all(|arn| places.iter().filter(serves).any(|(group, ..)| group == *arn))
    }

    /// In each group exactly one port is registered, and serves; at no time nobody did.
    fn serves_from_one_port(&self, now: &[Place]) -> Result<(), String> {
        let ports: BTreeSet<_> = now.iter().map(|(.., port, _, _)| *port).collect();
        if now.len() != self.before.len() || ports.len() != 1 || !self.is_served() {
            let running = self.running.lock().unwrap();
            return Err(format!("registered is {now:#?}, and what runs is {running:?}"));
        }
        match self.fewest.lock().unwrap().iter().find(|(_, fewest)| **fewest < 1) {
            Some((group, _)) => Err(format!("nobody was in service in {group}")),
            None => Ok(()),
        }
    }
}

fn places(lab: &Lab) -> Vec<Place> {
    lab.with_model(|model, now| {
        let arns: Vec<_> = model.groups().map(|group| group.arn.clone()).collect();
        let mut places = Vec::new();
        for arn in arns {
            for health in model.target_health(now, &arn, &[], Duration::ZERO).unwrap() {
                let state =
                    if health.in_service() { "in service" } else { health.health.state.as_str() };
                let (id, port) = (health.target.id.to_string(), health.target.port);
                places.push((arn.to_string(), id, port, health.zone, state));
            }
        }
        places.sort();
        places
    })
}

/// Journals are written with every care for the disk; a test of thousands of crashes need not wait
/// for it where there is memory.
fn memory_folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn spec(place: &Registration) -> TargetSpec {
    TargetSpec {
        id: place.id.to_string(),
        port: Some(place.port),
        zone: place.zone_to_register().map(str::to_owned),
        quic_server_id: place.quic_server_id.clone(),
    }
}

/// Counts who is left in service after each deregister: nothing else takes anybody away here.
struct Guarded {
    direct: Direct,
    lab: Arc<Lab>,
    fewest: Arc<Mutex<BTreeMap<String, usize>>>,
}

#[async_trait]
impl Balancer for Guarded {
    async fn groups(&self, names_or_arns: &[String]) -> Result<Vec<Group>, BalancerError> {
        self.direct.groups(names_or_arns).await
    }

    async fn all_groups(&self) -> Result<Vec<Group>, BalancerError> {
        self.direct.all_groups().await
    }

    async fn listed(&self) -> Result<Vec<Listed>, BalancerError> {
        self.direct.listed().await
    }

    async fn fronts(&self, arns: &[String]) -> Result<Vec<Front>, BalancerError> {
        self.direct.fronts(arns).await
    }

    async fn holds(&self, groups: &[GroupArn]) -> Result<Vec<Hold>, BalancerError> {
        self.direct.holds(groups).await
    }

    async fn look(
        &self,
        group: &GroupArn,
        named: &[Registration],
    ) -> Result<Vec<(Registration, Health)>, BalancerError> {
        self.direct.look(group, named).await
    }

    async fn register(
        &self,
        group: &GroupArn,
        registrations: &[Registration],
    ) -> Result<(), BalancerError> {
        self.direct.register(group, registrations).await
    }

    async fn deregister(
        &self,
        group: &GroupArn,
        registrations: &[Registration],
    ) -> Result<(), BalancerError> {
        self.direct.deregister(group, registrations).await?;
        let serving = places(&self.lab).into_iter();
        let serving =
            serving.filter(|(arn, .., state)| *arn == group.as_str() && *state == "in service");
        let serving: BTreeSet<_> = serving.map(|(_, id, ..)| id).collect();
        let mut fewest = self.fewest.lock().unwrap();
        let least = fewest.entry(group.name().to_owned()).or_insert(usize::MAX);
        *least = serving.len().min(*least);
        Ok(())
    }
}
