//! `DescribeLoadBalancers`.
//! Subnets, security groups and addresses are made up or left out.

use super::action::{Call, Written};
use super::page::Page;
use super::xml::Xml;
use crate::lab::model::{Balancer, Refusal};

/// The lab's balancers were always there.
const CREATED: &str = "2020-01-01T00:00:00.000Z";

pub(super) fn describe(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let arns = call.form.list("LoadBalancerArns");
    let names = call.form.list("Names");
    let all = call.model.balancers();
    let missing = |(wanted, found): (&[String], usize)| found < wanted.len();
    let by_arn = all.iter().filter(|each| arns.iter().any(|arn| **arn == *each.arn));
    let by_name = all.iter().filter(|each| names.contains(&each.name));
    if [(&*arns, by_arn.count()), (&*names, by_name.count())].into_iter().any(missing) {
        return Err(Refusal::BalancerNotFound);
    }
    let asked = |each: &&Balancer| {
        (arns.is_empty() && names.is_empty())
            || arns.iter().any(|arn| **arn == *each.arn)
            || names.contains(&each.name)
    };
    let page = Page::of(call.form, all.iter().filter(asked).cloned())?;
    Ok(Box::new(move |xml| {
        xml.list("LoadBalancers", &page.items, describe_one);
        page.next_marker(xml);
    }))
}

fn describe_one(xml: &mut Xml, balancer: &Balancer) {
    xml.text("LoadBalancerArn", &balancer.arn);
    xml.text("DNSName", &balancer.dns_name);
    xml.text("CanonicalHostedZoneId", "Z00000000000");
    xml.text("CreatedTime", CREATED);
    xml.text("LoadBalancerName", &balancer.name);
    xml.text("Scheme", "internal");
    xml.text("VpcId", &balancer.vpc);
    xml.inside("State", |xml| xml.text("Code", "active"));
    xml.text("Type", balancer.kind.as_str());
    xml.list("AvailabilityZones", &balancer.zones, |xml, zone| {
        xml.text("ZoneName", zone);
        xml.text("SubnetId", format!("subnet-{zone}"));
    });
    xml.text("IpAddressType", "ipv4");
}
