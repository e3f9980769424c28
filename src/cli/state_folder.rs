//! The folder of the journals, for verbs that only read there. It is never made here.

use std::path::PathBuf;

use super::Global;
use super::error::CliError;
use super::exit::Exit;
use crate::state_dir::{StateDirError, journals_of_root, known_state_dir, not_below_a_file};

/// The folder, for a verb that cannot do without it.
///
/// # Errors
/// There is none, with what follows from that, as `so` says; or it cannot be looked at.
pub(super) fn with_journals(global: &Global, so: &str) -> Result<PathBuf, CliError> {
    let path = known_state_dir(global.state_dir.clone()).ok_or(StateDirError::Unknown)?;
    not_below_a_file(&path)?;
    match path.try_exists() {
        Ok(true) => Ok(path),
        Ok(false) => {
            let what = format!("there is no state folder {}, so {so}", path.display());
            let hint = "name the folder with --state-dir";
            Err(CliError::new(Exit::Refused, what).hint(of_root(global)).hint(Some(hint)))
        }
        Err(source) => Err(StateDirError::Unusable { path, source }.into()),
    }
}

/// Where root's journals are, for whoever looks for them as somebody else.
pub(super) fn of_root(global: &Global) -> Option<String> {
    let folder = journals_of_root(global.state_dir.clone())?;
    Some(format!(
        "journals of root are in {}: run it with sudo, or name that folder with --state-dir",
        folder.display()
    ))
}
