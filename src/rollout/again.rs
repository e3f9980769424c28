//! What a run that stopped would still do, if it were taken up. Nothing is changed by asking.

use super::gates::Hook;
use super::progress::Progress;
use super::state::Rollout;
use super::step::{Act, Step};
use super::target::{Target, TargetId};

impl Rollout {
    /// The state in which another process would go on with it.
    pub fn taken_up(&self) -> Self {
        let mut again = self.clone();
        again.take_up();
        again
    }

    /// Whether something would be left to do: a target, or what is run around a batch.
    pub fn can_go_on(&self) -> bool {
        self.taken_up().outcome().is_none()
    }

    /// What is still to be run after batches in which something was begun, with the batch, the first
    /// one being 1. What is run before a batch often has to be taken back by it.
    pub fn owed_hooks(&self) -> Vec<(Hook, usize)> {
        let again = self.taken_up();
        let batches = 0..self.plan().batches.len();
        let owed = batches.filter(|index| again.is_owed(*index));
        owed.map(|index| (Hook::AfterBatch, index + 1)).collect()
    }

    /// Whom it leaves alone although they are not done: others have put them back or given them up.
    pub fn passed_over(&self) -> impl Iterator<Item = &TargetId> {
        let passed_over = self.targets().filter(|(_, progress)| progress.is_passed_over());
        passed_over.map(|(target, _)| &target.id)
    }

    /// Whom it would take out: nobody new once it is halted.
    pub fn to_take_out(&self) -> impl Iterator<Item = &Target> {
        let is_to_go = |at: &Progress| {
            let is_due = match self.plan().strategy.overlaps() {
                true => at.has_ahead(Step::old(Act::Deregister)),
                false => at.step().is_some_and(|step| step.act == Act::Deregister),
            };
            is_due && !at.is_at_rest() && !at.is_held_out() && (!self.is_halted() || at.is_begun())
        };
        self.targets().filter(move |(_, at)| is_to_go(at)).map(|(target, _)| target)
    }
}
