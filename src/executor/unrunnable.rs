//! Why a file that is there and executable cannot be started, and what helps. How that is found
//! out is not known here.

use std::io;

pub(super) const NEEDS_FIRST_LINE: &str = "a script needs a first line such as #!/bin/sh";

/// Why a file that is there and executable cannot be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unrunnable {
    /// It is a text that does not say what executes it.
    #[error("neither a program nor a script with a first line such as #!/bin/sh")]
    NoInterpreterLine,
    /// It is a script, and what it says is not there.
    #[error("its first line names {0:?}, which cannot be executed")]
    NoInterpreter(String),
}

impl Unrunnable {
    pub(super) fn hint(&self) -> &'static str {
        match self {
            Self::NoInterpreterLine => NEEDS_FIRST_LINE,
            Self::NoInterpreter(name) if name.ends_with('\r') => {
                "its lines end as on Windows; save it with Unix line ends"
            }
            Self::NoInterpreter(_) => {
                "is that interpreter installed on this machine, and its path right?"
            }
        }
    }
}

impl From<Unrunnable> for io::Error {
    fn from(why: Unrunnable) -> Self {
        let kind = match why {
            Unrunnable::NoInterpreterLine => io::ErrorKind::InvalidInput,
            Unrunnable::NoInterpreter(_) => io::ErrorKind::NotFound,
        };
        Self::new(kind, why)
    }
}
