//! The rows of a picture and their bars: which step, from when to when, and in which words. Where they
//! are drawn is not known here.

use std::time::Duration;

use super::super::words::one_line;
use super::Span;
use crate::report::span::span;
use crate::rollout::{Act, Failure, Moment, Plan, Step, Target, Waited};
use crate::runs::{Course, HookRun, How, Settled, Settling, Tried, courses, hooks};
use crate::utc;

/// Shorter pauses are the engine's own: what it decides on may be so old.
const LEAST_PAUSE: Duration = Duration::from_secs(1);

/// What a bar is for, which gives it its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Takes out.
    Out,
    /// Changes the target.
    Work,
    /// Puts in.
    In,
    /// Asks or watches the target.
    Gate,
    /// Is run around a batch.
    Hook,
    /// Nothing: it waits for others.
    Turn,
}

impl Kind {
    pub(super) const ALL: [Self; 6] =
        [Self::Turn, Self::Out, Self::Work, Self::In, Self::Gate, Self::Hook];

    const fn of(act: Act) -> Self {
        match act {
            Act::Deregister | Act::AwaitDrained => Self::Out,
            Act::Deploy | Act::Start | Act::Rollback | Act::Stop => Self::Work,
            Act::Register | Act::AwaitInService => Self::In,
            Act::AwaitReady | Act::Verify | Act::Bake | Act::StandBy => Self::Gate,
        }
    }

    /// Its class in the picture.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::Work => "work",
            Self::In => "in",
            Self::Gate => "gate",
            Self::Hook => "hook",
            Self::Turn => "turn",
        }
    }

    /// What the legend says of it.
    pub(super) const fn meaning(self) -> &'static str {
        match self {
            Self::Out => "takes out",
            Self::Work => "deploys, starts, stops",
            Self::In => "puts in",
            Self::Gate => "asks, watches",
            Self::Hook => "around batches",
            Self::Turn => "waits for others",
        }
    }
}

/// One try of a step, or a wait between two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bar {
    pub(super) kind: Kind,
    /// Waits are shaded.
    pub(super) is_wait: bool,
    pub(super) has_failed: bool,
    /// Undoes what came before.
    pub(super) undoes: bool,
    /// Its end is not recorded.
    pub(super) is_open: bool,
    pub(super) from: Moment,
    pub(super) to: Moment,
    /// What stands on it if there is room, the longest first.
    pub(super) names: Vec<String>,
    /// Everything about it.
    pub(super) title: String,
}

/// One target, or what is run around the batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) title: String,
    /// In order, none before the end of the one before it.
    pub(super) bars: Vec<Bar>,
}

/// What was run around batches, if anything was, and every target of the plan.
pub(super) fn rows(plan: &Plan, at: &Span<'_>, under_way: bool) -> Vec<Row> {
    let unknown = if under_way { "under way" } else { "its end is not recorded" };
    let around = hooks(at.facts);
    let hooks = (!around.is_empty()).then(|| Row {
        label: "around batches".to_owned(),
        title: "what is run before and after each batch".to_owned(),
        bars: around.iter().map(|run| hook(run, at, unknown)).collect(),
    });
    let courses = courses(plan, at.facts);
    let targets = courses.iter().filter_map(|course| {
        let target = plan.target(&course.target)?;
        Some(row(plan, target, course, at, unknown))
    });
    hooks.into_iter().chain(targets).collect()
}

fn row(plan: &Plan, target: &Target, course: &Course, at: &Span<'_>, unknown: &str) -> Row {
    let mut bars: Vec<Bar> = Vec::new();
    for tried in &course.tried {
        let bar = step(plan, target, tried, at, unknown);
        bars.extend(pause(bars.last().map(|bar| bar.to), bar.from, at));
        bars.push(bar);
    }
    let batch = plan.batches.iter().position(|batch| batch.iter().any(|it| it.id == target.id));
    let batch = format!("{}, batch {}", target.id, batch.map_or(0, |batch| batch + 1));
    let begun = bars.is_empty().then(|| "not begun".to_owned());
    let title: Vec<_> =
        [batch].into_iter().chain(begun).chain(course.settled.iter().map(settled)).collect();
    Row { label: target.id.to_string(), title: title.join("\n"), bars }
}

/// The time between two steps, or before the first; none if nobody was at work on the run then.
fn pause(since: Option<Moment>, until: Moment, at: &Span<'_>) -> Option<Bar> {
    let from = since.unwrap_or(at.began);
    let is_seen = until.since(from) >= LEAST_PAUSE;
    let nobody_works = at.resumed().any(|resumed| from <= resumed && resumed <= until);
    let why = match since {
        None => "waits for its turn",
        Some(_) => "holds for others, the floor, or a fresh look",
    };
    (is_seen && !nobody_works).then(|| Bar {
        kind: Kind::Turn,
        is_wait: true,
        has_failed: false,
        undoes: false,
        is_open: false,
        from,
        to: until,
        names: vec![why.to_owned()],
        title: format!("{why}, {}", during(from, until)),
    })
}

fn step(plan: &Plan, target: &Target, tried: &Tried, at: &Span<'_>, unknown: &str) -> Bar {
    let Tried { step, began, ended, how } = tried;
    let from = began.or(*ended).unwrap_or(at.began);
    let reason = reason(plan, target, *step);
    let name = match plan.strategy.overlaps() {
        true => format!("{step} {}", ports(target, *step)),
        false => step.to_string(),
    };
    let with_reason = reason.iter().map(|reason| format!("{name}: {reason}"));
    let names = with_reason.chain([name.clone(), step.to_string()]).collect();
    let mut told = vec![if step.undo { format!("{name}, to undo a failure") } else { name }];
    told.extend(reason.clone());
    told.extend(places(target, *step));
    Bar {
        is_wait: is_wait(step.act),
        undoes: step.undo,
        names,
        ..bar(Kind::of(step.act), (from, *ended), how, told, at, unknown)
    }
}

fn hook(run: &HookRun, at: &Span<'_>, unknown: &str) -> Bar {
    let name = format!("{} {}", run.hook, run.batch);
    let told = vec![format!("{} of batch {}", run.hook, run.batch)];
    let bar = bar(Kind::Hook, (run.began, run.ended), &run.how, told, at, unknown);
    Bar { names: vec![name], ..bar }
}

fn bar(
    kind: Kind,
    (from, ended): (Moment, Option<Moment>),
    how: &How,
    mut told: Vec<String>,
    at: &Span<'_>,
    unknown: &str,
) -> Bar {
    let to = ended.unwrap_or_else(|| at.last_known(from));
    told.push(match ended {
        Some(_) => during(from, to),
        // Only the last process of a run can still be at work.
        None if to == at.ended => format!("since {}, {unknown}", utc::time_of_day(from)),
        None => format!("since {}, its end is not recorded", utc::time_of_day(from)),
    });
    match how {
        How::Finished(Some(Waited { looks, late_at_most })) => {
            told.push(format!("{looks} looks, noticed {} late at most", span(*late_at_most)));
        }
        How::Skipped => told.push("skipped, as asked for".to_owned()),
        How::Failed(Failure { what, .. }) => told.push(format!("failed to {}", one_line(what))),
        How::Finished(None) | How::Unknown => {}
    }
    Bar {
        kind,
        is_wait: false,
        has_failed: matches!(how, How::Failed(_)),
        undoes: false,
        is_open: ended.is_none(),
        from,
        to,
        names: Vec::new(),
        title: told.join("\n"),
    }
}

fn during(from: Moment, to: Moment) -> String {
    let (began, ended) = (utc::time_of_day(from), utc::time_of_day(to));
    format!("{}, from {began} to {ended}", span(to.since(from)))
}

const fn is_wait(act: Act) -> bool {
    matches!(
        act,
        Act::AwaitDrained | Act::AwaitReady | Act::AwaitInService | Act::Bake | Act::StandBy
    )
}

/// Why a wait takes its time, as far as the plan tells it.
fn reason(plan: &Plan, target: &Target, step: Step) -> Option<String> {
    match step.act {
        Act::AwaitDrained => {
            Some(format!("delay and settle, {}", span(plan.expected_drain(target))))
        }
        Act::AwaitInService => {
            Some(format!("health checks, about {}", span(plan.expected_in_service(target))))
        }
        Act::AwaitReady => Some("asked until it is ready".to_owned()),
        Act::Bake => Some(format!("stays in service for {}", span(plan.policy.gates.bake))),
        Act::StandBy => {
            let left = plan.policy.flip.stop_after;
            Some(format!("the old release is left running, {}", span(left)))
        }
        _ => None,
    }
}

/// The ports that a step works on, each once.
fn ports(target: &Target, step: Step) -> String {
    let mut ports: Vec<_> = target.side(step.side).iter().map(|place| place.port).collect();
    ports.dedup();
    ports.iter().map(|port| format!(":{port}")).collect::<Vec<_>>().join(" ")
}

/// The registrations that a step works on.
fn places(target: &Target, step: Step) -> Option<String> {
    let places: Vec<_> = target.side(step.side).iter().map(ToString::to_string).collect();
    (!places.is_empty()).then(|| places.join(", "))
}

fn settled(Settled { at, how, .. }: &Settled) -> String {
    let how = match how {
        Settling::PutBack(by) => format!("put back by run {}", one_line(by)),
        Settling::Forgotten(by) => format!("given up by {}", one_line(by)),
    };
    format!("{how} at {}", utc::date_and_time(*at))
}
