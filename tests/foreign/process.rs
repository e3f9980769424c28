//! Other programs as these tests need them: servers that say when they are ready, and commands that end in time.
//! Everything started here is killed when its handle is dropped.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// The longest that a command may take: the waiters' two polls, 15 s apart, on a busy machine.
const COMMAND_LIMIT: Duration = Duration::from_secs(180);
/// The longest that a server may take to start; moto imports half of AWS.
pub const START_LIMIT: Duration = Duration::from_secs(90);
pub const GLANCE: Duration = Duration::from_millis(20);

/// A server, and the file with everything that it prints.
pub struct Server {
    process: Child,
    printed: PathBuf,
}

impl Server {
    /// Starts it, and waits until it has printed a whole line with this in it.
    pub async fn start(mut command: Command, printed: &Path, ready: &str) -> Self {
        let file = File::create(printed).unwrap();
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        let process = command.kill_on_drop(true).spawn().unwrap();
        let mut server = Self { process, printed: printed.to_owned() };
        let started = timeout(START_LIMIT, server.prints(ready)).await;
        assert!(started.is_ok(), "not ready in {START_LIMIT:?}: {}", server.printed());
        server
    }

    pub fn printed(&self) -> String {
        fs::read_to_string(&self.printed).unwrap()
    }

    async fn prints(&mut self, ready: &str) {
        let is_ready = |text: &str| {
            text.split_inclusive('\n').any(|line| line.contains(ready) && line.ends_with('\n'))
        };
        while !is_ready(&self.printed()) {
            let ended = self.process.try_wait().unwrap();
            assert!(ended.is_none(), "ended with {ended:?}: {}", self.printed());
            sleep(GLANCE).await;
        }
    }
}

/// How a command ended, and what it printed.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command to its end.
pub async fn run(mut command: Command) -> Ended {
    let running = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = timeout(COMMAND_LIMIT, running).await;
    let output = output.unwrap_or_else(|_| panic!("{command:?} hangs")).unwrap();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
