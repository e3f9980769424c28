//! Tells whether a journal's run is under way. Who that is stands in the journal, not here.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::folder::open_plain;

/// Whether some process writes the journal at a path right now; not if it cannot be asked for.
///
/// A run locks its journal before it writes the header, so asking takes nothing away from one
/// whose header can be read.
pub fn is_being_written(path: &Path) -> bool {
    let locked = |file: File| {
        let asked = file.try_lock_shared();
        // At once, and not when the last copy is closed that a command being started may have.
        let _ = file.unlock();
        matches!(asked, Err(TryLockError::WouldBlock))
    };
    open_plain(File::options().read(true), path).is_ok_and(locked)
}

#[cfg(test)]
mod tests {
    use super::super::{Header, Journal, RunFolder, RunId, sample};
    use super::*;

    #[test]
    fn a_journal_is_being_written_until_its_process_lets_go_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let header = Header::new(RunId::unique(), sample::NOON, sample::plan(&[&["i-0a"]]));
        let path = RunFolder::of(folder.path(), &header.run).journal();
        assert!(!is_being_written(&path), "it does not exist yet");
        let journal = Journal::create(folder.path(), &header).unwrap();
        assert!(is_being_written(&path));
        drop(journal);
        assert!(!is_being_written(&path));
        Journal::reopen(&path).unwrap();
    }
}
