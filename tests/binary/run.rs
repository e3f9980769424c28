//! One process of the tool: started, listened to, told to stop, and what it left.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use clap::CommandFactory;
use elb_deploy::cli::Cli;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

/// A run of a few seconds on a machine that is busy with everything else.
const LIMIT: Duration = Duration::from_secs(120);

/// What stands in the standard input of every run.
pub const TYPED: &str = "typed at the terminal\n";

/// What a process said and how it ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub async fn of(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Nobody has to read it.
        child.stdin.take().unwrap().write_all(TYPED.as_bytes()).await.ok();
        let output = timeout(LIMIT, child.wait_with_output()).await.expect("it hangs").unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        stdout.lines().chain(stderr.lines()).for_each(can_be_pasted);
        Self { code: code(output.status, &stderr), stdout, stderr }
    }

    /// The lines of standard error that begin so, without that beginning.
    pub fn told(&self, label: &str) -> Vec<&str> {
        self.stderr.lines().filter_map(|line| line.strip_prefix(label)).collect()
    }

    /// It ended before it did anything: with this code, nothing but errors of one line each with
    /// a way out, and among them this error and this hint.
    #[track_caller]
    pub fn is_refusal(&self, code: i32, error: &str, hint: &str) {
        assert_eq!(self.code, code, "{self:#?}");
        assert_eq!(self.stdout, "", "{self:#?}");
        let one = |label, part| self.told(label).iter().any(|line: &&str| line.contains(part));
        assert!(one("error: ", error), "no error with {error:?}: {self:#?}");
        assert!(one("hint: ", hint), "no hint with {hint:?}: {self:#?}");
        let foreign = |line: &&str| {
            let known = ["error: ", "hint: "].iter().any(|label| line.starts_with(label));
            !known && *line != "nothing was changed"
        };
        assert_eq!(self.stderr.lines().find(foreign), None, "{self:#?}");
        assert_eq!(self.stderr.contains("nothing was changed"), code == 3, "{self:#?}");
    }

    #[track_caller]
    pub fn ended(&self, code: i32) {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
    }

    #[track_caller]
    pub fn says(&self, part: &str) {
        assert!(self.stderr.contains(part), "{part:?} is missing in\n{}", self.stderr);
    }
}

/// A process under way, whose standard error is read line by line.
pub struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
    heard: String,
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, lines, heard: String::new() }
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().unwrap().try_into().unwrap()).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Killed where it stands, as by a crash.
    pub async fn kill(mut self) {
        self.signal(Signal::KILL);
        self.child.wait().await.unwrap();
    }

    /// Listens until a line has this in it.
    pub async fn until(&mut self, part: &str) {
        let found = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                self.heard += &format!("{line}\n");
                if line.contains(part) {
                    return true;
                }
            }
            false
        };
        let found = timeout(LIMIT, found).await;
        assert_eq!(found, Ok(true), "never said {part:?}:\n{}", self.heard);
    }

    /// Nobody reads any more what it says.
    pub async fn close_readers(self) -> i32 {
        let Self { mut child, lines, heard } = self;
        drop((lines, child.stdout.take()));
        code(timeout(LIMIT, child.wait()).await.expect("it hangs").unwrap(), &heard)
    }

    /// Nobody reads on, but nobody goes away either: what a pipe holds has to do.
    pub async fn stall_readers(mut self) -> i32 {
        let status = timeout(LIMIT, self.child.wait()).await.expect("it hangs").unwrap();
        code(status, &self.heard)
    }

    pub async fn end(mut self) -> Ran {
        let (mut stdout, mut stderr) = (String::new(), self.heard);
        let mut out = self.child.stdout.take().unwrap();
        let rest = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                stderr += &format!("{line}\n");
            }
            out.read_to_string(&mut stdout).await.unwrap();
            self.child.wait().await.unwrap()
        };
        let status = timeout(LIMIT, rest).await.expect("it hangs");
        Ran { code: code(status, &stderr), stdout, stderr }
    }
}

#[track_caller]
fn code(status: ExitStatus, said: &str) -> i32 {
    status.code().unwrap_or_else(|| panic!("{status}:\n{said}"))
}

/// A command of the tool at the end of a line is one that it understands.
#[track_caller]
fn can_be_pasted(line: &str) {
    let Some((before, words)) = line.rsplit_once(": elb-deploy ") else { return };
    if before == "Usage" || words.ends_with("--help") {
        return;
    }
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &format!("set -f; printf '%s\\n' {words}")]);
    let said = String::from_utf8(shell.output().unwrap().stdout).unwrap();
    let words = ["elb-deploy"].into_iter().chain(said.lines());
    let parsed = Cli::command().try_get_matches_from(words);
    assert!(parsed.is_ok(), "{line}\n{}", parsed.unwrap_err());
}
