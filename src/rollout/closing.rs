//! The end of a run's window: nobody else is begun with, and what is begun is carried to its end. The
//! rest is for whoever takes the run up when the window is open again.

use super::gates::Hook;
use super::moment::Moment;
use super::progress::Progress;
use super::state::Rollout;

impl Rollout {
    /// Whether somebody would be begun with, or what is run before a batch, and the window is not open.
    pub(super) fn has_to_close(&self, now: Moment) -> bool {
        let window = self.plan().policy.window.as_ref();
        let is_shut = window.is_some_and(|window| !window.is_open(now));
        is_shut && !self.is_halted() && self.would_begin()
    }

    fn would_begin(&self) -> bool {
        let is_before = self.hook_due().is_some_and(|(hook, _)| hook == Hook::BeforeBatch);
        is_before || self.workable().iter().any(|(_, at)| !at.is_begun())
    }

    /// Whether it ended because its window did, and nothing has failed and nobody asked for the end.
    pub fn ended_with_its_window(&self) -> bool {
        let has_failed = |(_, at): (_, &Progress)| at.failure().is_some();
        let mut targets = self.targets();
        self.closed
            && !self.is_interrupted()
            && !targets.any(has_failed)
            && self.failed_hooks().next().is_none()
    }

    /// Whether somebody is begun with and not through, who can be carried to the end at any time.
    pub fn has_begun_ones(&self) -> bool {
        let batches = 0..self.plan().batches.len();
        { batches }.any(|index| self.is_to_carry(index) || self.is_owed(index))
    }
}
