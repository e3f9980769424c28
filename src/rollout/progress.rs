//! How far one target has come.

use super::fact::Failure;
use super::moment::Moment;
use super::step::{Act, Step};
use super::target::Side;

/// How far one target has come in its strategy's steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    steps: &'static [Step],
    finished: Vec<Moment>,
    running: bool,
    /// An earlier try of the current step may have changed something: it failed half-way, or
    /// was under way when its process died.
    tried: bool,
    failure: Option<Failure>,
    settled: Settled,
}

/// Whether others have seen to what the run had taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// Nobody has.
    No,
    /// In some of its groups: the run keeps its hands off it, and holds it out in the others.
    Partly,
    /// In all its groups.
    Wholly,
}

impl Progress {
    pub(super) fn new(steps: &'static [Step]) -> Self {
        Self {
            steps,
            finished: Vec::new(),
            running: false,
            tried: false,
            failure: None,
            settled: Settled::No,
        }
    }

    /// The step that runs, failed, or comes next; `None` when all are finished.
    pub fn step(&self) -> Option<Step> {
        self.steps.get(self.finished.len()).copied()
    }

    /// Whether a step has been started that has neither finished nor failed.
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// Whether every step is finished.
    pub fn is_done(&self) -> bool {
        self.step().is_none()
    }

    /// Whether nothing is left to do for the run: every step is finished, or others have put the
    /// target back or given it up.
    pub fn is_over(&self) -> bool {
        self.is_done() || self.settled != Settled::No
    }

    /// Whether an earlier try of the current step may have acted.
    pub fn was_tried(&self) -> bool {
        self.tried
    }

    /// Whether anything has been done to the target, or may have been.
    pub fn is_begun(&self) -> bool {
        !self.finished.is_empty() || self.may_have_acted()
    }

    /// Whether the current step has changed something, or may have.
    fn may_have_acted(&self) -> bool {
        self.running || self.tried
    }

    /// What went wrong, if something did.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// When the latest step of this kind finished.
    pub fn finished_at(&self, act: Act) -> Option<Moment> {
        self.steps
            .iter()
            .zip(&self.finished)
            .rev()
            .find(|(step, _)| step.act == act)
            .map(|(_, at)| *at)
    }

    /// Whether this run has taken the target out and not yet put it back: neither its old nor its
    /// new registrations are known to serve. A step that has begun counts with its worst outcome.
    ///
    /// What a strategy never takes out was out before it, and is put in by it.
    pub fn is_held_out(&self) -> bool {
        let takes_out = self.steps.iter().any(|step| step.act == Act::Deregister);
        let (mut old_serves, mut new_serves) = (takes_out, self.settled == Settled::Wholly);
        for (index, step) in self.steps.iter().enumerate() {
            let finished = index < self.finished.len();
            let current = index == self.finished.len();
            let serves = match step.side {
                Side::Old => &mut old_serves,
                Side::New => &mut new_serves,
            };
            match step.act {
                Act::Deregister if finished || (current && self.may_have_acted()) => {
                    *serves = false
                }
                Act::AwaitInService if finished => *serves = true,
                _ => {}
            }
        }
        !(old_serves || new_serves)
    }

    pub(super) fn start(&mut self) {
        self.running = true;
    }

    pub(super) fn finish(&mut self, at: Moment) {
        self.running = false;
        self.tried = false;
        self.finished.push(at);
    }

    pub(super) fn fail(&mut self, failure: Failure) {
        self.running = false;
        self.tried |= failure.may_have_acted;
        self.failure = Some(failure);
    }

    pub(super) fn settle(&mut self, settled: Settled) {
        self.tried |= self.running;
        self.running = false;
        self.settled = settled;
    }

    pub(super) fn resume(&mut self) {
        self.tried |= self.running;
        self.running = false;
        self.failure = None;
    }
}
