//! `DescribeTargetGroups`, `CreateTargetGroup` and `DeleteTargetGroup`.
//! A group that is created here keeps to AWS's ranges; one of a fleet file need not.

use super::action::{Call, Written, nothing};
use super::health::check_port;
use super::page::Page;
use super::xml::Xml;
use crate::lab::model::{Arn, Group, Refusal, TargetKind};

mod create;

pub(super) use create::create;

/// The most names or ARNs in a call.
const MOST_NAMED: usize = 20;

pub(super) fn describe(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let found = asked(call)?;
    let page = Page::of(call.form, found.into_iter())?;
    Ok(groups(page))
}

pub(super) fn delete(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let arn = call.form.required("TargetGroupArn")?;
    call.model.delete_group(arn)?;
    Ok(nothing())
}

/// A group and the balancers that use it.
type Described = (Group, Vec<Arn>);

fn asked(call: &Call<'_>) -> Result<Vec<Described>, Refusal> {
    let arns = call.form.list("TargetGroupArns");
    let names = call.form.list("Names");
    if arns.len() + names.len() > MOST_NAMED {
        return Err(Refusal::Validation(format!(
            "The number of names and ARNs is over {MOST_NAMED}"
        )));
    }
    let model = &*call.model;
    if !arns.is_empty() || !names.is_empty() {
        let by_arn = arns.iter().map(|arn| model.group(arn));
        let by_name = names.iter().map(|name| model.group_named(name));
        return by_arn
            .chain(by_name)
            .map(|group| group.map(|group| with_balancers(call, group)))
            .map(|group| group.ok_or(Refusal::GroupNotFound))
            .collect();
    }
    let balancer = call.form.text("LoadBalancerArn");
    if balancer.is_some_and(|arn| model.balancers().iter().all(|each| &*each.arn != arn)) {
        return Err(Refusal::BalancerNotFound);
    }
    let all = model.groups().map(|group| with_balancers(call, group));
    Ok(all
        .filter(|(_, users)| balancer.is_none_or(|arn| users.iter().any(|user| &**user == arn)))
        .collect())
}

/// Without the registrations, which are not described and may be a thousand.
fn with_balancers(call: &Call<'_>, group: &Group) -> Described {
    let users = call.model.balancers_of(&group.arn);
    (group.without_targets(), users.map(|user| user.arn.clone()).collect())
}

fn groups(page: Page<Described>) -> Written {
    Box::new(move |xml| {
        xml.list("TargetGroups", &page.items, |xml, (group, users)| {
            describe_one(xml, group, users);
        });
        page.next_marker(xml);
    })
}

fn describe_one(xml: &mut Xml, group: &Group, users: &[Arn]) {
    xml.text("TargetGroupArn", &group.arn);
    xml.text("TargetGroupName", &group.name);
    let is_served = group.kind != TargetKind::Lambda;
    if is_served {
        xml.text("Protocol", group.protocol);
        xml.text("Port", group.port);
        xml.text("VpcId", &group.vpc);
        xml.text("HealthCheckProtocol", group.check.protocol);
        xml.text("HealthCheckPort", check_port(group.check.port));
    }
    xml.text("HealthCheckEnabled", is_served);
    describe_check(xml, group);
    xml.texts("LoadBalancerArns", users);
    xml.text("TargetType", group.kind.as_str());
    if is_served && group.protocol.is_http() {
        xml.text("ProtocolVersion", "HTTP1");
    }
    xml.text("IpAddressType", "ipv4");
}

/// Times are whole seconds on the wire: shorter ones of the lab are rounded up.
fn describe_check(xml: &mut Xml, group: &Group) {
    let check = &group.check;
    let seconds = |time: std::time::Duration| time.as_millis().div_ceil(1000);
    xml.text("HealthCheckIntervalSeconds", seconds(check.interval));
    xml.text("HealthCheckTimeoutSeconds", seconds(check.timeout));
    xml.text("HealthyThresholdCount", check.healthy_threshold);
    xml.text("UnhealthyThresholdCount", check.unhealthy_threshold);
    if check.protocol.is_http() {
        xml.text("HealthCheckPath", &check.path);
        xml.inside("Matcher", |xml| xml.text("HttpCode", check.matcher.as_str()));
    }
}
