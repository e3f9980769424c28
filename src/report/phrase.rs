//! What happened, in words that lines and terminal share. No time of day, no place on a screen.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Sight;
use super::paint::Paint;
use super::plan::outlook_lines;
use super::span::{clock, span};
use crate::journal::RunId;
use crate::rollout::{
    Act, Fact, Failure, GroupArn, Hook, Moment, Outlook, Pending, Plan, Sighting, Step, Target,
    TargetId, Waited,
};
use crate::utc;

/// Of a hundred batches, or of a batch of a hundred, nobody reads more than the first.
const MOST_NAMED: usize = 10;

const WINDOW_CLOSED: &str =
    "the window is over: nothing more is taken out, and what is out is carried to its end";

/// The longest step in words, `await in service`.
const STEP_WIDTH: usize = 16;

/// Finds the words, and remembers what they need: widths, and when steps began.
#[derive(Debug)]
pub(super) struct Phrases {
    pub(super) paint: Paint,
    ids: usize,
    begun: BTreeMap<TargetId, Moment>,
    under_way: BTreeMap<TargetId, Act>,
    took: BTreeMap<TargetId, Vec<(Act, Duration)>>,
    interrupted: bool,
    /// What runs around a batch.
    hook: Option<(Hook, usize)>,
    /// Of the run that is shown, if one is.
    plan: Option<Plan>,
}

impl Phrases {
    pub(super) fn new(paint: Paint) -> Self {
        let (begun, under_way, took) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self { paint, ids: 0, begun, under_way, took, interrupted: false, hook: None, plan: None }
    }

    /// What a run is about, and what it comes to, or its batches.
    pub(super) fn begun(
        &mut self,
        run: &RunId,
        plan: &Plan,
        outlook: Option<&Outlook>,
    ) -> Vec<String> {
        self.align(plan.targets().map(|target| &target.id));
        self.plan = Some(plan.clone());
        let groups: Vec<_> = plan.groups.iter().map(|group| group.name.as_str()).collect();
        let first = format!(
            "run {run}: {} in {}, {}, about {} of waiting",
            count(plan.targets().count(), "target", "targets"),
            groups.join(", "),
            count(plan.batches.len(), "batch", "batches"),
            span(plan.expected_waits()),
        );
        let more = outlook.map_or_else(|| batches(plan), |outlook| outlook_lines(plan, outlook));
        [first].into_iter().chain(more).collect()
    }

    /// Makes a column for these targets.
    pub(super) fn align<'a>(&mut self, targets: impl Iterator<Item = &'a TargetId>) {
        self.ids = targets.map(|id| id.as_str().len()).max().unwrap_or_default();
    }

    /// A wait of no run has come true.
    pub(super) fn reached(&self, took: Duration, waited: Waited) -> String {
        format!("{} in {}{}", self.paint.good("done"), span(took), late(waited))
    }

    /// The target, in its column.
    pub(super) fn target(&self, target: &TargetId) -> String {
        format!("{target:<ids$}", ids = self.ids)
    }

    /// The target and its step, in columns.
    pub(super) fn step(&self, target: &TargetId, step: Step) -> String {
        format!("{}  {step:<STEP_WIDTH$}", self.target(target))
    }

    /// The lines that say a fact; the first one is the fact, the others belong to it.
    pub(super) fn fact(&mut self, at: Moment, fact: &Fact) -> Vec<String> {
        match fact {
            Fact::Started { target, step } => {
                self.begun.insert(target.clone(), at);
                self.under_way.insert(target.clone(), step.act);
                let why = if step.undo { ", to undo what was done" } else { "" };
                vec![format!("{}  started{why}", self.step(target, *step))]
            }
            Fact::Finished { target, step, waited } => {
                let took = self.begun.get(target).map_or(Duration::ZERO, |begun| at.since(*begun));
                self.under_way.remove(target);
                self.took.entry(target.clone()).or_default().push((step.act, took));
                let late = waited.map(late).unwrap_or_default();
                let done = self.paint.good("done");
                vec![format!("{}  {done} in {}{late}", self.step(target, *step), span(took))]
            }
            Fact::Failed { target, step, failure } => {
                self.under_way.remove(target);
                self.failed(target, *step, failure)
            }
            Fact::Skipped { target, step } => {
                vec![format!("{}  skipped, as asked for", self.step(target, *step))]
            }
            Fact::PutBack { target, by, groups } => {
                vec![format!("{target} was put back by run {by}{}", only_in(groups))]
            }
            Fact::Forgotten { target, by, groups } => {
                vec![format!("{target} was given up by {by}{}", only_in(groups))]
            }
            Fact::HookStarted { hook, batch } => {
                self.hook = Some((*hook, *batch));
                vec![format!("batch {batch}  {hook}  started")]
            }
            Fact::HookFinished { hook, batch } => {
                self.hook = None;
                vec![format!("batch {batch}  {hook}  {}", self.paint.good("done"))]
            }
            Fact::HookFailed { hook, batch, failure } => {
                self.hook = None;
                let failed = self.paint.bad("failed");
                let what = indented(&failure.what);
                let line = format!("batch {batch}  {hook}  {failed}: {what}");
                [line].into_iter().chain(hint(failure)).collect()
            }
            Fact::Interrupted { signal } => vec![self.interrupted(signal)],
            Fact::WindowClosed => vec![self.paint.pending(WINDOW_CLOSED)],
            Fact::Resumed { .. } => {
                (self.interrupted, self.hook) = (false, None);
                vec!["taken up again; steps that were under way are done again".into()]
            }
        }
    }

    /// All of a target's steps in one line, once they are done.
    pub(super) fn all_done(&self, target: &TargetId) -> String {
        let steps = self.took.get(target).into_iter().flatten();
        let worth_a_word = steps.filter_map(|(act, took)| match act {
            Act::AwaitDrained => Some(format!("drained in {}", span(*took))),
            Act::Deploy => Some(format!("deployed in {}", span(*took))),
            Act::Start => Some(format!("started in {}", span(*took))),
            Act::AwaitInService => Some(format!("in service in {}", span(*took))),
            Act::Verify => Some(format!("verified in {}", span(*took))),
            _ => None,
        });
        let steps = worth_a_word.collect::<Vec<_>>().join(", ");
        format!("{target:<ids$}  {}  {steps}", self.paint.good("done"), ids = self.ids)
    }

    /// The engine carries on after a first signal and stops at a second one.
    fn interrupted(&mut self, signal: &str) -> String {
        let meaning = match (self.interrupted, self.hook) {
            (true, _) => "stopped now; what is out is named below".to_owned(),
            (false, None) if self.only_stands_by() => {
                "the new release serves, and the old one is left running".to_owned()
            }
            (false, None) if self.plan.as_ref().is_some_and(|plan| plan.strategy.overlaps()) => {
                "nobody else is flipped, and what is under way is carried to its end; \
                 a second one stops it at once"
                    .to_owned()
            }
            (false, None) => {
                "nothing more is taken out, and what is out is carried to its end".to_owned()
            }
            (false, Some((hook, batch))) => {
                format!("nothing more is taken out, and {hook} of batch {batch} goes on to its end")
            }
        };
        self.interrupted = true;
        format!("{}: {meaning}", self.paint.bad(signal))
    }

    /// Whether nothing is waited for but that an old release has been left running for long enough.
    fn only_stands_by(&self) -> bool {
        let stops = self.plan.as_ref().is_some_and(|plan| plan.policy.flip.stops);
        stops
            && !self.under_way.is_empty()
            && self.under_way.values().all(|act| *act == Act::StandBy)
    }

    fn failed(&self, target: &TargetId, step: Step, failure: &Failure) -> Vec<String> {
        let (at, failed) = (self.step(target, step), self.paint.bad("failed"));
        let mut lines = vec![format!("{at}  {failed}: {}", indented(&failure.what))];
        lines.extend(hint(failure));
        lines.extend(self.what_follows(target, step, failure));
        lines
    }

    /// What the run does about a failure by itself.
    fn what_follows(&self, target: &TargetId, step: Step, failure: &Failure) -> Option<String> {
        let plan = self.plan.as_ref().filter(|_| !step.undo)?;
        let is_first = step.act == Act::Deregister && !plan.strategy.overlaps();
        if is_first && !failure.may_have_acted {
            return None;
        }
        let steps = plan.undo(step, failure);
        let steps: Vec<_> = steps.iter().map(|step| step.name()).collect();
        (!steps.is_empty()).then(|| {
            format!(
                "{}  {:<STEP_WIDTH$}  {}",
                self.target(target),
                "what follows",
                steps.join(", ")
            )
        })
    }

    /// What a wait sees of one of its registrations, and what it still waits for; which one is
    /// said only if there are others.
    pub(super) fn seen(&self, sight: &Sight, seen: &Sighting) -> String {
        let health = self.paint.health(&seen.health);
        let words = seen.verdict.pending().and_then(Pending::words);
        let said = words.map_or(health.clone(), |words| format!("{health}: {words}"));
        if sight.seen.len() < 2 {
            return said;
        }
        format!("{} {said}", place_of(&seen.place.group, seen.place.port))
    }
}

/// How far a wait is, against how long it should take; once late, against when it fails.
pub(super) fn far(at: Moment, sight: &Sight) -> String {
    let elapsed = clock(sight.elapsed);
    if let Some(until) = runs_on(at, sight) {
        return format!("{elapsed} of {}, {until}", clock(sight.expected));
    }
    if sight.elapsed <= sight.expected {
        return format!("{elapsed} of {}", clock(sight.expected));
    }
    format!("{elapsed} of {}, fails at {}", clock(sight.expected), clock(sight.deadline))
}

/// Until when an old release is left running, if that is what is waited for.
pub(super) fn runs_on(at: Moment, sight: &Sight) -> Option<String> {
    let left = sight.expected.checked_sub(sight.elapsed)?;
    let is_left = sight.step.act == Act::StandBy && !sight.expected.is_zero();
    is_left.then(|| format!("the old release runs on until {}", utc::time_of_day(at.after(left))))
}

/// Text of somebody else's as one that cannot move the cursor: no escapes, no control
/// characters; of a line that overwrites itself, its last state.
pub(super) fn printable(text: &str) -> String {
    let plain = console::strip_ansi_codes(text);
    let lines = plain.lines().map(|line| {
        let last = line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default();
        last.chars().filter(|c| !c.is_control() || *c == '\t').collect::<String>()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Printable text whose further lines are seen to belong to the first.
pub(super) fn indented(text: &str) -> String {
    printable(text).replace('\n', "\n    ")
}

/// What a reader missed, if it was anything that is told only once.
pub(super) fn left_out(lines: u64) -> Option<String> {
    let are = if lines == 1 { "line of output is" } else { "lines of output are" };
    (lines > 0).then(|| format!("{lines} {are} left out here: the reader was too slow"))
}

/// The batches of a run that has several, with the zones of their targets where they are told.
fn batches(plan: &Plan) -> Vec<String> {
    let all = plan.batches.len();
    if all < 2 {
        return Vec::new();
    }
    let target = |target: &Target| match target.zone() {
        Some(zone) => format!("{} ({zone})", target.id),
        None => target.id.to_string(),
    };
    let batch = |(number, targets): (usize, &Vec<Target>)| {
        let mut named: Vec<_> = targets.iter().take(MOST_NAMED).map(target).collect();
        if targets.len() > MOST_NAMED {
            named.push(format!("and {} more", targets.len() - MOST_NAMED));
        }
        format!("batch {number} of {all}: {}", named.join(", "))
    };
    let mut lines: Vec<_> = (1..).zip(&plan.batches).take(MOST_NAMED).map(batch).collect();
    if all > MOST_NAMED {
        lines.push(format!("and {} more batches", all - MOST_NAMED));
    }
    lines
}

fn hint(failure: &Failure) -> Option<String> {
    failure.hint.as_ref().map(|hint| format!("hint: {hint}"))
}

fn late(waited: Waited) -> String {
    let looks = count(waited.looks as usize, "look", "looks");
    format!(", noticed at most {} late, {looks}", span(waited.late_at_most))
}

fn place_of(group: &GroupArn, port: u16) -> String {
    format!("{}:{port}", group.name())
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// In which groups something happened, if not in all.
pub(super) fn only_in(groups: &[GroupArn]) -> String {
    let names: Vec<_> = groups.iter().map(GroupArn::name).collect();
    if names.is_empty() { String::new() } else { format!(" in {}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample::{self, NOON};
    use crate::rollout::{OnFailure, Strategy};

    #[test]
    fn the_second_signal_promises_nothing_more() {
        let mut phrases = Phrases::new(Paint::Plain);
        let signal = Fact::Interrupted { signal: "SIGINT".to_owned() };
        let carried = "SIGINT: nothing more is taken out, and what is out is carried to its end";
        assert_eq!(phrases.fact(NOON, &signal), [carried]);
        let named = "SIGINT: stopped now; what is out is named below";
        assert_eq!(phrases.fact(NOON, &signal), [named]);
        phrases.fact(NOON, &Fact::Resumed { by: None });
        assert_eq!(phrases.fact(NOON, &signal), [carried], "it is another process's first");
    }

    #[test]
    fn the_first_signal_to_a_flip_does_not_promise_that_the_old_port_stays() {
        let mut phrases = Phrases::new(Paint::Plain);
        let plan = Plan { strategy: Strategy::Flip, ..sample::plan(&[&["i-0a"]]) };
        phrases.begun(&RunId::unique(), &plan, None);
        let signal = Fact::Interrupted { signal: "SIGINT".to_owned() };
        let said = phrases.fact(NOON, &signal).concat();
        assert!(said.starts_with("SIGINT: nobody else is flipped"), "{said}");
    }

    #[test]
    fn the_first_signal_names_the_hook_that_goes_on() {
        let signal = Fact::Interrupted { signal: "SIGTERM".to_owned() };
        let (hook, batch) = (Hook::BeforeBatch, 2);
        let mut phrases = Phrases::new(Paint::Plain);
        phrases.fact(NOON, &Fact::HookStarted { hook, batch });
        let said = phrases.fact(NOON, &signal).concat();
        assert!(said.ends_with(", and before-batch of batch 2 goes on to its end"), "{said}");
        let mut phrases = Phrases::new(Paint::Plain);
        phrases.fact(NOON, &Fact::HookStarted { hook, batch });
        phrases.fact(NOON, &Fact::HookFinished { hook, batch });
        assert!(
            phrases.fact(NOON, &signal).concat().ends_with("what is out is carried to its end")
        );
    }

    #[test]
    fn a_failure_is_told_with_what_is_done_about_it() {
        let mut plan = sample::plan(&[&["i-0a"]]);
        plan.policy.on_failure = OnFailure::Rollback;
        let mut phrases = Phrases::new(Paint::Plain);
        phrases.begun(&RunId::unique(), &plan, None);
        let mut said = |act, acted| {
            let fact = sample::failed(1.0, "i-0a", act, acted).fact;
            phrases.fact(NOON, &fact).last().cloned().unwrap()
        };
        let follows = "i-0a  what follows      roll back, register, await in service";
        assert_eq!(said(Act::Deploy, true), follows);
        assert!(!said(Act::Deregister, false).contains("what follows"), "nothing was done");
        plan.policy.on_failure = OnFailure::Hold;
        phrases.begun(&RunId::unique(), &plan, None);
        let fact = sample::failed(1.0, "i-0a", Act::Deploy, true).fact;
        assert!(!phrases.fact(NOON, &fact).concat().contains("what follows"));
    }

    #[test]
    fn what_undoes_a_failure_is_told_as_such() {
        let mut phrases = Phrases::new(Paint::Plain);
        let step = Step { undo: true, ..Step::new(Act::Deregister) };
        let started = Fact::Started { target: TargetId::new("i-0a"), step };
        let said = "i-0a  deregister        started, to undo what was done";
        assert_eq!(phrases.fact(NOON, &started), [said]);
    }

    #[test]
    fn output_cannot_move_the_cursor() {
        assert_eq!(printable("\x1b[31mred\x1b[0m\x1b[2J \x07bell"), "red bell");
        assert_eq!(printable(" 10%\r 50%\r100%\r"), "100%");
        assert_eq!(printable("a\tb\nc"), "a\tb\nc");
    }
}
