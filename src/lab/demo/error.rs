//! Why the demo was not shown to its end.

use std::fmt::Display;

/// Why the demo was not shown to its end: a fragment that fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A part of it failed.
    #[error("{doing}: {why}")]
    Failed {
        /// What was being done.
        doing: &'static str,
        /// What came of it.
        why: String,
    },
    /// It was told to stop.
    #[error("show the demo to its end: {signal}")]
    Interrupted {
        /// The name of the signal.
        signal: String,
    },
}

impl DemoError {
    pub(super) fn new<E: Display>(doing: &'static str) -> impl FnOnce(E) -> Self {
        move |why| Self::Failed { doing, why: why.to_string() }
    }
}
