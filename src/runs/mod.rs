//! What ran on this machine, as its journals tell it: how each run ended, and what it holds out.
//! The load balancer is not asked, and nothing is changed but that old
//! journals are deleted, and those of others closed.

mod begin;
mod deploys;
mod ending;
mod flips;
mod held_out;
mod hooks;
mod keeping;
mod overtaking;
mod past;
mod restoring;
mod salvage;
mod settling;
mod steps;

pub use begin::{begin, prune};
pub use deploys::usual_deploy;
pub use ending::{Ending, Failed};
pub use flips::{LeftThere, StandsBy, left_there, stands_by};
pub use held_out::HeldOut;
pub use hooks::{HookRun, hooks};
pub use keeping::{KEPT_FOR, KEPT_RUNS};
pub use overtaking::Overtaken;
pub use past::{Past, Told, Untold};
pub use restoring::{Closing, PassedOver, ToRestore};
pub use salvage::{Salvage, salvage};
pub use settling::forget;
pub use steps::{Course, How, Settled, Settling, Tried, courses};
