//! Runs local commands to their end: the deploy command without a shell, all others in one.
//!
//! Nothing here connects to a target or knows what a program does. `{target}`, `{port}` and `{zone}` are
//! replaced inside the words of the deploy command; the same and more is in the environment of
//! every command that works for a target:
//!
//! | variable | value |
//! |---|---|
//! | `ELB_DEPLOY_TARGET` | the instance id or address |
//! | `ELB_DEPLOY_PORT` | the port of its first registration; `{port}` is the same |
//! | `ELB_DEPLOY_PORTS` | all its ports, each once, with commas |
//! | `ELB_DEPLOY_ZONE` | its Availability Zone; empty if the load balancer tells none |
//! | `ELB_DEPLOY_GROUPS` | the names of its groups, with commas |
//! | `ELB_DEPLOY_GROUP_ARNS` | their ARNs, with commas, in the same order |
//! | `ELB_DEPLOY_RUN` | the id of the run |
//! | `ELB_DEPLOY_WORK` | what it is for: `deploy`, `rollback`, `start`, `stop`, `ready` or `verify` |
//! | `ELB_DEPLOY_OLD_PORT` | of a flip: the port that served before it; empty at a first deploy |
//! | `ELB_DEPLOY_COLOR` | of a flip: `blue` if its port is the first of the two, else `green` |
//!
//! Standard input is empty, but a hook's. Standard output and error go to one file in the order in
//! which they are written. A command is through when it exits: what it leaves in the background
//! lives on.

mod find;
mod job;
mod lines;
mod output;
mod processes;
mod program;
mod runnable;
mod shell;
mod still_running;
mod words;

use std::path::PathBuf;
use std::time::Duration;

use crate::rollout::Ports;

pub use find::find_program;
pub(super) use job::Job;
pub(super) use output::{OWNER_ONLY_FILE, OWNER_ONLY_FOLDER};
pub use program::check_program;
pub(super) use program::deploy;
pub use shell::check_shell;
pub(super) use shell::{flipping, hook, work};
pub use still_running::{StillRunning, still_running};
pub(super) use words::{PORT, TARGET, ZONE, ports};
pub use words::{names_color, unknown_placeholders};

/// Between asking a command to end and killing it.
pub const DEFAULT_KILL_GRACE: Duration = Duration::from_secs(10);

/// How the commands of a run are run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOptions {
    /// How long a command may take to end once it is asked to.
    pub kill_grace: Duration,
    /// The run's id, for their environment.
    pub run: String,
    /// Where their output is kept: `<target>.log` of the deploy command, `<target>.ready.log` and
    /// the like of other work, `before-batch-1.log` and the like of hooks.
    pub output_folder: PathBuf,
    /// The two ports of a flip, which its commands are told of.
    pub ports: Option<Ports>,
}

#[cfg(test)]
mod tests;
