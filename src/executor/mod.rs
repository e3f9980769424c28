//! The port to the machine that is deployed: does one piece of work for one target, and runs hooks.
//!
//! Whether and when something is done is decided elsewhere.

pub mod command;
mod error;
mod gate;
mod hook;
mod idle;
mod jobs;
mod machine;
mod statuses;
mod unrunnable;
mod work;

use async_trait::async_trait;
use tokio::sync::mpsc;

pub use error::{Ended, ExecutorError};
pub use gate::{
    Ask, DEFAULT_READY_INTERVAL, DEFAULT_READY_TIME_LIMIT, DEFAULT_VERIFY_COMMAND_TIME_LIMIT,
    DEFAULT_VERIFY_URL_TIME_LIMIT, Gate, host_is_target,
};
pub use hook::{Briefing, DEFAULT_HOOK_TIME_LIMIT, Hook, Occasion};
pub use idle::listens;
pub use jobs::Jobs;
pub use machine::Machine;
pub use statuses::{NotStatuses, Statuses};
pub use unrunnable::Unrunnable;
pub use work::Work;

use crate::rollout::Target;

/// A line that a command printed, or that tells how a gate stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputLine {
    /// The text without its line break; bytes that are not UTF-8 replaced.
    pub text: String,
}

/// Works on the machine of a target.
#[async_trait]
pub trait Executor: Send + Sync {
    /// Does the work to its end, or to its time limit; what it prints and how it stands goes to
    /// `output`, line by line. Work for which there is nothing to do is done at once.
    ///
    /// [`Work::Ready`] returns once the target is ready. What is dropped halfway is asked to end.
    ///
    /// # Errors
    /// Every other end is an error that says how it ended.
    async fn run(
        &self,
        work: Work,
        target: &Target,
        output: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError>;

    /// Runs what is to be run on an occasion, and tells it this. Where nothing is, it is done at once.
    ///
    /// # Errors
    /// Every end but exit code 0.
    async fn hook(
        &self,
        occasion: Occasion,
        briefing: Briefing,
        output: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError>;
}
