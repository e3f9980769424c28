//! Target groups as the core knows them.

use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::types::{TargetGroup, TargetGroupAttribute};

use crate::balancer::Settings;
use crate::rollout::{BalancerKind, Group, GroupArn, HealthCheck, Listed, TargetType};

/// The API's defaults for a health check, for the fields that an answer leaves out.
const DEFAULT_INTERVAL: u64 = 30;
const DEFAULT_CHECK_TIMEOUT: u64 = 5;
const DEFAULT_HEALTHY_THRESHOLD: u32 = 5;
const DEFAULT_UNHEALTHY_THRESHOLD: u32 = 2;

/// A group from its description and its attributes.
pub(in super::super) fn group(
    seen: &TargetGroup,
    attributes: &[TargetGroupAttribute],
) -> Result<Group, String> {
    let arn = seen.target_group_arn().ok_or("a group without an ARN")?;
    let name = seen.target_group_name().ok_or_else(|| format!("{arn} has no name"))?;
    let target_type = target_type(seen)?;
    let value = |key: &str| {
        let mut all = attributes.iter();
        all.find(|attribute| attribute.key() == Some(key)).and_then(|attribute| attribute.value())
    };
    let settings = Settings::read(target_type, value).map_err(|what| format!("{name}: {what}"))?;
    Ok(Group {
        arn: GroupArn::new(arn),
        name: name.to_owned(),
        target_type,
        kind: kind(seen)?,
        port: seen.port().and_then(|port| u16::try_from(port).ok()),
        balancers: seen.load_balancer_arns().to_vec(),
        deregistration_delay: settings.deregistration_delay,
        slow_start: settings.slow_start,
        sticky: settings.sticky,
        cross_zone: settings.cross_zone,
        fail_open: settings.fail_open,
        dns_failover: settings.dns_failover,
        health_check: health_check(seen),
    })
}

/// What the list tells of a group; none if it is of a kind that this version does not know.
pub(in super::super) fn listed(seen: &TargetGroup) -> Option<Listed> {
    is_known(seen).ok()?;
    Some(Listed {
        arn: GroupArn::new(seen.target_group_arn()?),
        target_type: target_type(seen).ok()?,
        vpc: seen.vpc_id().map(str::to_owned),
        in_use: !seen.load_balancer_arns().is_empty(),
    })
}

/// Whether this version knows what the group is; if not, the words for it.
pub(in super::super) fn is_known(seen: &TargetGroup) -> Result<(), String> {
    target_type(seen)?;
    kind(seen).map(drop)
}

fn target_type(seen: &TargetGroup) -> Result<TargetType, String> {
    match seen.target_type().map(|kind| kind.as_str()) {
        Some("instance") | None => Ok(TargetType::Instance),
        Some("ip") => Ok(TargetType::Ip),
        Some("lambda") => Ok(TargetType::Lambda),
        Some("alb") => Ok(TargetType::Alb),
        Some(other) => Err(format!("target type {other} is not known")),
    }
}

/// By protocol, since a group that no listener uses has no load balancer to ask. Groups of lambda
/// functions have no protocol; only application load balancers take them.
fn kind(seen: &TargetGroup) -> Result<BalancerKind, String> {
    match seen.protocol().map(|protocol| protocol.as_str()) {
        Some("HTTP" | "HTTPS") | None => Ok(BalancerKind::Application),
        Some("TCP" | "TLS" | "UDP" | "TCP_UDP" | "QUIC" | "TCP_QUIC") => Ok(BalancerKind::Network),
        Some("GENEVE") => Ok(BalancerKind::Gateway),
        Some(other) => Err(format!("protocol {other} is not known")),
    }
}

fn health_check(seen: &TargetGroup) -> HealthCheck {
    HealthCheck {
        interval: Duration::from_secs(
            positive(seen.health_check_interval_seconds()).unwrap_or(DEFAULT_INTERVAL),
        ),
        timeout: Duration::from_secs(
            positive(seen.health_check_timeout_seconds()).unwrap_or(DEFAULT_CHECK_TIMEOUT),
        ),
        healthy_threshold: positive(seen.healthy_threshold_count())
            .unwrap_or(DEFAULT_HEALTHY_THRESHOLD),
        unhealthy_threshold: positive(seen.unhealthy_threshold_count())
            .unwrap_or(DEFAULT_UNHEALTHY_THRESHOLD),
        // `traffic-port`, or a number.
        port: seen.health_check_port().and_then(|port| port.parse().ok()),
    }
}

fn positive<N: TryFrom<i32>>(number: Option<i32>) -> Option<N> {
    number.filter(|&number| number > 0).and_then(|number| N::try_from(number).ok())
}
