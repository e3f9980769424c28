//! What ran on this machine, as its journals tell it: how each run ended, and what it holds out.
//! The load balancer is not asked, and nothing is changed but that old journals are deleted.

mod begin;
mod ending;
mod held_out;
mod keeping;
mod past;
mod restoring;
mod salvage;
mod steps;

pub use begin::{begin, prune};
pub use ending::Ending;
pub use held_out::HeldOut;
pub use keeping::{KEPT_FOR, KEPT_RUNS};
pub use past::{Past, Told, Untold};
pub use restoring::{Closing, PassedOver, ToRestore};
pub use salvage::{Salvage, salvage};
pub use steps::{Course, How, PutBack, Tried, courses};
