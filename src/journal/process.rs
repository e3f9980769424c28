//! Who runs this tool, and where: what journals and locks say to people on the same machine.

use std::env;

/// The process that writes a journal or holds a lock, as people look for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// The login name, or `uid 1000` if the environment tells none.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The process id.
    pub pid: u32,
}

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
