//! The load balancer as a verb reaches it: connected, watched, with one budget for all it asks.

use std::sync::Arc;

use super::Global;
use super::error::CliError;
use crate::balancer::Balancer;
use crate::balancer::elb::ElbBalancer;
use crate::clock::Clock;
use crate::watch::{Spread, Watch};

/// What a verb needs to look.
pub(super) struct Reach {
    pub(super) balancer: Arc<dyn Balancer>,
    pub(super) watch: Arc<Watch>,
    pub(super) clock: Clock,
}

impl Reach {
    /// Connects, without a call.
    ///
    /// # Errors
    /// No region, no credentials, no usable endpoint.
    pub(super) async fn new(global: &Global) -> Result<Self, CliError> {
        let connected = ElbBalancer::connect(global.connect_options()).await;
        let elb = connected.map_err(|error| CliError::refused(&error))?;
        let (pace, clock) = (elb.describes(), Clock::system());
        let balancer: Arc<dyn Balancer> = Arc::new(elb);
        let watch = Watch::new(Arc::clone(&balancer), clock, pace, Spread::random());
        Ok(Self { balancer, watch: Arc::new(watch), clock })
    }
}
