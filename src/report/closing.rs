//! The last words of a run: a table, the totals, and what is left to put right.

mod next;

use std::time::Duration;

use super::paint::Paint;
use super::phrase::{indented, printable};
use super::span::span;
use super::summary::{Ending, Fate, HookFailed, NewRelease, Summary, TargetSummary, UndoFailed};
use crate::rollout::{Act, Failure};

const COLUMNS: [&str; 5] = ["target", "outcome", "drained in", "deployed in", "in service in"];
const WAITS: [&[Act]; 3] =
    [&[Act::AwaitDrained], &[Act::Deploy, Act::Start], &[Act::AwaitInService]];

/// Of less than this a ratio says more of the clock than of the tool.
const TELLING: Duration = Duration::from_secs(1);

/// The summary as text: what became of each target, the totals, and, if a run stopped short, why,
/// what is out of service now, and the commands that put it right.
pub fn closing(summary: &Summary, paint: Paint) -> String {
    let mut text = table(summary, paint);
    text.push(totals(summary, paint));
    text.extend(failures(summary));
    text.extend(summary.targets.iter().filter_map(new_release));
    text.extend(next::out(summary));
    let not_begun = ids(summary, Ending::NotBegun);
    if !not_begun.is_empty() {
        text.push(format!("not begun: {not_begun}"));
    }
    text.extend(next::go_on(summary));
    text.join("\n")
}

fn table(summary: &Summary, paint: Paint) -> Vec<String> {
    let rows: Vec<_> = summary.targets.iter().map(cells).collect();
    let header = COLUMNS.map(str::to_owned);
    let width = |column: usize| {
        let cells = rows.iter().chain([&header]).map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths = [0, 1, 2, 3, 4].map(width);
    let line = |row: &[String; 5], outcome: &dyn Fn(&str) -> String| {
        let [id, ended, drained, deployed, served] = row;
        let [a, b, c, d, e] = widths;
        let ended = outcome(&format!("{ended:<b$}"));
        format!("{id:<a$}  {ended}  {drained:>c$}  {deployed:>d$}  {served:>e$}")
    };
    let painted = |ending| {
        move |word: &str| match ending {
            Ending::Done => paint.good(word),
            Ending::NotBegun => word.to_owned(),
            Ending::StillIn | Ending::Drained | Ending::RolledBack | Ending::PutBack => {
                paint.pending(word)
            }
            Ending::HeldOut | Ending::NotInService => paint.bad(word),
        }
    };
    let body = summary.targets.iter().zip(&rows).map(|(it, row)| line(row, &painted(it.ending)));
    [line(&header, &str::to_owned)].into_iter().chain(body).collect()
}

fn cells(target: &TargetSummary) -> [String; 5] {
    let shown = |took: Option<Duration>| took.map_or_else(|| "-".to_owned(), span);
    let [drained, deployed, served] =
        WAITS.map(|acts| shown(acts.iter().find_map(|act| target.took(*act))));
    [target.id.to_string(), outcome(target), drained, deployed, served]
}

fn outcome(target: &TargetSummary) -> String {
    let ending = ended(target);
    let undoing = target.undo_stopped_at.map(|step| format!(", {step} not finished"));
    let undoing = undoing.unwrap_or_default();
    match (target.stopped_at, &target.failure) {
        // It was not the way back that failed.
        (Some(step), Some(_)) if is_undone(target) => format!("{ending}: {step} had failed"),
        (Some(step), Some(_)) => format!("{ending}: {step} failed{undoing}"),
        (Some(step), None) => format!("{ending}: {step} not finished"),
        (None, _) => ending.to_owned(),
    }
}

fn is_undone(target: &TargetSummary) -> bool {
    matches!(target.ending, Ending::RolledBack | Ending::PutBack)
}

/// All words for how a target can end that is not done, the worst first.
const NOT_DONE: [&str; 7] = [
    "held out",
    "not in service",
    "rolled back",
    "put back",
    "left as it is",
    "not flipped",
    "not begun",
];

fn ended(target: &TargetSummary) -> &'static str {
    let [held_out, not_in_service, rolled_back, put_back, left, not_flipped, not_begun] = NOT_DONE;
    match target.ending {
        Ending::Done => "done",
        Ending::Drained => "drained",
        Ending::NotBegun => not_begun,
        Ending::RolledBack => rolled_back,
        Ending::PutBack => put_back,
        Ending::StillIn if is_out(target) => not_flipped,
        Ending::StillIn => left,
        Ending::HeldOut => held_out,
        Ending::NotInService => not_in_service,
    }
}

/// Whether the new release was taken out again.
fn is_out(target: &TargetSummary) -> bool {
    let state = target.new_release.map(|release| release.state);
    matches!(state, Some(Fate::Stopped | Fate::Running))
}

fn new_release(target: &TargetSummary) -> Option<String> {
    let NewRelease { port, state } = target.new_release?;
    let became = match state {
        Fate::Stopped => "was stopped",
        Fate::Running => "still runs, out of service, until the next flip stops it",
        Fate::Registered => "is registered, and was not seen in service",
        Fate::Left => "has left service, and is registered",
        Fate::Serving => "serves",
    };
    Some(format!("{}: the release on port {port} {became}", target.id))
}

fn totals(summary: &Summary, paint: Paint) -> String {
    let done = summary.count(Ending::Done) + summary.count(Ending::Drained);
    let all = summary.targets.len();
    let time = time(summary);
    if done < all || !summary.hooks_failed.is_empty() {
        let count = |how: &str| summary.targets.iter().filter(|it| ended(it) == how).count();
        let counts = NOT_DONE.iter().map(|how| (count(how), how)).filter(|(count, _)| *count > 0);
        let counts: String = counts.map(|(count, how)| format!(", {count} {how}")).collect();
        let halted =
            if summary.window_closed { "halted by the end of its window" } else { "halted" };
        let stopped = summary.interrupted.as_deref().unwrap_or(halted);
        return format!("{} after {time}: {done} of {all} done{counts}", paint.bad(stopped));
    }
    let targets = if all == 1 { "target" } else { "targets" };
    let done = if summary.count(Ending::Drained) > 0 { "drained" } else { "done" };
    format!("{all} {targets} {} in {time}", paint.good(done))
}

/// The time that a run took, against the least that what it did can take.
fn time(summary: &Summary) -> String {
    let ratio = summary.total.as_secs_f64() / summary.least.as_secs_f64();
    let is_telling = ratio.is_finite() && summary.least >= TELLING;
    let ratio = if is_telling { format!(" ({ratio:.2}x)") } else { String::new() };
    format!("{}, least possible {}{ratio}", span(summary.total), span(summary.least))
}

fn failures(summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    for target in &summary.targets {
        let (Some(step), Some(failure)) = (target.stopped_at, &target.failure) else { continue };
        lines.extend(failed(&format!("{}: {step} failed", target.id), failure));
        if let Some(step) = target.undo_stopped_at {
            lines.push(format!("{}: undoing that was cut off, at {step}", target.id));
        }
        let Some(UndoFailed { step, failure }) = &target.undo_failed else { continue };
        let what = format!("{}: undoing that failed too, at {step}", target.id);
        lines.extend(failed(&what, failure));
        lines.push(format!("  a person has to see to {} before it is deployed again", target.id));
    }
    for HookFailed { hook, batch, failure } in &summary.hooks_failed {
        lines.extend(failed(&format!("batch {batch}: {hook} failed"), failure));
    }
    lines
}

fn failed(what: &str, failure: &Failure) -> Vec<String> {
    let mut lines = vec![format!("{what}: {}", indented(&failure.what))];
    lines.extend(failure.last_lines.iter().map(|line| format!("  | {}", printable(line))));
    lines.extend(failure.hint.as_ref().map(|hint| format!("  hint: {hint}")));
    lines
}

fn ids(summary: &Summary, ending: Ending) -> String {
    let ended_so = summary.targets.iter().filter(|target| target.ending == ending);
    ended_so.map(|target| target.id.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
