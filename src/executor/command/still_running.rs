//! Which commands of a run still run: noted beside their output, so that one that outlives its run is
//! known to the next one. None is started or ended here.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use super::output::OWNER_ONLY_FILE;
use crate::rollout::TargetId;

const ENDING: &str = "running";

/// A command that runs. Shown, it says what it is: `the deploy command of i-0abc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StillRunning {
    /// What it is for: `the deploy command`.
    what: String,
    /// Whom it works for; nobody in particular if it is a hook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetId>,
    /// Its process, which leads a process group of the same number.
    pub pid: i32,
    /// When that process began, in the kernel's own count: another one may get its number later.
    /// Known on Linux only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    began: Option<u64>,
    /// Whether it was asked to end, and all that it had started with it: what of that still runs then is
    /// its work, and no service that it was to leave running.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    asked_to_end: bool,
}

/// The commands that run, of all that were started with this folder for their output.
pub fn still_running(output_folder: &Path) -> Vec<StillRunning> {
    let entries = fs::read_dir(output_folder).into_iter().flatten().flatten();
    let notes = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let notes = notes.map(|entry| entry.path());
    let notes = notes.filter(|path| path.extension().is_some_and(|ending| ending == ENDING));
    // Half a note tells nothing, and a command without one is only not told of.
    let read = |path: PathBuf| serde_json::from_slice(&fs::read(path).ok()?).ok();
    let mut running: Vec<_> = notes.filter_map(read).filter(StillRunning::lives).collect();
    running.sort_by(|one, other| (&one.target, &one.what).cmp(&(&other.target, &other.what)));
    running
}

impl StillRunning {
    fn lives(&self) -> bool {
        let Some(pid) = Pid::from_raw(self.pid) else { return false };
        match (self.began, began_at(pid)) {
            (Some(began), Some(now)) => began == now,
            (Some(_), None) => self.asked_to_end && group_lives(pid),
            (None, _) => test_kill_process(pid) != Err(Errno::SRCH),
        }
    }
}

impl fmt::Display for StillRunning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Some(target) => write!(f, "{} of {target}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// The note that a command runs. It stays if it is not taken back, and says then that the command was
/// asked to end.
pub(super) struct Note {
    path: PathBuf,
    note: StillRunning,
    is_taken_back: bool,
}

impl Note {
    /// Notes it in the file of this name. Where that fails the command goes on: it is only not
    /// known to run later.
    pub(super) fn write(
        output_folder: &Path,
        name: &str,
        what: &str,
        target: Option<&TargetId>,
        pid: Pid,
    ) -> Self {
        let path = output_folder.join(format!("{name}.{ENDING}"));
        let (what, target, began) = (what.to_owned(), target.cloned(), began_at(pid));
        let pid = pid.as_raw_nonzero().get();
        let note = StillRunning { what, target, pid, began, asked_to_end: false };
        let note = Self { path, note, is_taken_back: false };
        note.keep();
        note
    }

    fn keep(&self) {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(OWNER_ONLY_FILE);
        if let (Ok(mut file), Ok(text)) = (options.open(&self.path), serde_json::to_vec(&self.note))
        {
            file.write_all(&text).ok();
        }
    }

    /// It has ended.
    pub(super) fn take_back(mut self) {
        self.is_taken_back = true;
        fs::remove_file(&self.path).ok();
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        if !self.is_taken_back {
            self.note.asked_to_end = true;
            self.keep();
        }
    }
}

/// Whether anything of a process group runs whose leader has ended; no number is given to another
/// process as long as a group has it.
fn group_lives(group: Pid) -> bool {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut running = processes.filter_map(|process| running_at(&process.path()));
    running.any(|process| process.group == group.as_raw_nonzero().get())
}

/// A process that runs, as the kernel tells it.
struct Process {
    group: i32,
    /// In clock ticks since the system began.
    began: u64,
}

/// The process of a folder below `/proc`; none of one that has ended, even if nobody has asked for its
/// end yet (proc(5): `stat`, fields 3, 5 and 22).
fn running_at(folder: &Path) -> Option<Process> {
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // The name before it may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<_> = fields.split_whitespace().collect();
    let (state, group, began) = (fields.first()?, fields.get(2)?, fields.get(19)?);
    let process = Process { group: group.parse().ok()?, began: began.parse().ok()? };
    Some(process).filter(|_| !matches!(*state, "Z" | "X"))
}

/// When a process began; none of one that has ended, or where there is no `/proc`.
fn began_at(pid: Pid) -> Option<u64> {
    let folder = Path::new("/proc").join(pid.as_raw_nonzero().to_string());
    running_at(&folder).map(|process| process.began)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn note(folder: &Path, pid: i32) -> Note {
        let (target, pid) = (TargetId::new("fd00::1"), Pid::from_raw(pid).unwrap());
        Note::write(folder, "fd00--1", "the deploy command", Some(&target), pid)
    }

    fn running(folder: &Path) -> Vec<(String, i32)> {
        let found = still_running(folder).into_iter();
        found.map(|it| (it.to_string(), it.pid)).collect()
    }

    #[test]
    fn a_command_is_known_to_run_until_it_has_ended_or_its_note_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new("sleep").arg("30").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        let noted = note(folder.path(), pid);
        assert_eq!(running(folder.path()), [("the deploy command of fd00::1".to_owned(), pid)]);
        noted.take_back();
        assert_eq!(running(folder.path()), []);
        drop(note(folder.path(), pid));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(running(folder.path()), []);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_command_has_started_counts_once_all_of_it_was_asked_to_end() {
        use std::os::unix::process::CommandExt;
        let folder = tempfile::tempdir().unwrap();
        let mut leader = Command::new("sleep").arg("30").process_group(0).spawn().unwrap();
        let pid = i32::try_from(leader.id()).unwrap();
        let mut other = Command::new("sleep").arg("30").process_group(pid).spawn().unwrap();
        let noted = note(folder.path(), pid);
        leader.kill().unwrap();
        leader.wait().unwrap();
        assert_eq!(running(folder.path()), [], "it may be the service that was deployed");
        drop(noted);
        assert_eq!(running(folder.path()).len(), 1);
        other.kill().unwrap();
        other.wait().unwrap();
        assert_eq!(running(folder.path()), []);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn another_process_of_the_same_number_is_not_the_command() {
        let folder = tempfile::tempdir().unwrap();
        let me = i32::try_from(std::process::id()).unwrap();
        let noted = note(folder.path(), me);
        let path = noted.path.clone();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(running(folder.path()).len(), 1);
        fs::write(&path, text.replace("\"began\":", "\"began\":1")).unwrap();
        assert_eq!(running(folder.path()), []);
    }

    #[test]
    fn what_is_no_note_tells_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(running(&folder.path().join("none")), []);
        fs::write(folder.path().join("i-1.running"), "{\"target\":\"i-1\",\"pi").unwrap();
        fs::write(folder.path().join("i-2.log"), "{\"target\":\"i-2\",\"pid\":1}").unwrap();
        assert_eq!(running(folder.path()), []);
    }
}
