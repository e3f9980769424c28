//! A command's output: whole in a file, and line by line to whoever shows it.
//!
//! The command writes into the file itself, not into a pipe that we read. So it is never blocked
//! by a slow reader nor by our death; a daemon that it leaves behind can go on writing; and
//! nothing of a flood is held in memory.

use std::convert::Infallible;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::lines::Lines;
use crate::executor::OutputLine;

/// Output may contain secrets: nobody else reads it.
pub(in crate::executor) const OWNER_ONLY_FILE: u32 = 0o600;
pub(in crate::executor) const OWNER_ONLY_FOLDER: u32 = 0o700;
/// How often the file is looked at: often enough to look immediate to a person.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(100);
/// Read at once; small enough to be nothing in memory for a hundred targets.
const CHUNK: u64 = 16 * 1024;
/// Further behind than this, lines are passed over on the screen; nobody could read them.
const FAR_BEHIND: u64 = 1024 * 1024;
/// So much of the end is shown, and searched for the last lines.
const END: u64 = 64 * 1024;

/// The file that has all that the command prints. A second deploy of the same target in the same
/// run, after a crash, is added to it.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    start: u64,
}

impl Log {
    /// Opens the file of this name in a folder, which is made if it is not there.
    pub(super) fn open(folder: &Path, name: &str) -> (PathBuf, io::Result<(Self, File)>) {
        let path = folder.join(format!("{name}.log"));
        let opened =
            open(folder, &path).map(|(file, start)| (Self { path: path.clone(), start }, file));
        (path, opened)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Forgets what is in the file: what tries again and again leaves its last try only.
    pub(super) fn begin_anew(&mut self, file: &File) -> io::Result<()> {
        self.start = 0;
        file.set_len(0)
    }

    /// A reader that begins where this command begins.
    pub(super) fn follow(&self, output: mpsc::Sender<OutputLine>) -> io::Result<Follower> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.start))?;
        let path = self.path.clone();
        Ok(Follower { file, path, at: self.start, lines: Lines::default(), output })
    }

    /// The last lines that this command has printed, oldest first.
    pub(super) fn last_lines(&self, count: usize) -> io::Result<Vec<String>> {
        let mut file = File::open(&self.path)?;
        let from = file.metadata()?.len().saturating_sub(END).max(self.start);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(END).read_to_end(&mut bytes)?;
        let mut lines = Lines::default();
        lines.feed(&bytes);
        lines.finish();
        Ok(lines.last(count))
    }
}

fn open(folder: &Path, path: &Path) -> io::Result<(File, u64)> {
    DirBuilder::new().recursive(true).mode(OWNER_ONLY_FOLDER).create(folder)?;
    let file = OpenOptions::new().append(true).create(true).mode(OWNER_ONLY_FILE).open(path)?;
    let start = file.metadata()?.len();
    Ok((file, start))
}

/// Colons of IPv6 addresses and whatever else a file name should not have become dashes.
pub(super) fn safe_name(name: &str) -> String {
    let safe = |sign: char| match sign {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => sign,
        _ => '-',
    };
    name.chars().map(safe).collect()
}

/// Sends what the command prints while it prints.
#[derive(Debug)]
pub(super) struct Follower {
    file: File,
    path: PathBuf,
    at: u64,
    lines: Lines,
    output: mpsc::Sender<OutputLine>,
}

impl Follower {
    /// Goes on until it is dropped; no line is lost or sent twice if that happens in the middle.
    pub(super) async fn follow(&mut self) -> Infallible {
        loop {
            self.send_up_to(u64::MAX).await;
            sleep(FOLLOW_INTERVAL).await;
        }
    }

    /// Sends what is there now, and not what a daemon adds meanwhile.
    pub(super) async fn finish(&mut self) {
        let end = self.length();
        self.send_up_to(end).await;
        self.lines.finish();
        self.hand_over().await;
    }

    async fn send_up_to(&mut self, end: u64) {
        loop {
            self.hand_over().await;
            self.catch_up_if_far_behind();
            if !self.read_chunk(end) {
                return;
            }
        }
    }

    async fn hand_over(&mut self) {
        while self.lines.is_ready() {
            let permit = self.output.reserve().await.ok();
            let line = self.lines.take();
            if let (Some(permit), Some(text)) = (permit, line) {
                permit.send(OutputLine { text });
            }
        }
    }

    fn catch_up_if_far_behind(&mut self) {
        let behind = self.length().saturating_sub(self.at);
        if behind <= FAR_BEHIND {
            return;
        }
        let passed_over = behind - END;
        if self.file.seek(SeekFrom::Start(self.at + passed_over)).is_ok() {
            self.at += passed_over;
            let path = self.path.display();
            self.lines.remark(format!("({passed_over} bytes not shown; all is in {path})"));
        }
    }

    fn length(&self) -> u64 {
        self.file.metadata().map_or(self.at, |metadata| metadata.len())
    }

    /// Whether there was something to read. A file that cannot be read shows nothing; the
    /// command and its end are not touched by that.
    fn read_chunk(&mut self, end: u64) -> bool {
        let mut bytes = Vec::new();
        let wanted = end.saturating_sub(self.at).min(CHUNK);
        let read = (&self.file).take(wanted).read_to_end(&mut bytes).unwrap_or(0);
        self.at += read as u64;
        self.lines.feed(&bytes);
        read > 0
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn log(folder: &Path) -> (Log, File) {
        Log::open(folder, "i-0abc").1.unwrap()
    }

    fn texts(lines: &mut mpsc::Receiver<OutputLine>) -> Vec<String> {
        std::iter::from_fn(|| lines.try_recv().ok()).map(|line| line.text).collect()
    }

    #[test]
    fn a_file_name_has_no_colon() {
        assert_eq!(safe_name("2001:db8::1"), "2001-db8--1");
        assert_eq!(safe_name("../x"), "..-x");
        assert_eq!(safe_name("i-0abc.ready"), "i-0abc.ready");
    }

    #[test]
    fn begun_anew_a_log_has_the_last_try_only() {
        let folder = tempfile::tempdir().unwrap();
        log(folder.path()).1.write_all(b"first\n").unwrap();
        let (mut log, mut file) = log(folder.path());
        log.begin_anew(&file).unwrap();
        file.write_all(b"second\n").unwrap();
        assert_eq!(log.last_lines(10).unwrap(), ["second"]);
        assert_eq!(std::fs::read(folder.path().join("i-0abc.log")).unwrap(), b"second\n");
    }

    #[tokio::test]
    async fn a_second_deploy_is_added_and_only_its_own_lines_are_sent() {
        let folder = tempfile::tempdir().unwrap();
        log(folder.path()).1.write_all(b"first\n").unwrap();
        let (log, mut file) = log(folder.path());
        file.write_all(b"second\nunfinished").unwrap();
        let (sender, mut lines) = mpsc::channel(8);
        log.follow(sender).unwrap().finish().await;
        assert_eq!(texts(&mut lines), ["second", "unfinished"]);
        assert_eq!(log.last_lines(10).unwrap(), ["second", "unfinished"]);
        let whole = std::fs::read(folder.path().join("i-0abc.log")).unwrap();
        assert_eq!(whole, b"first\nsecond\nunfinished");
    }

    #[tokio::test]
    async fn being_interrupted_while_the_reader_is_slow_loses_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let (log, mut file) = log(folder.path());
        file.write_all(b"1\n2\n3\n").unwrap();
        let (sender, mut lines) = mpsc::channel(1);
        let mut follower = log.follow(sender).unwrap();
        let short = Duration::from_millis(20);
        assert!(tokio::time::timeout(short, follower.follow()).await.is_err());
        let mut seen = texts(&mut lines);
        while tokio::time::timeout(short, follower.finish()).await.is_err() {
            seen.extend(texts(&mut lines));
        }
        seen.extend(texts(&mut lines));
        assert_eq!(seen, ["1", "2", "3"]);
    }

    #[tokio::test]
    async fn what_nobody_could_read_is_passed_over_and_said() {
        let folder = tempfile::tempdir().unwrap();
        let (log, mut file) = log(folder.path());
        file.write_all(&b"flood\n".repeat(1_000_000)).unwrap();
        let (sender, mut lines) = mpsc::channel(100_000);
        log.follow(sender).unwrap().finish().await;
        let seen = texts(&mut lines);
        assert!(seen[0].contains("bytes not shown"), "{}", seen[0]);
        assert!(seen[0].contains("i-0abc.log"));
        assert!(seen.len() < 20_000 && seen.last().unwrap() == "flood");
    }
}
