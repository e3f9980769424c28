//! The port to the people and programs that follow a run, and three of them: lines, JSON and a
//! terminal. No report can influence a run. Beside them, what `status` shows of groups.

mod access;
mod anew;
mod briefing;
mod closing;
mod detached;
pub mod findings;
mod lines;
mod ndjson;
mod outlet;
mod paint;
mod patient;
mod phrase;
pub mod plan;
mod progress;
mod put_right;
pub mod runs;
mod screen;
mod setting;
mod span;
pub mod status;
mod summary;
mod tty;

use std::time::Duration;

use crate::journal::RunId;
use crate::rollout::{Fact, Moment, Outlook, Plan, Sighting, Step, TargetId, Waited};

pub use access::{Access, shell_words};
pub use anew::begin_anew;
pub use briefing::{around_batch, at_the_end};
pub use closing::closing;
pub use detached::Detached;
pub use lines::Lines;
pub use ndjson::Ndjson;
pub use paint::Paint;
pub use patient::Patient;
pub use progress::Progress;
pub use put_right::{
    ask_health, give_up, give_up_each, put_right, put_right_by_hand, take_out_by_hand,
};
pub use setting::set;
pub use span::{clock, span};
pub use summary::{
    Ending, Fate, HookFailed, NewRelease, StepTime, Summary, TargetSummary, UndoFailed,
};
pub use tty::Tty;

/// Shows a run to somebody.
///
/// It cannot fail: a report whose reader is gone says nothing more, because a closed pipe must
/// not stop a run while a target is out.
pub trait Report: Send {
    /// Takes in what happened at a moment.
    fn event(&mut self, at: Moment, event: &Event<'_>);
}

impl<R: Report + ?Sized> Report for Box<R> {
    fn event(&mut self, at: Moment, event: &Event<'_>) {
        (**self).event(at, event);
    }
}

/// What a report is told.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A run begins, or is taken up again.
    Begun {
        /// Its name.
        run: &'a RunId,
        /// What it will do.
        plan: &'a Plan,
        /// What that comes to, if it begins with it.
        outlook: Option<&'a Outlook>,
    },
    /// A wait begins that belongs to no run.
    Awaiting {
        /// What for, in words.
        what: &'a str,
        /// Who is waited for.
        targets: &'a [TargetId],
    },
    /// A wait that belongs to no run has come true.
    Reached {
        /// How long it took.
        took: Duration,
        /// How it went.
        waited: Waited,
    },
    /// A wait that belongs to no run has ended without its goal.
    NotReached {
        /// Why.
        what: &'a str,
        /// What a person can do about it.
        hint: Option<&'a str>,
    },
    /// A fact is on disk and applied.
    Fact(&'a Fact),
    /// What a wait sees now; sent on each look.
    Waiting(&'a Sight),
    /// A command printed a line.
    Output {
        /// For which target it runs.
        target: &'a TargetId,
        /// The line without its break.
        line: &'a str,
    },
    /// What is run around a batch or at the end printed a line.
    HookOutput {
        /// Which, e.g. `before-batch-1`.
        from: &'a str,
        /// The line without its break.
        line: &'a str,
    },
    /// The reader was too slow for what stood here.
    LeftOut {
        /// How many lines that a command printed.
        lines: u64,
        /// How many other events, most of them what a wait saw.
        others: u64,
    },
    /// The run takes nothing more out for now; sent when the reason changes.
    Holding {
        /// Why, e.g. that a group is below its floor.
        why: &'a str,
    },
    /// Something does not work but is tried again: throttled, unreachable.
    Troubled {
        /// What.
        what: &'a str,
    },
    /// What did not work works again.
    Recovered,
    /// Something is worth knowing, and needs no doing.
    Noted {
        /// What.
        what: &'a str,
    },
    /// The run is over.
    Ended {
        /// How it went.
        summary: &'a Summary,
    },
}

/// What a wait sees, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Who is waited for.
    pub target: TargetId,
    /// What is waited for.
    pub step: Step,
    /// What the load balancer says of each of its registrations.
    pub seen: Vec<Sighting>,
    /// The time since the wait began.
    pub elapsed: Duration,
    /// The time that it takes if nothing goes wrong.
    pub expected: Duration,
    /// The time after which it fails.
    pub deadline: Duration,
}

#[cfg(test)]
mod tests;
