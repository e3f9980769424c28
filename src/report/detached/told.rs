//! Events that can wait for their reader, and which of them may be left out. How long they wait
//! is not decided here.

use std::time::Duration;

use crate::journal::RunId;
use crate::report::{Event, Sight, Summary};
use crate::rollout::{Fact, Outlook, Plan, TargetId, Waited};

/// An event that owns what it tells.
#[derive(Debug)]
pub(super) enum Told {
    Begun { run: RunId, plan: Box<Plan>, outlook: Option<Outlook> },
    Awaiting { what: String, targets: Vec<TargetId> },
    Reached { took: Duration, waited: Waited },
    NotReached { what: String, hint: Option<String> },
    Fact(Fact),
    Waiting(Sight),
    Output { target: TargetId, line: String },
    HookOutput { from: String, line: String },
    LeftOut { lines: u64, others: u64 },
    Holding { why: String },
    Troubled { what: String },
    Recovered,
    Noted { what: String },
    Ended { summary: Summary },
}

/// What is lost if an event is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    /// Nothing that is not kept elsewhere or told anew by the next look.
    Passing,
    /// Why a run does not go on; there is no end to how often that changes.
    News,
    /// What became of a target: there are only so many of these in a run.
    Record,
}

impl Worth {
    pub(super) fn of(event: &Event<'_>) -> Self {
        match event {
            Event::Output { .. } | Event::HookOutput { .. } | Event::Waiting(_) => Self::Passing,
            Event::Holding { .. }
            | Event::Troubled { .. }
            | Event::Recovered
            | Event::Noted { .. } => Self::News,
            Event::Begun { .. }
            | Event::Awaiting { .. }
            | Event::Reached { .. }
            | Event::NotReached { .. }
            | Event::Fact(_)
            | Event::LeftOut { .. }
            | Event::Ended { .. } => Self::Record,
        }
    }
}

impl Told {
    pub(super) fn of(event: &Event<'_>) -> Self {
        match *event {
            Event::Begun { run, plan, outlook } => {
                Self::Begun { run: *run, plan: Box::new(plan.clone()), outlook: outlook.cloned() }
            }
            Event::Awaiting { what, targets } => {
                Self::Awaiting { what: what.to_owned(), targets: targets.to_vec() }
            }
            Event::Reached { took, waited } => Self::Reached { took, waited },
            Event::NotReached { what, hint } => {
                Self::NotReached { what: what.to_owned(), hint: hint.map(str::to_owned) }
            }
            Event::Fact(fact) => Self::Fact(fact.clone()),
            Event::Waiting(sight) => Self::Waiting(sight.clone()),
            Event::Output { target, line } => {
                Self::Output { target: target.clone(), line: line.to_owned() }
            }
            Event::HookOutput { from, line } => {
                Self::HookOutput { from: from.to_owned(), line: line.to_owned() }
            }
            Event::LeftOut { lines, others } => Self::LeftOut { lines, others },
            Event::Holding { why } => Self::Holding { why: why.to_owned() },
            Event::Troubled { what } => Self::Troubled { what: what.to_owned() },
            Event::Recovered => Self::Recovered,
            Event::Noted { what } => Self::Noted { what: what.to_owned() },
            Event::Ended { summary } => Self::Ended { summary: summary.clone() },
        }
    }

    pub(super) fn event(&self) -> Event<'_> {
        match self {
            Self::Begun { run, plan, outlook } => {
                Event::Begun { run, plan, outlook: outlook.as_ref() }
            }
            Self::Awaiting { what, targets } => Event::Awaiting { what, targets },
            Self::Reached { took, waited } => Event::Reached { took: *took, waited: *waited },
            Self::NotReached { what, hint } => Event::NotReached { what, hint: hint.as_deref() },
            Self::Fact(fact) => Event::Fact(fact),
            Self::Waiting(sight) => Event::Waiting(sight),
            Self::Output { target, line } => Event::Output { target, line },
            Self::HookOutput { from, line } => Event::HookOutput { from, line },
            Self::LeftOut { lines, others } => Event::LeftOut { lines: *lines, others: *others },
            Self::Holding { why } => Event::Holding { why },
            Self::Troubled { what } => Event::Troubled { what },
            Self::Recovered => Event::Recovered,
            Self::Noted { what } => Event::Noted { what },
            Self::Ended { summary } => Event::Ended { summary },
        }
    }
}
