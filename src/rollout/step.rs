//! What can be done to one target, and the strategies: ordered lists of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::target::Side;

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Ask the load balancer to take the registrations out.
    Deregister,
    /// Wait until they really are out.
    AwaitDrained,
    /// Run the user's command for this target.
    Deploy,
    /// Run the user's command that starts the new release beside the old one.
    Start,
    /// Run the user's command that brings back what was deployed before.
    Rollback,
    /// Ask the target itself until it is ready, before it is registered.
    AwaitReady,
    /// Ask the load balancer to put the registrations in.
    Register,
    /// Wait until they really serve.
    AwaitInService,
    /// Find out whether what serves is what was meant.
    Verify,
    /// See that it stays in service for a while.
    Bake,
    /// See that the new release serves on while what served before it is left running.
    StandBy,
    /// Run the user's command that stops what no longer serves.
    Stop,
}

impl Act {
    /// Whether it works on what the registrations of its side stand for, which must not receive traffic
    /// meanwhile.
    pub const fn changes_target(self) -> bool {
        self.deploys() || matches!(self, Self::Rollback | Self::Stop)
    }

    /// Whether it brings the new release.
    pub const fn deploys(self) -> bool {
        matches!(self, Self::Deploy | Self::Start)
    }
}

/// One thing done to one side of one target. Every step can be done twice without harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Step {
    /// What is done.
    pub act: Act,
    /// To which registrations.
    pub side: Side,
    /// Whether it undoes what came before it, after a failure.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undo: bool,
}

impl Step {
    /// Done to the registrations of before the run.
    pub const fn old(act: Act) -> Self {
        Self { act, side: Side::Old, undo: false }
    }

    /// Done to the registrations of after it.
    pub const fn new(act: Act) -> Self {
        Self { act, side: Side::New, undo: false }
    }

    pub(super) const fn undo(act: Act) -> Self {
        Self { act, side: Side::New, undo: true }
    }

    /// What it is called, whether it undoes something or not.
    pub const fn name(self) -> &'static str {
        match self.act {
            Act::Deregister => "deregister",
            Act::AwaitDrained => "await drained",
            Act::Deploy => "deploy",
            Act::Start => "start",
            Act::Rollback => "roll back",
            Act::AwaitReady => "await ready",
            Act::Register => "register",
            Act::AwaitInService => "await in service",
            Act::Verify => "verify",
            Act::Bake => "bake",
            Act::StandBy => "stand by",
            Act::Stop => "stop",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The ordered steps for one target. A strategy is data: the engine has no branch for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Take the target out, deploy it, put it back where it was.
    InPlace,
    /// Take the target out and leave it out, for work that is none of this tool's.
    Drain,
    /// Put back what was left out.
    Restore,
    /// Start the new release on another port, put that in, and only then take the old one out.
    Flip,
}

const IN_PLACE: &[Step] = &[
    Step::old(Act::Deregister),
    Step::old(Act::AwaitDrained),
    Step::old(Act::Deploy),
    Step::new(Act::Register),
    Step::new(Act::AwaitInService),
];

const FLIP: &[Step] = &[
    Step::new(Act::Start),
    Step::new(Act::Register),
    Step::new(Act::AwaitInService),
    Step::old(Act::Deregister),
    Step::old(Act::AwaitDrained),
    Step::old(Act::StandBy),
    Step::old(Act::Stop),
];

const DRAIN: &[Step] = &[Step::old(Act::Deregister), Step::old(Act::AwaitDrained)];

const RESTORE: &[Step] = &[Step::new(Act::Register), Step::new(Act::AwaitInService)];

impl Strategy {
    /// Its steps, in order.
    pub const fn steps(self) -> &'static [Step] {
        match self {
            Self::InPlace => IN_PLACE,
            Self::Drain => DRAIN,
            Self::Restore => RESTORE,
            Self::Flip => FLIP,
        }
    }

    /// Whether what it takes out is put in again by it.
    pub fn puts_in(self) -> bool {
        self.steps().iter().any(|step| step.act == Act::Register)
    }

    /// Whether it takes anything out.
    pub fn takes_out(self) -> bool {
        self.steps().iter().any(|step| step.act == Act::Deregister)
    }

    /// Whether the new registrations serve before the old ones are taken out.
    pub const fn overlaps(self) -> bool {
        matches!(self, Self::Flip)
    }

    /// The verb that makes runs of it.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::InPlace => "roll",
            Self::Drain => "drain",
            Self::Restore => "restore",
            Self::Flip => "flip",
        }
    }
}
