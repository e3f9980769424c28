//! A load balancer on loopback that speaks the `ELBv2` API and carries real traffic.

pub mod accept;
pub mod api;
pub mod app;
pub mod checker;
pub mod demo;
pub mod direct;
pub mod exports;
pub mod faults;
pub mod fleet;
#[cfg(test)]
mod fresh;
pub mod load;
pub mod metadata;
pub mod model;
pub mod pool;
pub mod proxy;
pub mod server;
pub mod state;

/// The answer header in which the sample app says its version, and where the load looks for it.
pub const VERSION_HEADER: &str = "x-version";
