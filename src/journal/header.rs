//! The first line of a journal: what was to be done, by whom, and with which version.

use serde::{Deserialize, Serialize};

use super::process::Process;
use super::run_id::RunId;
use crate::rollout::{Moment, Plan};

/// The journal's format. It grows when an older version would misread a newer journal.
pub const FORMAT: u32 = 1;

/// What was to be done, by whom, and with which version of the tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Always [`FORMAT`] in what this version writes.
    pub format: u32,
    /// The run.
    pub run: RunId,
    /// When it began.
    pub at: Moment,
    /// The version of the tool.
    pub tool: String,
    /// Who began it.
    pub user: String,
    /// On which machine.
    pub host: String,
    /// In which process.
    pub pid: u32,
    /// What was to be done.
    pub plan: Plan,
}

impl Header {
    /// A header for a run that this process begins.
    pub fn new(run: RunId, at: Moment, plan: Plan) -> Self {
        let Process { user, host, pid } = Process::current();
        let tool = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT, run, at, tool, user, host, pid, plan }
    }
}
