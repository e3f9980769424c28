//! What a run will do, decided before anything is changed; or every reason why it must not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fact::Failure;
use super::group::Group;
use super::health::Health;
use super::hold::Hold;
use super::order::Order;
use super::policy::Policy;
use super::refusal::Refusal;
use super::snapshot::Snapshot;
use super::step::{Act, Step, Strategy};
use super::survey::Survey;
use super::target::{GroupArn, Registration, Target, TargetId};

/// What a user asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The groups, with their settings; one that is named twice, by name and by ARN, counts once.
    pub groups: Vec<Group>,
    /// The targets; empty means all of the groups.
    pub targets: Vec<TargetId>,
    /// Targets that are left alone.
    pub exclude: Vec<TargetId>,
    /// What runs hold out already: a floor that is a percentage counts it too.
    pub away: Vec<Registration>,
    /// What is registered in other groups that get traffic, of whatever target.
    pub elsewhere: Vec<(Registration, Health)>,
    /// Which of the groups are on hold, unless that is ignored.
    pub holds: Vec<Hold>,
    /// In which order.
    pub order: Order,
    /// The bounds.
    pub policy: Policy,
}

/// What a run does: whom, in which order, within which bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What is done to each target.
    pub strategy: Strategy,
    /// The groups with their settings at the time of planning.
    pub groups: Vec<Group>,
    /// The fewest targets in service that each group keeps.
    pub floors: BTreeMap<GroupArn, usize>,
    /// The targets in order; those of one batch are out at the same time.
    pub batches: Vec<Vec<Target>>,
    /// The bounds.
    pub policy: Policy,
}

impl Request {
    /// The targets that are meant, of those that are registered in the groups.
    pub fn chosen(&self, seen: &Snapshot) -> BTreeSet<TargetId> {
        let chosen = Survey { request: self, seen }.chosen();
        chosen.into_iter().map(|target| target.id).collect()
    }
}

impl Plan {
    /// Plans a run in place from what is seen now.
    ///
    /// # Errors
    /// Every reason to refuse it, at once.
    pub fn in_place(mut request: Request, seen: &Snapshot) -> Result<Self, Vec<Refusal>> {
        let mut known = BTreeSet::new();
        request.groups.retain(|group| known.insert(group.arn.clone()));
        let survey = Survey { request: &request, seen };
        let mut refusals = survey.unfit_groups();
        refusals.extend(survey.on_hold());
        refusals.extend(survey.unknown_targets());
        refusals.extend(survey.draining_targets());
        refusals.extend(survey.hopeless_targets());
        refusals.extend(survey.elsewhere());
        refusals.extend(survey.drain_limits());
        let targets = survey.chosen();
        if targets.is_empty() && refusals.is_empty() {
            refusals.push(Refusal::NothingLeft);
        }
        refusals.extend(survey.empty_batches(targets.len()));
        let batches = survey.in_batches(targets);
        for group in &request.groups {
            refusals.extend(survey.floor_breach(group, &batches));
            refusals.extend(survey.zone_breach(group, &batches));
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let floors =
            request.groups.iter().map(|group| (group.arn.clone(), survey.floor(group))).collect();
        Ok(Self {
            strategy: Strategy::InPlace,
            groups: request.groups,
            floors,
            batches,
            policy: request.policy,
        })
    }

    /// Plans to take targets out of all their groups at once, and to leave them out. One that is
    /// draining already is taken along.
    ///
    /// # Errors
    /// Every reason to refuse it, at once.
    pub fn drain(request: Request, seen: &Snapshot) -> Result<Self, Vec<Refusal>> {
        let survey = Survey { request: &request, seen };
        let mut refusals: Vec<_> = request.groups.iter().filter_map(Group::undrainable).collect();
        refusals.extend(survey.on_hold());
        refusals.extend(survey.drain_limits());
        let batches = vec![survey.chosen()];
        refusals
            .extend(request.groups.iter().filter_map(|group| survey.floor_breach(group, &batches)));
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let floors = request.groups.iter();
        let floors = floors.map(|group| (group.arn.clone(), survey.floor(group))).collect();
        let Request { groups, policy, .. } = request;
        Ok(Self { strategy: Strategy::Drain, groups, floors, batches, policy })
    }

    /// Plans to put targets back exactly where they were, all at once.
    ///
    /// # Errors
    /// A group that they were in has changed so that they could never come back.
    pub fn restore(
        groups: Vec<Group>,
        targets: Vec<Target>,
        policy: Policy,
    ) -> Result<Self, Vec<Refusal>> {
        let refusals: Vec<_> = groups.iter().filter_map(Group::undrainable).collect();
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let (strategy, floors, batches) = (Strategy::Restore, BTreeMap::new(), vec![targets]);
        Ok(Self { strategy, groups, floors, batches, policy })
    }

    /// The steps that a target goes through.
    pub fn steps_of(&self, id: &TargetId) -> Vec<Step> {
        let clearing = self.policy.flip.clearing(id).iter().copied();
        clearing.chain(self.steps()).collect()
    }

    /// The steps that every target goes through, gates included.
    pub fn steps(&self) -> Vec<Step> {
        let gated = self.policy.gates.between(self.strategy.steps());
        if self.strategy.overlaps() { self.policy.flip.steps(gated) } else { gated }
    }

    /// The steps that undo what was done to a target where this step has failed like this.
    pub fn undo(&self, failed: Step, failure: &Failure) -> Vec<Step> {
        let Policy { on_failure, gates, flip, .. } = &self.policy;
        match self.strategy.overlaps() {
            true => on_failure.undo_flip(failed, failure, flip),
            false => on_failure.undo(failed.act, *gates),
        }
    }

    /// All targets, in order.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.batches.iter().flatten()
    }

    /// One target of the plan.
    pub fn target(&self, id: &TargetId) -> Option<&Target> {
        self.targets().find(|target| target.id == *id)
    }

    /// A group of the plan.
    pub fn group(&self, arn: &GroupArn) -> Option<&Group> {
        self.groups.iter().find(|group| group.arn == *arn)
    }

    /// How long this target's drain takes if nothing goes wrong: the longest of its groups.
    pub fn expected_drain(&self, target: &Target) -> Duration {
        self.longest(target, |group| group.expected_drain(self.policy.settle(group)))
    }

    /// How long it takes this target to come into service if its first check passes, slow start
    /// included if that is waited for.
    pub fn expected_in_service(&self, target: &Target) -> Duration {
        self.longest(target, |group| self.policy.expected_in_service(group))
    }

    /// How long the waits take if nothing goes wrong: in each batch those of its slowest target.
    /// The deploy command comes on top.
    pub fn expected_waits(&self) -> Duration {
        let wait = |target: &Target, act| match act {
            Act::AwaitDrained => self.expected_drain(target),
            Act::AwaitInService => self.expected_in_service(target),
            Act::Bake => self.policy.gates.bake,
            Act::StandBy => self.policy.flip.stop_after,
            _ => Duration::ZERO,
        };
        let waits = |target: &Target| {
            let steps = self.steps_of(&target.id).into_iter();
            steps.map(|step| wait(target, step.act)).sum::<Duration>()
        };
        self.batches.iter().filter_map(|batch| batch.iter().map(waits).max()).sum()
    }

    fn longest(&self, target: &Target, time: impl Fn(&Group) -> Duration) -> Duration {
        self.groups_of(target).map(time).max().unwrap_or_default()
    }

    /// The groups of a target.
    pub(super) fn groups_of(&self, target: &Target) -> impl Iterator<Item = &Group> {
        let groups = target.groups();
        self.groups.iter().filter(move |group| groups.contains(&&group.arn))
    }
}
