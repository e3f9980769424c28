//! Who runs this tool, and where: what journals and locks say to people on the same machine.

use std::env;

pub use crate::rollout::Process;

impl Process {
    /// This process.
    pub fn current() -> Self {
        let named = ["USER", "LOGNAME"].into_iter().filter_map(|name| env::var(name).ok());
        let user = named
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self { user, host, pid: std::process::id() }
    }
}
