//! The ways in which a run can be shown, and the choice among them.

use std::io::{self, IsTerminal};

use super::detached::Detached;
use super::patient::Patient;
use super::{Lines, Ndjson, Paint, Report, Tty};

/// How a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Progress {
    /// Live rows on a terminal.
    Tty,
    /// Lines, on a change only.
    Lines,
    /// One JSON object an event.
    Ndjson,
}

impl Progress {
    /// Live rows if standard error is a terminal that can move its cursor, otherwise lines.
    pub fn fitting() -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if io::stderr().is_terminal() && !dumb { Self::Tty } else { Self::Lines }
    }

    /// A report of this kind, which never waits for its reader: JSON is data and goes to standard
    /// output, the others are talk and go to standard error.
    pub fn report(self) -> Box<dyn Report> {
        match Detached::new(self.attached()) {
            Ok(report) => Box::new(report),
            // Without a thread, a slow reader slows the run; that is better than to hide it.
            Err(_) => self.attached(),
        }
    }

    fn attached(self) -> Box<dyn Report> {
        let paint = Paint::on(io::stderr().is_terminal());
        match self {
            Self::Tty => Box::new(Tty::new(Patient(io::stderr()), paint)),
            Self::Lines => Box::new(Lines::new(Patient(io::stderr()), paint)),
            Self::Ndjson => Box::new(Ndjson::new(Patient(io::stdout()))),
        }
    }
}
