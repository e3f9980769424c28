//! Which run is to be taken up, and why one cannot be. Nothing is changed.

use std::path::Path;

use crate::cli::Global;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::state_folder::{of_root, with_journals};
use crate::journal::{RunFolder, RunId};
use crate::report::{Access, begin_anew};
use crate::runs::{Ending, Past, Told};

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
        (Some(last), false) => {
            let runs = open.iter().chain([&last]).map(|past| past.run.to_string());
            let what =
                format!("several runs are unfinished: {}", runs.collect::<Vec<_>>().join(", "));
            Err(CliError::new(Exit::Usage, what).hint(Some("name one of them")))
        }
        (None, _) => {
            let what = format!("no run in {} is unfinished", state_dir.display());
            let hint = format!("list them with: {}", access.command("runs"));
            Err(CliError::new(Exit::Refused, what).hint(of_root(global)).hint(Some(hint)))
        }
    }
}

/// Whether a run can be taken up.
fn unfinished(past: Option<&Past>, run: RunId, access: &Access) -> Result<(), CliError> {
    if let Some(Err(why)) =
        past.filter(|past| past.ending() == Ending::Unreadable).map(|past| &past.told)
    {
        return Err(CliError::unreadable(run, why, access));
    }
    let why = match past.map(Past::ending) {
        _ if past.is_some_and(Past::can_go_on) => return Ok(()),
        Some(Ending::Halted { .. } | Ending::Died { .. }) => {
            "has nothing left to do: what it held out was put back or given up"
        }
        Some(Ending::Done) => "is done: there is nothing to go on with",
        Some(Ending::UnderWay) => "is under way",
        Some(Ending::NotBegun) | None => "died before it did anything",
        Some(Ending::Unreadable) => "has a journal that cannot be read",
    };
    let told = past.filter(|past| !past.under_way).and_then(|past| past.told.as_ref().ok());
    let hint = format!("see it with: {}", access.command(&format!("runs show {run}")));
    Err(CliError::new(Exit::Refused, format!("run {run} {why}"))
        .hint(told.and_then(|told| anew(told, access)))
        .hint(Some(hint)))
}

/// How to do again what a run did not come to.
fn anew(told: &Told, access: &Access) -> Option<String> {
    let undone = told.rollout.targets().filter(|(_, progress)| !progress.is_done());
    let command = begin_anew(&told.header, undone.map(|(target, _)| &target.id), access)?;
    let jobs = &told.header.jobs;
    let deploys = !jobs.deploy.is_empty() || jobs.stop.is_some();
    let folder = told.header.folder.as_ref().filter(|_| deploys);
    let place = folder.map(|folder| format!(" in {}", folder.display())).unwrap_or_default();
    Some(format!("begin anew{place}, with the options that it had: {command}"))
}
