//! Whether a later run has deployed since what a run that stopped has still to deploy: to go on with that
//! one would bring back an older release. Runs are told apart by their journals alone.

use std::collections::BTreeMap;

use super::past::Told;
use crate::journal::{Header, RunId};
use crate::rollout::{Act, Moment, Progress, Rollout, Target, TargetId};

/// A later run that has deployed since what this one has still to deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overtaken {
    /// The later run.
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

/// By whom a run is overtaken: the latest to deploy stands last.
pub(super) fn overtaken(told: &Told, all: &[Deployed]) -> Vec<Overtaken> {
    let left = left_to_do(&told.rollout);
    let since = told.worked_until();
    // What an older one deploys when it is taken up is the older release.
    let later = all.iter().filter(|deployed| deployed.began > told.header.at);
    let overtaking = later.filter_map(|deployed| {
        let both = left.iter().filter(|target| deployed.has(target, since));
        let targets: Vec<_> = both.map(|target| target.id.clone()).collect();
        let overtaken = Overtaken { by: deployed.run, targets };
        (!overtaken.targets.is_empty()).then_some((deployed.latest(), overtaken))
    });
    let mut overtaking: Vec<_> = overtaking.collect();
    overtaking.sort_by_key(|(at, _)| *at);
    overtaking.into_iter().map(|(_, overtaken)| overtaken).collect()
}

/// Whom a run that deploys would work on if it were taken up. One that it has deployed already is among
/// them as long as it has not passed its gates: they would be asked of another release.
fn left_to_do(rollout: &Rollout) -> Vec<Target> {
    let deploys = rollout.plan().strategy.steps().iter().any(|step| step.act == Act::Deploy);
    if !deploys || !rollout.can_go_on() {
        return Vec::new();
    }
    let again = rollout.taken_up();
    let is_left = |at: &Progress| !at.is_at_rest() && (!again.is_halted() || at.is_begun());
    let left = again.targets().filter(|(_, progress)| is_left(progress));
    left.map(|(target, _)| target.clone()).collect()
}

#[cfg(test)]
mod tests;
