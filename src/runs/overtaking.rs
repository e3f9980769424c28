//! Whether a later run has deployed since what a run that stopped was to deploy: to go on with that one
//! would bring back an older release, or end with two. Runs are told apart by their journals alone.

use std::collections::BTreeMap;

use super::past::Told;
use crate::journal::{Header, RunId};
use crate::rollout::{Act, Moment, Progress, Rollout, Target, TargetId};

/// A later run that has deployed since whom this one was to deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overtaken {
    /// The later run.
    pub by: RunId,
    /// Whom both were to deploy.
    pub targets: Vec<TargetId>,
}

/// Whom a run has deployed, whatever became of it then, and when each deploy was done.
pub(super) struct Deployed {
    run: RunId,
    began: Moment,
    targets: BTreeMap<TargetId, (Target, Moment)>,
}

impl Deployed {
    pub(super) fn by(told: &Told) -> Self {
        let deployed = told.rollout.targets().filter_map(|(target, progress)| {
            let at =
                [Act::Deploy, Act::Start].into_iter().find_map(|act| progress.finished_at(act))?;
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

/// By whom a run is overtaken: the latest to deploy stands last.
pub(super) fn overtaken(told: &Told, all: &[Deployed]) -> Vec<Overtaken> {
    if !is_to_deploy(&told.rollout) {
        return Vec::new();
    }
    let since = told.worked_until();
    // What an older one deploys when it is taken up is the older release.
    let later = all.iter().filter(|deployed| deployed.began > told.header.at);
    let overtaking = later.filter_map(|deployed| {
        let both = told.rollout.plan().targets().filter(|target| deployed.has(target, since));
        let targets: Vec<_> = both.map(|target| target.id.clone()).collect();
        let overtaken = Overtaken { by: deployed.run, targets };
        (!overtaken.targets.is_empty()).then_some((deployed.latest(), overtaken))
    });
    let mut overtaking: Vec<_> = overtaking.collect();
    overtaking.sort_by_key(|(at, _)| *at);
    overtaking.into_iter().map(|(_, overtaken)| overtaken).collect()
}

/// Whether a run would still deploy somebody if it were taken up. Whom it has deployed already counts
/// for its end, too: that all of them have its release.
fn is_to_deploy(rollout: &Rollout) -> bool {
    let deploys = rollout.plan().strategy.steps().iter().any(|step| step.act.deploys());
    if !deploys || !rollout.can_go_on() {
        return false;
    }
    let again = rollout.taken_up();
    let is_left = |at: &Progress| !at.is_at_rest() && (!again.is_halted() || at.is_begun());
    again.targets().any(|(_, progress)| is_left(progress))
}

#[cfg(test)]
mod tests;
