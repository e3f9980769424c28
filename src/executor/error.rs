//! How work and hooks can fail, and what a person can do about it.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use humantime::format_duration;

use super::unrunnable::{NEEDS_FIRST_LINE, Unrunnable};

/// A command that ran and has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The program as given, or what the command is for: `the rollback command`.
    pub program: String,
    /// How long it ran.
    pub took: Duration,
    /// The last lines that it printed.
    pub last_lines: Vec<String>,
    /// The file that has everything it printed.
    pub log: PathBuf,
}

/// Why a command or a gate did not come to a good end.
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
    /// It was to end with 0 at last, and never did in its time.
    NeverReady {
        /// How often it ran.
        tries: u32,
        /// How long all of it may take.
        limit: Duration,
        /// How it ended the last time.
        last: Box<ExecutorError>,
    },
    /// A URL was asked, and its answer does not fit, or there was none.
    Unfit {
        /// The URL.
        url: String,
        /// What it did the last time, as a fragment: `refused the connection`.
        said: String,
        /// How often it was asked.
        asked: u32,
        /// For how long.
        took: Duration,
        /// What a person can do about that.
        hint: Option<String>,
    },
    /// A URL that cannot be asked.
    NoUrl {
        /// As given.
        url: String,
        /// What is wrong with it.
        why: &'static str,
        /// What a person can do about that.
        hint: &'static str,
    },
    /// The port of a new release is not free, and what listens there is not stopped by the stop command.
    PortTaken {
        /// Where.
        address: IpAddr,
        /// The port.
        port: u16,
    },
    /// The stop command ended well, and yet something listens on the port that it was to stop.
    NotStopped {
        /// Where.
        address: IpAddr,
        /// The port.
        port: u16,
    },
    /// Nothing took connections on the port of a new release in its time.
    NothingListens {
        /// Where.
        address: IpAddr,
        /// The port.
        port: u16,
        /// How long that may take.
        limit: Duration,
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

    /// Whether a command may have changed something on the target. To ask a URL changes nothing.
    pub fn may_have_acted(&self) -> bool {
        !matches!(
            self,
            Self::NotStarted { .. }
                | Self::Log { .. }
                | Self::Unfit { .. }
                | Self::NoUrl { .. }
                | Self::PortTaken { .. }
                | Self::NothingListens { .. }
        )
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
            Self::NeverReady { last, .. } => last.hint(),
            Self::Unfit { hint, .. } => hint.clone(),
            Self::NoUrl { hint, .. } => Some((*hint).to_owned()),
            Self::PortTaken { port, .. } => {
                Some(format!("find out what listens there: ss -ltnp 'sport = :{port}'"))
            }
            Self::NotStopped { port, .. } => Some(format!(
                "it has to end once nothing listens there any more; see what does: ss -ltnp 'sport = :{port}'"
            )),
            Self::NothingListens { .. } => Some(
                "does the start command start it on {port}? its output is in the run's folder; one that \
                 boots for longer has --ready or --ready-command, with --ready-timeout"
                    .to_owned(),
            ),
            Self::Lost { .. } => None,
        }
    }

    fn ended(&self) -> Option<&Ended> {
        match self {
            Self::Exited { ended, .. }
            | Self::Signalled { ended, .. }
            | Self::TimedOut { ended, .. } => Some(ended),
            Self::NeverReady { last, .. } => last.ended(),
            Self::NotStarted { .. }
            | Self::Log { .. }
            | Self::Unfit { .. }
            | Self::NoUrl { .. }
            | Self::PortTaken { .. }
            | Self::NotStopped { .. }
            | Self::NothingListens { .. }
            | Self::Lost { .. } => None,
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
                let more = ended.took.saturating_sub(*limit);
                write!(f, "{} was stopped after {}, ", ended.program, format_duration(*limit))?;
                match more.as_secs() {
                    0 => f.write_str("which is its limit"),
                    _ => write!(f, "which is its limit, and took {} more to end", short(more)),
                }
            }
            Self::NeverReady { tries, limit, last } => {
                let limit = format_duration(*limit);
                write!(f, "{last}; it never ended with 0 in {limit}, and ran {tries} times")
            }
            Self::Unfit { url, said, asked: 0 | 1, .. } => write!(f, "{url} {said}"),
            Self::Unfit { url, said, asked, took, .. } => {
                write!(
                    f,
                    "{url} {said}, the last time; it was asked {asked} times in {}",
                    short(*took)
                )
            }
            Self::NoUrl { url, why, .. } => write!(f, "ask {url:?}: {why}"),
            Self::PortTaken { address, port } => {
                let at = SocketAddr::new(*address, *port);
                write!(
                    f,
                    "start on port {port}: something listens at {at} that the stop command does not stop"
                )
            }
            Self::NotStopped { address, port } => {
                let at = SocketAddr::new(*address, *port);
                write!(f, "the stop command ended, and something still listens at {at}")
            }
            Self::NothingListens { address, port, limit } => {
                let (at, limit) = (SocketAddr::new(*address, *port), format_duration(*limit));
                write!(f, "nothing listens at {at}, {limit} after the start command has ended")
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
pub(super) fn short(duration: Duration) -> humantime::FormattedDuration {
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
        let said = "./deploy.sh was stopped after 2m, which is its limit, and took 5s more to end";
        assert_eq!(late.to_string(), said);
        let at_once = Ended { took: Duration::from_millis(120_300), ..ended() };
        let at_once = ExecutorError::TimedOut { limit, ended: at_once };
        let said = "./deploy.sh was stopped after 2m, which is its limit";
        assert_eq!(at_once.to_string(), said);
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
        let exited = ExecutorError::Exited { code: 1, ended: ended() };
        assert!(exited.may_have_acted());
        let (tries, limit, last) = (2, Duration::from_secs(2), Box::new(exited));
        assert!(ExecutorError::NeverReady { tries, limit, last }.may_have_acted());
    }

    #[test]
    fn a_gate_that_stayed_closed_says_what_was_last_and_how_often_it_was_tried() {
        let last = Box::new(ExecutorError::Exited { code: 7, ended: ended() });
        let error = ExecutorError::NeverReady { tries: 9, limit: Duration::from_secs(120), last };
        let said = "./deploy.sh ended with exit code 7 after 2m 5s; \
                    it never ended with 0 in 2m, and ran 9 times";
        assert_eq!(error.to_string(), said);
        assert_eq!(error.last_lines(), ["no space"]);
        assert!(error.hint().is_some_and(|hint| hint.contains("i-0abc.log")));
        let unfit = |asked| ExecutorError::Unfit {
            url: "http://h/".to_owned(),
            said: "refused the connection".to_owned(),
            asked,
            took: Duration::from_secs(30),
            hint: None,
        };
        assert_eq!(unfit(1).to_string(), "http://h/ refused the connection");
        let said = "http://h/ refused the connection, the last time; it was asked 9 times in 30s";
        assert_eq!(unfit(9).to_string(), said);
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
