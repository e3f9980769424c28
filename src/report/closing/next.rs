//! What is left to do after a run: what is out, and the commands that put it right. Only commands
//! that work there are named.

use crate::report::put_right::{ask_health, put_in_again, put_right, put_right_by_hand};
use crate::report::summary::{Ending, Summary, TargetSummary};
use crate::rollout::{Act, Registration};

/// What is out of service or not seen in service, and how that is put right.
pub(super) fn out(summary: &Summary) -> Vec<String> {
    let mut held_out = places(summary, Ending::Drained);
    held_out.extend(places(summary, Ending::HeldOut));
    let mut lines = section("out of service now:", held_out.iter().map(ToString::to_string));
    let undo = undo(summary);
    let title = match (undo.is_some(), summary.targets.iter().any(is_doubtful)) {
        (true, _) => "or, once it works, put it back as it is with:",
        (false, true) => "once it works, put it back with:",
        (false, false) => "put it back with:",
    };
    lines.extend(section("it may be half undone; finish that, and go on, with:", undo));
    lines.extend(section(title, way_back(summary, &held_out)));
    let not_in = places(summary, Ending::NotInService);
    let names = not_in.iter().map(ToString::to_string);
    lines.extend(section("registered again, but not seen in service:", names));
    lines.extend(section("see why with:", ask_health(not_in.iter().copied(), &summary.access)));
    // Where no journal holds it out, it is registered, and nobody has to be told that it serves.
    if !summary.is_forgotten {
        lines.extend(section("once it works, see it in service with:", way_back(summary, &not_in)));
    }
    lines
}

/// How the run is taken up again, if it can be and that is not said yet.
pub(super) fn go_on(summary: &Summary) -> Vec<String> {
    if undo(summary).is_some() {
        return Vec::new();
    }
    let has_failed = summary.targets.iter().any(|target| target.failure.is_some());
    let title = match has_failed || !summary.hooks_failed.is_empty() {
        true => "once what failed is mended, go on with:",
        false if summary.window_closed => "once the window is open again, go on with:",
        false => "go on with:",
    };
    section(title, resume(summary))
}

/// What comes first where the undoing of a failure was cut off: the target may be half undone, and
/// who puts it back as it is lets that serve.
fn undo(summary: &Summary) -> Option<String> {
    let is_cut_off = summary.targets.iter().any(|target| target.undo_stopped_at.is_some());
    resume(summary).filter(|_| is_cut_off)
}

fn resume(summary: &Summary) -> Option<String> {
    // Nobody can take up what no journal tells.
    let run = summary.resumable.filter(|_| !summary.is_forgotten)?;
    Some(summary.access.command(&format!("resume {run}")))
}

fn way_back(summary: &Summary, out: &[&Registration]) -> Vec<String> {
    let (out, access) = (out.iter().copied(), &summary.access);
    match (summary.is_forgotten, summary.is_named) {
        (true, _) => put_right_by_hand(out, access),
        (false, true) => put_in_again(out, access),
        (false, false) => put_right(out, access).into_iter().collect(),
    }
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
