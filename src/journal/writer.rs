//! Tells whether a journal's run is under way. Who that is stands in the journal, not here.

use std::fs::{File, TryLockError};
use std::path::Path;

use super::brief::patiently;
use super::folder::open_plain;

/// Whether some process writes the journal at a path right now; not if it cannot be asked for.
///
/// A run locks its journal before it writes the header, so asking takes nothing away from one
/// whose header can be read.
pub fn is_being_written(path: &Path) -> bool {
    let locked = |file: File| {
        let asked = patiently(path, || {
            let asked = file.try_lock_shared();
            // At once, and not when the last copy is closed that a command being started may have.
            let _ = file.unlock();
            asked
        });
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

    #[test]
    fn who_only_adds_a_line_is_waited_for_and_is_no_run() {
        let folder = tempfile::tempdir().unwrap();
        let header = Header::new(RunId::unique(), sample::NOON, sample::plan(&[&["i-0a"]]));
        let path = RunFolder::of(folder.path(), &header.run).journal();
        drop(Journal::create(folder.path(), &header).unwrap());
        let (brief, _) = Journal::reopen_briefly(&path).unwrap();
        let (told, asked) = std::sync::mpsc::channel();
        let elsewhere = path.clone();
        let other = std::thread::spawn(move || {
            told.send(()).unwrap();
            (is_being_written(&elsewhere), Journal::reopen(&elsewhere).is_ok())
        });
        asked.recv().unwrap();
        drop(brief);
        assert_eq!(other.join().unwrap(), (false, true));
    }
}
