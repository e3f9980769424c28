//! What a check finds, and what would change it. How it reads on a screen is not known here.

use serde::Serialize;

use crate::rollout::GroupArn;

/// How bad it is; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// A run would be refused, could not come to its end, or would hurt clients.
    Fail,
    /// A run would be slow, or would hurt clients if something more goes wrong.
    Warn,
    /// As it should be.
    Ok,
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// Which check; the name stays the same from version to version.
    pub check: &'static str,
    /// Of which group; none if it is about the run as a whole.
    pub group: Option<GroupArn>,
    /// What was found, with its number.
    pub what: String,
    /// What would change it; one or the other, or one after the other.
    pub changes: Vec<Change>,
}

/// What a person can do about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// In words.
    Words(String),
    /// Another setting of the finding's group.
    Set(Setting),
}

/// Settings of a group, as the API takes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// `ModifyTargetGroupAttributes`: keys and values.
    Attributes(Vec<(&'static str, String)>),
    /// `ModifyTargetGroup`: options of the AWS CLI and values.
    HealthCheck(Vec<(&'static str, u64)>),
    /// `RemoveTags`: the key of the tag.
    Untagged(&'static str),
}

impl Finding {
    /// A finding of no group, which nothing has to be done about.
    pub fn new(level: Level, check: &'static str, what: impl Into<String>) -> Self {
        Self { level, check, group: None, what: what.into(), changes: Vec::new() }
    }

    /// The same, of a group.
    #[must_use]
    pub fn of(self, group: &GroupArn) -> Self {
        Self { group: Some(group.clone()), ..self }
    }

    /// The same, and what to do about it.
    #[must_use]
    pub fn advise(mut self, words: impl Into<String>) -> Self {
        self.changes.push(Change::Words(words.into()));
        self
    }

    /// The same, and which setting to change.
    #[must_use]
    pub fn set(mut self, setting: Setting) -> Self {
        self.changes.push(Change::Set(setting));
        self
    }
}
