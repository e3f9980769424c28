//! Instances: ids with a zone, a loopback address, and a power switch.
//! Whether anything listens on the address is not known here; the health checks find out.

use std::net::IpAddr;

/// An instance.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its zone.
    pub zone: String,
    /// Its address on loopback.
    pub address: IpAddr,
    /// Whether it runs.
    pub power: Power,
}

/// Whether an instance runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It runs.
    Running,
    /// It is stopped, and can be started again.
    Stopped,
    /// It is gone for good, and is listed for a while yet.
    Terminated,
}

impl Power {
    /// The API's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Terminated => "terminated",
        }
    }
}
