//! One command from its start to its end: in a process group of its own, its output kept, its time
//! limited. What it is for is not known here.

use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::future::pending;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::CommandOptions;
use super::output::{Follower, Log};
use super::processes::Processes;
use super::still_running::Note;
use crate::executor::{Ended, ExecutorError, OutputLine};
use crate::rollout::TargetId;

/// So many of the last lines go into an error: a stack trace's end, and no screenful.
const LAST_LINES: usize = 10;
/// What a reader may take for the lines that are left when the command has ended.
const HAND_OVER_LIMIT: Duration = Duration::from_secs(1);

/// A command that is ready to run.
#[derive(Debug)]
pub(in crate::executor) struct Job<'a> {
    /// What it is, where it runs longer than it should: `the deploy command`.
    pub(super) what: String,
    /// What errors call it.
    pub(super) program: String,
    /// Whom it works for.
    pub(super) target: Option<&'a TargetId>,
    /// Its words, environment and standard input.
    pub(super) command: Command,
    /// The name of the files that have its output and tell that it runs.
    pub(super) name: String,
    pub(super) time_limit: Duration,
    pub(super) options: &'a CommandOptions,
}

enum End {
    Alone(io::Result<ExitStatus>),
    Stopped,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alone(Ok(status)) => write!(f, "ended with {status}"),
            Self::Alone(Err(error)) => write!(f, "is lost: {error}"),
            Self::Stopped => f.write_str("was stopped at its time limit"),
        }
    }
}

impl Job<'_> {
    /// Runs it to its end; each line that it prints goes to `output`.
    pub(in crate::executor) async fn run(
        self,
        output: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        let (log, file) = self.log()?;
        let follower = log.follow(output).map_err(|source| unwritable(&log, source))?;
        self.attended(log, file, Some(follower)).await
    }

    /// Runs it to its end without a word. Its output takes the place of what an earlier try of
    /// the same has printed.
    pub(in crate::executor) async fn try_quietly(self) -> Result<(), ExecutorError> {
        let (mut log, file) = self.log()?;
        log.begin_anew(&file).map_err(|source| unwritable(&log, source))?;
        self.attended(log, file, None).await
    }

    fn log(&self) -> Result<(Log, File), ExecutorError> {
        let (path, opened) = Log::open(&self.options.output_folder, &self.name);
        opened.map_err(|source| ExecutorError::Log { path, source })
    }

    async fn attended(
        mut self,
        log: Log,
        file: File,
        mut follower: Option<Follower>,
    ) -> Result<(), ExecutorError> {
        let second = file.try_clone().map_err(|source| unwritable(&log, source))?;
        self.command.stdout(file).stderr(second);
        let started = Instant::now();
        let mut processes = Processes::start(&mut self.command).map_err(|source| {
            ExecutorError::NotStarted { program: self.program.clone(), source }
        })?;
        let folder = &self.options.output_folder;
        // It stays where this is broken off: nobody has seen the command's end then.
        let note = processes
            .leader()
            .map(|pid| Note::write(folder, &self.name, &self.what, self.target, pid));
        // Never its arguments or its environment: either may have secrets.
        let (program, output) = (&self.program, log.path().display());
        let target = self.target.map(TargetId::as_str);
        tracing::debug!(program, target, %output, "runs a command");
        let end = tokio::select! {
            end = self.end(&mut processes) => end,
            never = follow(follower.as_mut()) => match never {},
        };
        note.into_iter().for_each(Note::take_back);
        let took = started.elapsed();
        let took_ms = took.as_millis();
        tracing::debug!(program = self.program, target, took_ms, "the command {end}");
        if let Some(follower) = &mut follower {
            let _ = timeout(HAND_OVER_LIMIT, follower.finish()).await;
        }
        self.judge(end, |program| {
            let last_lines = log.last_lines(LAST_LINES).unwrap_or_default();
            Ended { program, took, last_lines, log: log.path().to_owned() }
        })
    }

    async fn end(&self, processes: &mut Processes) -> End {
        match timeout(self.time_limit, processes.ended()).await {
            Ok(status) => End::Alone(status),
            Err(_) => {
                processes.stop(self.options.kill_grace).await;
                End::Stopped
            }
        }
    }

    fn judge(self, end: End, ended: impl FnOnce(String) -> Ended) -> Result<(), ExecutorError> {
        let Self { program, time_limit: limit, .. } = self;
        let status = match end {
            End::Stopped => return Err(ExecutorError::TimedOut { limit, ended: ended(program) }),
            End::Alone(Err(source)) => return Err(ExecutorError::Lost { program, source }),
            End::Alone(Ok(status)) => status,
        };
        match (status.code(), status.signal()) {
            (Some(0), _) => Ok(()),
            (Some(code), _) => Err(ExecutorError::Exited { code, ended: ended(program) }),
            (None, signal) => {
                let signal = signal.unwrap_or_default();
                Err(ExecutorError::Signalled { signal, ended: ended(program) })
            }
        }
    }
}

async fn follow(follower: Option<&mut Follower>) -> Infallible {
    match follower {
        Some(follower) => follower.follow().await,
        None => pending().await,
    }
}

fn unwritable(log: &Log, source: io::Error) -> ExecutorError {
    ExecutorError::Log { path: log.path().to_owned(), source }
}
