//! A run as JSON, one object an event, for programs. Fields are added over time; none changes
//! its meaning without a new `v`.

use std::io::Write;
use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::outlet::Outlet;
use super::plan::outlook_in_json;
use super::summary::Summary;
use super::{Event, Report, Sight};
use crate::journal::RunId;
use crate::rollout::{
    Fact, Health, Moment, Pending, Plan, Registration, Sighting, Step, TargetId, Waited,
};

/// The version of the objects, told in the first one.
const VERSION: u32 = 1;

/// Writes a run as newline-delimited JSON.
///
/// Each object has `n`, its number from 1, so that a reader sees whether it missed one; `at`, in
/// milliseconds since the Unix epoch as in the journal; and `event`.
#[derive(Debug)]
pub struct Ndjson<W> {
    outlet: Outlet<W>,
    written: u64,
}

#[derive(Serialize)]
struct Object<'a> {
    n: u64,
    at: Moment,
    #[serde(flatten)]
    said: Said<'a>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Said<'a> {
    Begun {
        v: u32,
        run: &'a RunId,
        #[serde(skip_serializing_if = "Option::is_none")]
        outlook: Option<Value>,
        plan: &'a Plan,
    },
    Awaiting {
        v: u32,
        what: &'a str,
        targets: &'a [TargetId],
    },
    Reached {
        #[serde(rename = "took_ms", serialize_with = "millis")]
        took: Duration,
        waited: Waited,
    },
    NotReached {
        what: &'a str,
        hint: Option<&'a str>,
    },
    Recovered,
    Fact(&'a Fact),
    Waiting(SaidSight<'a>),
    Output {
        target: &'a TargetId,
        line: &'a str,
    },
    HookOutput {
        from: &'a str,
        line: &'a str,
    },
    LeftOut {
        lines: u64,
        others: u64,
    },
    Holding {
        why: &'a str,
    },
    Troubled {
        what: &'a str,
    },
    Noted {
        what: &'a str,
    },
    Ended(&'a Summary),
}

#[derive(Serialize)]
struct SaidSight<'a> {
    target: &'a TargetId,
    step: Step,
    healths: Vec<SaidHealth<'a>>,
    #[serde(rename = "elapsed_ms", serialize_with = "millis")]
    elapsed: Duration,
    #[serde(rename = "expected_ms", serialize_with = "millis")]
    expected: Duration,
    #[serde(rename = "deadline_ms", serialize_with = "millis")]
    deadline: Duration,
}

#[derive(Serialize)]
struct SaidHealth<'a> {
    registration: &'a Registration,
    health: &'a Health,
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_for: Option<Pending>,
}

/// A duration as whole milliseconds.
pub(super) fn millis<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

impl<W: Write> Ndjson<W> {
    /// JSON on a writer, flushed after each object.
    pub fn new(writer: W) -> Self {
        Self { outlet: Outlet::new(writer), written: 0 }
    }
}

impl<W: Write + Send> Report for Ndjson<W> {
    fn event(&mut self, at: Moment, event: &Event<'_>) {
        if let Event::LeftOut { lines, others } = event {
            self.written += lines + others;
        }
        self.written += 1;
        let object = Object { n: self.written, at, said: said(event) };
        // What has no JSON form is missed by its number.
        if let Ok(line) = serde_json::to_string(&object) {
            self.outlet.line(&line);
        }
    }
}

fn said<'a>(event: &Event<'a>) -> Said<'a> {
    match *event {
        Event::Begun { run, plan, outlook } => {
            Said::Begun { v: VERSION, run, plan, outlook: outlook.map(outlook_in_json) }
        }
        Event::Awaiting { what, targets } => Said::Awaiting { v: VERSION, what, targets },
        Event::Reached { took, waited } => Said::Reached { took, waited },
        Event::NotReached { what, hint } => Said::NotReached { what, hint },
        Event::Recovered => Said::Recovered,
        Event::Fact(fact) => Said::Fact(fact),
        Event::Waiting(sight) => Said::Waiting(said_sight(sight)),
        Event::Output { target, line } => Said::Output { target, line },
        Event::HookOutput { from, line } => Said::HookOutput { from, line },
        Event::LeftOut { lines, others } => Said::LeftOut { lines, others },
        Event::Holding { why } => Said::Holding { why },
        Event::Troubled { what } => Said::Troubled { what },
        Event::Noted { what } => Said::Noted { what },
        Event::Ended { summary } => Said::Ended(summary),
    }
}

fn said_sight(sight: &Sight) -> SaidSight<'_> {
    let Sight { target, step, seen, elapsed, expected, deadline } = sight;
    SaidSight {
        target,
        step: *step,
        healths: seen.iter().map(said_health).collect(),
        elapsed: *elapsed,
        expected: *expected,
        deadline: *deadline,
    }
}

fn said_health(seen: &Sighting) -> SaidHealth<'_> {
    let waits_for = seen.verdict.pending();
    SaidHealth { registration: &seen.place, health: &seen.health, waits_for }
}
