//! Which run is to be taken up, and why one cannot be. Nothing is changed.

use std::path::Path;

use crate::cli::Global;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::state_folder::{of_root, with_journals};
use crate::journal::{Header, RunFolder, RunId};
use crate::report::{Access, begin_anew, put_right};
use crate::rollout::{Rollout, TargetId};
use crate::runs::{Ending, Overtaken, Past, Told};
use crate::utc;

/// The run that is meant: by the beginning of its id, or the only one that is unfinished.
///
/// # Errors
/// There is none, more than one, or nothing is left to do of it.
pub(super) fn unfinished_run(said: Option<&str>, global: &Global) -> Result<RunFolder, CliError> {
    let state_dir = with_journals(global, "no run is known")?;
    let access = global.access();
    let Some(said) = said else { return only_unfinished(&state_dir, global) };
    let run = RunId::find(&state_dir, said);
    let run = run.map_err(|error| CliError::not_found(error, &access))?;
    let past = Past::all(&state_dir)?.into_iter().find(|past| past.run == run);
    unfinished(past.as_ref(), run, &access)?;
    Ok(RunFolder::of(&state_dir, &run))
}

fn only_unfinished(state_dir: &Path, global: &Global) -> Result<RunFolder, CliError> {
    let access = global.access();
    let is_open = |past: &Past| unfinished(Some(past), past.run, &access).is_ok();
    let mut open: Vec<_> = Past::all(state_dir)?.into_iter().filter(is_open).collect();
    match (open.pop(), open.is_empty()) {
        (Some(past), true) => Ok(past.folder),
        (Some(newest), false) => Err(several(&newest, &open)),
        (None, _) => {
            let what = format!("no run in {} is unfinished", state_dir.display());
            let hint = format!("list them with: {}", access.command("runs"));
            Err(CliError::new(Exit::Refused, what).hint(of_root(global)).hint(Some(hint)))
        }
    }
}

/// Which is meant, nobody can know: the newest first, each with what it holds out.
fn several(newest: &Past, older: &[Past]) -> CliError {
    let told = |past: &Past, how: &str| {
        let began = past.began().map(utc::date_and_time).unwrap_or_default();
        let what = past.told.as_ref().map(|told| told.header.asked_for()).unwrap_or_default();
        let out: Vec<_> = past.held_out().iter().map(|held| held.place.to_string()).collect();
        let out = if out.is_empty() { "nothing".to_owned() } else { out.join(", ") };
        format!("run {}, {how} {began}, {what}: holds out {out}", past.run)
    };
    let lines = older.iter().rev().map(|past| told(past, "begun"));
    let mut error = CliError::new(Exit::Usage, "several runs are unfinished, the newest first:");
    error.what.push(told(newest, "the newest, begun"));
    error.what.extend(lines);
    error.hint(Some("name one of them"))
}

/// Whether a run can be taken up.
fn unfinished(past: Option<&Past>, run: RunId, access: &Access) -> Result<(), CliError> {
    if let Some(Err(why)) =
        past.filter(|past| past.ending() == Ending::Unreadable).map(|past| &past.told)
    {
        return Err(CliError::unreadable(run, why, access));
    }
    if let Some((past, overtaken)) = past.and_then(|past| Some((past, past.overtaken()?))) {
        return Err(overtaken_by(past, overtaken, access));
    }
    let why = match past.map(Past::ending) {
        _ if past.is_some_and(Past::can_go_on) => return Ok(()),
        Some(Ending::Halted { .. } | Ending::Died { .. }) => {
            let told = past.and_then(|past| past.told.as_ref().ok());
            told.and_then(|told| failed_for_good(&told.rollout)).unwrap_or_else(|| {
                "has nothing left to do: what it held out was put back or given up".to_owned()
            })
        }
        Some(Ending::Done) => "is done: there is nothing to go on with".to_owned(),
        Some(Ending::UnderWay) => "is under way".to_owned(),
        Some(Ending::NotBegun) | None => "died before it did anything".to_owned(),
        Some(Ending::Unreadable) => "has a journal that cannot be read".to_owned(),
    };
    let access = &reached_as(past, access);
    let told = past.filter(|past| !past.under_way).and_then(|past| past.told.as_ref().ok());
    let hint = format!("see it with: {}", access.command(&format!("runs show {run}")));
    Err(CliError::new(Exit::Refused, format!("run {run} {why}"))
        .hint(told.and_then(|told| anew(told, access)))
        .hint(Some(hint)))
}

/// To go on would bring back the older release.
fn overtaken_by(past: &Past, Overtaken { by, targets }: &Overtaken, access: &Access) -> CliError {
    let targets = targets.iter().map(TargetId::as_str).collect::<Vec<_>>().join(", ");
    let what = format!("run {} is overtaken: run {by} has deployed {targets} since", past.run);
    let access = &reached_as(Some(past), access);
    let back = put_right(past.held_out().iter().map(|held| &held.place), access);
    let back = back.map(|command| format!("put back what it holds out with: {command}"));
    let anew = past.told.as_ref().ok().and_then(|told| anew(told, access));
    let anew = anew.map(|anew| format!("if the older release is meant all the same, {anew}"));
    let show = access.command(&format!("runs show {by}"));
    let show = format!("see what was deployed since with: {show}");
    CliError::new(Exit::Refused, what).hint(back).hint(Some(show)).hint(anew)
}

/// For commands about a run.
fn reached_as(past: Option<&Past>, access: &Access) -> Access {
    let header = past.and_then(|past| past.told.as_ref().ok()).map(|told| &told.header);
    header.map_or_else(|| access.clone(), |header| access.or(&header.reached))
}

/// Why nothing more is done by a run: what it does has failed on a target that others have seen to, so
/// that it cannot show there that it works by now.
fn failed_for_good(rollout: &Rollout) -> Option<String> {
    let passed_over = rollout.targets().filter(|(_, progress)| progress.is_passed_over());
    let failed = passed_over.filter_map(|(target, progress)| {
        Some(format!("{} of {} failed", progress.failed_at()?, target.id))
    });
    let failed = failed.collect::<Vec<_>>().join(", ");
    let goes_no_further = format!("goes no further: {failed}, and others have seen to that since");
    (!failed.is_empty()).then_some(goes_no_further)
}

/// How to do again what a run did not come to.
fn anew(told: &Told, access: &Access) -> Option<String> {
    let undone = told.rollout.targets().filter(|(_, progress)| !progress.is_done());
    anew_with(&told.header, undone.map(|(target, _)| &target.id), access)
}

/// How to do again what a run was to do, with these targets.
pub(super) fn anew_with<'a>(
    header: &Header,
    undone: impl IntoIterator<Item = &'a TargetId>,
    access: &Access,
) -> Option<String> {
    let command = begin_anew(header, undone, access)?;
    let deploys = !header.jobs.deploy.is_empty() || header.jobs.stop.is_some();
    let folder = header.folder.as_ref().filter(|_| deploys);
    let place = folder.map(|folder| format!(" in {}", folder.display())).unwrap_or_default();
    Some(format!("begin anew{place}, with the options that it had: {command}"))
}
