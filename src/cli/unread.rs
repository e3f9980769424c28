//! A command line from which nothing follows: a question for help, or a mistake.

use super::error::CliError;

/// Why there is nothing to do.
#[derive(Debug)]
pub enum Unread {
    /// Help or the version was asked for, and this is the answer.
    Asked(clap::Error),
    /// Something is wrong.
    Refused(CliError),
}

impl From<clap::Error> for Unread {
    fn from(error: clap::Error) -> Self {
        match error.use_stderr() {
            true => Self::Refused(CliError::usage(error)),
            false => Self::Asked(error),
        }
    }
}

impl From<CliError> for Unread {
    fn from(error: CliError) -> Self {
        Self::Refused(error)
    }
}
