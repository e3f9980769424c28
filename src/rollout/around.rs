//! What is run around the batches of a run, and how far that is.

use std::collections::{BTreeMap, BTreeSet};

use super::fact::Failure;
use super::gates::{Gates, Hook};
use super::plan::Plan;
use super::progress::Progress;
use super::state::{IllegalFact, Rollout};

/// How far the hooks of a run are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Around {
    gates: Gates,
    /// By batch, counted from 0, and hook; one that is missing has not been started.
    at: BTreeMap<(usize, Hook), At>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum At {
    Running,
    Done,
    Failed(Failure),
}

impl Around {
    pub(super) fn of(plan: &Plan) -> Self {
        Self { gates: plan.policy.gates, at: BTreeMap::new() }
    }

    /// Whether the targets of a batch may be worked on.
    pub(super) fn lets_in(&self, index: usize) -> bool {
        !self.gates.before_batch || self.is(index, Hook::BeforeBatch, &At::Done)
    }

    /// Whether the next batch may follow this one.
    pub(super) fn lets_out(&self, index: usize) -> bool {
        !self.gates.after_batch || self.is(index, Hook::AfterBatch, &At::Done)
    }

    fn is(&self, index: usize, hook: Hook, at: &At) -> bool {
        self.at.get(&(index, hook)) == Some(at)
    }

    fn is_open(&self, index: usize, hook: Hook) -> bool {
        !self.at.contains_key(&(index, hook))
    }

    pub(super) fn is_running(&self) -> bool {
        self.running().next().is_some()
    }

    fn running(&self) -> impl Iterator<Item = (Hook, usize)> {
        let running = self.at.iter().filter(|(_, at)| **at == At::Running);
        running.map(|((index, hook), _)| (*hook, index + 1))
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failures().next().is_some()
    }

    /// The batches, counted from 1, whose hooks have failed.
    pub(super) fn failures(&self) -> impl Iterator<Item = (Hook, usize, &Failure)> {
        self.at.iter().filter_map(|((index, hook), at)| match at {
            At::Failed(failure) => Some((*hook, index + 1, failure)),
            At::Running | At::Done => None,
        })
    }

    pub(super) fn start(
        &mut self,
        due: Option<(Hook, usize)>,
        hook: Hook,
        batch: usize,
    ) -> Result<(), IllegalFact> {
        if due != Some((hook, batch)) {
            return Err(IllegalFact::of_hook(hook, batch, "started", "it is not due"));
        }
        self.at.insert((batch.saturating_sub(1), hook), At::Running);
        Ok(())
    }

    pub(super) fn finish(&mut self, hook: Hook, batch: usize) -> Result<(), IllegalFact> {
        self.end(hook, batch, "finished", At::Done)
    }

    pub(super) fn fail(
        &mut self,
        hook: Hook,
        batch: usize,
        failure: Failure,
    ) -> Result<(), IllegalFact> {
        self.end(hook, batch, "failed", At::Failed(failure))
    }

    fn end(
        &mut self,
        hook: Hook,
        batch: usize,
        verb: &'static str,
        end: At,
    ) -> Result<(), IllegalFact> {
        let index = batch.checked_sub(1);
        match index.and_then(|index| self.at.get_mut(&(index, hook))) {
            Some(at) if *at == At::Running => *at = end,
            _ => return Err(IllegalFact::of_hook(hook, batch, verb, "it is not running")),
        }
        Ok(())
    }

    /// What was under way or failed is run again. A batch that was through with what is run after it
    /// and is worked on once more has both once more: that may have undone what was run before.
    pub(super) fn resume(&mut self, unfinished: &BTreeSet<usize>) {
        let at = &self.at;
        let was_through = |index: &usize| at.contains_key(&(*index, Hook::AfterBatch));
        let reopened: BTreeSet<_> = unfinished.iter().copied().filter(was_through).collect();
        self.at.retain(|(index, _), at| *at == At::Done && !reopened.contains(index));
    }
}

impl Rollout {
    /// The hook to start now, if one is due, and its batch, the first one being 1.
    ///
    /// What is run after a batch is run however the batch went, if anything was begun in it: what is
    /// run before it, or a target. After a halt what is run before a batch is due only where targets
    /// of it are to be carried to their end.
    pub(super) fn hook_due(&self) -> Option<(Hook, usize)> {
        let index = self.due()?;
        if !self.around.lets_in(index) {
            let is_wanted = !self.is_halted() || self.is_to_carry(index);
            let is_due = is_wanted && self.around.is_open(index, Hook::BeforeBatch);
            return is_due.then_some((Hook::BeforeBatch, index + 1));
        }
        let mut batch = self.batch(index);
        let is_left = batch.all(|(_, at)| at.is_at_rest() || (self.is_halted() && !at.is_begun()));
        (is_left && self.is_owed(index)).then_some((Hook::AfterBatch, index + 1))
    }

    /// Whether targets of a batch are begun that can still be carried to their end.
    pub(super) fn is_to_carry(&self, index: usize) -> bool {
        let is_left = |at: &Progress| at.is_begun() && !at.is_at_rest();
        let lets_in = self.around.lets_in(index) || self.around.is_open(index, Hook::BeforeBatch);
        lets_in && self.batch(index).any(|(_, at)| is_left(at))
    }

    /// Whether something was begun in a batch and what is run after it has not been run.
    pub(super) fn is_owed(&self, index: usize) -> bool {
        let is_tried = |at: &Progress| at.is_begun() || at.failure().is_some();
        let is_begun = self.around.is(index, Hook::BeforeBatch, &At::Done)
            || self.batch(index).any(|(_, at)| is_tried(at));
        let is_open = !self.around.lets_out(index) && self.around.is_open(index, Hook::AfterBatch);
        self.around.lets_in(index) && is_open && is_begun
    }

    /// The hooks that have been started and have not ended, with their batches, the first one being 1.
    pub fn running_hooks(&self) -> impl Iterator<Item = (Hook, usize)> {
        self.around.running()
    }

    /// The hooks that have failed, with their batches, the first one being 1.
    pub fn failed_hooks(&self) -> impl Iterator<Item = (Hook, usize, &Failure)> {
        self.around.failures()
    }
}
