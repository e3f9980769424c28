//! The load balancer as Elastic Load Balancing v2: the only place that names its SDK.
//!
//! It does not wait for anything and remembers nothing: one call of the port is one or a few
//! calls of the API.

mod ask;
mod asked;
mod classify;
mod connect;
mod convert;
mod describe;
mod first_use;
mod fronts;
mod missing;
mod renewal;
mod tags;
mod told;

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_elasticloadbalancingv2::config::retry::RetryConfig;
use aws_sdk_elasticloadbalancingv2::{Client, Config};

pub use connect::ConnectOptions;

use super::{Balancer, BalancerError};
use crate::pace::Pace;
use crate::rollout::{Front, Group, GroupArn, Health, Hold, Listed, Registration};
use crate::user_info::hidden;
use classify::Site;
use told::Told;

/// Where every AWS tool looks for another address of this service; the SDK does not tell.
const ENDPOINT: &str = "AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2";
/// Registrations per RegisterTargets or DeregisterTargets call. The API reference names no limit
/// on the list; at 200 an answer stays well below the attempt timeout.
const REGISTRATIONS_PER_CALL: usize = 200;

/// Elastic Load Balancing v2 in one account and region.
#[derive(Debug, Clone)]
pub struct ElbBalancer {
    client: Client,
    /// The same without tries of its own, for what is only asked: who asks decides when again.
    asking: Client,
    region: String,
    site: Site,
    /// Shared by all copies: the limit is the process's.
    changes: Arc<Pace>,
    describes: Arc<Pace>,
}

impl ElbBalancer {
    /// Over a finished configuration; nothing is looked up.
    fn over(config: &SdkConfig) -> Self {
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let named = std::env::var(ENDPOINT).ok().filter(|url| !url.is_empty());
        let endpoint = config.endpoint_url().or(named.as_deref());
        let endpoint = endpoint.map(hidden);
        let site = Site::new(endpoint.as_deref(), &region);
        let config = Config::new(config).to_builder().interceptor(Told).build();
        let asking = config.to_builder().retry_config(RetryConfig::disabled()).build();
        Self {
            client: Client::from_conf(config),
            asking: Client::from_conf(asking),
            region,
            site,
            changes: Arc::new(Pace::of_changes()),
            describes: Arc::new(Pace::of_looks()),
        }
    }

    /// The region that is called.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The pace of everything that is only asked. [`Balancer::look`] takes no turn of it: whoever
    /// looks does, because a look that waits in a queue is not the one that was due.
    pub fn describes(&self) -> Arc<Pace> {
        Arc::clone(&self.describes)
    }
}

#[async_trait]
impl Balancer for ElbBalancer {
    async fn groups(&self, names_or_arns: &[String]) -> Result<Vec<Group>, BalancerError> {
        self.describe_groups(names_or_arns).await
    }

    async fn all_groups(&self) -> Result<Vec<Group>, BalancerError> {
        self.describe_all_groups().await
    }

    async fn listed(&self) -> Result<Vec<Listed>, BalancerError> {
        self.list_groups().await
    }

    async fn fronts(&self, arns: &[String]) -> Result<Vec<Front>, BalancerError> {
        self.describe_fronts(arns).await
    }

    async fn holds(&self, groups: &[GroupArn]) -> Result<Vec<Hold>, BalancerError> {
        self.describe_holds(groups).await
    }

    async fn look(
        &self,
        group: &GroupArn,
        named: &[Registration],
    ) -> Result<Vec<(Registration, Health)>, BalancerError> {
        const OPERATION: &str = "DescribeTargetHealth";
        let targets: Vec<_> = named.iter().map(convert::place).collect();
        let answer = self
            .asking
            .describe_target_health()
            .target_group_arn(group.as_str())
            .set_targets((!targets.is_empty()).then_some(targets))
            .send()
            .await
            .map_err(|error| self.site.classify(OPERATION, error))?;
        if let Some(function) =
            answer.target_health_descriptions().iter().find_map(convert::function)
        {
            return Err(BalancerError::of_functions(OPERATION, function));
        }
        answer
            .target_health_descriptions()
            .iter()
            .map(|seen| convert::sight(group, seen))
            .collect::<Result<_, _>>()
            .map_err(|what| convert::unreadable(OPERATION, what, &answer))
    }

    async fn register(
        &self,
        group: &GroupArn,
        registrations: &[Registration],
    ) -> Result<(), BalancerError> {
        const OPERATION: &str = "RegisterTargets";
        self.change(registrations, |chunk| {
            let targets = chunk.iter().map(convert::registration).collect();
            let call = self.client.register_targets().target_group_arn(group.as_str());
            let sending = call.set_targets(Some(targets)).send();
            async { sending.await.map(drop).map_err(|error| self.site.classify(OPERATION, error)) }
        })
        .await
    }

    async fn deregister(
        &self,
        group: &GroupArn,
        registrations: &[Registration],
    ) -> Result<(), BalancerError> {
        const OPERATION: &str = "DeregisterTargets";
        self.change(registrations, |chunk| {
            let targets = chunk.iter().map(convert::place).collect();
            let call = self.client.deregister_targets().target_group_arn(group.as_str());
            let sending = call.set_targets(Some(targets)).send();
            async { sending.await.map(drop).map_err(|error| self.site.classify(OPERATION, error)) }
        })
        .await
    }
}

impl ElbBalancer {
    /// Sends a long list in several calls, each when the pace allows it.
    async fn change<Sent: Future<Output = Result<(), BalancerError>>>(
        &self,
        registrations: &[Registration],
        send: impl Fn(&[Registration]) -> Sent,
    ) -> Result<(), BalancerError> {
        for (part, chunk) in registrations.chunks(REGISTRATIONS_PER_CALL).enumerate() {
            self.changes.turn().await;
            send(chunk).await.map_err(|error| after_parts(part, error))?;
        }
        Ok(())
    }
}

fn after_parts(done: usize, error: BalancerError) -> BalancerError {
    BalancerError { partly_done: done > 0, ..error }
}

#[cfg(test)]
mod tests;
