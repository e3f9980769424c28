//! What stands between a balancer and the targets of one group: zones, power, listeners, shifts.
//! Looked up once per question, because a group may have a thousand targets.

use std::net::IpAddr;

use super::group::Group;
use super::instance::{Instance, Power};
use super::target::{Registration, TargetKey};
use super::{Model, TargetKind};

/// The zone of an address that is in no zone of the network.
const ALL_ZONES: &str = "all";

/// Why a registered target cannot get traffic, however well it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// The instance does not run.
    Power(Power),
    /// No listener and no rule forwards to the group.
    GroupNotInUse,
    /// The balancer has no foot in the target's zone.
    ZoneNotEnabled,
}

/// One group and everything around it.
pub(super) struct Reach<'a> {
    model: &'a Model,
    group: &'a Group,
    /// The zones of all balancers that use the group; none if no balancer does.
    zones: Option<Vec<&'a str>>,
}

impl Model {
    pub(super) fn reach<'a>(&'a self, group: &'a Group) -> Reach<'a> {
        let mut users = self.balancers_of(&group.arn).peekable();
        let used = users.peek().is_some();
        let zones = users.flat_map(|user| &user.zones).map(String::as_str).collect();
        Reach { model: self, group, zones: used.then_some(zones) }
    }
}

impl<'a> Reach<'a> {
    pub(super) fn obstacle(&self, key: &TargetKey, each: &Registration) -> Option<Obstacle> {
        let power = self.instance(key).map(|instance| instance.power);
        if let Some(power) = power.filter(|power| *power != Power::Running) {
            return Some(Obstacle::Power(power));
        }
        let Some(zones) = &self.zones else {
            return Some(Obstacle::GroupNotInUse);
        };
        let enabled = |zone: &str| zone == ALL_ZONES || zones.contains(&zone);
        (!self.zone(key, each).is_none_or(enabled)).then_some(Obstacle::ZoneNotEnabled)
    }

    /// The zone given at registration, or the instance's.
    pub(super) fn zone<'b>(&'b self, key: &TargetKey, each: &'b Registration) -> Option<&'b str> {
        each.zone.as_deref().or_else(|| self.instance(key).map(|instance| instance.zone.as_str()))
    }

    pub(super) fn address(&self, key: &TargetKey) -> Option<IpAddr> {
        match self.group.kind {
            TargetKind::Ip => key.id.parse().ok(),
            TargetKind::Instance => Some(self.instance(key)?.address),
            TargetKind::Lambda | TargetKind::Alb => None,
        }
    }

    /// Whether a zonal shift keeps traffic away.
    pub(super) fn is_shifted(&self, key: &TargetKey, each: &Registration) -> bool {
        let shifted = &self.model.shifted;
        !shifted.is_empty() && self.zone(key, each).is_some_and(|zone| shifted.contains(zone))
    }

    fn instance(&self, key: &TargetKey) -> Option<&'a Instance> {
        match self.group.kind {
            TargetKind::Ip | TargetKind::Lambda | TargetKind::Alb => None,
            TargetKind::Instance => self.model.instances.get(&*key.id),
        }
    }
}
