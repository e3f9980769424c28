//! How a run went: what became of every target, and how long it took against how long it had to.
//! It counts what is recorded and asks nobody.

mod new_release;

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;

pub use self::new_release::{Fate, NewRelease};
use super::access::Access;
use super::ndjson::millis;
use crate::journal::RunId;
use crate::rollout::{
    Act, Dated, Fact, Failure, Hook, Moment, Outcome, Plan, Progress, Registration, Rollout, Step,
    Strategy, Target, TargetId, Waited,
};

/// How a run went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Every target of the plan, in its order.
    pub targets: Vec<TargetSummary>,
    /// What was run around a batch and has failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hooks_failed: Vec<HookFailed>,
    /// The signal that ended the run, if one did.
    pub interrupted: Option<String>,
    /// Whether it ended because its window did, and for nothing else.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub window_closed: bool,
    /// From the run's begin to its end, without the time in which no process had it.
    #[serde(rename = "total_ms", serialize_with = "millis")]
    pub total: Duration,
    /// What the load balancer and the deploy command needed: the rest is this tool's.
    #[serde(rename = "least_ms", serialize_with = "millis")]
    pub least: Duration,
    /// How the account was reached, for the commands that put it right.
    #[serde(skip)]
    pub access: Access,
    /// Whether the journal is lost, so that nothing but this remembers what is out.
    #[serde(skip)]
    pub is_forgotten: bool,
    /// The run, if it can be taken up again by that name.
    #[serde(skip)]
    pub resumable: Option<RunId>,
    /// Whether a person said where the targets are put in, so that no journal holds them out.
    #[serde(skip)]
    pub is_named: bool,
}

/// What was run around a batch and has failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HookFailed {
    /// Which.
    pub hook: Hook,
    /// Around which batch; the first one is 1.
    pub batch: usize,
    /// Why.
    pub failure: Failure,
}

/// What became of one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetSummary {
    /// Which target.
    pub id: TargetId,
    /// How it ended.
    pub ending: Ending,
    /// The step that was under way or failed; `None` if all are done or none is begun.
    pub stopped_at: Option<Step>,
    /// How long that step had been under way, if it was.
    #[serde(rename = "stopped_after_ms", serialize_with = "millis")]
    pub stopped_after: Duration,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// Where and why the undoing of that failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_failed: Option<UndoFailed>,
    /// The step at which the undoing of that was cut off, if it was: it may be half done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo_stopped_at: Option<Step>,
    /// What became of the new release of a flip that is not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_release: Option<NewRelease>,
    /// The steps that were finished, in their order.
    pub steps: Vec<StepTime>,
    /// What this run has, or may have, taken out, and has not seen in service again.
    pub out: Vec<Registration>,
}

/// What was to undo a failure has failed: a person has to see to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UndoFailed {
    /// At which step.
    pub step: Step,
    /// Why.
    pub failure: Failure,
}

/// How a target ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Deployed and seen in service.
    Done,
    /// Drained, and left out on purpose.
    Drained,
    /// Never touched.
    NotBegun,
    /// What was deployed before is back, and in service.
    RolledBack,
    /// Not done, and put back as it is; it is in service.
    PutBack,
    /// Not done, and as much in service as before.
    StillIn,
    /// Taken out and not put back.
    HeldOut,
    /// Put back, but not seen in service.
    NotInService,
}

/// How long a step took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StepTime {
    /// Which step.
    pub step: Step,
    /// From its last start to its end.
    #[serde(rename = "took_ms", serialize_with = "millis")]
    pub took: Duration,
    /// For a wait: how it went.
    pub waited: Option<Waited>,
}

impl Summary {
    /// What a run's state and the facts that led to it come to.
    pub fn of(rollout: &Rollout, began: Moment, facts: &[Dated]) -> Self {
        let last = facts.last().map_or(began, |last| last.at);
        Self::until(last, rollout, began, facts)
    }

    /// The same of a run that ended then: one that broke off could not record what it last did, which
    /// took its time all the same.
    pub fn until(ended: Moment, rollout: &Rollout, began: Moment, facts: &[Dated]) -> Self {
        let of = |(target, progress)| TargetSummary::of(rollout, target, progress, facts, ended);
        let targets: Vec<_> = rollout.targets().map(of).collect();
        let interrupted = match rollout.halted_outcome() {
            Outcome::Halted { interrupted, .. } => interrupted,
            Outcome::Done => None,
        };
        let (least, access) = (least(rollout.plan(), &targets), Access::default());
        let total = time_at_work(began, facts, ended);
        let hooks_failed = rollout.failed_hooks().map(HookFailed::of).collect();
        Self {
            targets,
            hooks_failed,
            interrupted,
            window_closed: rollout.ended_with_its_window(),
            total,
            least,
            access,
            is_forgotten: false,
            resumable: None,
            is_named: false,
        }
    }

    /// The same summary of a run whose command line said this of the account.
    pub fn reached_by(self, access: Access) -> Self {
        Self { access, ..self }
    }

    /// The same of a run whose journal is lost, if it is: no verb can find what is out.
    #[must_use]
    pub fn forgotten(self, is_forgotten: bool) -> Self {
        Self { is_forgotten, ..self }
    }

    /// The same of this run, which can be taken up again if something is left to do. One that only
    /// puts in is not: to restore once more does the same.
    #[must_use]
    pub fn of_run(self, run: RunId, rollout: &Rollout) -> Self {
        let resumable = rollout.can_go_on() && rollout.plan().strategy.takes_out();
        Self { resumable: resumable.then_some(run), ..self }
    }

    /// The same of a run whose targets were put in where a person said, if they were: its journal
    /// holds nothing out.
    #[must_use]
    pub fn named(self, is_named: bool) -> Self {
        Self { is_named, ..self }
    }

    /// The same, where a look at the end showed these targets in service all the same: somebody
    /// else has put them back.
    #[must_use]
    pub fn with_back_in(mut self, back: &BTreeSet<TargetId>) -> Self {
        for target in self.targets.iter_mut().filter(|target| back.contains(&target.id)) {
            target.ending = Ending::StillIn;
            target.out.clear();
        }
        self
    }

    /// How many targets ended so.
    pub fn count(&self, ending: Ending) -> usize {
        self.targets.iter().filter(|target| target.ending == ending).count()
    }

    /// What is out of service now because of this run.
    pub fn out(&self) -> impl Iterator<Item = &Registration> {
        self.targets.iter().flat_map(|target| &target.out)
    }
}

impl HookFailed {
    fn of((hook, batch, failure): (Hook, usize, &Failure)) -> Self {
        Self { hook, batch, failure: failure.clone() }
    }
}

impl TargetSummary {
    fn of(
        rollout: &Rollout,
        target: &Target,
        progress: &Progress,
        facts: &[Dated],
        ended: Moment,
    ) -> Self {
        let ending = ending(rollout.plan().strategy, progress);
        let out = match ending {
            Ending::Drained | Ending::HeldOut | Ending::NotInService => {
                rollout.left_out(&target.id).into_iter().cloned().collect()
            }
            Ending::Done
            | Ending::NotBegun
            | Ending::RolledBack
            | Ending::PutBack
            | Ending::StillIn => Vec::new(),
        };
        let (steps, stopped_after) = step_times(&target.id, facts, ended);
        Self {
            id: target.id.clone(),
            ending,
            stopped_at: progress
                .failed_at()
                .or(progress.step())
                .filter(|_| ending != Ending::NotBegun),
            stopped_after,
            failure: progress.failure().cloned(),
            undo_failed: progress
                .undo_failure()
                .map(|(step, failure)| UndoFailed { step, failure: failure.clone() }),
            undo_stopped_at: progress.undoing(),
            new_release: NewRelease::of(rollout.plan(), target, progress, &steps),
            steps,
            out,
        }
    }

    /// How long a step of this kind took, if it was finished.
    pub fn took(&self, act: Act) -> Option<Duration> {
        self.steps.iter().find(|time| time.step.act == act).map(|time| time.took)
    }

    fn least(&self, expected_drain: Duration) -> Duration {
        let least = |time: &StepTime| match time.step.act {
            // A drain can be shorter than expected, where nothing was registered any more.
            Act::AwaitDrained => expected_drain.min(time.took),
            Act::Deploy
            | Act::Rollback
            | Act::Start
            | Act::Stop
            | Act::AwaitReady
            | Act::Verify => time.took,
            Act::AwaitInService | Act::Bake | Act::StandBy => {
                time.took.saturating_sub(time.waited.map_or(Duration::ZERO, |it| it.late_at_most))
            }
            Act::Deregister | Act::Register => Duration::ZERO,
        };
        self.steps.iter().map(least).sum::<Duration>() + self.least_of_the_last()
    }

    /// What a wait or a command took before it failed or was stopped was not this tool's either.
    fn least_of_the_last(&self) -> Duration {
        match self.stopped_at.map(|step| step.act) {
            Some(Act::Deregister | Act::Register) | None => Duration::ZERO,
            Some(_) => self.stopped_after,
        }
    }
}

/// What a flip has undone was never taken out.
fn ending(strategy: Strategy, progress: &Progress) -> Ending {
    if progress.is_done() && progress.is_held_out() {
        Ending::Drained
    } else if progress.is_done() {
        Ending::Done
    } else if progress.is_held_out() && is_registered(progress) {
        Ending::NotInService
    } else if progress.is_held_out() {
        Ending::HeldOut
    } else if progress.is_undone() && progress.finished_at(Act::Rollback).is_some() {
        Ending::RolledBack
    } else if progress.is_undone() && !strategy.overlaps() {
        Ending::PutBack
    } else if progress.is_begun() || progress.failure().is_some() {
        Ending::StillIn
    } else {
        Ending::NotBegun
    }
}

/// Whether the last thing that was done to it is that it was registered.
fn is_registered(progress: &Progress) -> bool {
    let [registered, deregistered] =
        [Act::Register, Act::Deregister].map(|act| progress.finished_at(act));
    registered.is_some() && registered >= deregistered
}

/// The finished steps, and how long the one took that failed or is under way.
fn step_times(id: &TargetId, facts: &[Dated], ended: Moment) -> (Vec<StepTime>, Duration) {
    let (mut begun, mut stopped_after) = (None, Duration::ZERO);
    let mut times = Vec::new();
    for Dated { at, fact } in facts {
        let since = |begun: Option<Moment>| begun.map_or(Duration::ZERO, |begun| at.since(begun));
        match fact {
            Fact::Started { target, .. } if target == id => begun = Some(*at),
            Fact::Finished { target, step, waited } if target == id => {
                times.push(StepTime { step: *step, took: since(begun.take()), waited: *waited });
            }
            Fact::Failed { target, .. } if target == id => stopped_after = since(begun.take()),
            Fact::Resumed { .. } => begun = None,
            _ => {}
        }
    }
    (times, begun.map_or(stopped_after, |begun| ended.since(begun)))
}

/// The batches follow each other; within one, its slowest target counts.
fn least(plan: &Plan, targets: &[TargetSummary]) -> Duration {
    let of = |target: &Target| {
        let summary = targets.iter().find(|summary| summary.id == target.id);
        summary.map_or(Duration::ZERO, |summary| summary.least(plan.expected_drain(target)))
    };
    plan.batches.iter().filter_map(|batch| batch.iter().map(of).max()).sum()
}

fn time_at_work(began: Moment, facts: &[Dated], ended: Moment) -> Duration {
    let mut total = Duration::ZERO;
    let mut latest = began;
    for Dated { at, fact } in facts {
        if !matches!(fact, Fact::Resumed { .. }) {
            total += at.since(latest);
        }
        latest = *at;
    }
    total + ended.since(latest)
}

#[cfg(test)]
mod tests;
