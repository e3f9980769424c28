//! How every verb with a run of its own begins: a signal ends it at once as long as nothing has
//! been changed. What a signal means from then on is up to the run.

use super::error::CliError;
use super::exit::Exit;
use super::run::Ready;
use super::shown::{Shown, Talk};
use super::signals::{stop_signals, unless_stopped};

/// Prepares a run and carries it through; there may be none to carry.
///
/// # Errors
/// What `prepare` refuses, a signal before the run, or how the run failed.
pub(super) async fn carry(
    shown: &Shown,
    prepare: impl AsyncFnOnce(&Talk) -> Result<Option<Ready>, CliError>,
) -> Result<Exit, CliError> {
    let mut signals = stop_signals()?;
    let talk = shown.talk();
    match unless_stopped(&mut signals, prepare(&talk)).await? {
        Some(ready) => ready.go(talk, &mut signals).await,
        None => Ok(Exit::Done),
    }
}
