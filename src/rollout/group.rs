//! A target group's own settings, and the times that follow from them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::refusal::Refusal;
use super::target::{GroupArn, TargetId};

/// What a group's targets are (`TargetTypeEnum` of the API).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetType {
    /// Instance ids.
    Instance,
    /// IP addresses.
    Ip,
    /// Lambda functions: nothing that could be drained.
    Lambda,
    /// Another load balancer: nothing that could be drained.
    Alb,
}

/// The kind of load balancer that a group's protocol belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BalancerKind {
    /// HTTP, HTTPS.
    Application,
    /// TCP, TLS, UDP, QUIC.
    Network,
    /// GENEVE.
    Gateway,
}

/// Settings of a group's health check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// Time between two checks of one target.
    #[serde(rename = "interval_ms", with = "super::millis")]
    pub interval: Duration,
    /// How long one check may take; no answer by then is a failed check.
    #[serde(rename = "timeout_ms", with = "super::millis")]
    pub timeout: Duration,
    /// Passed checks in a row that turn unhealthy into healthy.
    pub healthy_threshold: u32,
    /// Failed checks in a row that turn healthy into unhealthy.
    pub unhealthy_threshold: u32,
    /// The port that is checked, if it is not the one that a target is registered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

/// What a list of groups tells of each, without its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its ARN.
    pub arn: GroupArn,
    /// What its targets are.
    pub target_type: TargetType,
    /// The VPC of its targets; groups of functions have none.
    pub vpc: Option<String>,
    /// Whether a load balancer uses it; without one its targets get no traffic from it.
    pub in_use: bool,
}

/// A target group with the settings that decide how long its waits take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its ARN.
    pub arn: GroupArn,
    /// Its name, unique in account and region.
    pub name: String,
    /// What its targets are.
    pub target_type: TargetType,
    /// The kind of load balancer it is made for.
    pub kind: BalancerKind,
    /// The port that a target has if it is registered without one; groups of functions have none.
    pub port: Option<u16>,
    /// ARNs of the load balancers that use it; none means that no target of it is ever in service.
    pub balancers: Vec<String>,
    /// `deregistration_delay.timeout_seconds`: how long a deregistered target stays `draining`.
    #[serde(rename = "deregistration_delay_ms", with = "super::millis")]
    pub deregistration_delay: Duration,
    /// `slow_start.duration_seconds`: how long a target that came into service gets less than its
    /// share; zero is off.
    #[serde(rename = "slow_start_ms", with = "super::millis")]
    pub slow_start: Duration,
    /// `stickiness.enabled`: whether a client keeps coming back to its target.
    pub sticky: bool,
    /// `load_balancing.cross_zone.enabled`; `None` leaves it to the load balancer.
    pub cross_zone: Option<bool>,
    /// `target_group_health.unhealthy_state_routing`: with fewer healthy targets traffic goes to
    /// all registered ones.
    pub fail_open: Minimum,
    /// `target_group_health.dns_failover`: with fewer healthy targets a zone is taken out of DNS.
    pub dns_failover: Minimum,
    /// Its health check.
    pub health_check: HealthCheck,
}

/// The fewest healthy targets with which a group counts as healthy, as a count, as a percentage of
/// the registered ones, or both ("Target group health" in the user guide).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Minimum {
    /// `minimum_healthy_targets.count`; `None` is off.
    pub count: Option<usize>,
    /// `minimum_healthy_targets.percentage`; `None` is off.
    pub percentage: Option<usize>,
}

impl Minimum {
    /// The fewest of so many registered targets; the larger one if both are set.
    pub fn of(self, registered: usize) -> usize {
        let share = self.percentage.map_or(0, |percent| (registered * percent).div_ceil(100));
        share.max(self.count.unwrap_or(0))
    }
}

/// New requests still arrive after DeregisterTargets for so long behind an application load
/// balancer: field reports say 5 to 30 s, one team measured at most 15 s.
pub const SETTLE_APPLICATION: Duration = Duration::from_secs(15);
/// The same behind a network load balancer, where AWS advises a delay of at least 120 s.
pub const SETTLE_NETWORK: Duration = Duration::from_secs(120);
/// What a drain may take beyond the deregistration delay before something is wrong.
pub const DRAIN_MARGIN: Duration = Duration::from_secs(60);
/// What a freshly started application may need before it passes its first check.
pub const BOOT_ALLOWANCE: Duration = Duration::from_secs(120);
/// Network and gateway load balancers start checking only some minutes after RegisterTargets.
pub const NETWORK_REGISTRATION: Duration = Duration::from_secs(180);

impl Group {
    /// Why no target of this group can be drained, if it is so.
    pub fn undrainable(&self) -> Option<Refusal> {
        let (group, target_type) = (self.name.clone(), self.target_type);
        matches!(target_type, TargetType::Lambda | TargetType::Alb)
            .then_some(Refusal::Undrainable { group, target_type })
    }

    /// Why this target cannot be one of the group's, if it is so.
    pub fn other_type(&self, target: &TargetId) -> Option<Refusal> {
        let holds_instances = self.target_type == TargetType::Instance;
        let (group, target_type) = (self.name.clone(), self.target_type);
        let refusal = || Refusal::OtherType { group, target_type, target: target.clone() };
        (target.is_instance() != holds_instances).then(refusal)
    }

    /// The settle time for this kind of load balancer.
    pub fn default_settle(&self) -> Duration {
        match self.kind {
            BalancerKind::Application => SETTLE_APPLICATION,
            BalancerKind::Network | BalancerKind::Gateway => SETTLE_NETWORK,
        }
    }

    /// How long a drain takes if nothing goes wrong: an application load balancer says
    /// `draining` for the whole delay even when nothing is in flight.
    pub fn expected_drain(&self, settle: Duration) -> Duration {
        self.deregistration_delay.max(settle)
    }

    /// When a drain has taken too long.
    pub fn drain_deadline(&self, settle: Duration) -> Duration {
        self.expected_drain(settle) + DRAIN_MARGIN
    }

    /// How long coming into service takes if the first check passes: it alone counts after a
    /// registration, and comes within one interval.
    pub fn expected_in_service(&self) -> Duration {
        self.registration_lag() + self.health_check.interval
    }

    /// When coming into service has taken too long.
    pub fn in_service_deadline(&self) -> Duration {
        let checks = self.health_check.interval * (self.health_check.healthy_threshold + 1);
        self.registration_lag() + checks + BOOT_ALLOWANCE
    }

    /// How long a deregistered target has to be out before it can come back: an instance comes
    /// back at once, an address behind an application load balancer when its drain is over
    /// ("Register targets" in the user guide).
    pub fn drain_first(&self) -> Duration {
        match (self.kind, self.target_type) {
            (BalancerKind::Application, TargetType::Ip) => self.deregistration_delay,
            _ => Duration::ZERO,
        }
    }

    fn registration_lag(&self) -> Duration {
        match self.kind {
            BalancerKind::Application => Duration::ZERO,
            BalancerKind::Network | BalancerKind::Gateway => NETWORK_REGISTRATION,
        }
    }
}
