//! Why a request got no answer, read from the errors of the socket and of the HTTP connection.
//! Names what happened on the wire only; what it means (a 502, a lost request) is for the caller to say.

use std::error::Error;
use std::io;

/// Why no answer came.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// There was no connection to send it on.
    #[error("no connection")]
    NoConnection(#[source] io::Error),
    /// The connection failed after it was made.
    #[error("no answer")]
    NoAnswer(#[from] hyper::Error),
    /// The pool's connections were cut.
    #[error("the connection was cut")]
    PoolCut,
}

impl Unanswered {
    /// Nobody listens there.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::NoConnection(error) if error.kind() == io::ErrorKind::ConnectionRefused)
    }

    /// The other side (or whoever cut the pool) closed the connection before it answered.
    #[must_use]
    pub fn is_reset(&self) -> bool {
        match self {
            Self::NoConnection(error) => is_reset(error),
            Self::NoAnswer(error) => was_cut(error),
            Self::PoolCut => true,
        }
    }
}

/// Whether the connection, or the body that came over it, was closed before its end.
#[must_use]
pub fn was_cut(error: &hyper::Error) -> bool {
    error.is_incomplete_message()
        || error.is_canceled()
        || error.is_closed()
        || error.is_user()
        || causes(error).any(is_reset)
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a io::Error> {
    std::iter::successors(error.source(), |&error| error.source())
        .filter_map(|error| error.downcast_ref())
}

fn is_reset(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected
            | io::ErrorKind::UnexpectedEof
    )
}
