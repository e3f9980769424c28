//! Begins the journal of a new run and deletes those of old ones, which never fails the new one.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::ending::Ending;
use super::flips::left_by;
use super::held_out::{key, left_out};
use super::keeping::{Entry, outdated};
use super::past::Past;
use crate::journal::{Header, Journal, JournalError, RunFolder};
use crate::rollout::Moment;

/// A run's folder bears it while it is deleted, so that half of one is never taken for a run.
const DELETED: &str = ".deleted-";

/// Begins the journal of a run; what could not be tidied up beside it is told in words.
///
/// # Errors
/// The journal cannot be made or written.
pub fn begin(state_dir: &Path, header: &Header) -> Result<(Journal, Vec<String>), JournalError> {
    let journal = Journal::create(state_dir, header)?;
    let failed = prune(state_dir, header.at);
    let note = |why| format!("old journals are not all deleted: failed to {why}");
    Ok((journal, failed.into_iter().map(note).collect()))
}

/// Deletes the journals of runs that need not be remembered any more: those that ended, hold nothing
/// out, are not the latest to tell what a flip has left running, and are older than
/// [`KEPT_FOR`](super::KEPT_FOR) or more than [`KEPT_RUNS`](super::KEPT_RUNS). Why some could not be is
/// returned in words.
pub fn prune(state_dir: &Path, now: Moment) -> Vec<String> {
    let runs = match Past::all(state_dir) {
        Ok(runs) => runs,
        Err(error) => return vec![error.to_string()],
    };
    let entries: Vec<_> = runs.iter().map(entry).collect();
    let outdated = outdated(&entries, now);
    let deleted = outdated.into_iter().map(|at| delete(&runs[at].folder));
    let left_behind = leftovers(state_dir).into_iter().map(|path| remove(&path));
    left_behind.chain(deleted).filter_map(Result::err).collect()
}

fn entry(run: &Past) -> Entry {
    let told = run.told.as_ref();
    let ended = match run.ending() {
        Ending::Halted { .. } if run.can_go_on() => None,
        Ending::Done | Ending::Halted { .. } => told.ok().map(super::Told::changed),
        Ending::NotBegun => run.run.made(),
        Ending::UnderWay | Ending::Died { .. } | Ending::Unreadable => None,
    };
    let out = told.map(|told| left_out(&told.rollout, &told.facts)).unwrap_or_default();
    let left_out = out.iter().map(|held| (key(&held.place), held.touched)).collect();
    let flipped = left_by(run).into_iter().map(|(side, left)| (side, left.is_some())).collect();
    Entry { ended, left_out, found: run.found(), flipped }
}

fn delete(run: &RunFolder) -> Result<(), String> {
    let path = run.path();
    let is_own = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir());
    // What somebody linked here is theirs. Locked, it is just being taken up; the lock goes with
    // this file.
    let Ok(journal) = File::open(run.journal()) else { return Ok(()) };
    if !is_own || journal.try_lock().is_err() {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let aside = path.with_file_name(format!("{DELETED}{name}"));
    match fs::rename(path, &aside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(format!("delete {}: {error}", path.display())),
        Ok(()) => remove(&aside),
    }
}

/// What a process that died, or is at it right now, has not deleted to its end.
fn leftovers(state_dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(RunFolder::home(state_dir)).into_iter().flatten().flatten();
    let is_leftover = |entry: &fs::DirEntry| {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        is_folder && entry.file_name().to_string_lossy().starts_with(DELETED)
    };
    entries.filter(is_leftover).map(|entry| entry.path()).collect()
}

/// Links in it are removed, not followed.
fn remove(folder: &Path) -> Result<(), String> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(format!("delete {}: {error}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
