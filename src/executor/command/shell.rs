//! Commands given as one string: run by `sh -c`, told everything by their environment alone.
//!
//! Nothing is replaced inside the string, so that no value can be taken for shell syntax.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::process::{self, Stdio};
use std::time::Duration;

use tokio::process::Command;

use super::find::find_program;
use super::job::Job;
use super::output::safe_name;
use super::words::Flipping;
use super::{CommandOptions, runnable, words};
use crate::executor::{ExecutorError, Unrunnable, Work};
use crate::rollout::Target;

const SHELL: &str = "sh";
/// Tells by its exit code whether the shell knows a word: a builtin, a keyword or a program.
const KNOWS: &str = "command -v -- \"$1\" >/dev/null 2>&1";

/// The command that does one kind of work for a target.
pub(in crate::executor) fn work<'a>(
    work: Work,
    script: &str,
    target: &'a Target,
    time_limit: Duration,
    options: &'a CommandOptions,
) -> Job<'a> {
    let mut command = sh(script);
    command.envs(words::environment(target, work, &options.run)).stdin(Stdio::null());
    command.envs(words::flip(target, work, options.ports).iter().flat_map(Flipping::variables));
    let name = safe_name(&format!("{}.{work}", target.id));
    let (what, program) = (work.command(), work.command());
    Job { what, program, target: Some(&target.id), command, name, time_limit, options }
}

/// The command that starts or stops a release of a flip. Ports, colors and ids hold nothing that a
/// shell could take for syntax, so placeholders are replaced here; those of the shell itself,
/// `${port}`, are its own.
pub(in crate::executor) fn flipping<'a>(
    kind: Work,
    script: &str,
    target: &'a Target,
    time_limit: Duration,
    options: &'a CommandOptions,
) -> Job<'a> {
    let told = words::flip(target, kind, options.ports);
    let filled = told.map(|told| words::fill_shell(script, target, &told));
    work(kind, filled.as_deref().unwrap_or(script), target, time_limit, options)
}

/// A command that works for no target in particular, and reads a document.
pub(in crate::executor) fn hook<'a>(
    (what, name): (String, String),
    script: &str,
    variables: &BTreeMap<String, String>,
    document: File,
    time_limit: Duration,
    options: &'a CommandOptions,
) -> Job<'a> {
    let mut command = sh(script);
    command.env("ELB_DEPLOY_RUN", &options.run).envs(variables).stdin(document);
    let program = what.clone();
    Job { what, program, target: None, command, name, time_limit, options }
}

fn sh(script: &str) -> Command {
    let mut command = Command::new(SHELL);
    command.arg("-c").arg(script);
    command
}

/// Whether the shell can begin with a command: its first word is looked up, unless it is shell
/// syntax. What else the command needs is left to the shell.
///
/// # Errors
/// [`ExecutorError::NotStarted`] if there is nothing to run, or if what the first word names is
/// not there or cannot be executed.
pub fn check_shell(script: &str) -> Result<(), ExecutorError> {
    let Some(word) = script.split_whitespace().next() else {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "it is empty");
        return Err(ExecutorError::NotStarted { program: "the command".to_owned(), source });
    };
    if !is_plain(word) {
        return Ok(());
    }
    let file = match find_program(word) {
        Err(error) if word.contains('/') || !is_known(word) => return Err(error),
        Err(_) => return Ok(()),
        Ok(file) => file,
    };
    match runnable::check_runnable(&file) {
        Err(source) if !runs_without_interpreter(&source) => {
            Err(ExecutorError::NotStarted { program: word.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Whether the shell takes a word as it stands.
fn is_plain(word: &str) -> bool {
    let is_sign = |sign: char| sign.is_alphanumeric() || "_-+./,:@%".contains(sign);
    word.chars().all(is_sign)
}

fn is_known(word: &str) -> bool {
    let asked = process::Command::new(SHELL).args(["-c", KNOWS, SHELL, word]).status();
    asked.is_ok_and(|status| status.success())
}

/// A shell takes a text without an interpreter line for a script of its own (POSIX, 2.9.1.4).
fn runs_without_interpreter(why: &io::Error) -> bool {
    let why = why.get_ref().and_then(|why| why.downcast_ref::<Unrunnable>());
    matches!(why, Some(Unrunnable::NoInterpreterLine))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn said(script: &str) -> Result<(), String> {
        check_shell(script).map_err(|error| {
            assert!(matches!(error, ExecutorError::NotStarted { .. }));
            error.to_string()
        })
    }

    #[test]
    fn what_the_shell_knows_passes() {
        for script in ["true", " ls -l", "cd /tmp && ls", "exit 1", ": nothing", ". ./x", "if true"]
        {
            assert_eq!(said(script), Ok(()), "{script}");
        }
    }

    #[test]
    fn shell_syntax_is_left_to_the_shell() {
        let scripts = [
            "NAME=1 no-such-program",
            "(no-such-program)",
            "$HOME/no-such-program",
            "\"no such program\"",
            "~/no-such-program",
            "no-such-program;",
            "no-such-program|cat",
            "# nothing",
            "! no-such-program",
        ];
        for script in scripts {
            assert_eq!(said(script), Ok(()), "{script}");
        }
    }

    #[test]
    fn a_first_word_that_names_nothing_is_refused() {
        let missing = "start no-such-program-as-this: no such program";
        assert_eq!(said("no-such-program-as-this --x | cat").unwrap_err(), missing);
        assert_eq!(said("/no/such/file\n").unwrap_err(), "start /no/such/file: no such file");
        assert_eq!(said("/proc").unwrap_err(), "start /proc: a folder");
        assert_eq!(said(" \n\t").unwrap_err(), "start the command: it is empty");
    }

    #[test]
    fn a_script_has_to_be_executable_and_its_interpreter_to_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let script = |text: &str, mode: u32| {
            let path = folder.path().join("hook");
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            check_shell(&format!("{} --now", path.display()))
        };
        script("#!/bin/sh\n", 0o755).unwrap();
        script("echo a script of the shell\n", 0o755).unwrap();
        let error = script("#!/bin/sh\n", 0o644).unwrap_err();
        assert!(error.to_string().ends_with("hook: not executable"), "{error}");
        assert!(error.hint().unwrap().contains("chmod +x"));
        let error = script("#!/no/such/sh\n", 0o755).unwrap_err();
        assert!(error.to_string().contains("/no/such/sh"), "{error}");
    }
}
