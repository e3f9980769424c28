//! The exit codes. They are part of the interface: scripts decide by them.

use std::process::ExitCode;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was asked for is done.
    Done,
    /// Something that nobody foresaw.
    Unexpected,
    /// The command line does not make sense.
    Usage,
    /// Refused before anything was changed.
    Refused,
    /// Halted, and nothing is held out: what this run took out is back in service. Others may be out,
    /// and be the reason.
    HaltedInService,
    /// Halted, and targets are out of service.
    HaltedOut,
    /// The journal or a lock cannot be had.
    Journal,
    /// Halted because the window of the run is over, and nothing is held out: the rest waits for the
    /// next time.
    WindowClosed,
    /// Interrupted by SIGINT, and nothing is held out.
    Interrupted,
    /// Interrupted by SIGTERM or SIGHUP, and nothing is held out.
    Terminated,
}

impl Exit {
    /// Ended by the signal of this name.
    pub(super) fn interrupted_by(signal: &str) -> Self {
        if signal == "SIGINT" { Self::Interrupted } else { Self::Terminated }
    }

    /// The number that the process ends with.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::HaltedInService => 4,
            Self::HaltedOut => 5,
            Self::Journal => 6,
            Self::WindowClosed => 7,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// What `--help` says of the codes.
pub const HELP: &str = "\
Exit codes:
  0  done
  1  unexpected error
  2  wrong usage
  3  refused; nothing was changed
  4  halted; nothing is held out
  5  halted; targets are out of service, and named
  6  others are at work on the targets, or the journal or a lock cannot be had
  7  the window is over; nothing is held out, and the rest waits for the next time
  130, 143  interrupted (SIGINT; SIGTERM or SIGHUP); nothing is held out";
