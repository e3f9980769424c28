//! How far a list of steps has been gone through. Whose steps they are is not known here.

use std::sync::Arc;

use super::fact::Failure;
use super::moment::Moment;
use super::step::{Act, Step};

/// How far a list of steps has been gone through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Track {
    steps: Arc<[Step]>,
    finished: Vec<Moment>,
    running: bool,
    /// An earlier try of the current step may have changed something: it failed half-way, or
    /// was under way when its process died.
    tried: bool,
    failure: Option<Failure>,
}

impl Track {
    pub(super) fn new(steps: Arc<[Step]>) -> Self {
        Self { steps, finished: Vec::new(), running: false, tried: false, failure: None }
    }

    /// The step that runs, failed, or comes next; `None` when all are finished.
    pub(super) fn step(&self) -> Option<Step> {
        self.steps.get(self.finished.len()).copied()
    }

    pub(super) fn has(&self, act: Act) -> bool {
        self.steps.iter().any(|step| step.act == act)
    }

    pub(super) fn is_running(&self) -> bool {
        self.running
    }

    pub(super) fn is_done(&self) -> bool {
        self.step().is_none()
    }

    pub(super) fn was_tried(&self) -> bool {
        self.tried
    }

    /// Whether anything has been done, or may have been.
    pub(super) fn is_begun(&self) -> bool {
        !self.finished.is_empty() || self.may_have_acted()
    }

    /// Whether the current step has changed something, or may have.
    fn may_have_acted(&self) -> bool {
        self.running || self.tried
    }

    pub(super) fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Whether a step is still to be finished.
    pub(super) fn has_ahead(&self, step: Step) -> bool {
        self.steps.iter().skip(self.finished.len()).any(|ahead| *ahead == step)
    }

    /// When the latest step of this kind finished.
    pub(super) fn finished_at(&self, act: Act) -> Option<Moment> {
        let finished = self.steps.iter().zip(&self.finished).rev();
        { finished }.find(|(step, _)| step.act == act).map(|(_, at)| *at)
    }

    /// The steps that have been finished, and the one that may have acted, with whether it is finished.
    pub(super) fn gone(&self) -> impl Iterator<Item = (Step, bool)> {
        let count = self.finished.len();
        let current = self.step().filter(|_| self.may_have_acted());
        let finished = self.steps.iter().take(count).map(|step| (*step, true));
        finished.chain(current.map(|step| (step, false)))
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

    /// Whatever is under way is nobody's any more.
    pub(super) fn let_go(&mut self) {
        self.tried |= self.running;
        self.running = false;
    }

    /// Where a drain has failed, what was to leave may be registered again: it is taken out once more,
    /// which changes nothing about what still drains or is gone.
    pub(super) fn resume(&mut self) {
        self.let_go();
        let has_failed = self.failure.take().is_some();
        let drains = self.step().is_some_and(|step| step.act == Act::AwaitDrained);
        let gone = self.finished.len().checked_sub(1).and_then(|at| self.steps.get(at));
        if has_failed && drains && gone.is_some_and(|step| step.act == Act::Deregister) {
            self.finished.pop();
            self.tried = true;
        }
    }

    /// The same steps from the first one on, which may have been done before.
    pub(super) fn anew(&self, tried: bool) -> Self {
        Self { tried, ..Self::new(Arc::clone(&self.steps)) }
    }
}
