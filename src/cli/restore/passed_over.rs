//! Runs of which nothing is restored: under way, or with a journal that cannot be relied on.

use std::path::Path;

use crate::cli::error::CliError;
use crate::cli::shown::Talk;
use crate::cli::whom::Targets;
use crate::journal::{RunFolder, RunId};
use crate::report::Access;
use crate::runs::{PassedOver, salvage};

/// A run that is under way is told; journals that cannot be read are an error for later.
pub(super) fn tell_passed_over(
    talk: &Talk,
    runs: Vec<(RunId, PassedOver)>,
    access: &Access,
) -> Option<CliError> {
    let mut unread = None;
    for (run, why) in runs {
        match why {
            PassedOver::UnderWay => {
                talk.note(&format!("run {run} is under way, and left to itself"));
            }
            PassedOver::Unreadable(why) => {
                let why = CliError::unreadable(run, &why, access);
                unread =
                    Some(unread.map_or_else(|| why.clone(), |all: CliError| all.and(why.clone())));
            }
        }
    }
    unread
}

/// Whether a journal that cannot be relied on may hold out one of the targets that are meant, as
/// far as it can be read.
pub(super) fn concerns(state_dir: &Path, run: RunId, why: &PassedOver, whom: &Targets) -> bool {
    if whom.ids.is_empty() || matches!(why, PassedOver::UnderWay) {
        return true;
    }
    let saved = salvage(&RunFolder::of(state_dir, &run).journal());
    saved.is_err()
        || saved.is_ok_and(|saved| saved.may_be_out.iter().any(|it| whom.ids.contains(&it.id)))
}
