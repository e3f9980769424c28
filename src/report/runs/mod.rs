//! What ran here, for people and for programs: all runs in a table, and one run with its steps,
//! written or drawn.

mod document;
mod given_up;
mod show;
mod table;
mod timeline;
mod words;

use std::path::Path;

use super::access::Access;
use super::paint::Paint;
use crate::runs::Past;

pub use document::{list_document, run_document};
pub use given_up::{GivenUp, given_up, given_up_document};
pub use show::show;
pub use table::table;
pub use timeline::timeline;

/// Runs, newest first, and what is said around them.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Where they are recorded.
    pub state_dir: &'a Path,
    /// What the commands of this tool have to say again.
    pub access: &'a Access,
    /// Whether words may be coloured.
    pub paint: Paint,
}

/// Under what all of this stands: nobody asked the load balancer.
const AS_RECORDED: &str = "as recorded here; the load balancer was not asked";

fn newest_first(runs: &[Past]) -> impl Iterator<Item = &Past> {
    runs.iter().rev()
}

#[cfg(test)]
mod tests;
