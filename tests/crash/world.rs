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
    self, DEREGISTRATION_DELAY, Instance, Lags, Model, Power, Protocol, TargetKind, TargetSpec,
};
use elb_deploy::lab::state::Lab;
use elb_deploy::pace::Pace;
use elb_deploy::rollout::{
    Act, Front, Group, GroupArn, Health, Hold, Listed, Moment, Ports, Registration, Rollout, Side,
    Target,
};
use elb_deploy::watch::{Spread, Watch};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::machine::Machines;

pub const FLOOR: usize = 2;
const DRAIN: Duration = Duration::from_secs(20);
const INTERVAL: Duration = Duration::from_secs(5);
const ZONES: [&str; 2] = ["lab-1a", "lab-1b"];

/// Group, id, port, zone, state.
pub type Place = (String, String, u16, Option<String>, &'static str);

/// A machine with its state folder, and the load balancer.
pub struct World {
    lab: Arc<Lab>,
    direct: Direct,
    pub clock: Clock,
    pub state: TempDir,
    ids: BTreeSet<String>,
    /// Of every group, in order.
    arns: Vec<String>,
    before: Vec<Place>,
    fewest: Arc<Mutex<BTreeMap<String, usize>>>,
    kind: Kind,
    pub machines: Arc<Machines>,
}

/// What a fleet consists of: `web` and `api`, where one instance has a port of its own beside the
/// group's; or one group of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Instances,
    Addresses,
    /// Instances that are registered with these of the two ports, each in both groups.
    Ports(&'static [u16]),
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
            Kind::Instances | Kind::Ports(_) => (&["web", "api"][..], TargetKind::Instance),
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
        let mut ids = BTreeSet::new();
        for (number, zone) in (1..=size).zip(ZONES.iter().cycle()) {
            let address = [127, 0, 1, number].into();
            let instance = Instance { zone: (*zone).into(), address, power: Power::Running };
            model.add_instance(&format!("i-{number}"), instance);
            let id = match kind {
                Kind::Addresses => address.to_string(),
                _ => format!("i-{number}"),
            };
            let of_group = TargetSpec::id(&id);
            let specs: Vec<_> = match kind {
                Kind::Ports(ports) => {
                    ports.iter().map(|port| of_group.clone().port(*port)).collect()
                }
                _ => vec![of_group],
            };
            for arn in arns.iter().filter(|_| !specs.is_empty()) {
                model.register(Duration::ZERO, arn, &specs).unwrap();
            }
            ids.insert(id);
        }
        if kind == Kind::Instances {
            let twice = TargetSpec::id("i-1").port(9999);
            model.register(Duration::ZERO, &arns[1], &[twice]).unwrap();
        }
        let lab = Arc::new(Lab::new(model, Faults::default()));
        let direct = Direct::new(Arc::clone(&lab));
        let checking = direct.clone();
        let running = |ports: &'static [u16]| {
            let of = |id: &String| ports.iter().map(|port| (id.clone(), *port)).collect::<Vec<_>>();
            ids.iter().flat_map(of).collect()
        };
        let running = if let Kind::Ports(ports) = kind { Some(running(ports)) } else { None };
        let machines = Machines::new(Arc::clone(&lab), running);
        let asked = Arc::clone(&machines);
        tokio::spawn(async move {
            checking.check(|key, _| asked.answer(&(key.id.to_string(), key.port))).await;
        });
        sleep(Duration::from_secs(12)).await;
        let (clock, state) = (Clock::starting_at(Moment::from_millis(1_000_000)), memory_folder());
        let mut world = Self {
            lab,
            direct,
            clock,
            state,
            ids,
            arns: sorted(&arns),
            before: vec![],
            fewest: Arc::default(),
            kind,
            machines,
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
        self.ids.iter().cloned().collect()
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
            delivered |= groups > 0 && self.deliver_work(target, step.act, step.side);
        }
        delivered
    }

    fn deliver_work(&self, target: &Target, act: Act, side: Side) -> bool {
        let work = match act {
            Act::Start => Work::Start,
            Act::Stop => Work::Stop(side),
            _ => return false,
        };
        self.machines.work(work, target);
        true
    }

    /// Nothing is missing, nothing drains, everything serves, and the floor was kept all along. Of a flip
    /// everything serves from either port; or is nowhere, if it was and that is allowed.
    pub fn ends_well(&self, may_be_nowhere: bool) -> Result<(), String> {
        let (now, floor) = (self.places(), self.floor());
        let harm = self.machines.harm();
        if !harm.is_empty() {
            return Err(format!("was done under traffic: {harm:#?}"));
        }
        let is_as_it_was = match self.kind {
            Kind::Ports(_) => self.serves_from_one_port(&now, may_be_nowhere),
            _ => now == self.before,
        };
        if !is_as_it_was {
            return Err(format!("registered was {:#?}, and is {now:#?}", self.before));
        }
        let fewest = self.fewest.lock().unwrap();
        match fewest.iter().find(|(_, fewest)| **fewest < floor) {
            Some((group, fewest)) => Err(format!("{fewest} in service in {group}")),
            None => Ok(()),
        }
    }

    /// How many have to serve in each group all along: with a flip, whoever did before.
    fn floor(&self) -> usize {
        match self.kind {
            Kind::Ports([]) => 0,
            Kind::Ports(_) => self.ids.len(),
            _ => FLOOR,
        }
    }

    /// Everybody who did so before serves in each group, from a port on which something runs.
    pub fn is_served(&self) -> bool {
        let now = self.places();
        let serves = |arn: &str, id: &String| {
            now.iter().any(|place| (&*place.0, &place.1) == (arn, id) && self.serves(place))
        };
        let everywhere = |id| self.arns.iter().all(|arn| serves(arn, id));
        self.floor() == 0 || self.ids.iter().all(everywhere)
    }

    fn serves(&self, (_, id, port, _, state): &Place) -> bool {
        *state == "in service" && self.machines.runs(&(id.clone(), *port))
    }

    /// Each target has exactly one place in each group, everywhere with the same port, and serves there.
    fn serves_from_one_port(&self, now: &[Place], may_be_nowhere: bool) -> bool {
        let is_allowed = may_be_nowhere && self.before.is_empty();
        let serves = |id: &String| {
            let here: Vec<_> = now.iter().filter(|(_, of, ..)| of == id).collect();
            let arns: Vec<_> = here.iter().map(|(arn, ..)| arn.as_str()).collect();
            let ports: BTreeSet<_> = here.iter().map(|(.., port, _, _)| *port).collect();
            (is_allowed && here.is_empty())
                || (arns == self.arns && ports.len() == 1 && here.iter().all(|it| self.serves(it)))
        };
        self.ids.iter().all(serves)
    }
}

fn sorted(arns: &[impl ToString]) -> Vec<String> {
    let sorted: BTreeSet<_> = arns.iter().map(ToString::to_string).collect();
    sorted.into_iter().collect()
}

pub fn places(lab: &Lab) -> Vec<Place> {
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
