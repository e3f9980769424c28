//! Writes a journal: a fact is on disk before anybody acts on it. It never reads what it wrote.

use std::fs::{self, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;

use serde::Serialize;

use super::brief::{self, Brief};
use super::error::JournalError;
use super::folder::{RunFolder, open_plain, sync_folder};
use super::header::Header;
use super::read::{Recorded, read_from};
use crate::rollout::Dated;

/// Plans and failures may hold what only the owner should see.
pub(super) const FILE_MODE: u32 = 0o600;

/// Far more tries than moments for which somebody asks.
const ASKERS: usize = 1_000;

/// The journal of a run that is under way. Only one process at a time holds it.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// Up to where the file holds whole lines that are on disk.
    good: u64,
    poisoned: bool,
    /// Held by who only adds what others did; see [`brief`].
    _brief: Option<Brief>,
}

impl Journal {
    /// Begins the journal of a new run below a state folder; the header is on disk afterwards.
    ///
    /// # Errors
    /// The run has a journal already, or its folder or file cannot be made or written.
    pub fn create(state_dir: &Path, header: &Header) -> Result<Self, JournalError> {
        let folder = RunFolder::of(state_dir, &header.run);
        folder.create()?;
        let path = folder.journal();
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(FILE_MODE)
            .open(&path)
            .and_then(|file| own(&file).map(|()| file))
            .map_err(JournalError::io("create", &path))?;
        let mut journal = Self::holding(file, path, lock)?;
        journal.write_line(header)?;
        sync_folder(folder.path())?;
        tracing::debug!(path = %journal.path.display(), "begins the journal");
        Ok(journal)
    }

    /// Takes up the journal of a run whose process is gone; a torn last line is cut off, since
    /// nobody acted on it.
    ///
    /// # Errors
    /// Another process still writes it, or it cannot be read as it was written.
    pub fn reopen(path: &Path) -> Result<(Self, Recorded), JournalError> {
        Self::reopen_if(path, |file| brief::patiently(path, || lock(file)))
    }

    /// The same for a moment, to add what others did about a run that is over: nobody takes that
    /// for the run itself.
    ///
    /// # Errors
    /// As [`Self::reopen`].
    pub fn reopen_briefly(path: &Path) -> Result<(Self, Recorded), JournalError> {
        let brief = Brief::of(path).map_err(JournalError::io("lock", path))?;
        let (mut journal, recorded) = Self::reopen_if(path, lock)?;
        journal._brief = Some(brief);
        Ok((journal, recorded))
    }

    fn reopen_if(
        path: &Path,
        lock: impl Fn(&File) -> Result<(), TryLockError>,
    ) -> Result<(Self, Recorded), JournalError> {
        let file = open_plain(OpenOptions::new().read(true).write(true), path)
            .map_err(JournalError::opening(path))?;
        let mut journal = Self::holding(file, path.to_owned(), lock)?;
        let recorded = read_from(&mut journal.file, path)?;
        journal.good = recorded.good_bytes;
        if recorded.torn {
            journal.cut_to_good().map_err(JournalError::io("repair", path))?;
        }
        journal.file.seek(SeekFrom::Start(journal.good)).map_err(JournalError::io("open", path))?;
        tracing::debug!(path = %path.display(), "goes on in the journal");
        Ok((journal, recorded))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a fact; it is on disk when this returns.
    ///
    /// It blocks for the milliseconds that a disk needs, on purpose: nothing may happen before
    /// the fact is safe, so the engine has nothing else to do meanwhile.
    ///
    /// # Errors
    /// The file is gone from its place, or cannot be written. After a failed write every later
    /// one is refused too: a fact missing in the middle would make the journal lie.
    pub fn append(&mut self, fact: &Dated) -> Result<(), JournalError> {
        self.write_line(fact)
    }

    fn holding(
        file: File,
        path: PathBuf,
        lock: impl Fn(&File) -> Result<(), TryLockError>,
    ) -> Result<Self, JournalError> {
        match lock(&file) {
            Ok(()) => Ok(Self { path, file, good: 0, poisoned: false, _brief: None }),
            Err(TryLockError::WouldBlock) => Err(JournalError::InUse { path }),
            Err(TryLockError::Error(error)) => Err(JournalError::io("lock", &path)(error)),
        }
    }

    /// A run must not go on with a journal that nobody would find after a crash.
    fn check_place(&self) -> Result<(), JournalError> {
        let place = |meta: fs::Metadata| (meta.dev(), meta.ino());
        let mine = self.file.metadata().map(place);
        match fs::metadata(&self.path).map(place) {
            Ok(there) if mine.is_ok_and(|mine| mine == there) => Ok(()),
            Ok(_) => Err(JournalError::Lost { path: self.path.clone() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(JournalError::Lost { path: self.path.clone() })
            }
            Err(error) => Err(JournalError::io("find", &self.path)(error)),
        }
    }

    fn write_line(&mut self, value: &impl Serialize) -> Result<(), JournalError> {
        if self.poisoned {
            return Err(JournalError::Poisoned { path: self.path.clone() });
        }
        let mut line = serde_json::to_vec(value)
            .map_err(|source| JournalError::Unwritable { path: self.path.clone(), source })?;
        line.push(b'\n');
        if let Err(error) = self.check_place() {
            self.poisoned = true;
            return Err(error);
        }
        if let Err(error) = self.file.write_all(&line).and_then(|()| self.file.sync_data()) {
            self.poisoned = true;
            // A line that stays is recognised as torn later, so a failure here changes nothing.
            let _ = self.cut_to_good();
            return Err(JournalError::io("write to", &self.path)(error));
        }
        self.good += line.len() as u64;
        Ok(())
    }

    fn cut_to_good(&self) -> io::Result<()> {
        self.file.set_len(self.good)?;
        self.file.sync_data()
    }
}

impl Drop for Journal {
    /// A command that another thread is just starting has a copy of the file for a moment, and
    /// would keep the lock with it.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// A process that asks whether the journal is being written shares its lock for a moment; that
/// alone is no reason to say that it is in use.
fn lock(file: &File) -> Result<(), TryLockError> {
    for _ in 0..ASKERS {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => file.try_lock_shared().and_then(|()| {
                thread::yield_now();
                file.unlock().map_err(TryLockError::Error)
            })?,
            locked => return locked,
        }
    }
    file.try_lock()
}

/// An odd umask takes even the owner's permissions from a new file.
pub(super) fn own(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(FILE_MODE))
}

#[cfg(test)]
mod tests;
