//! Reads a new group from a form, with AWS's defaults and ranges.
//! Lambda, ALB and GENEVE groups are refused: the lab has nothing to put into them.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::{groups, with_balancers};
use crate::lab::api::action::{Call, Written};
use crate::lab::api::form::Form;
use crate::lab::api::page::Page;
use crate::lab::model::{CheckPort, Group, Matcher, Protocol, Refusal, TargetKind};

/// The longest name of a group.
const LONGEST_NAME: usize = 32;

pub(in crate::lab::api) fn create(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let group = read(call.form)?;
    let tags = call.form.pairs("Tags")?;
    let arn = call.model.create_group(group)?;
    call.model.add_tags(&arn, &tags)?;
    let group = call.model.group(&arn).ok_or(Refusal::GroupNotFound)?;
    let created = with_balancers(call, group);
    Ok(groups(Page::of(&Form::default(), [created].into_iter())?))
}

fn read(form: &Form) -> Result<Group, Refusal> {
    let name = form.required("Name")?;
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(word) {
        return Err(wrong("Name", name));
    }
    let kind = match form.text("TargetType") {
        None | Some("instance") => TargetKind::Instance,
        Some("ip") => TargetKind::Ip,
        Some(other) => return Err(wrong("TargetType", other)),
    };
    let protocol = protocol(form, "Protocol")?.ok_or_else(|| missing("Protocol"))?;
    let port = form.parsed("Port")?.filter(|port| *port != 0);
    let port = port.ok_or_else(|| missing("Port"))?;
    let mut group = Group::new(name, kind, protocol, port, form.required("VpcId")?);
    read_check(form, &mut group)?;
    Ok(group)
}

fn read_check(form: &Form, group: &mut Group) -> Result<(), Refusal> {
    let check = &mut group.check;
    let seconds =
        |name, range| Ok(within(form, name, range)?.map(|n| Duration::from_secs(n.into())));
    if let Some(protocol) = protocol(form, "HealthCheckProtocol")? {
        check.protocol = protocol;
    }
    if let Some(port) = form.text("HealthCheckPort").filter(|port| *port != "traffic-port") {
        let port = port.parse().map_err(|_| wrong("HealthCheckPort", port))?;
        check.port = CheckPort::Fixed(port);
    }
    if let Some(path) = form.text("HealthCheckPath") {
        check.path = path.to_owned();
    }
    if let Some(interval) = seconds("HealthCheckIntervalSeconds", 5..=300)? {
        check.interval = interval;
    }
    if let Some(timeout) = seconds("HealthCheckTimeoutSeconds", 2..=120)? {
        check.timeout = timeout;
    }
    if let Some(count) = within(form, "HealthyThresholdCount", 2..=10)? {
        check.healthy_threshold = count;
    }
    if let Some(count) = within(form, "UnhealthyThresholdCount", 2..=10)? {
        check.unhealthy_threshold = count;
    }
    if let Some(codes) = form.text("Matcher.HttpCode") {
        check.matcher = Matcher::parse(codes).map_err(Refusal::Validation)?;
    }
    if check.timeout >= check.interval {
        let sentence = "Health check interval must be greater than the timeout";
        return Err(Refusal::Validation(sentence.to_owned()));
    }
    Ok(())
}

fn protocol(form: &Form, name: &str) -> Result<Option<Protocol>, Refusal> {
    form.parsed(name)
}

fn within(form: &Form, name: &str, range: RangeInclusive<u32>) -> Result<Option<u32>, Refusal> {
    let number = form.parsed(name)?;
    match number.filter(|number| !range.contains(number)) {
        Some(outside) => Err(wrong(name, &outside.to_string())),
        None => Ok(number),
    }
}

fn wrong(name: &str, value: &str) -> Refusal {
    Refusal::Validation(format!("'{value}' is not a valid value for '{name}'"))
}

fn missing(name: &str) -> Refusal {
    Refusal::Validation(format!("A valid {name} must be specified"))
}
