//! Between the SDK's types and the core's. Pure: what the API leaves out is either defaulted as
//! its reference says or named as unreadable.

mod front;
mod group;
mod tags;

use aws_sdk_elasticloadbalancingv2::operation::RequestId;
use aws_sdk_elasticloadbalancingv2::types::{
    AdministrativeOverride, TargetAdministrativeOverrideStateEnum as Override, TargetDescription,
    TargetHealthDescription,
};

use crate::balancer::{BalancerError, ErrorKind};
use crate::rollout::{GroupArn, Health, Reason, Registration, State, TargetId};

pub(super) use front::{front, uses};
pub(super) use group::{group, is_known, listed};
pub(super) use tags::hold;

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

/// The ARN of a function, which is the only target without a port that has one.
pub(super) fn function(seen: &TargetHealthDescription) -> Option<&str> {
    let target = seen.target().filter(|target| target.port().is_none())?;
    target.id().filter(|id| id.starts_with("arn:"))
}

/// One entry of a DescribeTargetHealth answer.
pub(super) fn sight(
    group: &GroupArn,
    seen: &TargetHealthDescription,
) -> Result<(Registration, Health), String> {
    let target = seen.target().ok_or("an entry names no target")?;
    let id = target.id().filter(|id| !id.is_empty()).ok_or("an entry names no target id")?;
    let port = target.port().ok_or_else(|| format!("the load balancer names no port of {id}"))?;
    let registration = Registration {
        group: group.clone(),
        id: TargetId::new(id),
        port: u16::try_from(port).map_err(|_| format!("{port} is no port, said of {id}"))?,
        zone: target.availability_zone().map(str::to_owned),
        quic_server_id: target.quic_server_id().map(str::to_owned),
    };
    Ok((registration, health(id, seen)?))
}

/// Text of the service's on one line, as a terminal can be given it.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn health(id: &str, seen: &TargetHealthDescription) -> Result<Health, String> {
    let health = seen.target_health();
    let state = health.and_then(|health| health.state());
    let state = state.ok_or_else(|| format!("the load balancer names no state of {id}"))?;
    let reason = health.and_then(|health| health.reason());
    Ok(Health {
        state: State::from(plain(state.as_str())),
        reason: reason.map(|reason| Reason::from(plain(reason.as_str()))),
        description: health.and_then(|health| health.description()).map(plain),
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
