//! Asks all that is worth knowing before a deploy. What may not be asked is told as a finding, and
//! the rest is asked all the same; no call here changes anything.

use std::collections::BTreeSet;
use std::io::Write;

use crate::balancer::{BalancerError, ErrorKind};
use crate::cli::beside::Beside;
use crate::cli::chosen::Chosen;
use crate::cli::error::CliError;
use crate::cli::hold::holds;
use crate::cli::holding::seen_of;
use crate::cli::reach::Reach;
use crate::rollout::preflight::{Finding, denied, unasked};
use crate::rollout::{Front, Group, Health, Hold, Registration, Snapshot, TargetType};

/// All that is known of groups.
#[derive(Default)]
pub(super) struct Known {
    /// The groups of a run. None at all if they may not be described.
    pub(super) groups: Vec<Group>,
    /// Those of them that were named.
    pub(super) named: Vec<Group>,
    /// A group of the run that could not be looked at is missing.
    pub(super) seen: Snapshot,
    /// What is registered in other groups; none if that could not be asked.
    pub(super) elsewhere: Option<Vec<(Registration, Health)>>,
    /// Which groups are on hold; none if that could not be asked, and an error if that is ignored.
    pub(super) holds: Option<Result<Vec<Hold>, BalancerError>>,
    /// None if they could not be asked.
    pub(super) fronts: Option<Vec<Front>>,
    /// What could not be asked.
    pub(super) unasked: Vec<Finding>,
}

/// # Errors
/// A call that a run needs failed for another reason than a missing permission.
pub(super) async fn ask(reach: &Reach, chosen: &Chosen) -> Result<Known, CliError> {
    let mut known = Known::default();
    let Reach { balancer, watch, .. } = reach;
    known.named = known.allowed(balancer.groups(&chosen.groups).await)?.unwrap_or_default();
    known.groups = known.named.clone();
    if known.groups.is_empty() {
        return Ok(known);
    }
    let looks = known.groups.iter().filter(|group| holds_targets(group));
    let looks: BTreeSet<_> = looks.map(|group| group.arn.clone()).collect();
    if known.allowed(watch.first_look(&looks).await)?.is_some() {
        known.look_beside(reach, chosen).await?;
    }
    let arns = known.groups.iter().map(|group| &group.arn);
    known.seen = watch.decide(|seen| seen_of(arns, seen));
    known.holds = match holds(&**balancer, &known.groups).await {
        Err(error) if chosen.hold.is_given() => Some(Err(error)),
        asked => known.allowed(asked)?.map(Ok),
    };
    let used: BTreeSet<_> = known.groups.iter().flat_map(|group| &group.balancers).collect();
    let used: Vec<_> = used.into_iter().cloned().collect();
    known.fronts = match balancer.fronts(&used).await {
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
    /// Looks where else the targets are, and takes in the groups that a run would take in.
    async fn look_beside(&mut self, reach: &Reach, chosen: &Chosen) -> Result<(), CliError> {
        let searched = Beside::search(&self.named, reach, tell).await;
        let Some(beside) = self.allowed(searched)? else { return Ok(()) };
        let taken_in = reach.watch.decide(|seen| beside.taken_in(chosen, &self.named, seen));
        let arns: Vec<_> = taken_in.into_iter().collect();
        let more = self.allowed(reach.balancer.groups_at(&arns).await)?;
        self.groups.extend(more.unwrap_or_default());
        self.elsewhere = Some(reach.watch.decide(|seen| beside.registered(seen)));
        Ok(())
    }

    /// What a run would be refused for.
    pub(super) fn refused_holds(&self, chosen: &Chosen) -> Vec<Hold> {
        let known = self.holds.as_ref().and_then(|holds| holds.as_ref().ok());
        known.filter(|_| !chosen.hold.is_given()).cloned().unwrap_or_default()
    }

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

/// On stderr, because a person waits: stdout has the findings. Nobody has to read it.
fn tell(what: &str) {
    std::io::stderr().write_all(format!("note: {what}\n").as_bytes()).ok();
}

/// What a look at a group of functions tells has no port, and is of no use here.
fn holds_targets(group: &Group) -> bool {
    matches!(group.target_type, TargetType::Instance | TargetType::Ip)
}

#[cfg(test)]
mod tests;
