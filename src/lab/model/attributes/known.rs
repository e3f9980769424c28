//! The attributes that exist, with whose they are, their defaults and ranges, as documented for
//! `TargetGroupAttribute`. Those of gateway load balancers are not here: the lab has none.

use crate::lab::model::balancer::BalancerKind;
use crate::lab::model::group::TargetKind;
use crate::lab::model::protocol::Protocol;

/// How long a deregistered target is shown as draining.
pub const DEREGISTRATION_DELAY: &str = "deregistration_delay.timeout_seconds";
/// Whether a network load balancer cuts what remains when the delay is over.
pub const CONNECTION_TERMINATION: &str = "deregistration_delay.connection_termination.enabled";
/// How long a new target gets less than its share.
pub const SLOW_START: &str = "slow_start.duration_seconds";
/// Below so many healthy targets traffic goes to all registered ones.
pub const MINIMUM_HEALTHY_COUNT: &str =
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count";
/// The same as a share of the registered ones.
pub const MINIMUM_HEALTHY_PERCENTAGE: &str =
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage";
const PRESERVE_CLIENT_IP: &str = "preserve_client_ip.enabled";

/// What values a key takes.
#[derive(Debug, PartialEq, Eq)]
enum Values {
    Number(u32, u32),
    /// 0 or within the range.
    ZeroOr(u32, u32),
    /// `off` or within the range.
    OffOr(u32, u32),
    Words(&'static [&'static str]),
    Text,
}

/// Which groups have a key.
#[derive(Debug, PartialEq, Eq)]
enum Whose {
    /// Every group.
    All,
    /// Every group but those of functions.
    Targets,
    /// Groups of instances and addresses behind application load balancers.
    Application,
    /// Groups behind network load balancers.
    Network,
    /// Groups of functions.
    Functions,
}

/// One attribute that exists.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) key: &'static str,
    whose: Whose,
    default: &'static str,
    values: Values,
}

use Values::{Number, OffOr, Text, Words, ZeroOr};
use Whose::{All, Application, Functions, Network, Targets};

const BOOLEAN: Values = Words(&["true", "false"]);
/// A week, the longest life of a cookie.
const LIFE: Values = Number(1, 604_800);

const fn known(key: &'static str, whose: Whose, default: &'static str, values: Values) -> Known {
    Known { key, whose, default, values }
}

#[rustfmt::skip]
static KNOWN: [Known; 21] = [
    known(DEREGISTRATION_DELAY, Targets, "300", Number(0, 3600)),
    known(CONNECTION_TERMINATION, Network, "false", BOOLEAN),
    known(SLOW_START, Application, "0", ZeroOr(30, 900)),
    known("stickiness.enabled", All, "false", BOOLEAN),
    known("stickiness.type", Application, "lb_cookie", Words(&["lb_cookie", "app_cookie"])),
    known("stickiness.type", Network, "source_ip", Words(&["source_ip"])),
    known("stickiness.lb_cookie.duration_seconds", Application, "86400", LIFE),
    known("stickiness.app_cookie.duration_seconds", Application, "86400", LIFE),
    known("stickiness.app_cookie.cookie_name", Application, "", Text),
    known("load_balancing.algorithm.type", Application, "round_robin",
        Words(&["round_robin", "least_outstanding_requests", "weighted_random"])),
    known("load_balancing.algorithm.anomaly_mitigation", Application, "off", Words(&["on", "off"])),
    known("load_balancing.cross_zone.enabled", All, "use_load_balancer_configuration",
        Words(&["true", "false", "use_load_balancer_configuration"])),
    known(MINIMUM_HEALTHY_COUNT, All, "1", Number(1, 1000)),
    known(MINIMUM_HEALTHY_PERCENTAGE, All, "off", OffOr(1, 100)),
    known("target_group_health.dns_failover.minimum_healthy_targets.count", All, "1",
        OffOr(1, 1000)),
    known("target_group_health.dns_failover.minimum_healthy_targets.percentage", All, "off",
        OffOr(1, 100)),
    known(PRESERVE_CLIENT_IP, Network, "true", BOOLEAN),
    known("proxy_protocol_v2.enabled", Network, "false", BOOLEAN),
    known("target_health_state.unhealthy.connection_termination.enabled", Network, "true", BOOLEAN),
    known("target_health_state.unhealthy.draining_interval_seconds", Network, "0",
        Number(0, 360_000)),
    known("lambda.multi_value_headers.enabled", Functions, "false", BOOLEAN),
];

/// The attributes of a group of this kind.
pub(super) fn of(kind: TargetKind, family: BalancerKind) -> impl Iterator<Item = &'static Known> {
    KNOWN.iter().filter(move |known| match known.whose {
        All => true,
        Targets => kind != TargetKind::Lambda,
        Application => family == BalancerKind::Application && kind != TargetKind::Lambda,
        Network => family == BalancerKind::Network,
        Functions => kind == TargetKind::Lambda,
    })
}

impl Known {
    /// What a new group has.
    pub(super) fn default_for(&self, kind: TargetKind, protocol: Protocol) -> &'static str {
        let hides = kind == TargetKind::Ip && matches!(protocol, Protocol::Tcp | Protocol::Tls);
        if self.key == PRESERVE_CLIENT_IP && hides { "false" } else { self.default }
    }

    pub(super) fn takes(&self, value: &str) -> bool {
        let within = |low: u32, high: u32| {
            value.parse::<u32>().is_ok_and(|number| (low..=high).contains(&number))
        };
        match self.values {
            Number(low, high) => within(low, high),
            ZeroOr(low, high) => value == "0" || within(low, high),
            OffOr(low, high) => value == "off" || within(low, high),
            Words(words) => words.contains(&value),
            Text => true,
        }
    }
}
