//! The port to the machine that is deployed: runs the user's command for one target.

pub mod command;
mod error;

use async_trait::async_trait;
use tokio::sync::mpsc;

pub use error::{Ended, ExecutorError, Unrunnable};

use crate::rollout::Target;

/// A line that a command printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputLine {
    /// The text without its line break; bytes that are not UTF-8 replaced.
    pub text: String,
}

/// Runs the deploy command for a target.
#[async_trait]
pub trait Executor: Send + Sync {
    /// Runs it to its end, or to its time limit; each line it prints goes to `output`.
    ///
    /// # Errors
    /// Every end but exit code 0 is an error that says how it ended.
    async fn deploy(
        &self,
        target: &Target,
        output: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError>;
}
