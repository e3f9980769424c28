//! The load balancer as a pure model: what the API would say and where a request would go, at any `now`.
//! No clock, no I/O, no runtime; `now` is always the time since the lab's start and never goes back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

mod arn;
mod attributes;
mod balancer;
mod check;
mod checking;
mod cutting;
mod group;
mod groups;
mod health;
mod instance;
mod lags;
mod past;
mod protocol;
mod reach;
mod refusal;
mod registering;
mod routing;
mod tags;
mod target;
mod view;

pub use arn::{ACCOUNT, Arn, REGION};
pub use attributes::{Attributes, CONNECTION_TERMINATION, DEREGISTRATION_DELAY, SLOW_START};
pub use balancer::{Balancer, BalancerKind, Listener, Rule};
pub use check::{Check, CheckPort, CheckResult, HealthCheck, Matcher};
pub use group::{Group, TargetKind};
pub use health::{Health, HealthState, Reason, TargetHealth};
pub use instance::{Instance, Power};
pub use lags::Lags;
pub use protocol::Protocol;
pub use refusal::Refusal;
pub use registering::MOST_TARGETS;
pub use routing::Endpoint;
pub use tags::{MOST_TAGS, Tags};
pub use target::{NO_PORT, TargetKey, TargetSpec};

/// Everything that the lab's account holds.
#[derive(Clone, Debug, Default)]
pub struct Model {
    lags: Lags,
    balancers: Vec<Balancer>,
    groups: BTreeMap<Arn, Group>,
    instances: BTreeMap<String, Instance>,
    tags: BTreeMap<String, Tags>,
    shifted: BTreeSet<String>,
    memory: Duration,
    cuts: Vec<Endpoint>,
    serial: u64,
    revision: u64,
}

impl Model {
    /// An empty account.
    #[must_use]
    pub fn new(lags: Lags) -> Self {
        Self { lags, ..Self::default() }
    }

    /// Grows with every change that can alter what is routed, checked or described.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Adds a balancer, or replaces the one with its ARN.
    pub fn add_balancer(&mut self, balancer: Balancer) {
        self.balancers.retain(|each| each.arn != balancer.arn);
        self.balancers.push(balancer);
        self.revision += 1;
    }

    /// Adds a group, or replaces the one with its ARN.
    pub fn add_group(&mut self, group: Group) {
        self.groups.insert(group.arn.clone(), group);
        self.revision += 1;
    }

    /// Adds an instance, or replaces the one with its id.
    pub fn add_instance(&mut self, id: &str, instance: Instance) {
        self.instances.insert(id.to_owned(), instance);
        self.revision += 1;
    }

    /// All balancers, in the order in which they were added.
    #[must_use]
    pub fn balancers(&self) -> &[Balancer] {
        &self.balancers
    }

    /// All groups, by ARN.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    /// The group with this ARN.
    #[must_use]
    pub fn group(&self, arn: &str) -> Option<&Group> {
        self.groups.get(arn)
    }

    /// The group with this name.
    #[must_use]
    pub fn group_named(&self, name: &str) -> Option<&Group> {
        self.groups.values().find(|group| group.name == name)
    }

    /// All instances, by id.
    pub fn instances(&self) -> impl Iterator<Item = (&str, &Instance)> {
        self.instances.iter().map(|(id, instance)| (id.as_str(), instance))
    }

    /// Stops, starts or terminates an instance; false if there is none with this id.
    /// Its registrations stay: a stopped one is listed as `unused` until it is deregistered.
    pub fn power(&mut self, id: &str, power: Power) -> bool {
        let Some(instance) = self.instances.get_mut(id) else {
            return false;
        };
        instance.power = power;
        self.revision += 1;
        true
    }

    /// Starts or ends a zonal shift: targets of this zone get no traffic, however healthy.
    pub fn shift(&mut self, zone: &str, away: bool) {
        if away {
            self.shifted.insert(zone.to_owned());
        } else {
            self.shifted.remove(zone);
        }
        self.revision += 1;
    }
}

#[cfg(test)]
mod tests;
