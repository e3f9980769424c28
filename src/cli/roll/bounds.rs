//! The flags that bound a run. What follows from a group's own settings is not known here.

use clap::Args;

use crate::cli::in_service::InService;
use crate::cli::typed::{Limit, Mistakes, Span, Typed};
use crate::rollout::{
    Batches, CAPACITY_TIMEOUT, DEFAULT_BATCH, DEFAULT_DEPLOY_TIMEOUT, DEFAULT_MIN_HEALTHY, Order,
    Policy, Share,
};

#[derive(Debug, Args)]
pub(in crate::cli) struct Bounds {
    /// How many targets are out at once; a list such as 1,10%,50% is for one batch after the other,
    /// its last value for all that follow
    #[arg(
        long,
        value_name = "N|N%,…",
        default_value_t = Typed::of(DEFAULT_BATCH),
        allow_negative_numbers = true,
        env = "ELB_DEPLOY_BATCH",
        hide_env_values = true
    )]
    batch: Typed<Batches>,
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
    /// Keep one target in service in each zone that has two or more; refused where the load balancer
    /// does not tell the zones, as of most instances
    #[arg(long, env = "ELB_DEPLOY_ZONE_FLOOR", hide_env_values = true)]
    zone_floor: bool,
    /// How long to hold where others have taken capacity away, before the run is halted
    #[arg(
        long,
        value_name = "DURATION",
        default_value_t = Typed::of(Limit(CAPACITY_TIMEOUT)),
        env = "ELB_DEPLOY_CAPACITY_TIMEOUT",
        hide_env_values = true
    )]
    capacity_timeout: Typed<Limit>,
    /// In which order targets are deployed
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        default_value = "spread",
        env = "ELB_DEPLOY_ORDER",
        hide_env_values = true
    )]
    order: How,
    /// The least time between deregistering and deploying [default: 15s behind an application
    /// load balancer, 2m behind a network one]
    #[arg(long, value_name = "DURATION", env = "ELB_DEPLOY_SETTLE", hide_env_values = true)]
    settle: Option<Typed<Span>>,
    /// How long a drain may take [default: the group's deregistration delay and 1m]
    #[arg(long, value_name = "DURATION", env = "ELB_DEPLOY_DRAIN_TIMEOUT", hide_env_values = true)]
    drain_timeout: Option<Typed<Limit>>,
    #[command(flatten)]
    in_service: InService,
    /// How long COMMAND may take for one target, and so may a rollback
    #[arg(long, value_name = "DURATION", default_value_t = Typed::of(Limit(DEFAULT_DEPLOY_TIMEOUT)), env = "ELB_DEPLOY_DEPLOY_TIMEOUT", hide_env_values = true)]
    deploy_timeout: Typed<Limit>,
}

/// In which order targets are deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum How {
    /// Those that are out of service first, then one zone after the other, as far as zones are told
    Spread,
    /// As they are named with --target, or else as the load balancer lists them
    AsGiven,
}

impl Bounds {
    /// What they allow; where one is a mistake, the default stands in until that is told.
    pub(in crate::cli) fn policy(&self, mistakes: &mut Mistakes) -> Policy {
        let batch = mistakes.meant("--batch", &self.batch);
        let min_healthy = mistakes.meant("--min-healthy", &self.min_healthy);
        let capacity_timeout = mistakes.meant("--capacity-timeout", &self.capacity_timeout);
        let deploy_timeout = mistakes.meant("--deploy-timeout", &self.deploy_timeout);
        let settle = self.settle.as_ref().and_then(|time| mistakes.meant("--settle", time));
        let drain_timeout = self.drain_timeout.as_ref();
        let drain_timeout = drain_timeout.and_then(|time| mistakes.meant("--drain-timeout", time));
        let policy = Policy {
            batch: batch.unwrap_or(DEFAULT_BATCH),
            min_healthy: min_healthy.unwrap_or(DEFAULT_MIN_HEALTHY),
            zone_floor: self.zone_floor,
            capacity_timeout: capacity_timeout.map_or(CAPACITY_TIMEOUT, |Limit(time)| time),
            settle: settle.map(|Span(time)| time),
            drain_timeout: drain_timeout.map(|Limit(time)| time),
            deploy_timeout: deploy_timeout.map_or(DEFAULT_DEPLOY_TIMEOUT, |Limit(time)| time),
            ..Policy::default()
        };
        self.in_service.bound(policy, mistakes)
    }

    /// In which order targets are deployed.
    pub(in crate::cli) fn order(&self) -> Order {
        match self.order {
            How::Spread => Order::Spread,
            How::AsGiven => Order::AsGiven,
        }
    }
}
