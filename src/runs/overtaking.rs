//! Whether a later run has deployed since what a run that stopped has still to deploy: to go on with that
//! one would bring back an older release. Runs are told apart by their journals alone.

use std::collections::BTreeMap;

use super::past::Told;
use crate::journal::{Header, RunId};
use crate::rollout::{Act, Moment, Rollout, Target, TargetId};

/// A later run that has deployed since what this one has still to deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overtaken {
    /// The later run, the latest to deploy if there are several.
    pub by: RunId,
    /// Whom both were to deploy.
    pub targets: Vec<TargetId>,
}

/// Whom a run has deployed and put in, and when each deploy was done.
pub(super) struct Deployed {
    run: RunId,
    began: Moment,
    targets: BTreeMap<TargetId, (Target, Moment)>,
}

impl Deployed {
    pub(super) fn by(told: &Told) -> Self {
        let done = told.rollout.targets().filter(|(_, progress)| progress.is_done());
        let deployed = done.filter_map(|(target, progress)| {
            let at = progress.finished_at(Act::Deploy)?;
            Some((target.id.clone(), (target.clone(), at)))
        });
        let Header { run, at: began, .. } = told.header;
        Self { run, began, targets: deployed.collect() }
    }

    fn latest(&self) -> Option<Moment> {
        self.targets.values().map(|(_, at)| *at).max()
    }

    /// Whether it has deployed a target in the same place after that.
    fn has(&self, target: &Target, since: Moment) -> bool {
        let is_here = |other: &Target| other.groups().iter().any(|it| target.groups().contains(it));
        self.targets.get(&target.id).is_some_and(|(other, at)| *at > since && is_here(other))
    }
}

/// By whom a run is overtaken, if it is.
pub(super) fn overtaken(told: &Told, all: &[Deployed]) -> Option<Overtaken> {
    let left = left_to_deploy(&told.rollout);
    let since = told.worked_until();
    // What an older one deploys when it is taken up is the older release.
    let later = all.iter().filter(|deployed| deployed.began > told.header.at);
    let overtaking = later.filter_map(|deployed| {
        let both = left.iter().filter(|target| deployed.has(target, since));
        let targets: Vec<_> = both.map(|target| target.id.clone()).collect();
        let overtaken = Overtaken { by: deployed.run, targets };
        (!overtaken.targets.is_empty()).then_some((deployed.latest(), overtaken))
    });
    overtaking.max_by_key(|(at, _)| *at).map(|(_, overtaken)| overtaken)
}

/// Whom it would deploy if it were taken up.
fn left_to_deploy(rollout: &Rollout) -> Vec<Target> {
    let deploys = rollout.plan().strategy.steps().iter().any(|step| step.act == Act::Deploy);
    if !deploys || !rollout.can_go_on() {
        return Vec::new();
    }
    let again = rollout.taken_up();
    let left = again.targets().filter(|(_, progress)| {
        let is_deployed = progress.finished_at(Act::Deploy).is_some();
        !is_deployed && !progress.is_at_rest() && (!again.is_halted() || progress.is_begun())
    });
    left.map(|(target, _)| target.clone()).collect()
}

#[cfg(test)]
mod tests;
