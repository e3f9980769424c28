//! A run that holds its locks for nothing but that an old release runs on for a while: whoever needs
//! them is told how to end that.

use std::path::Path;

use super::error::CliError;
use crate::journal::LockError;
use crate::runs::{Past, StandsBy, stands_by};
use crate::utc;

/// Why the locks cannot be had, with what their holder waits for if that can be cut short.
pub(super) fn held(error: LockError, state_dir: &Path) -> CliError {
    let LockError::Held { holder: Some(holder), .. } = &error else { return error.into() };
    let runs = Past::all(state_dir).unwrap_or_default();
    let told = runs.iter().find(|past| past.run == holder.run);
    let told = told.and_then(|past| past.told.as_ref().ok());
    let Some(StandsBy { places, until }) = told.and_then(stands_by) else { return error.into() };
    let places: Vec<_> = places.iter().map(ToString::to_string).collect();
    let (places, until, pid) = (places.join(", "), utc::date_and_time(until), holder.pid);
    let what =
        format!("failed to {error}, which has flipped and leaves {places} running until {until}");
    let hint = LockError::hint(&error);
    let end = format!(
        "end that now with: kill {pid}; what served before is left running then, and elb-deploy \
         flip --back returns to it"
    );
    let CliError { kind, .. } = error.into();
    CliError::new(kind, what).hint(Some(hint)).hint(Some(end))
}
