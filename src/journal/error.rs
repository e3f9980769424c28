//! How keeping or reading a journal can fail.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use super::header::FORMAT;

const THIS_VERSION: &str = env!("CARGO_PKG_VERSION");

/// A journal that cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system refused a file operation.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was tried, e.g. `write to`.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A fact or a plan has no JSON form.
    #[error("write to {}: {source}", path.display())]
    Unwritable {
        /// Which journal.
        path: PathBuf,
        /// What has no JSON form.
        source: serde_json::Error,
    },
    /// An earlier write failed; what would follow it could not be told from what got lost.
    #[error("write to {}: an earlier write failed, so nothing more is recorded", path.display())]
    Poisoned {
        /// Which journal.
        path: PathBuf,
    },
    /// Another process is writing this journal.
    #[error("open {}: its run is still under way in another process", path.display())]
    InUse {
        /// Which journal.
        path: PathBuf,
    },
    /// The process died before the header was written, so before anything was done.
    #[error("read {}: it has no header, so this run did nothing", path.display())]
    NotBegun {
        /// Which journal.
        path: PathBuf,
    },
    /// The file is not where it was: deleted, moved, or another one stands there.
    #[error("write to {}: it was deleted or moved while its run was under way", path.display())]
    Lost {
        /// Where it was.
        path: PathBuf,
    },
    /// A newer version of the tool wrote it.
    #[error(
        "read {}: it has format {format}, written by version {}, and this is version {THIS_VERSION}, \
         which reads format {FORMAT}",
        path.display(),
        tool.as_deref().unwrap_or("unknown")
    )]
    Newer {
        /// Which journal.
        path: PathBuf,
        /// Its format.
        format: u32,
        /// The version that wrote it, if its header tells.
        tool: Option<String>,
    },
    /// A line is not what was written.
    #[error("read {}: line {line} is damaged ({why}); {good} facts before it are good", path.display())]
    Damaged {
        /// Which journal.
        path: PathBuf,
        /// The line, counted from 1; line 1 is the header.
        line: usize,
        /// How many facts before it are good.
        good: usize,
        /// What is wrong with it.
        why: String,
    },
}

impl JournalError {
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

    /// Of what [`open_plain`](super::folder::open_plain) says: nobody wrote a journal that is no file.
    pub(super) fn opening(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::InvalidInput => {
                Self::Damaged { path, line: 1, good: 0, why: source.to_string() }
            }
            _ => Self::Io { doing: "open", path, source },
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::Io { source, .. } => hint_of(source)?,
            Self::Lost { .. } => {
                "put back what is said to be out of service: nothing else remembers it"
            }
            Self::InUse { .. } => "wait for that process to end, or interrupt it",
            Self::NotBegun { .. } => "its folder can be deleted",
            Self::Newer { tool: Some(tool), .. } if tool == THIS_VERSION => {
                "use a later version on this run: another one of the same number wrote it"
            }
            Self::Newer { tool: Some(tool), .. } => {
                return Some(format!("use version {tool} or a later one on this run").into());
            }
            Self::Newer { tool: None, .. } => "use the version that wrote it, or a later one",
            // Whoever knows how the journals were reached says how to see what is left of one.
            Self::Damaged { .. } | Self::Unwritable { .. } | Self::Poisoned { .. } => return None,
        };
        Some(hint.into())
    }
}

/// What makes room where something cannot be written, if that is what is missing. Nothing is out
/// of service yet wherever this is said.
pub(crate) fn room(source: &io::Error) -> Option<&'static str> {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Some("free some space there, or name another folder with --state-dir")
        }
        io::ErrorKind::FileTooLarge => Some("raise the limit on the size of a file (ulimit -f)"),
        _ => None,
    }
}

fn hint_of(source: &io::Error) -> Option<&'static str> {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(
            "free some space there, then go on or put back as is said; if nothing is, run it again",
        ),
        io::ErrorKind::FileTooLarge => Some(
            "raise the limit on the size of a file (ulimit -f), then go on or put back as is said; \
             if nothing is, run it again",
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Some("name a folder that you may write to with --state-dir")
        }
        io::ErrorKind::NotFound => Some("is it the same user and --state-dir as before?"),
        _ => None,
    }
}
