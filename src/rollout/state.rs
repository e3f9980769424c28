//! The state of a run. It changes in [`Rollout::apply`] only, and an impossible fact is an error.

use std::collections::{BTreeMap, BTreeSet};

use super::around::Around;
use super::fact::{Dated, Fact, Failure};
use super::gates::Hook;
use super::moment::Moment;
use super::plan::Plan;
use super::progress::{Progress, Settled};
use super::step::{Act, Step};
use super::target::{GroupArn, Registration, Target, TargetId};

/// A run: its plan and what has happened so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    plan: Plan,
    progress: BTreeMap<TargetId, Progress>,
    /// Where others have put a target back, or given it up.
    settled: BTreeMap<TargetId, BTreeSet<GroupArn>>,
    /// What is run around the batches.
    pub(super) around: Around,
    halted: bool,
    interrupted: Option<String>,
    pub(super) closed: bool,
    changed: Moment,
}

/// A fact that cannot have happened in the state the run is in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{who} cannot have {verb} {what}: {why}")]
pub struct IllegalFact {
    who: String,
    verb: &'static str,
    what: String,
    why: &'static str,
}

impl IllegalFact {
    fn of_step(target: &TargetId, step: Step, verb: &'static str, why: &'static str) -> Self {
        Self { who: target.to_string(), verb, what: format!("'{step}'"), why }
    }

    fn of_others(target: &TargetId, why: &'static str) -> Self {
        let what = "put back or forgotten".to_owned();
        Self { who: target.to_string(), verb: "been", what, why }
    }

    fn of_window() -> Self {
        let (who, what) = ("the run".to_owned(), "its window closed".to_owned());
        Self { who, verb: "seen", what, why: "it has none, or takes nothing more out" }
    }

    pub(super) fn of_hook(hook: Hook, batch: usize, verb: &'static str, why: &'static str) -> Self {
        Self { who: format!("batch {batch}"), verb, what: format!("'{hook}'"), why }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Every target went through every step.
    Done,
    /// Not every one did.
    Halted {
        /// What this run took out and did not put back.
        held_out: Vec<TargetId>,
        /// The signal that asked for the end, if one did.
        interrupted: Option<String>,
    },
}

impl Rollout {
    /// A run that begins now and has done nothing yet.
    pub fn new(plan: Plan, now: Moment) -> Self {
        let fresh = |target: &Target| {
            Progress::new(plan.steps_of(&target.id).into(), target.old.is_empty())
        };
        let progress = plan.targets().map(|target| (target.id.clone(), fresh(target))).collect();
        let (settled, around) = (BTreeMap::new(), Around::of(&plan));
        Self {
            plan,
            progress,
            settled,
            around,
            halted: false,
            interrupted: None,
            closed: false,
            changed: now,
        }
    }

    /// The state that a journal's facts lead to.
    ///
    /// # Errors
    /// A fact that cannot have happened: the journal is not of this plan, or is damaged.
    pub fn recover(plan: Plan, began: Moment, facts: &[Dated]) -> Result<Self, IllegalFact> {
        let mut rollout = Self::new(plan, began);
        facts.iter().try_for_each(|fact| rollout.apply(fact))?;
        Ok(rollout)
    }

    /// What the run does.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How far a target has come; `None` if it is not part of the run.
    pub fn progress(&self, id: &TargetId) -> Option<&Progress> {
        self.progress.get(id)
    }

    /// The targets with their progress, in the order of the plan.
    pub fn targets(&self) -> impl Iterator<Item = (&Target, &Progress)> {
        self.plan.targets().filter_map(|target| Some((target, self.progress.get(&target.id)?)))
    }

    /// Whether no further target is taken out.
    pub fn is_halted(&self) -> bool {
        self.halted
    }

    /// When the latest fact happened, or else the run began.
    pub fn changed(&self) -> Moment {
        self.changed
    }

    /// What this run has taken out and not yet put back.
    pub fn held_out(&self) -> impl Iterator<Item = &TargetId> {
        self.targets().filter(|(_, progress)| progress.is_held_out()).map(|(target, _)| &target.id)
    }

    /// The registrations of a target that this run has taken out and that nobody has put back or
    /// given up.
    pub fn left_out(&self, id: &TargetId) -> Vec<&Registration> {
        let is_out = self.progress.get(id).is_some_and(Progress::is_held_out);
        let target = self.plan.target(id).filter(|_| is_out);
        let settled = self.settled.get(id);
        let is_settled =
            |place: &&Registration| settled.is_some_and(|in_| in_.contains(&place.group));
        let places = target.into_iter().flat_map(|target| &target.old);
        places.filter(|place| !is_settled(place)).collect()
    }

    /// The targets that may be worked on: those of the first batch that is not done, once what is
    /// run before it is through, and whoever is out of later ones, which happens where a run that was
    /// taken up again tries an earlier one once more. After a halt, only those on which work has begun.
    pub(super) fn workable(&self) -> Vec<(&Target, &Progress)> {
        let due = self.due();
        let open = (0..self.plan.batches.len()).filter(|index| self.around.lets_in(*index));
        let all = open.flat_map(|index| self.batch(index).map(move |it| (due == Some(index), it)));
        all.filter(|(_, (_, progress))| !progress.is_at_rest())
            .filter(|(is_due, (_, progress))| progress.is_begun() || (*is_due && !self.halted))
            .map(|(_, it)| it)
            .collect()
    }

    /// The index of the first batch that is not done; after a halt, of the first one in which
    /// something begun is to be brought to its end.
    pub(super) fn due(&self) -> Option<usize> {
        (0..self.plan.batches.len()).find(|index| match self.halted {
            true => self.is_to_carry(*index) || self.is_owed(*index),
            false => {
                let is_at_rest = self.batch(*index).all(|(_, progress)| progress.is_at_rest());
                !is_at_rest || !self.around.lets_out(*index)
            }
        })
    }

    /// The indices of the batches in which something is left to do.
    fn unfinished(&self) -> BTreeSet<usize> {
        let is_left = |index: &usize| self.batch(*index).any(|(_, at)| !at.is_at_rest());
        (0..self.plan.batches.len()).filter(is_left).collect()
    }

    /// The targets of a batch with their progress; the first one is 0.
    pub fn batch(&self, index: usize) -> impl Iterator<Item = (&Target, &Progress)> {
        let batch = self.plan.batches.get(index).into_iter().flatten();
        batch.filter_map(|target| Some((target, self.progress.get(&target.id)?)))
    }

    /// How the run ended; `None` while there is something left to do.
    pub fn outcome(&self) -> Option<Outcome> {
        if self.hook_due().is_some() || self.around.is_running() {
            return None;
        }
        if self.progress.values().all(Progress::is_done) && !self.around.has_failed() {
            return Some(Outcome::Done);
        }
        let is_over = self.halted || self.progress.values().all(Progress::is_at_rest);
        (is_over && self.workable().is_empty()).then(|| self.halted_outcome())
    }

    /// How the run ends if it stops right here.
    pub fn halted_outcome(&self) -> Outcome {
        Outcome::Halted {
            held_out: self.held_out().cloned().collect(),
            interrupted: self.interrupted.clone(),
        }
    }

    /// Whether a signal has asked for the end.
    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupted.is_some()
    }

    /// Whether a signal has asked for the end, and nothing is left to be waited for but that an old
    /// release has been left running for as long as was asked for: that hurts nobody.
    pub fn only_stands_by(&self) -> bool {
        let stands_by = |(_, at): &(&Target, &Progress)| at.stands_by();
        let workable = self.workable();
        let is_asked_for = self.plan.policy.flip.stops && self.is_interrupted();
        is_asked_for && !workable.is_empty() && workable.iter().all(stands_by)
    }

    /// Whether a fact can have happened: what cannot must not be written down.
    ///
    /// # Errors
    /// It cannot.
    pub fn allows(&self, dated: &Dated) -> Result<(), IllegalFact> {
        self.clone().apply(dated)
    }

    /// Takes a fact in.
    ///
    /// # Errors
    /// The fact cannot have happened; nothing is changed then.
    pub fn apply(&mut self, dated: &Dated) -> Result<(), IllegalFact> {
        match &dated.fact {
            Fact::Started { target, step } => self.legal(target, *step, "started")?.start(),
            Fact::Finished { target, step, .. } => {
                self.legal(target, *step, "finished")?.finish(dated.at);
            }
            Fact::Failed { target, step, failure } => {
                self.legal(target, *step, "failed")?;
                self.fail(target, *step, failure);
            }
            Fact::Skipped { target, step } => {
                self.legal(target, *step, "skipped")?.finish(dated.at);
            }
            Fact::PutBack { target, groups, .. } | Fact::Forgotten { target, groups, .. } => {
                self.settle(target, groups)?;
            }
            Fact::HookStarted { hook, batch } => {
                self.around.start(self.hook_due(), *hook, *batch)?
            }
            Fact::HookFinished { hook, batch } => self.around.finish(*hook, *batch)?,
            Fact::HookFailed { hook, batch, failure } => {
                self.around.fail(*hook, *batch, failure.clone())?;
                self.halted = true;
            }
            Fact::Interrupted { signal } => {
                self.halted = true;
                self.interrupted = Some(signal.clone());
            }
            Fact::WindowClosed => self.close()?,
            Fact::Resumed { .. } => self.take_up(),
        }
        let target = dated.fact.target().and_then(|id| self.progress.get_mut(id));
        target.into_iter().for_each(|progress| progress.touch(dated.at));
        self.changed = dated.at;
        Ok(())
    }

    fn close(&mut self) -> Result<(), IllegalFact> {
        if self.plan.policy.window.is_none() || self.halted {
            return Err(IllegalFact::of_window());
        }
        (self.halted, self.closed) = (true, true);
        Ok(())
    }

    /// Another process goes on with it: what was under way or failed is tried again.
    pub(super) fn take_up(&mut self) {
        (self.interrupted, self.closed) = (None, false);
        self.progress.values_mut().for_each(Progress::resume);
        self.around.resume(&self.unfinished());
        self.halted = self.has_failed_too_often();
    }

    /// A failure of what was to undo another one is a person's to mend, so it ends the run, too.
    fn fail(&mut self, id: &TargetId, step: Step, failure: &Failure) {
        if let Some(progress) = self.progress.get_mut(id) {
            let may_have_acted = failure.may_have_acted || progress.was_tried();
            let as_a_whole = Failure { may_have_acted, ..failure.clone() };
            let undo = if step.undo { Vec::new() } else { self.plan.undo(step, &as_a_whole) };
            progress.fail(failure.clone(), undo);
        }
        self.halted |= step.undo || self.has_failed_too_often();
    }

    fn has_failed_too_often(&self) -> bool {
        let failed = self.progress.values().filter(|progress| progress.failure().is_some());
        failed.count() > self.plan.policy.max_failures
    }

    /// Others have put a target back in these groups, or have given it up; in all if none is named.
    fn settle(&mut self, id: &TargetId, groups: &[GroupArn]) -> Result<(), IllegalFact> {
        let illegal = |why| IllegalFact::of_others(id, why);
        let not_ours = || illegal("it is not part of the run");
        let out: BTreeSet<_> =
            self.left_out(id).into_iter().map(|place| place.group.clone()).collect();
        let progress = self.progress.get_mut(id).ok_or_else(not_ours)?;
        if !progress.is_held_out() {
            return Err(illegal("it is not held out"));
        }
        if groups.iter().any(|group| !out.contains(group)) {
            return Err(illegal("it is not held out of that group"));
        }
        let all = groups.is_empty() || out.iter().all(|group| groups.contains(group));
        progress.settle(if all { Settled::Wholly } else { Settled::Partly });
        self.settled.entry(id.clone()).or_default().extend(groups.iter().cloned());
        Ok(())
    }

    /// The progress that a fact may change, if the fact is possible now.
    fn legal(
        &mut self,
        target: &TargetId,
        step: Step,
        verb: &'static str,
    ) -> Result<&mut Progress, IllegalFact> {
        let illegal = |why| IllegalFact::of_step(target, step, verb, why);
        let workable = self.workable().iter().any(|(candidate, _)| candidate.id == *target);
        let takes_out = step.act == Act::Deregister;
        let halted = self.halted;
        let progress =
            self.progress.get_mut(target).ok_or_else(|| illegal("it is not part of the run"))?;
        match (verb, progress.is_running()) {
            _ if progress.is_at_rest() && progress.failure().is_some() => {
                Err(illegal("it has failed"))
            }
            _ if progress.step() != Some(step) => Err(illegal("another step is due")),
            ("started", true) => Err(illegal("it is running")),
            ("skipped", _) if !step.act.deploys() => Err(illegal("only a deploy can be skipped")),
            ("skipped", true) => Err(illegal("it is running")),
            ("finished", false) => Err(illegal("it is not running")),
            ("started", false) if halted && takes_out && !progress.is_begun() => {
                Err(illegal("the run takes nothing more out"))
            }
            _ if !workable => Err(illegal("its batch is not due")),
            _ => Ok(progress),
        }
    }
}
