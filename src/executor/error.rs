//! How a command can fail, and what a person can do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use humantime::format_duration;

const NEEDS_FIRST_LINE: &str = "a script needs a first line such as #!/bin/sh";

/// A command that ran and has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The program as given.
    pub program: String,
    /// How long it ran.
    pub took: Duration,
    /// The last lines that it printed.
    pub last_lines: Vec<String>,
    /// The file that has everything it printed.
    pub log: PathBuf,
}

/// Why a file that is there and executable cannot be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unrunnable {
    /// It is a text that does not say what executes it.
    #[error("neither a program nor a script with a first line such as #!/bin/sh")]
    NoInterpreterLine,
    /// It is a script, and what it says is not there.
    #[error("its first line names {0:?}, which cannot be executed")]
    NoInterpreter(String),
}

impl Unrunnable {
    fn hint(&self) -> &'static str {
        match self {
            Self::NoInterpreterLine => NEEDS_FIRST_LINE,
            Self::NoInterpreter(name) if name.ends_with('\r') => {
                "its lines end as on Windows; save it with Unix line ends"
            }
            Self::NoInterpreter(_) => {
                "is that interpreter installed on this machine, and its path right?"
            }
        }
    }
}

impl From<Unrunnable> for io::Error {
    fn from(why: Unrunnable) -> Self {
        let kind = match why {
            Unrunnable::NoInterpreterLine => io::ErrorKind::InvalidInput,
            Unrunnable::NoInterpreter(_) => io::ErrorKind::NotFound,
        };
        Self::new(kind, why)
    }
}

/// Why a command did not do its work.
#[derive(Debug)]
pub enum ExecutorError {
    /// It could not be started at all.
    NotStarted {
        /// The program as given.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// The file for its output cannot be written, so it was not started.
    Log {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It ended by itself, and not with 0.
    Exited {
        /// Its exit code.
        code: i32,
        /// The rest of it.
        ended: Ended,
    },
    /// A signal ended it that we did not send.
    Signalled {
        /// The signal's number.
        signal: i32,
        /// The rest of it.
        ended: Ended,
    },
    /// It ran longer than it may, and was stopped with everything that it had started.
    TimedOut {
        /// How long it may run.
        limit: Duration,
        /// The rest of it.
        ended: Ended,
    },
    /// The system does not tell how it ended.
    Lost {
        /// The program as given.
        program: String,
        /// What the system said.
        source: io::Error,
    },
}

impl ExecutorError {
    /// The last lines that the command printed, oldest first.
    pub fn last_lines(&self) -> &[String] {
        self.ended().map_or(&[], |ended| &ended.last_lines)
    }

    /// Whether the command may have changed something on the target.
    pub fn may_have_acted(&self) -> bool {
        !matches!(self, Self::NotStarted { .. } | Self::Log { .. })
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotStarted { program, source } => not_started_hint(program, source),
            Self::Log { .. } => Some("is there space, and may this user write there?".to_owned()),
            Self::Exited { ended, .. }
            | Self::Signalled { ended, .. }
            | Self::TimedOut { ended, .. } => {
                Some(format!("all that it printed is in {}", ended.log.display()))
            }
            Self::Lost { .. } => None,
        }
    }

    fn ended(&self) -> Option<&Ended> {
        match self {
            Self::Exited { ended, .. }
            | Self::Signalled { ended, .. }
            | Self::TimedOut { ended, .. } => Some(ended),
            Self::NotStarted { .. } | Self::Log { .. } | Self::Lost { .. } => None,
        }
    }
}

fn not_started_hint(program: &str, source: &io::Error) -> Option<String> {
    let no_format = rustix::io::Errno::NOEXEC.raw_os_error();
    if let Some(why) = source.get_ref().and_then(|why| why.downcast_ref::<Unrunnable>()) {
        return Some(why.hint().to_owned());
    }
    match source.kind() {
        io::ErrorKind::NotFound if Path::new(program).exists() => {
            Some("the file is there, but not the interpreter that its first line names".to_owned())
        }
        io::ErrorKind::NotFound if program.contains('/') => {
            Some("is the path right, seen from the current directory?".to_owned())
        }
        io::ErrorKind::NotFound => {
            Some("is it installed on this machine, and its folder in PATH?".to_owned())
        }
        io::ErrorKind::IsADirectory => Some("name the program in it".to_owned()),
        io::ErrorKind::PermissionDenied => {
            Some(format!("make it executable, e.g. chmod +x {program}"))
        }
        _ if source.raw_os_error() == Some(no_format) => Some(NEEDS_FIRST_LINE.to_owned()),
        _ => None,
    }
}

impl fmt::Display for ExecutorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted { program, source } => write!(f, "start {program}: {source}"),
            Self::Log { path, source } => write!(f, "write {}: {source}", path.display()),
            Self::Exited { code, ended } => {
                let Ended { program, took, .. } = ended;
                write!(f, "{program} ended with exit code {code} after {}", short(*took))
            }
            Self::Signalled { signal, ended } => {
                let Ended { program, took, .. } = ended;
                write!(f, "{program} was ended by {} after {}", name_of(*signal), short(*took))
            }
            Self::TimedOut { limit, ended } => {
                let (limit, took) = (short(*limit), short(ended.took));
                write!(f, "{} was stopped after {took}: it may run {limit}", ended.program)
            }
            Self::Lost { program, source } => write!(f, "wait for {program}: {source}"),
        }
    }
}

impl std::error::Error for ExecutorError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotStarted { source, .. }
            | Self::Log { source, .. }
            | Self::Lost { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// From one second on, milliseconds tell a person nothing.
fn short(duration: Duration) -> humantime::FormattedDuration {
    let whole = match duration.as_secs() {
        0 => Duration::from_millis(u64::from(duration.subsec_millis())),
        seconds => Duration::from_secs(seconds),
    };
    format_duration(whole)
}

fn name_of(signal: i32) -> String {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL (is there enough memory?)",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        24 => "SIGXCPU (see ulimit -t)",
        25 => "SIGXFSZ (see ulimit -f)",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended() -> Ended {
        Ended {
            program: "./deploy.sh".to_owned(),
            took: Duration::from_millis(125_400),
            last_lines: vec!["no space".to_owned()],
            log: PathBuf::from("/runs/1/output/i-0abc.log"),
        }
    }

    #[test]
    fn says_how_it_ended_after_how_long() {
        let exited = ExecutorError::Exited { code: 3, ended: ended() };
        assert_eq!(exited.to_string(), "./deploy.sh ended with exit code 3 after 2m 5s");
        let killed = ExecutorError::Signalled { signal: 15, ended: ended() };
        assert_eq!(killed.to_string(), "./deploy.sh was ended by SIGTERM after 2m 5s");
        let limit = Duration::from_secs(120);
        let late = ExecutorError::TimedOut { limit, ended: ended() };
        assert_eq!(late.to_string(), "./deploy.sh was stopped after 2m 5s: it may run 2m");
        assert_eq!(late.last_lines(), ["no space"]);
        assert!(late.hint().is_some_and(|hint| hint.contains("/runs/1/output/i-0abc.log")));
    }

    #[test]
    fn only_a_command_that_was_started_may_have_acted() {
        let source = || io::Error::from(io::ErrorKind::NotFound);
        let program = "deploy".to_owned();
        let not_started = ExecutorError::NotStarted { program, source: source() };
        assert!(!not_started.may_have_acted());
        assert!(!ExecutorError::Log { path: PathBuf::new(), source: source() }.may_have_acted());
        assert!(ExecutorError::Exited { code: 1, ended: ended() }.may_have_acted());
    }

    #[test]
    fn the_hint_tells_a_missing_program_from_a_missing_interpreter() {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let hint = |program: &str| not_started_hint(program, &missing()).unwrap();
        assert!(hint("no-such-program").contains("PATH"));
        assert!(hint("/no/such/program").contains("path right"));
        assert!(hint("/proc/self/exe").contains("interpreter"));
    }
}
