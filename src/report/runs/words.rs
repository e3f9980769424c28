//! How a run of the past is told in words: what it did, how it ended, what puts it right.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::journal::JournalError;
use crate::report::access::{Access, shell_words};
use crate::report::paint::Paint;
use crate::report::phrase::printable;
use crate::report::span::span;
use crate::rollout::TargetId;
use crate::runs::{Ending, Failed, Overtaken, Past, Untold};

/// Text of others within one line.
pub(super) fn one_line(text: &str) -> String {
    printable(text).replace('\n', " ")
}

/// How it ended, in one line.
pub(super) fn ended(past: &Past, paint: Paint) -> String {
    let took = past.told.as_ref().ok().map(|told| told.worked_until().since(told.header.at));
    let after = took.filter(|took| *took > Duration::ZERO);
    let after = after.map(|took| format!(" after {}", span(took))).unwrap_or_default();
    let still_out = !past.held_out().is_empty();
    match past.ending() {
        Ending::UnderWay => match &past.told {
            Ok(told) => format!("{}, pid {}", paint.pending("under way"), told.header.pid),
            Err(_) => paint.pending("just beginning"),
        },
        Ending::Done if still_out => {
            format!("{}{after}, and holds out what it drained", paint.good("done"))
        }
        Ending::Done => format!("{}{after}", paint.good("done")),
        Ending::Halted { interrupted, window_closed, failed, hooks, passed_over } => {
            let failed = failed.iter().map(|Failed { target, step, undo_failed, .. }| {
                let undoing = undo_failed.as_ref();
                let undoing = undoing.map(|(at, _)| format!(", and undoing that failed at {at}"));
                format!("{step} of {target} failed{}", undoing.unwrap_or_default())
            });
            let hooks =
                hooks.iter().map(|(hook, batch, _)| format!("{hook} of batch {batch} failed"));
            let passed_over =
                passed_over.iter().map(|id| format!("passed over {id}, which others had seen to"));
            let how = stopped(interrupted, window_closed, paint);
            halted(how, failed.chain(hooks).chain(passed_over), &after)
        }
        Ending::Died { during, hooks } => {
            let steps = during.iter().map(|(target, step)| format!("'{step}' of {target}"));
            let hooks = hooks.iter().map(|(hook, batch)| format!("{hook} of batch {batch}"));
            let steps = steps.chain(hooks).collect::<Vec<_>>().join(", ");
            let during = if steps.is_empty() { after } else { format!("{after} during {steps}") };
            format!("{}{during}", paint.bad("died"))
        }
        Ending::NotBegun => "died before it did anything".to_owned(),
        Ending::Unreadable => paint.bad("unreadable"),
    }
}

fn stopped(interrupted: Option<String>, window_closed: bool, paint: Paint) -> String {
    match interrupted {
        Some(signal) => paint.bad(&format!("interrupted by {}", one_line(&signal))),
        None if window_closed => paint.pending("halted by the end of its window"),
        None => paint.bad("halted"),
    }
}

fn halted(how: String, failed: impl Iterator<Item = String>, after: &str) -> String {
    let why = failed.collect::<Vec<_>>().join(", ");
    if why.is_empty() { how + after } else { format!("{how}{after}: {why}") }
}

/// Why its journal cannot be relied on, if that is so.
pub(super) fn unreadable(past: &Past) -> Option<(String, Option<String>)> {
    let untold = past.told.as_ref().err().filter(|_| past.ending() == Ending::Unreadable)?;
    let hint = match untold {
        Untold::Impossible { .. } => None,
        Untold::Journal(error) => error.hint().map(|hint| hint.into_owned()),
    };
    Some((one_line(&untold.to_string()), hint))
}

/// The command that puts a journal aside that can never be closed, because it cannot be relied on:
/// its folder then bears no run's name.
pub(super) fn put_aside(past: &Past) -> Option<String> {
    let untold = past.told.as_ref().err().filter(|_| past.ending() == Ending::Unreadable)?;
    let is_for_good =
        matches!(untold, Untold::Impossible { .. } | Untold::Journal(JournalError::Damaged { .. }));
    let folder = past.folder.path().display().to_string();
    let aside = format!("{folder}.damaged");
    is_for_good.then(|| shell_words(&["mv".to_owned(), folder, aside]))
}

/// The commands that put a run right: none if nothing is left to do, or somebody is at it.
pub(super) fn commands(past: &Past, access: &Access) -> Vec<(&'static str, String)> {
    let Ok(told) = &past.told else { return Vec::new() };
    let (run, access) = (past.run, access.or(&told.header.reached));
    let restore = ("put back", access.command(&format!("restore --run {run}")));
    let resume = ("go on", access.command(&format!("resume {run}")));
    let is_out = !told.held_out.is_empty();
    match past.ending() {
        Ending::UnderWay | Ending::NotBegun | Ending::Unreadable => Vec::new(),
        Ending::Done if is_out => vec![restore],
        Ending::Done => Vec::new(),
        Ending::Halted { .. } | Ending::Died { .. } => {
            // What others have put back since is nothing to go on with.
            let restore = is_out.then_some(restore);
            restore.into_iter().chain(past.can_go_on().then_some(resume)).collect()
        }
    }
}

/// Who serves what failed on them, in words.
pub(super) fn serving(past: &Past) -> Option<String> {
    let ids: Vec<_> = past.serving_what_failed().into_iter().map(TargetId::as_str).collect();
    (!ids.is_empty()).then(|| format!("in service with what failed: {}", ids.join(", ")))
}

/// That another run has deployed since what it was to deploy, in words.
pub(super) fn overtaken(past: &Past) -> Option<String> {
    let Overtaken { by, targets } = past.overtaken()?;
    let targets = targets.iter().map(TargetId::as_str).collect::<Vec<_>>().join(", ");
    Some(format!("overtaken by run {by}, which has deployed {targets} since"))
}

/// What it was to run after batches and has not, in words, with the command that does it.
pub(super) fn owed(past: &Past) -> Vec<String> {
    let jobs = past.told.as_ref().ok().map(|told| &told.header.jobs);
    let command = jobs.and_then(|jobs| jobs.after_batch.as_deref());
    let command = command.map(|command| format!(": {}", one_line(command))).unwrap_or_default();
    let owed = past.owed_hooks().into_iter();
    owed.map(|(hook, batch)| format!("{hook} of batch {batch}{command}")).collect()
}

/// What it holds out, each registration once, in words.
pub(super) fn out(past: &Past) -> Vec<String> {
    let places: BTreeSet<_> = past.held_out().iter().map(|held| held.place.to_string()).collect();
    places.into_iter().collect()
}
