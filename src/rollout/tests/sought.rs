//! Which groups can hold a target: no look is spent on those that cannot.

use std::collections::BTreeSet;

use super::super::{Group, Listed, Sought, TargetId, TargetType};
use super::group;

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
