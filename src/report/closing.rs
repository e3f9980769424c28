//! The last words of a run: a table, the totals, and what is left to put right.

use std::time::Duration;

use super::paint::Paint;
use super::phrase::{indented, printable};
use super::put_right::{ask_health, put_right, put_right_by_hand};
use super::span::span;
use super::summary::{Ending, HookFailed, Summary, TargetSummary, UndoFailed};
use crate::rollout::{Act, Failure, Registration};

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
    text.extend(left_out(summary));
    let not_begun = ids(summary, Ending::NotBegun);
    if !not_begun.is_empty() {
        text.push(format!("not begun: {not_begun}"));
    }
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
    let ending = ended(target.ending);
    match (target.stopped_at, &target.failure) {
        // It was not the way back that failed.
        (Some(step), Some(_)) if is_undone(target) => format!("{ending}: {step} had failed"),
        (Some(step), Some(_)) => format!("{ending}: {step} failed"),
        (Some(step), None) => format!("{ending}: {step} not finished"),
        (None, _) => ending.to_owned(),
    }
}

fn is_undone(target: &TargetSummary) -> bool {
    matches!(target.ending, Ending::RolledBack | Ending::PutBack)
}

fn ended(ending: Ending) -> &'static str {
    match ending {
        Ending::Done => "done",
        Ending::Drained => "drained",
        Ending::NotBegun => "not begun",
        Ending::RolledBack => "rolled back",
        Ending::PutBack => "put back",
        Ending::StillIn => "left as it is",
        Ending::HeldOut => "held out",
        Ending::NotInService => "not in service",
    }
}

fn totals(summary: &Summary, paint: Paint) -> String {
    let done = summary.count(Ending::Done) + summary.count(Ending::Drained);
    let all = summary.targets.len();
    let time = time(summary);
    if done < all || !summary.hooks_failed.is_empty() {
        let others = [
            Ending::HeldOut,
            Ending::NotInService,
            Ending::RolledBack,
            Ending::PutBack,
            Ending::StillIn,
            Ending::NotBegun,
        ];
        let counts = others.map(|ending| (summary.count(ending), ended(ending)));
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: String = counts.map(|(count, how)| format!(", {count} {how}")).collect();
        let stopped = summary.interrupted.as_ref().map_or("halted", |signal| signal);
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

fn left_out(summary: &Summary) -> Vec<String> {
    let mut held_out = places(summary, Ending::Drained);
    held_out.extend(places(summary, Ending::HeldOut));
    let mut lines = section("out of service now:", held_out.iter().map(ToString::to_string));
    let way_back = match summary.is_forgotten {
        true => put_right_by_hand(held_out, &summary.access),
        false => put_right(held_out, &summary.access).into_iter().collect(),
    };
    let title = match summary.targets.iter().any(is_doubtful) {
        true => "once it works, put it back with:",
        false => "put it back with:",
    };
    lines.extend(section(title, way_back));
    let not_in = places(summary, Ending::NotInService);
    let names = not_in.iter().map(ToString::to_string);
    lines.extend(section("registered again, but not seen in service:", names));
    lines.extend(section("see why with:", ask_health(not_in, &summary.access)));
    lines
}

/// Whether a target is out with a release that has failed: put back as it is, that would serve.
fn is_doubtful(target: &TargetSummary) -> bool {
    let is_released = |act| !matches!(act, Act::Deregister | Act::AwaitDrained);
    let has_failed =
        target.failure.is_some() && target.stopped_at.is_some_and(|at| is_released(at.act));
    target.ending == Ending::HeldOut && has_failed
}

fn section(title: &str, entries: impl IntoIterator<Item = String>) -> Vec<String> {
    let entries: Vec<_> = entries.into_iter().map(|entry| format!("  {entry}")).collect();
    let title = (!entries.is_empty()).then(|| title.to_owned());
    title.into_iter().chain(entries).collect()
}

fn places(summary: &Summary, ending: Ending) -> Vec<&Registration> {
    let ended_so = summary.targets.iter().filter(|target| target.ending == ending);
    ended_so.flat_map(|target| &target.out).collect()
}

fn ids(summary: &Summary, ending: Ending) -> String {
    let ended_so = summary.targets.iter().filter(|target| target.ending == ending);
    ended_so.map(|target| target.id.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
