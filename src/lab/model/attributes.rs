//! A group's attributes: text by key, as the API has them, each with its range.
//! A key that the real service does not know for the group is refused.

use std::collections::BTreeMap;
use std::time::Duration;

use super::balancer::BalancerKind;
use super::group::{TargetKind, family};
use super::protocol::Protocol;
use super::refusal::Refusal;

mod known;

pub use known::{CONNECTION_TERMINATION, DEREGISTRATION_DELAY, SLOW_START};

use known::{Known, MINIMUM_HEALTHY_COUNT, MINIMUM_HEALTHY_PERCENTAGE};

/// All attributes of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes(BTreeMap<&'static str, (&'static Known, String)>);

impl Attributes {
    /// What a new group has that holds such targets, which speak this protocol.
    #[must_use]
    pub fn defaults(kind: TargetKind, protocol: Protocol) -> Self {
        let all = known::of(kind, family(protocol));
        let default = |known: &Known| known.default_for(kind, protocol).to_owned();
        Self(all.map(|known| (known.key, (known, default(known)))).collect())
    }

    /// Sets one attribute.
    ///
    /// # Errors
    /// The key is unknown or not for such a group, or the value is out of its range.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Refusal> {
        let Some((known, current)) = self.0.get_mut(key) else {
            return Err(Refusal::Validation(format!(
                "Target group attribute key '{key}' is not recognized"
            )));
        };
        if !known.takes(value) {
            return Err(Refusal::Validation(format!(
                "'{value}' is not a valid value for target group attribute key '{key}'"
            )));
        }
        value.clone_into(current);
        Ok(())
    }

    /// The value of a key, if the group has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|(_, value)| value.as_str())
    }

    /// All of them, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(key, (_, value))| (*key, value.as_str()))
    }

    /// How long a deregistered target is shown as draining: 0–3600 s, 300 s if never set, and not
    /// at all in a group of functions.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn has(kind: TargetKind, protocol: Protocol, key: &str) -> bool {
        Attributes::defaults(kind, protocol).get(key).is_some()
    }

    #[test]
    fn each_kind_of_group_has_its_own_attributes() {
        let (instance, lambda) = (TargetKind::Instance, TargetKind::Lambda);
        for (key, application, network, functions) in [
            (DEREGISTRATION_DELAY, true, true, false),
            (SLOW_START, true, false, false),
            (CONNECTION_TERMINATION, false, true, false),
            ("proxy_protocol_v2.enabled", false, true, false),
            ("target_health_state.unhealthy.draining_interval_seconds", false, true, false),
            ("load_balancing.algorithm.anomaly_mitigation", true, false, false),
            ("lambda.multi_value_headers.enabled", false, false, true),
            ("stickiness.enabled", true, true, true),
        ] {
            assert_eq!(has(instance, Protocol::Http, key), application, "{key}");
            assert_eq!(has(instance, Protocol::Tcp, key), network, "{key}");
            assert_eq!(has(lambda, Protocol::Http, key), functions, "{key}");
        }
    }

    #[test]
    fn the_same_key_takes_other_values_behind_another_balancer() {
        let mut application = Attributes::defaults(TargetKind::Ip, Protocol::Http);
        let mut network = Attributes::defaults(TargetKind::Ip, Protocol::Tcp);
        assert_eq!(application.get("stickiness.type"), Some("lb_cookie"));
        assert_eq!(network.get("stickiness.type"), Some("source_ip"));
        assert!(application.set("stickiness.type", "app_cookie").is_ok());
        assert!(network.set("stickiness.type", "app_cookie").is_err());
    }

    #[test]
    fn addresses_over_tcp_do_not_keep_the_clients_address_unless_told_to() {
        let kept = |kind, protocol| {
            Attributes::defaults(kind, protocol).get("preserve_client_ip.enabled") == Some("true")
        };
        assert!(!kept(TargetKind::Ip, Protocol::Tcp) && !kept(TargetKind::Ip, Protocol::Tls));
        assert!(kept(TargetKind::Ip, Protocol::Udp) && kept(TargetKind::Instance, Protocol::Tcp));
    }
}
