//! The port to the load balancer: what the rest of the tool asks of it, and how it can fail.

pub mod elb;
mod error;
mod settings;
mod tries;

use async_trait::async_trait;

use error::CONNECT;
pub use error::{BalancerError, ErrorKind};
pub(crate) use settings::Settings;
pub use tries::Tries;

use crate::rollout::{Front, Group, GroupArn, Health, Hold, Listed, Registration};

/// A load balancer's control plane.
///
/// All operations are idempotent, as they are in Elastic Load Balancing: a call whose answer was
/// lost may be made again.
#[async_trait]
pub trait Balancer: Send + Sync {
    /// The groups with these names or ARNs, with their settings, in the order asked for.
    ///
    /// # Errors
    /// [`ErrorKind::GroupNotFound`] names the ones that do not exist.
    async fn groups(&self, names_or_arns: &[String]) -> Result<Vec<Group>, BalancerError>;

    /// The groups with these ARNs, as [`groups`](Self::groups) has them; nobody is asked for none.
    ///
    /// # Errors
    /// As `groups`.
    async fn groups_at(&self, arns: &[GroupArn]) -> Result<Vec<Group>, BalancerError> {
        if arns.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<_> = arns.iter().map(|arn| arn.as_str().to_owned()).collect();
        self.groups(&names).await
    }

    /// Every group of the account and region, with its settings, by no order. Groups of functions
    /// and of load balancers are among them: nothing of those can be drained, and a look at
    /// functions is an error, because they have no port.
    ///
    /// # Errors
    /// The first failed call.
    async fn all_groups(&self) -> Result<Vec<Group>, BalancerError>;

    /// Every group of the account and region, without its settings: a call for each 400 of them.
    ///
    /// # Errors
    /// The first failed call.
    async fn listed(&self) -> Result<Vec<Listed>, BalancerError> {
        let listed = |group: Group| Listed {
            arn: group.arn,
            target_type: group.target_type,
            vpc: None,
            in_use: !group.balancers.is_empty(),
        };
        Ok(self.all_groups().await?.into_iter().map(listed).collect())
    }

    /// The load balancers with these ARNs, with their listeners and rules, in the order asked
    /// for and each once. One that does not exist any more is left out.
    ///
    /// # Errors
    /// The first failed call; asking is not allowed with the permissions that a run needs alone.
    async fn fronts(&self, arns: &[String]) -> Result<Vec<Front>, BalancerError>;

    /// Those of these groups that somebody has put on hold with a tag ([`HOLD_TAG`]).
    ///
    /// # Errors
    /// The first failed call; asking needs a permission of its own (`DescribeTags`).
    ///
    /// [`HOLD_TAG`]: crate::rollout::HOLD_TAG
    async fn holds(&self, groups: &[GroupArn]) -> Result<Vec<Hold>, BalancerError>;

    /// What the load balancer says of a group's registrations right now, in one call.
    ///
    /// With `named` empty, of all registered and draining ones; otherwise of exactly these, where
    /// one that is not registered is answered as such (`DescribeTargetHealth`).
    ///
    /// # Errors
    /// Not retried here: whoever polls decides when to ask again.
    async fn look(
        &self,
        group: &GroupArn,
        named: &[Registration],
    ) -> Result<Vec<(Registration, Health)>, BalancerError>;

    /// Puts registrations of one group in, as they are given.
    ///
    /// # Errors
    /// Transient ones only after several tries.
    async fn register(
        &self,
        group: &GroupArn,
        registrations: &[Registration],
    ) -> Result<(), BalancerError>;

    /// Takes registrations of one group out. One that is not registered is no error
    /// (`DeregisterTargets`), so a success does not mean that anything left.
    ///
    /// # Errors
    /// Transient ones only after several tries.
    async fn deregister(
        &self,
        group: &GroupArn,
        registrations: &[Registration],
    ) -> Result<(), BalancerError>;
}
