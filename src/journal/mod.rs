//! What a run did, on disk: facts are written before they act, and one run at a time works on a
//! group. Nothing here knows what a fact means.
//!
//! One run is one folder, `<state folder>/runs/<run id>/`, with `journal.ndjson` (a header line,
//! then one dated fact a line) and `output/` (what the deploy commands printed).

mod brief;
mod error;
mod find;
mod folder;
mod header;
mod holder;
mod lock;
mod process;
mod reached;
mod read;
mod run_id;
#[cfg(test)]
pub(crate) mod sample;
mod write;
mod writer;

pub use error::JournalError;
pub(crate) use error::room;
pub use find::FindError;
pub use folder::{RunFolder, private_folder};
pub use header::{FORMAT, Header, Home};
pub use holder::Holder;
pub use lock::{GroupLocks, LockError, TakenOver};
pub use process::Process;
pub use reached::Reached;
pub use read::{Recorded, Rest, read, read_rest};
pub use run_id::{NotARunId, RunId};
pub use write::Journal;
pub use writer::is_being_written;
