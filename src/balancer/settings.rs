//! A group's attributes, which the API gives as text by key, with the API's defaults for the keys
//! that an answer leaves out (`TargetGroupAttribute` in the API reference).

use std::time::Duration;

use crate::rollout::{Minimum, TargetType};

const DELAY: &str = "deregistration_delay.timeout_seconds";
/// Groups of lambda functions have none and never drain.
const DEFAULT_DELAY: Duration = Duration::from_secs(300);
const SLOW_START: &str = "slow_start.duration_seconds";
const STICKY: &str = "stickiness.enabled";
const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
const FAIL_OPEN: &str = "target_group_health.unhealthy_state_routing.minimum_healthy_targets";
const DNS_FAILOVER: &str = "target_group_health.dns_failover.minimum_healthy_targets";
/// Traffic goes to all, or a zone leaves DNS, when no target is healthy.
const DEFAULT_MINIMUM: &str = "1";
const OFF: &str = "off";

/// What of a group's attributes decides how long its waits take, and how safe they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) deregistration_delay: Duration,
    pub(crate) slow_start: Duration,
    pub(crate) sticky: bool,
    pub(crate) cross_zone: Option<bool>,
    pub(crate) fail_open: Minimum,
    pub(crate) dns_failover: Minimum,
}

impl Settings {
    /// Reads them by key.
    ///
    /// # Errors
    /// Names the attribute that cannot be understood.
    pub(crate) fn read<'a>(
        target_type: TargetType,
        value: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, String> {
        let default_delay = match target_type {
            TargetType::Lambda => Duration::ZERO,
            TargetType::Instance | TargetType::Ip | TargetType::Alb => DEFAULT_DELAY,
        };
        Ok(Self {
            deregistration_delay: seconds(&value, DELAY)?.unwrap_or(default_delay),
            slow_start: seconds(&value, SLOW_START)?.unwrap_or_default(),
            sticky: value(STICKY) == Some("true"),
            cross_zone: value(CROSS_ZONE).and_then(|text| text.parse().ok()),
            fail_open: minimum(&value, FAIL_OPEN)?,
            dns_failover: minimum(&value, DNS_FAILOVER)?,
        })
    }
}

fn seconds<'a>(
    value: &impl Fn(&str) -> Option<&'a str>,
    key: &str,
) -> Result<Option<Duration>, String> {
    let read = |text: &str| text.parse().map(Duration::from_secs).map_err(|_| odd(key, text));
    value(key).map(read).transpose()
}

fn minimum<'a>(value: &impl Fn(&str) -> Option<&'a str>, prefix: &str) -> Result<Minimum, String> {
    let read = |suffix: &str, default: &'static str| {
        let key = format!("{prefix}.{suffix}");
        match value(&key).unwrap_or(default) {
            OFF => Ok(None),
            text => text.parse().map(Some).map_err(|_| odd(&key, text)),
        }
    };
    Ok(Minimum { count: read("count", DEFAULT_MINIMUM)?, percentage: read("percentage", OFF)? })
}

fn odd(key: &str, text: &str) -> String {
    format!("{key} is {text:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[(&str, &'static str)]) -> Result<Settings, String> {
        let value = |key: &str| given.iter().find(|(name, _)| *name == key).map(|(_, text)| *text);
        Settings::read(TargetType::Instance, value)
    }

    #[test]
    fn what_is_left_out_is_as_the_api_documents_it() {
        let expected = Settings {
            deregistration_delay: Duration::from_secs(300),
            slow_start: Duration::ZERO,
            sticky: false,
            cross_zone: None,
            fail_open: Minimum { count: Some(1), percentage: None },
            dns_failover: Minimum { count: Some(1), percentage: None },
        };
        assert_eq!(read(&[]), Ok(expected));
        let lambda = Settings::read(TargetType::Lambda, |_| None).unwrap();
        assert_eq!(lambda.deregistration_delay, Duration::ZERO);
    }

    #[test]
    fn everything_that_is_set_is_read() {
        let settings = read(&[
            (DELAY, "17"),
            (SLOW_START, "30"),
            (STICKY, "true"),
            (CROSS_ZONE, "false"),
            ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "2"),
            (
                "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
                "50",
            ),
            ("target_group_health.dns_failover.minimum_healthy_targets.count", "off"),
            ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off"),
        ])
        .unwrap();
        assert_eq!(settings.deregistration_delay, Duration::from_secs(17));
        assert_eq!(settings.slow_start, Duration::from_secs(30));
        assert!(settings.sticky);
        assert_eq!(settings.cross_zone, Some(false));
        assert_eq!(settings.fail_open, Minimum { count: Some(2), percentage: Some(50) });
        assert_eq!(settings.dns_failover, Minimum { count: None, percentage: None });
    }

    #[test]
    fn a_group_may_leave_its_zones_to_the_load_balancer() {
        let cross_zone = |text| read(&[(CROSS_ZONE, text)]).unwrap().cross_zone;
        assert_eq!(cross_zone("use_load_balancer_configuration"), None);
        assert_eq!(cross_zone("true"), Some(true));
    }

    #[test]
    fn what_is_no_number_is_named_with_its_key() {
        for key in [DELAY, SLOW_START, &format!("{FAIL_OPEN}.count")] {
            assert_eq!(read(&[(key, "soon")]), Err(format!("{key} is \"soon\"")));
        }
    }
}
