//! The load balancer as a verb reaches it: connected, watched, with one budget for all it asks.

use std::sync::Arc;
use std::time::Duration;

use super::Global;
use super::error::CliError;
use crate::balancer::elb::{ConnectOptions, ElbBalancer};
use crate::balancer::{Balancer, ErrorKind};
use crate::clock::Clock;
use crate::journal::Home;
use crate::rollout::GroupArn;
use crate::runs::Past;
use crate::state_dir::known_state_dir;
use crate::watch::{Spread, Watch};

/// As far as they can be read.
fn runs_here(global: &Global) -> Vec<Past> {
    let runs = known_state_dir(global.state_dir.clone()).and_then(|path| Past::all(&path).ok());
    runs.unwrap_or_default()
}

/// A clock that is later than everything these runs tell, also if the system's was set back.
fn later_than(runs: &[Past]) -> Clock {
    let clock = Clock::system();
    let latest = Past::latest(runs).map(|at| at.after(Duration::from_millis(1)));
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
    /// Whoever named it: a flag, the environment, or a file of the AWS configuration.
    pub(super) region: String,
}

impl Reach {
    /// Connects, without a call.
    ///
    /// # Errors
    /// No region, no credentials, no usable endpoint.
    pub(super) async fn new(global: &Global) -> Result<Self, CliError> {
        Self::by(global, Clock::system(), None).await
    }

    /// The same for a verb that begins or takes up a run, which is dated after all others.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(super) async fn for_run(global: &Global) -> Result<Self, CliError> {
        Self::after(&runs_here(global), global).await
    }

    /// The same for one that has read already which runs there are.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(super) async fn after(runs: &[Past], global: &Global) -> Result<Self, CliError> {
        Self::by(global, later_than(runs), None).await
    }

    /// The same where a journal names the groups: if nobody says a region, it is theirs.
    ///
    /// # Errors
    /// As [`Self::new`]; no region if they are of several.
    pub(super) async fn for_journals<'a>(
        global: &Global,
        groups: impl IntoIterator<Item = &'a GroupArn>,
    ) -> Result<Self, CliError> {
        let homes = groups.into_iter().map(|group| Home::of(group).map(|home| home.region));
        let mut regions: Vec<_> = homes.collect();
        regions.sort();
        regions.dedup();
        let only = regions.pop().filter(|_| regions.is_empty()).flatten();
        Self::by(global, later_than(&runs_here(global)), only).await
    }

    async fn by(global: &Global, clock: Clock, region: Option<String>) -> Result<Self, CliError> {
        let options = global.connect_options();
        let connected = match ElbBalancer::connect(options.clone()).await {
            Err(error) if error.kind == ErrorKind::Region && region.is_some() => {
                ElbBalancer::connect(ConnectOptions { region, ..options }).await
            }
            connected => connected,
        };
        let elb = connected.map_err(|error| CliError::refused(&error))?;
        let (pace, region) = (elb.describes(), elb.region().to_owned());
        let balancer: Arc<dyn Balancer> = Arc::new(elb);
        let watch = Watch::new(Arc::clone(&balancer), clock, pace, Spread::random());
        Ok(Self { balancer, watch: Arc::new(watch), clock, region })
    }
}
