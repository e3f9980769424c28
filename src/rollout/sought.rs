//! Which groups of an account can hold targets, as far as that can be told without a look at them.
//! Whether they do is not asked here.

use std::collections::BTreeSet;

use super::group::{Group, Listed, TargetType};
use super::target::TargetId;

/// What is looked for, as far as it tells which groups can hold it: an instance is in groups of
/// its own VPC only, an address also in those of a VPC that is peered ("Register targets" in the
/// user guide).
pub struct Sought {
    /// None if no instance is.
    instances: Option<Vpcs>,
    addresses: bool,
}

/// Where instances are; none if it is not known of all of them.
type Vpcs = Option<BTreeSet<String>>;

impl Sought {
    /// These targets; the VPC is that of the instances among them, where it is known.
    pub fn targets(ids: &BTreeSet<TargetId>, vpc: Option<&String>) -> Self {
        let vpcs = vpc.map(|vpc| BTreeSet::from([vpc.clone()]));
        Self {
            instances: ids.iter().any(TargetId::is_instance).then_some(vpcs),
            addresses: ids.iter().any(|id| !id.is_instance()),
        }
    }

    /// Whatever is registered in these groups.
    pub fn targets_of(groups: &[Group], listed: &[Listed]) -> Self {
        let of_type = |kind| groups.iter().filter(move |group| group.target_type == kind);
        let vpc = |group: &Group| {
            let listed = listed.iter().find(|listed| listed.arn == group.arn)?;
            listed.vpc.clone()
        };
        let vpcs = of_type(TargetType::Instance).map(vpc).collect();
        Self {
            instances: of_type(TargetType::Instance).next().map(|_| vpcs),
            addresses: of_type(TargetType::Ip).next().is_some(),
        }
    }

    /// Whether it can be registered in a group.
    pub fn fits(&self, group: &Listed) -> bool {
        let is_near = |vpcs: &Vpcs| match (vpcs, &group.vpc) {
            (Some(vpcs), Some(vpc)) => vpcs.contains(vpc),
            _ => true,
        };
        match group.target_type {
            TargetType::Instance => self.instances.as_ref().is_some_and(is_near),
            TargetType::Ip => self.addresses,
            TargetType::Lambda | TargetType::Alb => false,
        }
    }
}
