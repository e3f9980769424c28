//! Instances: ids with a zone, a loopback address, and a power switch.
//! Whether anything listens on the address is not known here; the health checks find out.

use std::net::IpAddr;

use super::{Model, TargetKey};

/// An instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its zone.
    pub zone: String,
    /// Its address on loopback.
    pub address: IpAddr,
    /// Whether it runs.
    pub power: Power,
}

/// Whether an instance runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It runs.
    Running,
    /// It is stopped, and can be started again.
    Stopped,
    /// It is gone for good, and is listed for a while yet.
    Terminated,
}

impl Power {
    /// The API's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Terminated => "terminated",
        }
    }
}

impl Model {
    /// The VPC that an instance lives in: that of its groups, because it can be registered in no
    /// other; one that is registered nowhere lives in the first balancer's.
    #[must_use]
    pub fn vpc_of(&self, id: &str) -> Option<&str> {
        let instance = self.instances.get(id)?;
        let address = instance.address.to_string();
        let is_it = |key: &TargetKey| *key.id == *id || *key.id == *address;
        let group = self.groups.values().find(|group| group.registrations.keys().any(is_it));
        let balancer = || self.balancers.first().map(|balancer| balancer.vpc.as_str());
        group.map(|group| group.vpc.as_str()).or_else(balancer)
    }
}
