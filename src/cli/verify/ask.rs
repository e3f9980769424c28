//! Asks all that is worth knowing before a deploy. What may not be asked is told as a finding, and
//! the rest is asked all the same; no call here changes anything.

use std::collections::BTreeSet;

use crate::balancer::{BalancerError, ErrorKind};
use crate::cli::error::CliError;
use crate::cli::reach::Reach;
use crate::rollout::preflight::{Finding, denied, unasked};
use crate::rollout::{Front, Group, Snapshot, TargetType};

/// All that is known of groups.
pub(super) struct Known {
    /// None at all if they may not be described.
    pub(super) groups: Vec<Group>,
    /// A group that could not be looked at is missing.
    pub(super) seen: Snapshot,
    /// None if they could not be asked.
    pub(super) fronts: Option<Vec<Front>>,
    /// What could not be asked.
    pub(super) unasked: Vec<Finding>,
}

/// # Errors
/// A call that a run needs failed for another reason than a missing permission.
pub(super) async fn ask(reach: &Reach, names_or_arns: &[String]) -> Result<Known, CliError> {
    let mut known =
        Known { groups: Vec::new(), seen: Snapshot::new(), fronts: None, unasked: Vec::new() };
    known.groups = known.allowed(reach.balancer.groups(names_or_arns).await)?.unwrap_or_default();
    if known.groups.is_empty() {
        return Ok(known);
    }
    let looks = known.groups.iter().filter(|group| holds_targets(group));
    let looks: BTreeSet<_> = looks.map(|group| group.arn.clone()).collect();
    let looked = reach.watch.first_look(&looks).await;
    known.allowed(looked)?;
    known.seen = reach.watch.decide(Snapshot::clone);
    let used: BTreeSet<_> = known.groups.iter().flat_map(|group| &group.balancers).collect();
    let used: Vec<_> = used.into_iter().cloned().collect();
    known.fronts = match reach.balancer.fronts(&used).await {
        // A run does not need them, so no error here is a reason to tell nothing at all.
        Err(error) if error.kind != ErrorKind::Denied => {
            known.unasked.push(unasked(&error.to_string(), error.hint()));
            None
        }
        fronts => known.allowed(fronts)?,
    };
    Ok(known)
}

impl Known {
    /// The answer; none if it was a denial, which is noted.
    fn allowed<T>(&mut self, answer: Result<T, BalancerError>) -> Result<Option<T>, CliError> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.kind == ErrorKind::Denied => {
                self.unasked.push(denied(error.operation, &error.to_string()));
                Ok(None)
            }
            Err(error) => Err(CliError::refused(&error)),
        }
    }
}

/// What a look at a group of functions tells has no port, and is of no use here.
fn holds_targets(group: &Group) -> bool {
    matches!(group.target_type, TargetType::Instance | TargetType::Ip)
}

#[cfg(test)]
mod tests;
