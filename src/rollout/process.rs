//! Who works on a run, as people look for it. Nobody is asked here.

use serde::{Deserialize, Serialize};

/// A process that works on a run, as people look for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// The login name, or `uid 1000` if the environment tells none.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The process id.
    pub pid: u32,
}
