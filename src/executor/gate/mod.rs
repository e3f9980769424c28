//! Gates: what is asked until a target is ready, and whether it serves as it should.
//!
//! What follows from an answer is decided elsewhere.

mod again;
mod answer;
mod http;
mod until;
mod url;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(super) use again::ready_by_command;
pub(super) use http::Wanted;
pub(super) use until::{Patience, pass};
pub use url::host_is_target;

use super::command::check_shell;
use super::{ExecutorError, Statuses};

/// A service that boots is noticed within a second, and is not burdened by being asked.
pub const DEFAULT_READY_INTERVAL: Duration = Duration::from_secs(1);
/// Slow services boot within a minute; twice that, and no more, is lost on one that never does.
pub const DEFAULT_READY_TIME_LIMIT: Duration = Duration::from_secs(120);
/// What is in service answers; this is for a lost packet and a worker that is just replaced.
pub const DEFAULT_VERIFY_URL_TIME_LIMIT: Duration = Duration::from_secs(30);
/// Smoke tests take minutes, and one that hangs should not take longer than that.
pub const DEFAULT_VERIFY_COMMAND_TIME_LIMIT: Duration = Duration::from_secs(300);

/// Something to ask, how often, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Gate {
    /// What to ask.
    pub ask: Ask,
    /// Between one answer and the next question.
    #[serde(rename = "interval_ms", with = "crate::rollout::millis")]
    pub interval: Duration,
    /// How long all of it may take.
    #[serde(rename = "time_limit_ms", with = "crate::rollout::millis")]
    pub time_limit: Duration,
}

/// What a gate asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// An HTTP GET, straight to where the URL leads: no proxy, and no redirect followed.
    Url {
        /// With `{target}`, `{port}` and `{zone}`; with `{port}` it is asked on each port.
        url: String,
        /// The statuses that fit.
        #[serde(default)]
        status: Statuses,
        /// What the answer's body has to contain.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
    },
    /// A command for `sh -c`; 0 as its exit code fits.
    Command(String),
    /// Whether anything takes connections on each port of the target, where its address is known.
    Listens,
}

impl Gate {
    /// Asked until a target is ready, as often and as long as is usual.
    pub fn ready(ask: Ask) -> Self {
        Self { ask, interval: DEFAULT_READY_INTERVAL, time_limit: DEFAULT_READY_TIME_LIMIT }
    }

    /// Asked once a target is in service, as often and as long as is usual.
    pub fn verify(ask: Ask) -> Self {
        let time_limit = match ask {
            Ask::Url { .. } | Ask::Listens => DEFAULT_VERIFY_URL_TIME_LIMIT,
            Ask::Command(_) => DEFAULT_VERIFY_COMMAND_TIME_LIMIT,
        };
        Self { ask, interval: DEFAULT_READY_INTERVAL, time_limit }
    }

    /// Whether it can be asked at all, as far as that is the same for every target.
    ///
    /// # Errors
    /// As asking would fail.
    pub fn check(&self) -> Result<(), ExecutorError> {
        match &self.ask {
            Ask::Url { url, .. } => url::check(url),
            Ask::Command(script) => check_shell(script),
            Ask::Listens => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
