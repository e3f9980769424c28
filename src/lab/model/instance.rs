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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lab::model::{
        Balancer, BalancerKind, Group, Lags, Protocol, TargetKind, TargetSpec,
    };

    #[test]
    fn an_instance_lives_where_its_groups_do_and_otherwise_where_the_first_balancer_does() {
        let mut model = Model::new(Lags::default());
        for (id, last) in [("i-1", 1), ("i-2", 2), ("i-3", 3)] {
            let address = [127, 0, 0, last].into();
            let instance = Instance { zone: "a".to_owned(), address, power: Power::Running };
            model.add_instance(id, instance);
        }
        assert_eq!(model.vpc_of("i-1"), None);
        let family = BalancerKind::Application;
        model.add_balancer(Balancer::new("lab", family, "vpc-lab", vec!["a".to_owned()]));
        for (vpc, kind, target) in
            [("vpc-1", TargetKind::Instance, "i-1"), ("vpc-2", TargetKind::Ip, "127.0.0.2")]
        {
            let group = Group::new(vpc, kind, Protocol::Http, 80, vpc);
            let arn = group.arn.clone();
            model.add_group(group);
            model.register(Duration::ZERO, &arn, &[TargetSpec::id(target)]).unwrap();
        }
        let vpcs = ["i-1", "i-2", "i-3", "i-4"].map(|id| model.vpc_of(id));
        assert_eq!(vpcs, [Some("vpc-1"), Some("vpc-2"), Some("vpc-lab"), None]);
    }
}
