//! The deploy command: a program and its words, executed as they stand, without a shell.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use super::find::find_program;
use super::job::Job;
use super::output::safe_name;
use super::{CommandOptions, runnable, words};
use crate::executor::{ExecutorError, Work};
use crate::rollout::Target;

/// Whether a program is there, executable, and in a form that can be started; not told if its
/// name contains a placeholder.
///
/// # Errors
/// [`ExecutorError::NotStarted`], as a deploy would fail.
pub fn check_program(program: &str) -> Result<(), ExecutorError> {
    if words::has_placeholder(program) {
        return Ok(());
    }
    let file = find_program(program)?;
    let not_started = |source| ExecutorError::NotStarted { program: program.to_owned(), source };
    runnable::check_runnable(&file).map_err(not_started)
}

/// The command that deploys a target: the program and its arguments, which may contain
/// placeholders.
pub(in crate::executor) fn deploy<'a>(
    (program, arguments): (&str, &[String]),
    target: &'a Target,
    time_limit: Duration,
    options: &'a CommandOptions,
) -> Job<'a> {
    let program = words::fill(program, target);
    let mut command = Command::new(&program);
    command
        .args(arguments.iter().map(|word| words::fill(word, target)))
        .envs(words::environment(target, Work::Deploy, &options.run))
        .stdin(Stdio::null());
    let (what, name) = (Work::Deploy.command(), safe_name(target.id.as_str()));
    Job { what, program, target: Some(&target.id), command, name, time_limit, options }
}
