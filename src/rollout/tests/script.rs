//! What a simulated run is given: a fleet, bounds, and all that goes wrong, as plain values.

use std::collections::BTreeSet;

use super::super::{Batches, Before, Flip, Gates, Hook, OnFailure, Order, Ports, Turn};
use super::{
    Act, Group, GroupArn, Health, Moment, Plan, Policy, Registration, Request, Share, Snapshot,
    TargetId, arn, at, bounds, group, seconds, seen, unhealthy,
};

/// One target of the fleet.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// In which groups it is, by their index.
    pub(super) groups: Vec<usize>,
    /// Whether it has a second port in the first of them.
    pub(super) two_ports: bool,
    /// Whether it is out of service until it has been deployed.
    pub(super) ill: bool,
}

/// One target is unhealthy for a while.
#[derive(Debug, Clone)]
pub(super) struct Flap {
    pub(super) second: u64,
    pub(super) target: usize,
    /// With this port alone.
    pub(super) port: Option<u16>,
    pub(super) lasts: u64,
}

/// A step that fails whenever it is tried.
#[derive(Debug, Clone)]
pub(super) struct Broken {
    pub(super) target: usize,
    pub(super) act: Act,
    pub(super) acts_before: bool,
}

/// The ports between which a flip goes.
pub(super) const PORTS: Ports = Ports { blue: 8001, green: 8002 };

/// What a flip depends on beside what any run does.
#[derive(Debug, Clone)]
pub(super) struct Flipping {
    pub(super) flip: Flip,
    pub(super) from: Option<Before>,
    /// With which of the two ports each member is registered at first.
    pub(super) ports: Vec<Vec<u16>>,
}

/// Everything that a simulated run depends on.
#[derive(Debug, Clone)]
pub(super) struct Script {
    /// What the delays are drawn from; 0 makes everything instant.
    pub(super) seed: u64,
    pub(super) groups: usize,
    pub(super) members: Vec<Member>,
    /// How many more targets of each group other runs hold out.
    pub(super) away: usize,
    pub(super) batch: Share,
    pub(super) floor: Share,
    pub(super) broken: Vec<Broken>,
    /// Targets that are unhealthy for a while.
    pub(super) flaps: Vec<Flap>,
    /// Targets that somebody else registers as soon as they are drained, and for how long.
    pub(super) meddling: Vec<(usize, u64)>,
    pub(super) crashes: Vec<u64>,
    pub(super) interrupt: Option<u64>,
    pub(super) extras: Extras,
    /// The targets in the order in which they are named, which is to be kept; else none is.
    pub(super) as_given: Option<Vec<usize>>,
    /// It is a flip, and not in place.
    pub(super) flipping: Option<Flipping>,
}

/// What a user asks for beside batch and floor, and which hooks fail.
#[derive(Debug, Clone, Default)]
pub(super) struct Extras {
    /// Whether the first batch is of one target.
    pub(super) canary: bool,
    pub(super) gates: Gates,
    pub(super) on_failure: OnFailure,
    pub(super) max_failures: usize,
    pub(super) zone_floor: bool,
    /// Which hooks fail, around which batch; the first one is 1.
    pub(super) bad_hooks: Vec<(Hook, usize)>,
}

pub(super) fn name(index: usize) -> TargetId {
    TargetId::new(format!("i-{index:02}"))
}

impl Script {
    /// A fleet of one group in which nothing goes wrong.
    pub(super) fn calm(targets: usize, batch: usize) -> Self {
        let member = Member { groups: vec![0], two_ports: false, ill: false };
        Self {
            seed: 1,
            groups: 1,
            members: vec![member; targets],
            away: 0,
            batch: Share::Count(batch),
            floor: Share::Count(1),
            broken: Vec::new(),
            flaps: Vec::new(),
            meddling: Vec::new(),
            crashes: Vec::new(),
            interrupt: None,
            extras: Extras::default(),
            as_given: None,
            flipping: None,
        }
    }

    fn group(index: usize) -> Group {
        Group { deregistration_delay: seconds(7), ..group(&format!("group-{index}")) }
    }

    /// Every registration of the fleet, each with a zone and every second with a QUIC id.
    pub(super) fn registrations(&self) -> Vec<(Registration, bool)> {
        let mut registrations = Vec::new();
        for (index, member) in self.members.iter().enumerate() {
            let ports = |group: usize| match &self.flipping {
                Some(flipping) => flipping.ports[index].clone(),
                None if member.two_ports && member.groups.first() == Some(&group) => {
                    vec![8000, 8001]
                }
                None => vec![8000],
            };
            let in_group = |group: &usize| {
                let group = *group;
                ports(group).into_iter().map(move |port| (group, port))
            };
            let places = member.groups.iter().flat_map(in_group);
            registrations.extend(places.map(|(group, port)| {
                let registration = Registration {
                    group: arn(&format!("group-{group}")),
                    id: name(index),
                    port,
                    zone: Some(format!("eu-west-1{}", ["a", "b", "c"][index % 3])),
                    quic_server_id: (port % 2 == 0).then(|| format!("0x{index:016x}")),
                };
                // What a flip puts in is another release.
                let is_live = |it: &Flipping| it.ports[index].first() == Some(&port);
                (registration, member.ill && self.flipping.as_ref().is_none_or(is_live))
            }));
        }
        registrations
    }

    pub(super) fn plan(&self) -> Result<Plan, Vec<super::Refusal>> {
        let Extras { canary, gates, on_failure, max_failures, zone_floor, .. } = self.extras;
        let first = canary.then_some(Share::Count(1));
        let batch = Batches::of(first.into_iter().chain([self.batch]).collect());
        let policy = Policy {
            settle: Some(seconds(3)),
            batch: batch.expect("a share"),
            gates,
            on_failure,
            max_failures,
            zone_floor,
            flip: self.flipping.as_ref().map(|flipping| flipping.flip.clone()).unwrap_or_default(),
            ..bounds(self.batch, self.floor)
        };
        let groups = (0..self.groups).map(Self::group).collect();
        let order = if self.as_given.is_some() { Order::AsGiven } else { Order::Spread };
        let (targets, away) = (self.named(), self.away());
        let request = Request { groups, targets, order, away, policy, ..Request::default() };
        let seen = self.first_look(at(0));
        match &self.flipping {
            Some(Flipping { from, .. }) => {
                Plan::flip(request, Turn { ports: PORTS, from: *from }, &seen)
            }
            None => Plan::in_place(request, &seen),
        }
    }

    /// Who is named; nobody means all that are registered.
    fn named(&self) -> Vec<TargetId> {
        let is_first = |flipping: &Flipping| flipping.from == Some(Before::Nothing);
        match &self.as_given {
            Some(given) => given.iter().map(|index| name(*index)).collect(),
            None if self.flipping.as_ref().is_some_and(is_first) => {
                (0..self.members.len()).map(name).collect()
            }
            None => Vec::new(),
        }
    }

    fn away(&self) -> Vec<Registration> {
        let of = |group: usize| {
            let ids = (0..self.away).map(|index| format!("i-away-{index}"));
            ids.map(move |id| super::place(&format!("group-{group}"), &id, 8000))
        };
        (0..self.groups).flat_map(of).collect()
    }

    /// How many have to stay in service, counted afresh.
    pub(super) fn fewest(&self, group: &GroupArn) -> usize {
        let places = self.registrations();
        let here = places.iter().filter(|(place, _)| place.group == *group);
        let ids: BTreeSet<_> = here.map(|(place, _)| &place.id).collect();
        match self.floor {
            Share::Count(count) => count,
            Share::Percent(percent) => {
                ((ids.len() + self.away) * usize::from(percent)).div_ceil(100)
            }
        }
    }

    /// Who makes up a zone of a group, whether they are in or out.
    pub(super) fn of_zone(&self, group: &GroupArn, zone: &str) -> BTreeSet<TargetId> {
        let places = self.registrations().into_iter().map(|(place, _)| place);
        let here =
            |place: &Registration| place.group == *group && place.zone.as_deref() == Some(zone);
        places.filter(here).map(|place| place.id).collect()
    }

    fn first_look(&self, moment: Moment) -> Snapshot {
        let health = |ill| if ill { unhealthy() } else { Health::healthy() };
        let places = self.registrations().into_iter();
        seen(moment, &places.map(|(place, ill)| (place, health(ill))).collect::<Vec<_>>())
    }

    pub(super) fn meddling(&self, target: &TargetId) -> Option<u64> {
        let meddled = self.meddling.iter().find(|(index, _)| name(*index) == *target);
        meddled.map(|(_, lasts)| *lasts)
    }

    pub(super) fn broken(&self, target: &TargetId, act: Act) -> Option<&Broken> {
        self.broken.iter().find(|broken| name(broken.target) == *target && broken.act == act)
    }
}
