//! What can be done for a target on its machine. How is not known here.

use std::fmt;

use crate::rollout::Side;

/// One kind of work for one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// Put the new release on it.
    Deploy,
    /// Put back what was there before.
    Rollback,
    /// Start the new release on the port that is idle.
    Start,
    /// Stop what runs on the port of this side, which no longer serves.
    Stop(Side),
    /// Wait until it could serve, before it is registered.
    Ready,
    /// See whether it serves as it should, once it is in service.
    Verify,
}

impl Work {
    /// What does it, in words: `the rollback command`.
    pub(super) fn command(self) -> String {
        format!("the {self} command")
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Deploy => "deploy",
            Self::Rollback => "rollback",
            Self::Start => "start",
            Self::Stop(_) => "stop",
            Self::Ready => "ready",
            Self::Verify => "verify",
        })
    }
}
