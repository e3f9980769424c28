//! A load balancer in front of groups: what of its traffic goes where.

use serde::Serialize;

use super::group::BalancerKind;
use super::target::GroupArn;

/// A load balancer with its zones and listeners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Front {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: BalancerKind,
    /// The Availability Zones that are enabled for it; targets in others get no traffic.
    pub zones: Vec<String>,
    /// `load_balancing.cross_zone.enabled`: whether a zone's traffic reaches targets in others.
    pub cross_zone: bool,
    /// Which listeners and rules forward to which groups.
    pub uses: Vec<Use>,
}

/// A listener's default action or a rule that forwards to a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Use {
    /// The group.
    pub group: GroupArn,
    /// The listener's protocol, e.g. `HTTPS`.
    pub protocol: String,
    /// The listener's port.
    pub port: u16,
    /// The rule's priority; `None` is the listener's default action.
    pub rule: Option<String>,
    /// The group's weight beside other groups of the same action; 0 gets nothing.
    pub weight: u32,
}
