//! Who adds a line to the journal of a run that is over has it locked for a moment, and is not to be
//! taken for a process that is at work on the run: it locks the run's folder as well.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// A line is on disk sooner by far, also on a busy disk.
const LIMIT: Duration = Duration::from_secs(5);
const GAP: Duration = Duration::from_millis(5);

/// The lock on a run's folder.
#[derive(Debug)]
pub(super) struct Brief(File);

impl Brief {
    /// The lock for the journal at a path, once others have let go of it.
    pub(super) fn of(journal: &Path) -> io::Result<Self> {
        let folder = File::open(folder(journal))?;
        folder.lock()?;
        Ok(Self(folder))
    }
}

impl Drop for Brief {
    /// At once, and not when the last copy is closed that a command being started may have.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// Tries to lock a journal, and again while somebody has it for a moment only.
pub(super) fn patiently(
    journal: &Path,
    lock: impl Fn() -> Result<(), TryLockError>,
) -> Result<(), TryLockError> {
    let tries = LIMIT.as_millis() / GAP.as_millis();
    for _ in 0..tries {
        match lock() {
            Err(TryLockError::WouldBlock) if is_brief(journal) => pause(),
            locked => return locked,
        }
    }
    lock()
}

/// A disk is waited for here, as everywhere where a journal is read or written.
#[expect(clippy::disallowed_methods, reason = "a file lock knows no runtime")]
fn pause() {
    thread::sleep(GAP);
}

fn is_brief(journal: &Path) -> bool {
    let Ok(folder) = File::open(folder(journal)) else { return false };
    let asked = folder.try_lock_shared();
    let _ = folder.unlock();
    matches!(asked, Err(TryLockError::WouldBlock))
}

fn folder(journal: &Path) -> &Path {
    journal.parent().unwrap_or(journal)
}
