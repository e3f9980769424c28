//! Deploys a target by running a local program for it, without a shell.
//!
//! It neither connects to the target nor knows what the program does. `{target}` and `{port}`
//! are replaced inside its words; the same and more is in its environment:
//!
//! | variable | value |
//! |---|---|
//! | `ELB_DEPLOY_TARGET` | the instance id or address |
//! | `ELB_DEPLOY_PORT` | the port of its first registration; `{port}` is the same |
//! | `ELB_DEPLOY_PORTS` | all its ports, each once, with commas |
//! | `ELB_DEPLOY_ZONE` | its Availability Zone; empty if the load balancer tells none |
//! | `ELB_DEPLOY_GROUPS` | the names of its groups, with commas |
//! | `ELB_DEPLOY_GROUP_ARNS` | their ARNs, with commas, in the same order |
//! | `ELB_DEPLOY_RUN` | the id of the run |
//!
//! Standard input is empty. Standard output and error go to one file in the order in which they
//! are written. The program is through when it exits: what it leaves in the background lives on.

mod find;
mod lines;
mod output;
mod processes;
mod runnable;
mod still_running;
mod words;

use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

pub use find::find_program;
pub use still_running::{StillRunning, still_running};

use super::{Ended, Executor, ExecutorError, OutputLine};
use crate::rollout::Target;
use output::Log;
use processes::Processes;
use still_running::Note;

/// Between asking a command to end and killing it.
pub const DEFAULT_KILL_GRACE: Duration = Duration::from_secs(10);
/// So many of the last lines go into an error: a stack trace's end, and no screenful.
const LAST_LINES: usize = 10;
/// What a reader may take for the lines that are left when the command has ended.
const HAND_OVER_LIMIT: Duration = Duration::from_secs(1);

/// What to run for each target, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOptions {
    /// The program: a path, or a name that is looked up in PATH. May contain placeholders.
    pub program: String,
    /// Its arguments, which may contain placeholders.
    pub arguments: Vec<String>,
    /// How long it may run.
    pub time_limit: Duration,
    /// How long it may take to end once it is asked to.
    pub kill_grace: Duration,
    /// The run's id, for its environment.
    pub run: String,
    /// Where its output is kept, in a file per target: `<target>.log`.
    pub output_folder: PathBuf,
}

/// Runs a local program for each target.
#[derive(Debug, Clone)]
pub struct CommandExecutor {
    options: CommandOptions,
}

enum End {
    Alone(io::Result<ExitStatus>),
    Stopped,
}

impl CommandExecutor {
    /// Nothing is looked up or started yet.
    pub fn new(options: CommandOptions) -> Self {
        Self { options }
    }

    /// Whether the program is there, executable, and in a form that can be started; not told if
    /// its name contains a placeholder.
    ///
    /// # Errors
    /// [`ExecutorError::NotStarted`], as a deploy would fail.
    pub fn check(&self) -> Result<(), ExecutorError> {
        let program = &self.options.program;
        if words::has_placeholder(program) {
            return Ok(());
        }
        let file = find_program(program)?;
        let not_started = |source| ExecutorError::NotStarted { program: program.clone(), source };
        runnable::check_runnable(&file).map_err(not_started)
    }

    fn command(&self, target: &Target, log: File) -> io::Result<Command> {
        let options = &self.options;
        let mut command = Command::new(words::fill(&options.program, target));
        command
            .args(options.arguments.iter().map(|word| words::fill(word, target)))
            .envs(words::environment(target, &options.run))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        Ok(command)
    }

    async fn attend(&self, processes: &mut Processes) -> End {
        match timeout(self.options.time_limit, processes.ended()).await {
            Ok(status) => End::Alone(status),
            Err(_) => {
                processes.stop(self.options.kill_grace).await;
                End::Stopped
            }
        }
    }

    fn judge(&self, end: End, ended: impl FnOnce() -> Ended) -> Result<(), ExecutorError> {
        let status = match end {
            End::Stopped => {
                let limit = self.options.time_limit;
                return Err(ExecutorError::TimedOut { limit, ended: ended() });
            }
            End::Alone(Err(source)) => {
                return Err(ExecutorError::Lost { program: ended().program, source });
            }
            End::Alone(Ok(status)) => status,
        };
        match (status.code(), status.signal()) {
            (Some(0), _) => Ok(()),
            (Some(code), _) => Err(ExecutorError::Exited { code, ended: ended() }),
            (None, signal) => {
                let signal = signal.unwrap_or_default();
                Err(ExecutorError::Signalled { signal, ended: ended() })
            }
        }
    }
}

#[async_trait]
impl Executor for CommandExecutor {
    async fn deploy(
        &self,
        target: &Target,
        output: mpsc::Sender<OutputLine>,
    ) -> Result<(), ExecutorError> {
        let program = words::fill(&self.options.program, target);
        let (path, opened) = Log::open(&self.options.output_folder, &target.id);
        let unwritable = |source| ExecutorError::Log { path: path.clone(), source };
        let (log, file) = opened.map_err(unwritable)?;
        let mut follower = log.follow(output).map_err(unwritable)?;
        let mut command = self.command(target, file).map_err(unwritable)?;

        let started = Instant::now();
        let mut processes = Processes::start(&mut command)
            .map_err(|source| ExecutorError::NotStarted { program: program.clone(), source })?;
        let folder = &self.options.output_folder;
        // It stays where this is broken off: nobody has seen the command's end then.
        let note = processes.leader().map(|pid| Note::write(folder, &target.id, pid));
        let end = tokio::select! {
            end = self.attend(&mut processes) => end,
            never = follower.follow() => match never {},
        };
        note.into_iter().for_each(Note::take_back);
        let took = started.elapsed();
        let _ = timeout(HAND_OVER_LIMIT, follower.finish()).await;
        self.judge(end, || {
            let last_lines = log.last_lines(LAST_LINES).unwrap_or_default();
            Ended { program, took, last_lines, log: path.clone() }
        })
    }
}

#[cfg(test)]
mod tests;
