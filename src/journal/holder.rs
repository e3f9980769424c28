//! Who holds a lock, in the words that the second one sees.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::process::Process;
use super::run_id::RunId;
use crate::rollout::Moment;
use crate::utc;

/// The run that holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The run.
    pub run: RunId,
    /// Its process.
    pub pid: u32,
    /// The machine it runs on.
    pub host: String,
    /// Who began it.
    pub user: String,
    /// Since when it holds the lock.
    pub since: Moment,
    /// What it does, e.g. `roll i-0abc, i-0def`.
    pub why: String,
}

impl Holder {
    /// This process, working on a run.
    pub fn new(run: RunId, since: Moment, why: impl Into<String>) -> Self {
        let Process { user, host, pid } = Process::current();
        Self { run, pid, host, user, since, why: why.into() }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, pid, host, user, since, why } = self;
        let since = utc::date_and_time(*since);
        write!(f, "{user} (pid {pid} on {host}) since {since} for {why}, run {run}")
    }
}
