//! What can be done for a target on its machine. How is not known here.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One kind of work for one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Put the new release on it.
    Deploy,
    /// Put back what was there before.
    Rollback,
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
            Self::Ready => "ready",
            Self::Verify => "verify",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_it_is_said() {
        for work in [Work::Deploy, Work::Rollback, Work::Ready, Work::Verify] {
            assert_eq!(serde_json::to_string(&work).unwrap(), format!("\"{work}\""));
        }
    }
}
