//! One run at a time works on a group. The lock is this machine's: two machines do not see each
//! other's.
//!
//! The kernel holds it (`flock`) and releases it when the process dies, however it dies. The
//! content of the lock file only tells who it was; the files stay, because deleting one that
//! somebody is about to lock would let two in.

mod error;
mod wait;

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

pub use self::error::LockError;
use super::folder::{open_plain, private_folder};
use super::holder::Holder;
use super::write::{FILE_MODE, own};
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
        let groups: BTreeSet<_> = groups.iter().collect();
        let lock = |group: &GroupArn| Locked::new(folder.join(file_name(group)), group);
        // Whoever died there is overwritten only when nothing more can come in between.
        let locked = groups.into_iter().map(lock).collect::<Result<Vec<_>, _>>()?;
        let mut locks = Self { files: Vec::new(), taken_over: Vec::new() };
        for Locked { path, mut file, left_behind } in locked {
            say(&mut file, holder).map_err(LockError::io("write to", &path))?;
            locks.files.push(file);
            tracing::debug!(path = %path.display(), "locked");
            locks.taken_over.extend(left_behind);
        }
        Ok(locks)
    }

    /// Locks of processes that had died without releasing them: their runs may hold targets out.
    pub fn taken_over(&self) -> &[TakenOver] {
        &self.taken_over
    }
}

/// One lock that is held, before it is said by whom.
struct Locked {
    path: PathBuf,
    file: File,
    left_behind: Option<TakenOver>,
}

impl Locked {
    fn new(path: PathBuf, group: &GroupArn) -> Result<Self, LockError> {
        let mut file = open(&path).map_err(LockError::io("open", &path))?;
        let locked = file.try_lock();
        let mut content = String::new();
        file.read_to_string(&mut content).map_err(LockError::io("read", &path))?;
        let said: Option<Holder> = serde_json::from_str(&content).ok();
        match locked {
            Ok(()) => {
                let left_behind =
                    (!content.is_empty()).then(|| TakenOver { group: group.clone(), from: said });
                Ok(Self { path, file, left_behind })
            }
            Err(TryLockError::WouldBlock) => {
                Err(LockError::Held { group: group.clone(), holder: said.map(Box::new) })
            }
            Err(TryLockError::Error(error)) => Err(LockError::io("lock", &path)(error)),
        }
    }
}

impl Drop for GroupLocks {
    fn drop(&mut self) {
        tracing::debug!(locks = self.files.len(), "lets go of its locks");
        for file in &self.files {
            // Content that stays is only said to be taken over from a dead process later.
            let _ = file.set_len(0);
            // A command that is just being started has a copy of the file for a moment.
            let _ = file.unlock();
        }
    }
}

/// The standard library opens with `O_CLOEXEC`, so a command that outlives us holds no lock.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(FILE_MODE);
    match options.clone().create_new(true).open(path) {
        Ok(file) => own(&file).map(|()| file),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => open_plain(&options, path),
        failed => failed,
    }
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
