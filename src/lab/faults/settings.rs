//! The knobs of the faults, as they stand in a fleet file and in `/lab/faults`.
//! A change names only the knobs that it turns.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::bucket::TokenBucket;

/// The longest delay or age; longer ones only hide a mistyped number.
const LONGEST_MS: u64 = 600_000;

/// What goes wrong, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultSettings {
    /// The account's call rates; `true` for the documented ones, `false` for no throttling.
    #[serde(with = "switch")]
    pub throttling: Option<Throttling>,
    /// So many percent of the calls are throttled, whatever the rates say.
    pub throttle_percent: f64,
    /// In so many percent of the calls HTTP 503 or 500 is answered, and nothing is done.
    pub error_percent: f64,
    /// In so many percent of the calls the work is done, and the connection is cut instead of answering.
    pub cut_percent: f64,
    /// In so many percent of the calls nothing is done, and the connection is reset.
    pub reset_percent: f64,
    /// Each answer comes so much later.
    pub latency_ms: u64,
    /// And up to so much later again, by chance.
    pub latency_jitter_ms: u64,
    /// `DescribeTargetHealth` tells what was true so long ago.
    pub health_age_ms: u64,
    /// `DescribeTargetHealth` does not tell the zones of instances, as the real service seldom does.
    pub untold_zones: bool,
}

/// The two buckets that all callers of the account share.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Throttling {
    /// For `Describe*`.
    pub describe: Rate,
    /// For everything that changes something.
    pub mutate: Rate,
}

/// A bucket's size and how fast it fills.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Calls at once.
    pub burst: f64,
    /// Calls a second in the long run.
    pub per_second: f64,
}

/// A setting that makes no sense.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct SettingsError(String);

impl Default for Throttling {
    /// The documented numbers of 2025: `Describe*` 40 and 10/s, registering 20 and 4/s. Other
    /// changes share the latter, which is not documented.
    fn default() -> Self {
        Self {
            describe: Rate { burst: 40.0, per_second: 10.0 },
            mutate: Rate { burst: 20.0, per_second: 4.0 },
        }
    }
}

impl Default for FaultSettings {
    /// Throttling as AWS does it, and nothing else.
    fn default() -> Self {
        Self { throttling: Some(Throttling::default()), ..Self::NONE }
    }
}

impl FaultSettings {
    /// Nothing goes wrong, and nobody is throttled.
    pub const NONE: Self = Self {
        throttling: None,
        throttle_percent: 0.0,
        error_percent: 0.0,
        cut_percent: 0.0,
        reset_percent: 0.0,
        latency_ms: 0,
        latency_jitter_ms: 0,
        health_age_ms: 0,
        untold_zones: false,
    };

    /// These settings with the keys of a JSON object put over them.
    ///
    /// # Errors
    /// An unknown key, or a value that is not within its range.
    pub fn with(&self, changes: &[u8]) -> Result<Self, SettingsError> {
        let wrong = |error: serde_json::Error| SettingsError(error.to_string());
        let changes: serde_json::Map<String, Value> =
            serde_json::from_slice(changes).map_err(wrong)?;
        let mut whole = serde_json::to_value(self).map_err(wrong)?;
        if let Value::Object(whole) = &mut whole {
            whole.extend(changes);
        }
        let settings: Self = serde_json::from_value(whole).map_err(wrong)?;
        settings.checked()
    }

    /// The same, if every number is within its range.
    ///
    /// # Errors
    /// Names the knob that is not.
    pub fn checked(self) -> Result<Self, SettingsError> {
        let percents = [
            ("throttle_percent", self.throttle_percent),
            ("error_percent", self.error_percent),
            ("cut_percent", self.cut_percent),
            ("reset_percent", self.reset_percent),
        ];
        for (name, percent) in percents {
            if !(0.0..=100.0).contains(&percent) {
                return Err(SettingsError(format!("{name} is not within 0 and 100")));
            }
        }
        let times = [
            ("latency_ms", self.latency_ms),
            ("latency_jitter_ms", self.latency_jitter_ms),
            ("health_age_ms", self.health_age_ms),
        ];
        for (name, time) in times {
            if time > LONGEST_MS {
                return Err(SettingsError(format!("{name} is over {LONGEST_MS}")));
            }
        }
        Ok(self)
    }
}

/// Throttling is written as `true`, `false`, or a table of rates.
mod switch {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Throttling;

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Switch {
        On(bool),
        Rates(Throttling),
    }

    pub(super) fn serialize<S: Serializer>(
        throttling: &Option<Throttling>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        throttling.map_or(Switch::On(false), Switch::Rates).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Throttling>, D::Error> {
        Ok(match Switch::deserialize(deserializer)? {
            Switch::On(on) => on.then(Throttling::default),
            Switch::Rates(rates) => Some(rates),
        })
    }
}

impl Rate {
    pub(super) fn bucket(self) -> TokenBucket {
        TokenBucket::new(self.burst, self.per_second)
    }
}
