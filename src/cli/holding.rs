//! Which groups of the account can hold targets, and which of them do: looked through where nobody
//! names them. What follows from it is not decided here.

use std::collections::BTreeSet;

use crate::balancer::BalancerError;
use crate::rollout::{
    Group, GroupArn, Health, Listed, Registration, Snapshot, TargetId, TargetType,
};
use crate::watch::Watch;

/// What is looked for, as far as it tells which groups can hold it: an instance is in groups of
/// its own VPC only, an address also in those of a VPC that is peered ("Register targets" in the
/// user guide).
pub(super) struct Sought {
    /// None if no instance is.
    instances: Option<Vpcs>,
    addresses: bool,
}

/// Where instances are; none if it is not known of all of them.
type Vpcs = Option<BTreeSet<String>>;

impl Sought {
    /// These targets; the VPC is that of the instances among them, where it is known.
    pub(super) fn targets(ids: &BTreeSet<TargetId>, vpc: Option<&String>) -> Self {
        let vpcs = vpc.map(|vpc| BTreeSet::from([vpc.clone()]));
        Self {
            instances: ids.iter().any(TargetId::is_instance).then_some(vpcs),
            addresses: ids.iter().any(|id| !id.is_instance()),
        }
    }

    /// Whatever is registered in these groups.
    pub(super) fn targets_of(groups: &[Group], listed: &[Listed]) -> Self {
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
    pub(super) fn fits(&self, group: &Listed) -> bool {
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

/// It can take minutes, so how far it has come is told.
///
/// # Errors
/// A look that could not be had with patience.
pub(super) async fn look_at_all(
    watch: &Watch,
    groups: &BTreeSet<GroupArn>,
    tell: impl Fn(&str),
) -> Result<(), BalancerError> {
    let count = groups.len();
    watch
        .first_look_telling(groups, |seen| tell(&format!("looked at {seen} of {count} groups")))
        .await
}

/// What is registered in these groups, on its way out too.
pub(super) fn registered<'s>(
    seen: &'s Snapshot,
    groups: &'s BTreeSet<GroupArn>,
) -> impl Iterator<Item = &'s (Registration, Health)> {
    let looks = groups.iter().filter_map(|group| seen.get(group));
    looks.flat_map(|look| &look.seen).filter(|(_, health)| !health.is_not_registered())
}

/// What was seen of these groups alone.
pub(super) fn seen_of<'g>(
    groups: impl IntoIterator<Item = &'g GroupArn>,
    seen: &Snapshot,
) -> Snapshot {
    let look = |group: &GroupArn| Some((group.clone(), seen.get(group)?.clone()));
    groups.into_iter().filter_map(look).collect()
}

/// `1 group`, `2 groups`.
pub(super) fn counted(groups: &BTreeSet<GroupArn>) -> String {
    let count = groups.len();
    format!("{count} group{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample::group;

    fn listed(name: &str, target_type: TargetType, vpc: Option<&str>) -> Listed {
        Listed { arn: group(name).arn, target_type, vpc: vpc.map(str::to_owned), in_use: true }
    }

    fn names<'a>(sought: &Sought, all: &[(&'a str, Listed)]) -> Vec<&'a str> {
        all.iter().filter(|(_, listed)| sought.fits(listed)).map(|(name, _)| *name).collect()
    }

    fn account() -> [(&'static str, Listed); 6] {
        [
            ("web", listed("web", TargetType::Instance, Some("vpc-1"))),
            ("api", listed("api", TargetType::Instance, Some("vpc-2"))),
            ("old", listed("old", TargetType::Instance, None)),
            ("ips", listed("ips", TargetType::Ip, Some("vpc-2"))),
            ("lambda", listed("lambda", TargetType::Lambda, None)),
            ("alb", listed("alb", TargetType::Alb, Some("vpc-1"))),
        ]
    }

    #[test]
    fn instances_are_in_groups_of_their_vpc_and_addresses_also_in_those_of_others() {
        let ids = |ids: &[&str]| ids.iter().map(|id| TargetId::new(*id)).collect::<BTreeSet<_>>();
        let vpc = "vpc-1".to_owned();
        let of = |of: &[&str], vpc| names(&Sought::targets(&ids(of), vpc), &account());
        assert_eq!(of(&["i-0a"], Some(&vpc)), ["web", "old"]);
        assert_eq!(of(&["i-0a"], None), ["web", "api", "old"]);
        assert_eq!(of(&["10.0.0.7"], Some(&vpc)), ["ips"]);
        assert_eq!(of(&["10.0.0.7", "i-0a"], Some(&vpc)), ["web", "old", "ips"]);
    }

    #[test]
    fn the_targets_of_a_group_can_be_in_groups_of_its_type_and_for_instances_of_its_vpc() {
        let account = account();
        let all: Vec<_> = account.iter().map(|(_, listed)| listed.clone()).collect();
        let of = |name: &str, target_type| {
            let group = Group { target_type, ..group(name) };
            names(&Sought::targets_of(&[group], &all), &account)
        };
        assert_eq!(of("web", TargetType::Instance), ["web", "old"]);
        assert_eq!(of("old", TargetType::Instance), ["web", "api", "old"], "its VPC is not known");
        assert_eq!(of("ips", TargetType::Ip), ["ips"]);
        assert_eq!(of("lambda", TargetType::Lambda), [""; 0]);
    }
}
