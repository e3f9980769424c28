//! The flags that bound a run, and its lists of targets as they are meant. What follows from a group's own settings is not known here.

use clap::Args;

use crate::cli::in_service::InService;
use crate::cli::typed::{Limit, Mistakes, Span, Typed};
use crate::rollout::{DEFAULT_BATCH, DEFAULT_DEPLOY_TIMEOUT, DEFAULT_MIN_HEALTHY, Policy, Share};

#[derive(Debug, Args)]
pub(in crate::cli) struct Bounds {
    /// How many targets are out at once
    #[arg(
        long,
        value_name = "N|N%",
        default_value_t = Typed::of(DEFAULT_BATCH),
        allow_negative_numbers = true,
        env = "ELB_DEPLOY_BATCH",
        hide_env_values = true
    )]
    batch: Typed<Share>,
    /// How many targets of each group stay in service; 0 allows downtime
    #[arg(
        long,
        value_name = "N|N%",
        default_value_t = Typed::of(DEFAULT_MIN_HEALTHY),
        allow_negative_numbers = true,
        env = "ELB_DEPLOY_MIN_HEALTHY",
        hide_env_values = true
    )]
    min_healthy: Typed<Share>,
    /// The least time between deregistering and deploying [default: 15s behind an application
    /// load balancer, 2m behind a network one]
    #[arg(long, value_name = "DURATION", env = "ELB_DEPLOY_SETTLE", hide_env_values = true)]
    settle: Option<Typed<Span>>,
    /// How long a drain may take [default: the group's deregistration delay and 1m]
    #[arg(long, value_name = "DURATION", env = "ELB_DEPLOY_DRAIN_TIMEOUT", hide_env_values = true)]
    drain_timeout: Option<Typed<Limit>>,
    #[command(flatten)]
    in_service: InService,
    /// How long COMMAND may take for one target
    #[arg(long, value_name = "DURATION", default_value_t = Typed::of(Limit(DEFAULT_DEPLOY_TIMEOUT)), env = "ELB_DEPLOY_DEPLOY_TIMEOUT", hide_env_values = true)]
    deploy_timeout: Typed<Limit>,
}

impl Bounds {
    /// What they allow; where one is a mistake, the default stands in until that is told.
    pub(in crate::cli) fn policy(&self, mistakes: &mut Mistakes) -> Policy {
        let batch = mistakes.meant("--batch", &self.batch);
        let min_healthy = mistakes.meant("--min-healthy", &self.min_healthy);
        let deploy_timeout = mistakes.meant("--deploy-timeout", &self.deploy_timeout);
        let settle = self.settle.as_ref().and_then(|time| mistakes.meant("--settle", time));
        let drain_timeout = self.drain_timeout.as_ref();
        let drain_timeout = drain_timeout.and_then(|time| mistakes.meant("--drain-timeout", time));
        let policy = Policy {
            batch: batch.unwrap_or(DEFAULT_BATCH),
            min_healthy: min_healthy.unwrap_or(DEFAULT_MIN_HEALTHY),
            settle: settle.map(|Span(time)| time),
            drain_timeout: drain_timeout.map(|Limit(time)| time),
            deploy_timeout: deploy_timeout.map_or(DEFAULT_DEPLOY_TIMEOUT, |Limit(time)| time),
            ..Policy::default()
        };
        self.in_service.bound(policy, mistakes)
    }
}
