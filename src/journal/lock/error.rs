//! Why a lock cannot be had, and who has it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::super::error::room;
use super::super::holder::Holder;
use crate::rollout::GroupArn;

/// Why the groups of a run cannot be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run works on a group.
    #[error(
        "lock group {}: held by {}",
        group.name(),
        OrUnknown(holder)
    )]
    Held {
        /// Which group.
        group: GroupArn,
        /// Who works on it; unknown while that run is just beginning or ending.
        holder: Option<Box<Holder>>,
    },
    /// The system refused a file operation.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was tried, e.g. `open`.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

struct OrUnknown<'a>(&'a Option<Box<Holder>>);

impl fmt::Display for OrUnknown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(holder) => holder.fmt(f),
            None => f.write_str("a run that is just beginning or ending"),
        }
    }
}

impl LockError {
    /// Whether another run's end would help.
    pub fn is_held(&self) -> bool {
        matches!(self, Self::Held { .. })
    }

    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Held { .. } => "wait until it has ended, for example with --lock-wait 10m",
            Self::Io { source, .. } => room(source)
                .unwrap_or("may this user write there? --state-dir names another folder"),
        }
    }

    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_room_is_told_to_make_some_and_nobody_else_is() {
        let failed = |kind: io::ErrorKind| {
            LockError::io("write to", Path::new("/state/locks/web.lock"))(kind.into()).hint()
        };
        for full in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
            assert!(failed(full).starts_with("free some space"), "{full}");
        }
        assert!(failed(io::ErrorKind::FileTooLarge).contains("ulimit -f"));
        assert!(failed(io::ErrorKind::PermissionDenied).starts_with("may this user write"));
    }
}
