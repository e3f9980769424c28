//! Between the SDK's types and the core's. Pure: what the API leaves out is either defaulted as
//! its reference says or named as unreadable.

use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::operation::RequestId;
use aws_sdk_elasticloadbalancingv2::types::{
    AdministrativeOverride, TargetAdministrativeOverrideStateEnum as Override, TargetDescription,
    TargetGroup, TargetGroupAttribute, TargetHealthDescription,
};

use crate::balancer::{BalancerError, ErrorKind};
use crate::rollout::{
    BalancerKind, Group, GroupArn, Health, HealthCheck, Reason, Registration, State, TargetId,
    TargetType,
};

/// The attribute that says how long a deregistered target stays `draining`.
const DELAY_ATTRIBUTE: &str = "deregistration_delay.timeout_seconds";
/// The API's own default for it; groups of lambda functions have none and never drain.
const DEFAULT_DELAY: Duration = Duration::from_secs(300);
/// The API's defaults for a health check, for the fields that an answer leaves out.
const DEFAULT_INTERVAL: u64 = 30;
const DEFAULT_HEALTHY_THRESHOLD: u32 = 5;
const DEFAULT_UNHEALTHY_THRESHOLD: u32 = 2;

/// An answer that cannot be used, with the request it belongs to.
pub(super) fn unreadable(
    operation: &'static str,
    what: String,
    answer: &impl RequestId,
) -> BalancerError {
    let request_id = answer.request_id().map(str::to_owned);
    BalancerError { request_id, ..BalancerError::new(ErrorKind::Unexpected, operation, what) }
}

/// A registration as DeregisterTargets and DescribeTargetHealth find it: by id and port.
pub(super) fn place(registration: &Registration) -> TargetDescription {
    TargetDescription::builder()
        .id(registration.id.as_str())
        .port(i32::from(registration.port))
        .build()
}

/// A registration as RegisterTargets takes it.
pub(super) fn registration(registration: &Registration) -> TargetDescription {
    TargetDescription::builder()
        .id(registration.id.as_str())
        .port(i32::from(registration.port))
        .set_availability_zone(registration.zone_to_register().map(str::to_owned))
        .set_quic_server_id(registration.quic_server_id.clone())
        .build()
}

/// One entry of a DescribeTargetHealth answer.
pub(super) fn sight(
    group: &GroupArn,
    seen: &TargetHealthDescription,
) -> Result<(Registration, Health), String> {
    let target = seen.target().ok_or("an entry names no target")?;
    let id = target.id().filter(|id| !id.is_empty()).ok_or("an entry names no target id")?;
    let port = target.port().ok_or_else(|| {
        format!("the load balancer names no port of {id}; only instances and addresses have one")
    })?;
    let registration = Registration {
        group: group.clone(),
        id: TargetId::new(id),
        port: u16::try_from(port).map_err(|_| format!("{port} is no port, said of {id}"))?,
        zone: target.availability_zone().map(str::to_owned),
        quic_server_id: target.quic_server_id().map(str::to_owned),
    };
    Ok((registration, health(id, seen)?))
}

fn health(id: &str, seen: &TargetHealthDescription) -> Result<Health, String> {
    let health = seen.target_health();
    let state = health.and_then(|health| health.state());
    let state = state.ok_or_else(|| format!("the load balancer names no state of {id}"))?;
    let reason = health.and_then(|health| health.reason());
    Ok(Health {
        state: State::from(state.as_str().to_owned()),
        reason: reason.map(|reason| Reason::from(reason.as_str().to_owned())),
        description: health.and_then(|health| health.description()).map(str::to_owned),
        kept_away: seen.administrative_override().and_then(kept_away),
    })
}

/// Only an active zonal shift keeps traffic away from the target itself; the other override
/// states say that there is none, or that DNS does the shifting.
fn kept_away(seen: &AdministrativeOverride) -> Option<String> {
    match seen.state()? {
        state @ Override::ZonalShiftActive => {
            Some(seen.description().unwrap_or(state.as_str()).to_owned())
        }
        _ => None,
    }
}

/// A group from its description and its attributes.
pub(super) fn group(
    seen: &TargetGroup,
    attributes: &[TargetGroupAttribute],
) -> Result<Group, String> {
    let arn = seen.target_group_arn().ok_or("a group without an ARN")?;
    let name = seen.target_group_name().ok_or_else(|| format!("{arn} has no name"))?;
    let target_type = target_type(seen)?;
    Ok(Group {
        arn: GroupArn::new(arn),
        name: name.to_owned(),
        target_type,
        kind: kind(seen)?,
        balancers: seen.load_balancer_arns().to_vec(),
        deregistration_delay: delay(name, target_type, attributes)?,
        health_check: health_check(seen),
    })
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

fn delay(
    name: &str,
    target_type: TargetType,
    attributes: &[TargetGroupAttribute],
) -> Result<Duration, String> {
    let value = attributes
        .iter()
        .find(|attribute| attribute.key() == Some(DELAY_ATTRIBUTE))
        .and_then(|attribute| attribute.value());
    match value {
        Some(text) => text
            .parse()
            .map(Duration::from_secs)
            .map_err(|_| format!("{DELAY_ATTRIBUTE} of {name} is {text:?}")),
        None if target_type == TargetType::Lambda => Ok(Duration::ZERO),
        None => Ok(DEFAULT_DELAY),
    }
}

fn health_check(seen: &TargetGroup) -> HealthCheck {
    HealthCheck {
        interval: Duration::from_secs(
            positive(seen.health_check_interval_seconds()).unwrap_or(DEFAULT_INTERVAL),
        ),
        healthy_threshold: positive(seen.healthy_threshold_count())
            .unwrap_or(DEFAULT_HEALTHY_THRESHOLD),
        unhealthy_threshold: positive(seen.unhealthy_threshold_count())
            .unwrap_or(DEFAULT_UNHEALTHY_THRESHOLD),
    }
}

fn positive<N: TryFrom<i32>>(number: Option<i32>) -> Option<N> {
    number.filter(|&number| number > 0).and_then(|number| N::try_from(number).ok())
}
