//! A group's attributes: text by key, as the API has them, each with its range.
//! Only those that the lab or the tool reads are known; any other key is refused.

use std::collections::BTreeMap;
use std::time::Duration;

use super::balancer::BalancerKind;
use super::refusal::Refusal;

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

/// What values a key takes.
enum Values {
    Number(u32, u32),
    /// 0 or within the range.
    ZeroOr(u32, u32),
    /// `off` or within the range.
    OffOr(u32, u32),
    Words(&'static [&'static str]),
    Text,
}

struct Known {
    key: &'static str,
    family: Option<BalancerKind>,
    default: &'static str,
    values: Values,
}

const BOOLEAN: Values = Values::Words(&["true", "false"]);
const APPLICATION: Option<BalancerKind> = Some(BalancerKind::Application);
const NETWORK: Option<BalancerKind> = Some(BalancerKind::Network);

const fn known(
    key: &'static str,
    family: Option<BalancerKind>,
    default: &'static str,
    values: Values,
) -> Known {
    Known { key, family, default, values }
}

/// Keys, families, defaults and ranges as documented for `TargetGroupAttribute`.
const KNOWN: [Known; 15] = [
    known(DEREGISTRATION_DELAY, None, "300", Values::Number(0, 3600)),
    known(CONNECTION_TERMINATION, NETWORK, "false", BOOLEAN),
    known(SLOW_START, APPLICATION, "0", Values::ZeroOr(30, 900)),
    known("stickiness.enabled", None, "false", BOOLEAN),
    known("stickiness.type", APPLICATION, "lb_cookie", Values::Words(&["lb_cookie", "app_cookie"])),
    known(
        "stickiness.lb_cookie.duration_seconds",
        APPLICATION,
        "86400",
        Values::Number(1, 604_800),
    ),
    known(
        "stickiness.app_cookie.duration_seconds",
        APPLICATION,
        "86400",
        Values::Number(1, 604_800),
    ),
    known("stickiness.app_cookie.cookie_name", APPLICATION, "", Values::Text),
    known(
        "load_balancing.algorithm.type",
        APPLICATION,
        "round_robin",
        Values::Words(&["round_robin", "least_outstanding_requests", "weighted_random"]),
    ),
    known(
        "load_balancing.cross_zone.enabled",
        None,
        "use_load_balancer_configuration",
        Values::Words(&["true", "false", "use_load_balancer_configuration"]),
    ),
    known(MINIMUM_HEALTHY_COUNT, None, "1", Values::Number(1, 1000)),
    known(MINIMUM_HEALTHY_PERCENTAGE, None, "off", Values::OffOr(1, 100)),
    known(
        "target_group_health.dns_failover.minimum_healthy_targets.count",
        None,
        "1",
        Values::OffOr(1, 1000),
    ),
    known(
        "target_group_health.dns_failover.minimum_healthy_targets.percentage",
        None,
        "off",
        Values::OffOr(1, 100),
    ),
    known("preserve_client_ip.enabled", NETWORK, "true", BOOLEAN),
];

/// All attributes of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes(BTreeMap<&'static str, String>);

impl Attributes {
    /// What a new group behind this family of balancers has.
    #[must_use]
    pub fn defaults(family: BalancerKind) -> Self {
        Self(
            KNOWN
                .iter()
                .filter(|known| known.family.is_none_or(|only| only == family))
                .map(|known| (known.key, known.default.to_owned()))
                .collect(),
        )
    }

    /// Sets one attribute.
    ///
    /// # Errors
    /// The key is unknown or not for this family, or the value is out of its range.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Refusal> {
        let known = KNOWN
            .iter()
            .find(|known| known.key == key)
            .filter(|known| self.0.contains_key(known.key))
            .ok_or_else(|| {
                Refusal::Validation(format!("Target group attribute key '{key}' is not recognized"))
            })?;
        if !known.values.take(value) {
            return Err(Refusal::Validation(format!(
                "'{value}' is not a valid value for target group attribute key '{key}'"
            )));
        }
        self.0.insert(known.key, value.to_owned());
        Ok(())
    }

    /// The value of a key, if the group has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// All of them, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(key, value)| (*key, value.as_str()))
    }

    /// How long a deregistered target is shown as draining: 0–3600 s, 300 s if never set.
    #[must_use]
    pub fn deregistration_delay(&self) -> Duration {
        self.seconds(DEREGISTRATION_DELAY)
    }

    /// How long a new target gets less than its share; zero is off.
    #[must_use]
    pub fn slow_start(&self) -> Duration {
        self.seconds(SLOW_START)
    }

    /// Whether what remains is cut when the delay is over: always behind an application load
    /// balancer, behind a network one only if asked for.
    #[must_use]
    pub fn cuts_connections(&self, family: BalancerKind) -> bool {
        family == BalancerKind::Application || self.get(CONNECTION_TERMINATION) == Some("true")
    }

    /// With fewer healthy targets than this among `registered`, traffic goes to all.
    #[must_use]
    pub fn minimum_healthy(&self, registered: usize) -> usize {
        let count = self.number(MINIMUM_HEALTHY_COUNT).unwrap_or(1);
        let share = self.number(MINIMUM_HEALTHY_PERCENTAGE).unwrap_or(0);
        let of_share = (registered * share as usize).div_ceil(100);
        of_share.max(count as usize)
    }

    fn seconds(&self, key: &str) -> Duration {
        Duration::from_secs(self.number(key).unwrap_or(0).into())
    }

    fn number(&self, key: &str) -> Option<u32> {
        self.get(key)?.parse().ok()
    }
}

impl Values {
    fn take(&self, value: &str) -> bool {
        let within = |low: u32, high: u32| {
            value.parse::<u32>().is_ok_and(|number| (low..=high).contains(&number))
        };
        match self {
            Self::Number(low, high) => within(*low, *high),
            Self::ZeroOr(low, high) => value == "0" || within(*low, *high),
            Self::OffOr(low, high) => value == "off" || within(*low, *high),
            Self::Words(words) => words.contains(&value),
            Self::Text => true,
        }
    }
}
