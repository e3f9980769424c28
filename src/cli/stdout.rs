//! Text for standard output as a whole. What is shown bit by bit goes through a report.

use std::io::{self, ErrorKind, Write};

use super::error::CliError;
use super::exit::Exit;
use crate::report::Patient;

/// Writes everything. Whoever closes the pipe has read enough.
///
/// # Errors
/// It cannot be written, for another reason than that.
pub(super) fn print(text: &[u8]) -> Result<Exit, CliError> {
    let mut out = Patient(io::stdout());
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let what = format!("failed to write to standard output: {error}");
            Err(CliError::new(Exit::Unexpected, what))
        }
        _ => Ok(Exit::Done),
    }
}
