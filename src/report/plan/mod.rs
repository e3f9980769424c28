//! What a run would do, before anything is changed: a page for people, and a document for programs.

mod document;
mod page;
#[cfg(test)]
mod tests;

pub use document::document;
pub(super) use document::outlook_in_json;
pub(super) use page::outlook_lines;
pub use page::page;

use crate::rollout::{Outlook, Plan};

/// A plan, and all that is told beside it.
#[derive(Debug, Clone, Copy)]
pub struct Planned<'a> {
    /// What would be done.
    pub plan: &'a Plan,
    /// What that comes to.
    pub outlook: &'a Outlook,
    /// What is run for a target, around batches and at the end: its name and the command.
    pub jobs: &'a [(&'static str, String)],
    /// Where each value that is no default came from: its flag, the value, the source.
    pub given: &'a [(String, String, String)],
    /// What else is worth knowing.
    pub notes: &'a [String],
}
