//! The load balancer as a verb reaches it: connected, watched, with one budget for all it asks.

use std::sync::Arc;
use std::time::Duration;

use super::Global;
use super::error::CliError;
use crate::balancer::Balancer;
use crate::balancer::elb::ElbBalancer;
use crate::clock::Clock;
use crate::runs::Past;
use crate::state_dir::known_state_dir;
use crate::watch::{Spread, Watch};

/// A clock that is later than everything the journals tell, also if the system's was set back.
fn later_than_all(global: &Global) -> Clock {
    let clock = Clock::system();
    let runs = known_state_dir(global.state_dir.clone()).and_then(|path| Past::all(&path).ok());
    let latest =
        runs.as_deref().and_then(Past::latest).map(|at| at.after(Duration::from_millis(1)));
    match latest.filter(|latest| *latest > clock.now()) {
        Some(latest) => {
            tracing::warn!("the system's clock was set back; what is done now is dated after it");
            Clock::starting_at(latest)
        }
        None => clock,
    }
}

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
        Self::by(global, Clock::system()).await
    }

    /// The same for a verb that begins or takes up a run, which is dated after all others.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(super) async fn for_run(global: &Global) -> Result<Self, CliError> {
        Self::by(global, later_than_all(global)).await
    }

    async fn by(global: &Global, clock: Clock) -> Result<Self, CliError> {
        let connected = ElbBalancer::connect(global.connect_options()).await;
        let elb = connected.map_err(|error| CliError::refused(&error))?;
        let pace = elb.describes();
        let balancer: Arc<dyn Balancer> = Arc::new(elb);
        let watch = Watch::new(Arc::clone(&balancer), clock, pace, Spread::random());
        Ok(Self { balancer, watch: Arc::new(watch), clock })
    }
}
