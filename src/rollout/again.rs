//! What a run that stopped would still do, if it were taken up. Nothing is changed by asking.

use super::gates::Hook;
use super::state::Rollout;

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
}
