//! A verb that puts targets back and is stopped before it has begun: what is out then is named, because
//! whoever stopped it may think that nothing is.

use super::Global;
use super::error::CliError;
use super::exit::Exit;
use crate::report::put_right;
use crate::rollout::Registration;
use crate::runs::{HeldOut, Past};
use crate::state_dir::known_state_dir;

/// The same error, which names what runs that are not under way hold out if a signal is behind it.
pub(super) fn naming_what_is_out(error: CliError, global: &Global) -> CliError {
    if !matches!(error.kind, Exit::Interrupted | Exit::Terminated) {
        return error;
    }
    let runs = known_state_dir(global.state_dir.clone()).and_then(|path| Past::all(&path).ok());
    let runs: Vec<_> =
        runs.unwrap_or_default().into_iter().filter(|past| !past.under_way).collect();
    let out: Vec<&Registration> =
        runs.iter().flat_map(Past::held_out).map(|HeldOut { place, .. }| place).collect();
    let Some(command) = put_right(out.iter().copied(), &global.access()) else { return error };
    let places = out.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let still = CliError::new(Exit::HaltedOut, format!("still out of service: {places}"));
    let both = error.and(still).hint(Some(format!("put it back with: {command}")));
    CliError { kind: Exit::HaltedOut, ..both }
}
