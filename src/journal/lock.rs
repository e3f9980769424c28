//! One run at a time works on a group. The lock is this machine's: two machines do not see each
//! other's.
//!
//! The kernel holds it (`flock`) and releases it when the process dies, however it dies. The
//! content of the lock file only tells who it was; the files stay, because deleting one that
//! somebody is about to lock would let two in.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::folder::private_folder;
use super::holder::Holder;
use super::write::FILE_MODE;
use crate::rollout::GroupArn;

/// The locks of a run, held until this is dropped or the process dies.
#[derive(Debug)]
#[must_use = "the locks are released when this is dropped"]
pub struct GroupLocks {
    files: Vec<File>,
    taken_over: Vec<TakenOver>,
}

/// A lock that a process left behind when it died.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenOver {
    /// The group that was locked.
    pub group: GroupArn,
    /// Who died, if that can still be read.
    pub from: Option<Holder>,
}

impl fmt::Display for TakenOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let group = self.group.name();
        match &self.from {
            Some(from) => {
                write!(f, "took over the lock on group {group} of a run that died: {from}")
            }
            None => write!(f, "took over the lock on group {group} of a run that died"),
        }
    }
}

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

impl GroupLocks {
    /// Locks all the groups or none, without waiting.
    ///
    /// # Errors
    /// Another run holds one of them, or a lock file cannot be made or written.
    pub fn acquire(
        state_dir: &Path,
        groups: &[GroupArn],
        holder: &Holder,
    ) -> Result<Self, LockError> {
        let folder = state_dir.join("locks");
        private_folder(&folder).map_err(LockError::io("create", &folder))?;
        // Sorted: two runs that share groups meet at the same one first, so one of them gets all.
        let mut groups: Vec<_> = groups.iter().collect();
        groups.sort();
        groups.dedup();
        let mut locks = Self { files: Vec::new(), taken_over: Vec::new() };
        for group in groups {
            locks.add(&folder.join(file_name(group)), group, holder)?;
        }
        Ok(locks)
    }

    /// Locks of processes that had died without releasing them: their runs may hold targets out.
    pub fn taken_over(&self) -> &[TakenOver] {
        &self.taken_over
    }

    fn add(&mut self, path: &Path, group: &GroupArn, holder: &Holder) -> Result<(), LockError> {
        let mut file = open(path).map_err(LockError::io("open", path))?;
        let locked = file.try_lock();
        let mut content = String::new();
        file.read_to_string(&mut content).map_err(LockError::io("read", path))?;
        let said = serde_json::from_str(&content).ok();
        match locked {
            Ok(()) if content.is_empty() => {}
            Ok(()) => self.taken_over.push(TakenOver { group: group.clone(), from: said }),
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { group: group.clone(), holder: said.map(Box::new) });
            }
            Err(TryLockError::Error(error)) => return Err(LockError::io("lock", path)(error)),
        }
        say(&mut file, holder).map_err(LockError::io("write to", path))?;
        self.files.push(file);
        Ok(())
    }
}

impl Drop for GroupLocks {
    fn drop(&mut self) {
        for file in &self.files {
            // Content that stays is only said to be taken over from a dead process later.
            let _ = file.set_len(0);
        }
    }
}

impl LockError {
    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Held { .. } => "wait until it has ended, then try again",
            Self::Io { .. } => "may this user write there? --state-dir names another folder",
        }
    }

    fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

/// The standard library opens with `O_CLOEXEC`, so a command that outlives us holds no lock.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(FILE_MODE)
        .open(path)
}

fn say(file: &mut File, holder: &Holder) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(&serde_json::to_vec(holder)?)
}

/// A file name that no other group has: no ARN holds an underscore, and if two odd ones shared a
/// name, one run would only wait for the other without need.
fn file_name(group: &GroupArn) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = group.as_str().chars().map(safe).collect();
    format!("{name}.lock")
}

#[cfg(test)]
mod tests;
