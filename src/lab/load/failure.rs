//! How a request can fail, as its sender sees it.
//! Tells kinds apart and keeps the words of the cause; counts nothing.

use std::error::Error;
use std::fmt;
use std::iter::successors;

use hyper::StatusCode;

use crate::lab::pool::Unanswered;

/// How a request failed. Its text is the name it has in a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureKind {
    /// Nobody listens there.
    Refused,
    /// The connection was closed before an answer came.
    Reset,
    /// No whole answer in time.
    TimedOut,
    /// An answer with a status other than 2xx.
    Status(u16),
    /// The answer ended before its end.
    CutBody,
    /// Not sent, because too many were in flight already.
    NotSent,
    /// What none of the others says: an answer that is not HTTP, no socket left.
    Other,
}

/// One failure: its kind and the words of its cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// How it failed.
    pub kind: FailureKind,
    /// Why, in the words of whoever noticed.
    pub detail: String,
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("refused"),
            Self::Reset => f.write_str("reset"),
            Self::TimedOut => f.write_str("timed out"),
            Self::Status(status) => write!(f, "status {status}"),
            Self::CutBody => f.write_str("cut body"),
            Self::NotSent => f.write_str("not sent"),
            Self::Other => f.write_str("other"),
        }
    }
}

impl Failure {
    pub(super) fn new(kind: FailureKind, cause: &(dyn Error + 'static)) -> Self {
        let words = successors(Some(cause), |&error| error.source()).map(ToString::to_string);
        Self { kind, detail: words.collect::<Vec<_>>().join(": ") }
    }

    pub(super) fn status(status: StatusCode) -> Self {
        Self { kind: FailureKind::Status(status.as_u16()), detail: status.to_string() }
    }

    pub(super) fn timed_out() -> Self {
        Self { kind: FailureKind::TimedOut, detail: "no whole answer in time".to_owned() }
    }

    pub(super) fn not_sent() -> Self {
        Self { kind: FailureKind::NotSent, detail: "too many requests in flight".to_owned() }
    }
}

impl From<Unanswered> for Failure {
    fn from(error: Unanswered) -> Self {
        let kind = if error.is_refused() {
            FailureKind::Refused
        } else if error.is_reset() {
            FailureKind::Reset
        } else {
            FailureKind::Other
        };
        Self::new(kind, &error)
    }
}
