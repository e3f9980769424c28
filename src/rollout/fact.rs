//! What has happened: the one event type that is journalled, applied and shown.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::gates::Hook;
use super::moment::Moment;
use super::process::Process;
use super::step::Step;
use super::target::{GroupArn, TargetId};

/// One thing that happened to one target, or to the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "kebab-case")]
pub enum Fact {
    /// A step is about to act.
    Started {
        /// Which target.
        target: TargetId,
        /// Which step.
        step: Step,
    },
    /// A step has done what it should.
    Finished {
        /// Which target.
        target: TargetId,
        /// Which step.
        step: Step,
        /// For a wait: how it went.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waited: Option<Waited>,
    },
    /// A step has not done what it should, and is not tried again.
    Failed {
        /// Which target.
        target: TargetId,
        /// Which step.
        step: Step,
        /// What went wrong.
        failure: Failure,
    },
    /// A step is passed over because a person says that it has been done.
    Skipped {
        /// Which target.
        target: TargetId,
        /// Which step.
        step: Step,
    },
    /// Another run has put a target back that this one held out, and has seen it in service.
    PutBack {
        /// Which target.
        target: TargetId,
        /// The other run.
        by: String,
        /// Only in these of its groups; empty means in all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        groups: Vec<GroupArn>,
    },
    /// A person says that a target that this run holds out is not to be put back any more, for
    /// instance because it or its group is gone.
    Forgotten {
        /// Which target.
        target: TargetId,
        /// Who says so.
        by: String,
        /// Only in these of its groups; empty means in all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        groups: Vec<GroupArn>,
    },
    /// What is run around a batch is about to be run.
    HookStarted {
        /// Which.
        hook: Hook,
        /// Around which batch; the first one is 1.
        batch: usize,
    },
    /// It has done what it should.
    HookFinished {
        /// Which.
        hook: Hook,
        /// Around which batch.
        batch: usize,
    },
    /// It has not.
    HookFailed {
        /// Which.
        hook: Hook,
        /// Around which batch.
        batch: usize,
        /// What went wrong.
        failure: Failure,
    },
    /// A person or a supervisor asked the run to stop.
    Interrupted {
        /// The signal's name, e.g. `SIGTERM`.
        signal: String,
    },
    /// The window of the run is over: nobody else is begun with.
    WindowClosed,
    /// Another process took the run up; steps that were under way when it died are done again.
    Resumed {
        /// Which one; a journal of an earlier version does not tell.
        #[serde(default, flatten, skip_serializing_if = "Option::is_none")]
        by: Option<Process>,
    },
}

impl Fact {
    /// Whom it is about; `None` if about the run.
    pub fn target(&self) -> Option<&TargetId> {
        match self {
            Self::Started { target, .. }
            | Self::Finished { target, .. }
            | Self::Failed { target, .. }
            | Self::Skipped { target, .. }
            | Self::PutBack { target, .. }
            | Self::Forgotten { target, .. } => Some(target),
            Self::HookStarted { .. }
            | Self::HookFinished { .. }
            | Self::HookFailed { .. }
            | Self::Interrupted { .. }
            | Self::WindowClosed
            | Self::Resumed { .. } => None,
        }
    }
}

/// A fact with its time, as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated {
    /// When it happened.
    pub at: Moment,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

/// How a wait went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// How often the load balancer was looked at.
    pub looks: u32,
    /// The time between the last look that said no and the one that said yes: the wait's end
    /// was noticed at most so much too late.
    #[serde(rename = "late_at_most_ms", with = "super::millis")]
    pub late_at_most: Duration,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong and why, as a fragment that fits after "failed to …".
    pub what: String,
    /// What a person can do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether the step may have changed something before it failed.
    pub may_have_acted: bool,
    /// Whether what was in service has left it: what served before is needed again, if there is any.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_service: bool,
    /// What the command printed last, oldest line first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub last_lines: Vec<String>,
}

impl Failure {
    /// A failure that is not one of the user's command.
    pub fn new(what: impl Into<String>, hint: Option<String>, may_have_acted: bool) -> Self {
        let (left_service, last_lines) = (false, Vec::new());
        Self { what: what.into(), hint, may_have_acted, left_service, last_lines }
    }
}
