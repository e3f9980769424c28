//! What stands above a group's targets: how many serve, what a deploy of it would meet, and where
//! its traffic comes from.

use std::time::Duration;

use humantime::format_duration;

use super::GroupStatus;
use crate::report::paint::Paint;
use crate::rollout::{BalancerKind, Front, HealthCheck, TargetType, Use};

/// A label, and the paragraphs beside it.
pub(super) type Facts = (&'static str, Vec<String>);

/// How the group fares, in one line.
pub(super) fn headline(status: &GroupStatus, paint: Paint) -> String {
    let name = &status.group.name;
    let (serving, total) = (status.in_service(), status.targets.len());
    if let Some(what) = undrainable(status.group.target_type) {
        return format!("{name}  cannot be drained: its targets are {what}");
    }
    if total == 0 {
        return format!("{name}  no target is registered");
    }
    let count = format!("{serving} of {total} in service");
    let count = if serving == total { paint.good(&count) } else { paint.bad(&count) };
    format!("{name}  {count}{}", margin(status))
}

fn undrainable(target_type: TargetType) -> Option<&'static str> {
    match target_type {
        TargetType::Lambda => Some("functions"),
        TargetType::Alb => Some("load balancers"),
        TargetType::Instance | TargetType::Ip => None,
    }
}

fn margin(status: &GroupStatus) -> String {
    if status.group.balancers.is_empty() {
        return String::new();
    }
    let why = match status.can_be_taken_out {
        0 if status.in_service() > 0 => "the last one stays in service",
        0 if status.targets.iter().any(|target| target.health.can_receive()) => {
            "the last one registered stays"
        }
        0 => "none is registered",
        number => return format!(", {number} can be taken out"),
    };
    format!(", none can be taken out: {why}")
}

/// What is worth knowing before somebody touches the group.
pub(super) fn facts(status: &GroupStatus, paint: Paint) -> Vec<Facts> {
    if !status.is_drainable() {
        return vec![("traffic", traffic(status))];
    }
    let mut facts = Vec::new();
    if let Some(least) = status.fails_open_below {
        let text = format!(
            "{}: {} in service, fewer than {least}, so traffic goes to all registered \
             targets, unhealthy ones too",
            paint.bad("now"),
            status.in_service()
        );
        facts.push(("fails open", vec![text]));
    }
    facts.push(("traffic", traffic(status)));
    facts.push(("drain", vec![drain(status)]));
    facts.push(("checks", vec![checks(status)]));
    let slow_start = status.group.slow_start;
    if !slow_start.is_zero() {
        let text = format!("{}: gets less than its share at first", format_duration(slow_start));
        facts.push(("slow start", vec![text]));
    }
    facts
}

fn traffic(status: &GroupStatus) -> Vec<String> {
    let balancers = &status.group.balancers;
    match &status.fronts {
        _ if balancers.is_empty() => vec!["in no listener: gets no traffic".to_owned()],
        None => {
            let names: Vec<_> = balancers.iter().map(|arn| balancer_name(arn)).collect();
            vec![format!("{}, whose listeners cannot be read", names.join(", "))]
        }
        Some(fronts) => fronts.iter().map(front).collect(),
    }
}

/// The part after the kind: `…:loadbalancer/app/NAME/ID`.
fn balancer_name(arn: &str) -> &str {
    arn.split('/').nth(2).unwrap_or(arn)
}

fn front(front: &Front) -> String {
    if front.uses.is_empty() {
        return format!("{} forwards nothing here", front.name);
    }
    let uses: Vec<_> = front.uses.iter().map(used).collect();
    format!("{} {}", front.name, uses.join(", "))
}

fn used(used: &Use) -> String {
    let listener = format!("{}:{}", used.protocol, used.port);
    let rule = match &used.rule {
        None => "default".to_owned(),
        Some(priority) => format!("rule {priority}"),
    };
    match used.weight {
        0 => format!("{listener} {rule} (weight 0: gets nothing)"),
        1 => format!("{listener} {rule}"),
        weight => format!("{listener} {rule} (weight {weight})"),
    }
}

fn drain(status: &GroupStatus) -> String {
    let group = &status.group;
    let (delay, settle) = (group.deregistration_delay, group.default_settle());
    if delay >= settle {
        return format!("takes {}, the deregistration delay", format_duration(delay));
    }
    format!(
        "takes {}: the deregistration delay is {}, but requests may still arrive for so long",
        format_duration(settle),
        format_duration(delay)
    )
}

fn checks(status: &GroupStatus) -> String {
    let group = &status.group;
    let HealthCheck { interval, healthy_threshold, unhealthy_threshold, .. } = group.health_check;
    let lag = match group.kind {
        BalancerKind::Application => "",
        BalancerKind::Network | BalancerKind::Gateway => ", most of it before the first check",
    };
    format!(
        "every {}: in service after about {}{lag}; unhealthy -> healthy takes {}, \
         healthy -> unhealthy {}",
        format_duration(interval),
        format_duration(group.expected_in_service()),
        in_a_row(interval, healthy_threshold, "passed"),
        in_a_row(interval, unhealthy_threshold, "failed"),
    )
}

fn in_a_row(interval: Duration, threshold: u32, how: &str) -> String {
    format!("{} ({threshold} {how})", format_duration(interval * threshold))
}
