//! The name of a run. Nothing is encoded in it but the time it was made.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::{NoContext, Timestamp, Uuid};

use crate::rollout::Moment;

/// The name of one run, and of its folder; later runs sort after earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(Uuid);

impl RunId {
    /// A name that no other run has.
    pub fn unique() -> Self {
        Self(Uuid::now_v7())
    }

    /// A name that no other run has, made at this moment.
    pub fn made_at(moment: Moment) -> Self {
        let since = moment.since(Moment::from_millis(0));
        let time = Timestamp::from_unix(NoContext, since.as_secs(), since.subsec_nanos());
        Self(Uuid::new_v7(time))
    }

    /// When it was made; none is known of a name that was not made by [`Self::unique`], for
    /// instance of one from after the year 9999.
    pub fn made(&self) -> Option<Moment> {
        let (seconds, nanos) = self.0.get_timestamp()?.to_unix();
        let made = Moment::from_millis(0).after(Duration::new(seconds, nanos));
        Some(made).filter(|made| *made <= Moment::LAST)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.hyphenated().to_string())
    }
}

/// Text that names no run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not the id of a run")]
pub struct NotARunId(String);

impl FromStr for RunId {
    type Err = NotARunId;

    fn from_str(text: &str) -> Result<Self, NotARunId> {
        Uuid::try_parse(text).map(Self).map_err(|_| NotARunId(text.to_owned()))
    }
}

impl TryFrom<String> for RunId {
    type Error = NotARunId;

    fn try_from(text: String) -> Result<Self, NotARunId> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.to_string()
    }
}
