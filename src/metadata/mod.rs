//! Which instance this is, as the EC2 instance metadata service tells it (version 2 only).
//! It only asks; which target follows from the answer is up to whoever asked.

use std::net::IpAddr;

mod answer;
mod ask;
mod classify;
mod error;
mod surroundings;
#[cfg(test)]
mod tests;

pub use ask::{LIMIT, ask_in};
pub use error::{MetadataError, MetadataErrorKind};
pub use surroundings::{ENDPOINT, Surroundings};

use crate::rollout::TargetId;

/// The instance that this process runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Myself {
    /// Its id: the target in groups of instances.
    pub instance: TargetId,
    /// The private IPv4 address and the IPv6 addresses of its first network interface: the targets
    /// in groups of addresses.
    pub addresses: Vec<IpAddr>,
    /// Its region.
    pub region: String,
    /// The VPC of its first network interface.
    pub vpc: Option<String>,
    /// Its Availability Zone.
    pub zone: Option<String>,
}

/// Asks who this is, within [`LIMIT`]; where, and whether at all, is up to the environment.
///
/// # Errors
/// Asking is switched off, nobody answers, the answer is a refusal, or it makes no sense.
pub async fn ask() -> Result<Myself, MetadataError> {
    ask_in(&Surroundings::of_this_process()).await
}
