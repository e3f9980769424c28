//! One run as people read it: who and when, every target with its steps, and what is left to do.

use super::words::{
    commands, ended, one_line, out, overtaken, owed, put_aside, serving, unreadable,
};
use super::{AS_RECORDED, Page};
use crate::journal::Process;
use crate::report::access::shell_words;
use crate::report::phrase::{indented, only_in, printable};
use crate::report::put_right::put_right_by_hand;
use crate::report::span::span;
use crate::rollout::{Failure, Moment};
use crate::runs::{
    Course, HookRun, How, Past, Settled, Settling, Told, Tried, courses, hooks, salvage,
};
use crate::utc;

/// The longest step in words, `await in service`.
const STEP_WIDTH: usize = 16;

/// A run with all that its journal tells, its last line ended.
pub fn show(past: &Past, page: Page<'_>) -> String {
    let mut lines = vec![format!("run {}", past.run)];
    lines.extend(heading(past, page));
    match &past.told {
        Ok(told) => {
            let courses = courses(&told.header.plan, &told.facts);
            lines.extend(courses.iter().flat_map(|course| steps(course, told, past.under_way)));
            lines.extend(around(told, past.under_way));
        }
        Err(_) => {
            lines.extend(saved(past, page));
            lines.extend(put_aside(past).into_iter().flat_map(|command| {
                let why = "once nothing of it is out, put it aside, or every restore ends with 6:";
                [why.to_owned(), format!("  {command}")]
            }));
        }
    }
    lines.extend(left_to_do(past, page));
    lines.join("\n") + "\n"
}

fn heading(past: &Past, page: Page<'_>) -> Vec<String> {
    let mut facts = Vec::new();
    let began = past.began().map(utc::date_and_time).unwrap_or_else(|| "unknown".to_owned());
    if let Ok(told) = &past.told {
        let header = &told.header;
        let by = who(&told.began_by);
        facts.push(("what", header.what.clone()));
        facts.extend(header.reason.iter().map(|reason| ("reason", reason.clone())));
        if !header.jobs.deploy.is_empty() {
            facts.push(("command", shell_words(&header.jobs.deploy)));
        }
        let scripts = [("start", &header.jobs.start), ("stop", &header.jobs.stop)];
        facts.extend(scripts.into_iter().filter_map(|(name, it)| Some((name, it.clone()?))));
        facts.extend(header.folder.iter().map(|at| ("folder", at.display().to_string())));
        facts.push(("by", format!("{by}, version {}", header.tool)));
    }
    facts.push(("began", began));
    let taken_up = past.told.iter().flat_map(Told::taken_up);
    facts.extend(
        taken_up.map(|(at, by)| ("resumed", format!("{} by {}", utc::date_and_time(at), who(by)))),
    );
    let last = past.told.as_ref().ok().map(|told| utc::date_and_time(told.worked_until()));
    let last = last.map(|last| format!("{last}  ")).unwrap_or_default();
    let mut lines: Vec<_> =
        facts.into_iter().map(|(name, text)| format!("{name:<8} {}", one_line(&text))).collect();
    // Painted, so not to be made printable once more.
    lines.push(format!("{:<8} {last}{}", "ended", ended(past, page.paint)));
    lines.push(format!("{:<8} {}", "journal", past.folder.journal().display()));
    lines.push(format!("{:<8} {}", "output", past.folder.output().display()));
    lines
}

fn who(Process { user, host, pid }: &Process) -> String {
    format!("{user} on {host}, pid {pid}")
}

fn steps(course: &Course, told: &Told, under_way: bool) -> Vec<String> {
    let progress = told.rollout.progress(&course.target);
    let settled: Vec<_> = course.settled.iter().map(settled).collect();
    let ending = if settled.is_empty() {
        let known = match progress {
            Some(at) if at.is_done() && at.is_held_out() => "drained",
            Some(at) if at.is_done() => "done",
            Some(at) if at.undo_failure().is_some() => {
                "not done, and undoing that failed too: a person has to see to it"
            }
            Some(at) if at.is_begun() || at.failure().is_some() => "not done",
            _ => "not begun",
        };
        known.to_owned()
    } else {
        settled.join(", ")
    };
    let mut lines = vec![String::new(), format!("{}  {ending}", course.target)];
    let mut undoes = false;
    for step in &course.tried {
        if step.step.undo && !undoes {
            lines.push("  to undo that:".to_owned());
        }
        undoes = step.step.undo;
        lines.extend(tried(step, unknown(under_way)));
    }
    lines
}

/// What was run around the batches.
fn around(told: &Told, under_way: bool) -> Vec<String> {
    let hooks = hooks(&told.facts);
    let title = (!hooks.is_empty()).then(|| [String::new(), "around batches".to_owned()]);
    let line = |run: &HookRun| {
        let what = format!("{} {}", run.hook, run.batch);
        line(&what, (Some(run.began), run.ended), &run.how, unknown(under_way))
    };
    title.into_iter().flatten().chain(hooks.iter().flat_map(line)).collect()
}

fn unknown(under_way: bool) -> &'static str {
    if under_way { "under way" } else { "its end is not recorded" }
}

fn settled(Settled { at, how, groups }: &Settled) -> String {
    let how = match how {
        Settling::PutBack(by) => format!("put back by run {}", one_line(by)),
        Settling::Forgotten(by) => format!("given up by {}", one_line(by)),
    };
    format!("{how}{} at {}", only_in(groups), utc::date_and_time(*at))
}

fn tried(tried: &Tried, unknown: &str) -> Vec<String> {
    line(tried.step.name(), (tried.began, tried.ended), &tried.how, unknown)
}

fn line(
    what: &str,
    (began, ended): (Option<Moment>, Option<Moment>),
    how: &How,
    unknown: &str,
) -> Vec<String> {
    let at = began.or(ended).map(utc::time_of_day).unwrap_or_default();
    let took = ended.zip(began).map(|(ended, began)| ended.since(began));
    let what = format!("  {at}  {what:<STEP_WIDTH$}");
    match how {
        How::Finished(_) => vec![format!("{what}  {}", took.map(span).unwrap_or_default())],
        How::Skipped => vec![format!("{what}  skipped, as asked for")],
        How::Unknown => vec![format!("{what}  {unknown}")],
        How::Failed(failure) => {
            let after = took.map(|took| format!(" after {}", span(took))).unwrap_or_default();
            let mut lines = vec![format!("{what}  failed{after}: {}", indented(&failure.what))];
            lines.extend(more_of(failure));
            lines
        }
    }
}

fn more_of(failure: &Failure) -> Vec<String> {
    let said = failure.last_lines.iter().map(|line| format!("    | {}", printable(line)));
    let hint = failure.hint.iter().map(|hint| format!("    hint: {}", one_line(hint)));
    said.chain(hint).collect()
}

/// What can be saved of a journal that cannot be relied on.
fn saved(past: &Past, page: Page<'_>) -> Vec<String> {
    let Some((why, hint)) = unreadable(past) else { return Vec::new() };
    let mut lines = vec![String::new(), format!("failed to {why}")];
    let Ok(saved) = salvage(&past.folder.journal()) else {
        let nothing = || "nothing can be saved of it: look at the load balancer".to_owned();
        lines.push(hint.map_or_else(nothing, |hint| format!("hint: {hint}")));
        return lines;
    };
    lines.push(format!("{:<8} {}", "what", one_line(&saved.header.what)));
    if saved.may_be_out.is_empty() {
        lines.push("as far as it can be read, it holds nothing out".to_owned());
    } else {
        lines.push("as far as it can be read, these may be out:".to_owned());
        lines.extend(saved.may_be_out.iter().map(|place| format!("  {place}")));
        lines.push("put them back with (harmless for those that are in):".to_owned());
        let commands = put_right_by_hand(&saved.may_be_out, &page.access.or(&saved.header.reached));
        lines.extend(commands.iter().map(|command| format!("  {command}")));
    }
    if !saved.lost.is_empty() {
        let lost: Vec<_> = saved.lost.iter().map(ToString::to_string).collect();
        let lost = lost.join(", ");
        lines.push(format!("lost lines, which may tell of other targets: {lost}"));
    }
    lines
}

fn left_to_do(past: &Past, page: Page<'_>) -> Vec<String> {
    let out = out(past);
    let mut lines = Vec::new();
    if !out.is_empty() {
        lines.push(format!("\nheld out, {AS_RECORDED}:"));
        lines.extend(out.iter().map(|place| format!("  {place}")));
    } else if past.told.is_ok() {
        lines.push(format!("\nnothing is held out, {AS_RECORDED}"));
    }
    lines.extend(serving(past));
    lines.extend(overtaken(past));
    lines.extend(owed(past).iter().map(|hook| format!("not run yet: {hook}")));
    for (what, command) in commands(past, page.access) {
        lines.push(format!("{what} with:\n  {command}"));
    }
    lines
}
