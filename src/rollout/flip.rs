//! Blue/green by port on one target: which port serves, which one comes next, and what a flip does
//! beside moving the traffic. Nothing is guessed from the machine: the group tells which port is live.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::group::{Group, TargetType};
use super::health::{Health, State};
use super::plan::{Plan, Request};
use super::refusal::Refusal;
use super::snapshot::{Look, Snapshot, said_of};
use super::step::{Act, Step, Strategy};
use super::survey::Survey;
use super::target::{GroupArn, Registration, Target, TargetId};

/// What a flip does beside moving the traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flip {
    /// The targets whose new port is registered already, so that it is taken out first.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub clears: BTreeSet<TargetId>,
    /// Whether something is started on the new port; going back, it runs already.
    pub starts: bool,
    /// Whether what ran on the old port is stopped at the end.
    pub stops: bool,
    /// How long what ran on the old port is left running before that.
    #[serde(rename = "stop_after_ms", with = "super::millis")]
    pub stop_after: Duration,
}

const CLEAR: &[Step] = &[Step::new(Act::Deregister), Step::new(Act::AwaitDrained)];

impl Default for Flip {
    fn default() -> Self {
        let (clears, stop_after) = (BTreeSet::new(), Duration::ZERO);
        Self { clears, starts: true, stops: true, stop_after }
    }
}

impl Flip {
    /// These steps of a flip, as far as it goes through them.
    pub(super) fn steps(&self, mut all: Vec<Step>) -> Vec<Step> {
        all.retain(|step| match step.act {
            Act::Start => self.starts,
            // Where it is stopped at once, that is asked right before.
            Act::StandBy => !self.stops || !self.stop_after.is_zero(),
            Act::Stop => self.stops,
            _ => true,
        });
        all
    }

    /// What comes before them for a target.
    pub(super) fn clearing(&self, id: &TargetId) -> &'static [Step] {
        if self.clears.contains(id) { CLEAR } else { &[] }
    }

    pub(super) fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// The two ports of a target, by turns live and idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// The first one.
    pub blue: u16,
    /// The other one.
    pub green: u16,
}

impl Ports {
    /// The port that comes after this one: the first one if it is neither.
    pub fn after(self, live: Option<u16>) -> u16 {
        if live == Some(self.blue) { self.green } else { self.blue }
    }

    /// What this port is called: `blue` or `green`; nothing if it is neither.
    pub fn color(self, port: u16) -> Option<&'static str> {
        match port {
            port if port == self.blue => Some("blue"),
            port if port == self.green => Some("green"),
            _ => None,
        }
    }

    fn has(self, port: u16) -> bool {
        self.color(port).is_some()
    }
}

/// Which port a person says is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// This one.
    Port(u16),
    /// None: it is the first deploy.
    Nothing,
}

/// What is asked of a flip beside what any run is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// The two ports.
    pub ports: Ports,
    /// Which one is live, if the group is not to tell.
    pub from: Option<Before>,
}

impl Plan {
    /// Plans to move targets from the port that is live to the other one. A target that is named and
    /// registered nowhere is put into all the groups if that is said to be its first deploy.
    ///
    /// # Errors
    /// Every reason to refuse it, at once.
    pub fn flip(mut request: Request, turn: Turn, seen: &Snapshot) -> Result<Self, Vec<Refusal>> {
        let mut known = BTreeSet::new();
        request.groups.retain(|group| known.insert(group.arn.clone()));
        let survey = Survey { request: &request, seen };
        let mut refusals = survey.unfit_groups();
        refusals.retain(|refusal| !matches!(refusal, Refusal::Empty { .. }));
        refusals.extend(survey.on_hold());
        refusals.extend(survey.drain_limits());
        let mut clears = BTreeSet::new();
        let mut targets = Vec::new();
        for id in survey.flipped(turn) {
            match survey.turned(&id, turn) {
                Ok(Turned { target, both }) => {
                    clears.extend(both.then(|| id.clone()));
                    targets.push(target);
                }
                Err(refusal) => refusals.push(*refusal),
            }
        }
        refusals.extend(survey.elsewhere_on(&targets));
        match turn.from {
            Some(Before::Nothing) => refusals.extend(survey.other_types()),
            _ => refusals.extend(survey.unknown_targets()),
        }
        if targets.is_empty() && refusals.is_empty() {
            refusals.push(Refusal::NothingLeft);
        }
        refusals.extend(survey.empty_batches(targets.len()));
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let floors = request.groups.iter();
        let floors = floors.map(|group| (group.arn.clone(), survey.kept(group))).collect();
        let batches = survey.in_batches(targets);
        let Request { groups, mut policy, .. } = request;
        policy.flip.clears = clears;
        Ok(Self { strategy: Strategy::Flip, groups, floors, batches, policy })
    }
}

/// A target with its way from one port to the other.
struct Turned {
    target: Target,
    /// Whether both ports are registered.
    both: bool,
}

impl Survey<'_> {
    /// Whom it is about: the chosen targets, and those that are said to be new.
    fn flipped(&self, turn: Turn) -> Vec<TargetId> {
        let mut ids: Vec<_> = self.chosen().into_iter().map(|target| target.id).collect();
        if turn.from == Some(Before::Nothing) {
            let new = self.request.targets.iter().filter(|id| !self.request.exclude.contains(id));
            ids.extend(new.cloned().collect::<BTreeSet<_>>());
            let mut known = BTreeSet::new();
            ids.retain(|id| known.insert(id.clone()));
        }
        ids
    }

    /// Targets that could never be put into one of the groups.
    fn other_types(&self) -> Vec<Refusal> {
        let of = |group: &Group| {
            let holds_instances = group.target_type == TargetType::Instance;
            let others = self.request.targets.iter();
            let others = others.filter(|id| id.is_instance() != holds_instances);
            let refusal = |id: &TargetId| Refusal::OtherType {
                group: group.name.clone(),
                target_type: group.target_type,
                target: id.clone(),
            };
            others.map(refusal).collect::<Vec<_>>()
        };
        self.request.groups.iter().flat_map(of).collect()
    }

    fn turned(&self, id: &TargetId, Turn { ports, from }: Turn) -> Result<Turned, Box<Refusal>> {
        let places = self.places(id);
        if let Some((place, _)) = places
            .iter()
            .find(|(place, health)| health.state == State::Draining && ports.has(place.port))
        {
            return Err(Refusal::PortDrains { place: place.clone() }.into());
        }
        let here: Vec<_> = places.iter().map(|(place, _)| place).collect();
        let live = self.live(id, &here, ports, from)?;
        let new_port = ports.after(live);
        let old: Vec<_> = here
            .iter()
            .filter(|place| Some(place.port) == live)
            .map(|place| (*place).clone())
            .collect();
        let new: Vec<Registration> = match live {
            Some(_) => old.iter().map(|place| at_port(place, new_port)).collect(),
            None => self.request.groups.iter().map(|group| first(group, id, new_port)).collect(),
        };
        let is_left = |group: &GroupArn| old.iter().any(|place| place.group == *group);
        let is_alone = |place: &&Registration| place.port == new_port && !is_left(&place.group);
        if here.iter().any(is_alone) {
            let places = here.into_iter().cloned().collect();
            return Err(Refusal::PortsDiffer { target: id.clone(), places }.into());
        }
        let both = here.iter().any(|place| place.port == new_port);
        let serves =
            |place: &Registration| said_of(self.seen, place).is_some_and(Health::is_in_service);
        if let Some((place, new)) =
            old.iter().zip(&new).find(|(place, new)| !serves(place) && serves(new))
        {
            let (port, serving) = (place.port, new.port);
            let (target, group) = (id.clone(), place.group.name().to_owned());
            return Err(Refusal::OtherServes { target, group, port, serving }.into());
        }
        Ok(Turned { target: Target { id: id.clone(), old, new }, both })
    }

    /// The port that serves, by all groups alike.
    fn live(
        &self,
        id: &TargetId,
        here: &[&Registration],
        ports: Ports,
        from: Option<Before>,
    ) -> Result<Option<u16>, Box<Refusal>> {
        let registered = || here.iter().map(|place| (*place).clone()).collect::<Vec<_>>();
        let live: BTreeSet<u16> =
            here.iter().map(|place| place.port).filter(|port| ports.has(*port)).collect();
        match (from, live.into_iter().collect::<Vec<_>>()[..].as_ref()) {
            (Some(Before::Port(port)), _) if here.iter().any(|place| place.port == port) => {
                Ok(Some(port))
            }
            (Some(Before::Port(port)), _) => {
                Err(Refusal::NotLive { target: id.clone(), port, places: registered() }.into())
            }
            (Some(Before::Nothing), _) if here.is_empty() => Ok(None),
            (Some(Before::Nothing), _) => {
                Err(Refusal::NotNew { target: id.clone(), places: registered() }.into())
            }
            (None, [port]) => Ok(Some(*port)),
            (None, []) => {
                Err(Refusal::NoPortLive { target: id.clone(), ports, places: registered() }.into())
            }
            (None, [..]) => {
                let mut places = registered();
                places.retain(|place| ports.has(place.port));
                let target = id.clone();
                Err(match in_every_group(&places).is_empty() {
                    true => Refusal::PortsDiffer { target, places }.into(),
                    false => Refusal::BothLive { target, places }.into(),
                })
            }
        }
    }

    /// The floor, but no more than serve now: a flip only ever adds, and what it takes out again is what it
    /// has added.
    fn kept(&self, group: &Group) -> usize {
        let serving: BTreeSet<_> = self.look(group).into_iter().flat_map(Look::serving).collect();
        self.floor(group).min(serving.len())
    }

    fn places(&self, id: &TargetId) -> Vec<&(Registration, Health)> {
        let looks = self.request.groups.iter().filter_map(|group| self.look(group));
        let seen = looks.flat_map(|look| &look.seen);
        seen.filter(|(place, health)| place.id == *id && !health.is_not_registered()).collect()
    }

    /// Groups that are not the request's and send traffic to a port that is stopped or started.
    fn elsewhere_on(&self, targets: &[Target]) -> Vec<Refusal> {
        let is_ours = |arn: &GroupArn| self.request.groups.iter().any(|group| group.arn == *arn);
        let of = |target: &Target| {
            let ports: BTreeSet<_> =
                target.old.iter().chain(&target.new).map(|place| place.port).collect();
            let here = self.request.elsewhere.iter().filter(|(place, health)| {
                place.id == target.id
                    && ports.contains(&place.port)
                    && !is_ours(&place.group)
                    && !health.is_not_registered()
            });
            let places: Vec<_> = here.map(|(place, _)| place.clone()).collect();
            let target = target.id.clone();
            (!places.is_empty()).then_some(Refusal::ServesElsewhere { target, places })
        };
        targets.iter().filter_map(of).collect()
    }
}

/// The ports with which it is registered in each of the groups, so that the others could be stopped.
pub(super) fn in_every_group(places: &[Registration]) -> BTreeSet<u16> {
    let groups: BTreeSet<_> = places.iter().map(|place| &place.group).collect();
    let is_in = |group: &GroupArn, port: u16| {
        places.iter().any(|place| place.group == *group && place.port == port)
    };
    let ports: BTreeSet<_> = places.iter().map(|place| place.port).collect();
    ports.into_iter().filter(|port| groups.iter().all(|group| is_in(group, *port))).collect()
}

fn at_port(place: &Registration, port: u16) -> Registration {
    Registration { port, ..place.clone() }
}

fn first(group: &Group, id: &TargetId, port: u16) -> Registration {
    let (group, id) = (group.arn.clone(), id.clone());
    Registration { group, id, port, zone: None, quic_server_id: None }
}
