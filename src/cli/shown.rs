//! `--progress`: how a verb shows what goes on, from its first word on.

use std::cell::RefCell;

use clap::Args;

use super::log::Log;
use crate::clock::Clock;
use crate::report::{Event, Progress, Report};

#[derive(Debug, Args)]
pub(super) struct Shown {
    /// How progress is shown: live rows on a terminal, lines, or JSON on stdout [default: tty on
    /// a terminal, else lines; with -v lines]
    #[arg(long, value_name = "HOW", env = "ELB_DEPLOY_PROGRESS", hide_env_values = true)]
    progress: Option<Progress>,
}

impl Shown {
    /// Whoever is told of one process: one report, so that JSON is numbered through.
    pub(super) fn talk(&self) -> Talk {
        let report = self.progress.unwrap_or_else(fitting).report();
        Talk { report: RefCell::new(report), clock: Clock::system() }
    }
}

/// Lines of the log between live rows would tear them.
fn fitting() -> Progress {
    if Log::is_talkative() { Progress::Lines } else { Progress::fitting() }
}

/// Tells what goes on before, during and after a run.
pub(super) struct Talk {
    report: RefCell<Box<dyn Report>>,
    clock: Clock,
}

impl Talk {
    pub(super) fn tell(&self, event: &Event<'_>) {
        self.report.borrow_mut().event(self.clock.now(), event);
    }

    pub(super) fn note(&self, what: &str) {
        self.tell(&Event::Noted { what });
    }

    /// For the run itself.
    pub(super) fn report(&mut self) -> &mut dyn Report {
        self.report.get_mut().as_mut()
    }
}
