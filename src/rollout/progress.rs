//! How far one target has come.

use std::sync::Arc;

use super::fact::Failure;
use super::moment::Moment;
use super::step::{Act, Step};
use super::target::Side;
use super::track::Track;

/// How far one target has come in its strategy's steps, and after a failure in those that undo them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    forward: Track,
    /// What is done about a failure; `None` if the target is left as it is.
    undo: Option<Track>,
    settled: Settled,
    /// When the latest fact about it happened; none if nothing has.
    touched: Option<Moment>,
    /// Whether it was registered nowhere before the run, so that nothing can be missing.
    is_new: bool,
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
    pub(super) fn new(steps: Arc<[Step]>, is_new: bool) -> Self {
        Self { forward: Track::new(steps), undo: None, settled: Settled::No, touched: None, is_new }
    }

    fn current(&self) -> &Track {
        self.undo.as_ref().unwrap_or(&self.forward)
    }

    fn current_mut(&mut self) -> &mut Track {
        self.undo.as_mut().unwrap_or(&mut self.forward)
    }

    /// The step that runs, failed, or comes next; `None` when all are finished.
    pub fn step(&self) -> Option<Step> {
        self.current().step()
    }

    /// Whether a step has been started that has neither finished nor failed.
    pub fn is_running(&self) -> bool {
        self.current().is_running()
    }

    /// Whether every step is finished.
    pub fn is_done(&self) -> bool {
        self.forward.is_done()
    }

    /// Whether nothing is left to do for the run: every step is finished, or others have put the
    /// target back or given it up.
    pub fn is_over(&self) -> bool {
        self.is_done() || self.settled != Settled::No
    }

    /// Whether others have put the target back or given it up before the run was through with it.
    pub fn is_passed_over(&self) -> bool {
        !self.is_done() && self.settled != Settled::No
    }

    /// Whether the run does nothing more to it: nothing is left to do, or what could be done about
    /// its failure has been done or has failed too.
    pub fn is_at_rest(&self) -> bool {
        let undone =
            self.undo.as_ref().is_none_or(|undo| undo.is_done() || undo.failure().is_some());
        self.is_over() || (self.failure().is_some() && undone)
    }

    /// Whether an earlier try of the current step may have acted.
    pub fn was_tried(&self) -> bool {
        self.current().was_tried()
    }

    /// Whether anything has been done to the target, or may have been.
    pub fn is_begun(&self) -> bool {
        self.forward.is_begun()
    }

    /// What went wrong, if something did.
    pub fn failure(&self) -> Option<&Failure> {
        self.forward.failure()
    }

    /// The step that failed, if one did.
    pub fn failed_at(&self) -> Option<Step> {
        self.failure().and(self.forward.step())
    }

    /// Whether what is done about its failure is done.
    pub fn is_undone(&self) -> bool {
        self.undo.as_ref().is_some_and(Track::is_done)
    }

    /// The step at which the undoing of its failure is, if that is neither done nor has failed.
    pub fn undoing(&self) -> Option<Step> {
        let undo = self.undo.as_ref().filter(|undo| undo.failure().is_none())?;
        undo.step().filter(|_| self.settled == Settled::No)
    }

    /// What went wrong where its failure was to be undone, and at which step.
    pub fn undo_failure(&self) -> Option<(Step, &Failure)> {
        let undo = self.undo.as_ref()?;
        Some((undo.step()?, undo.failure()?))
    }

    /// Whether what failed receives traffic all the same: it was in service when it failed, and has
    /// neither been taken out nor replaced by what was there before.
    pub fn serves_what_failed(&self) -> bool {
        let failed_in_service = self.failed_at().is_some_and(|step| step.act == Act::Verify);
        let is_undone =
            |act| self.undo.as_ref().is_some_and(|undo| undo.finished_at(act).is_some());
        let is_replaced = is_undone(Act::Deregister) || is_undone(Act::Rollback);
        failed_in_service && self.settled == Settled::No && !self.is_held_out() && !is_replaced
    }

    /// Whether it is at the step in which what served before is left running.
    pub fn stands_by(&self) -> bool {
        self.step().is_some_and(|step| step.act == Act::StandBy)
    }

    /// Whether a step is still to be finished, and not given up because of a failure that is undone.
    pub fn has_ahead(&self, step: Step) -> bool {
        self.undo.is_none() && self.forward.has_ahead(step)
    }

    /// When the latest step of this kind finished.
    pub fn finished_at(&self, act: Act) -> Option<Moment> {
        let undone = self.undo.as_ref().and_then(|undo| undo.finished_at(act));
        undone.or_else(|| self.forward.finished_at(act))
    }

    /// Whether this run has taken the target out and not yet put it back: neither its old nor its
    /// new registrations are known to serve. A step that has begun counts with its worst outcome.
    ///
    /// What a strategy never takes out was out before it, and is put in by it.
    pub fn is_held_out(&self) -> bool {
        let takes_out = self.forward.has(Act::Deregister);
        let (mut old_serves, mut new_serves) = (takes_out, false);
        let has_flapped = self.failed_at().is_some_and(|step| step.act == Act::Bake);
        // What has left service by itself serves as little as what was taken out.
        let has_left = self.failure().is_some_and(|failure| failure.left_service);
        let left = has_left.then_some((Step::new(Act::Deregister), false));
        let undone = self.undo.iter().flat_map(Track::gone);
        for (step, is_finished) in self.forward.gone().chain(left).chain(undone) {
            let serves = match step.side {
                Side::Old => &mut old_serves,
                Side::New => &mut new_serves,
            };
            match step.act {
                Act::Deregister => *serves = false,
                // It may still be registered, and did not stay in service.
                Act::Bake if has_flapped => *serves = false,
                Act::AwaitInService if is_finished => *serves = true,
                _ => {}
            }
        }
        !(old_serves || new_serves || self.is_new || self.settled == Settled::Wholly)
    }

    /// Whether this was before the latest that has happened to it. What a clock that was set back since has
    /// put into the future cannot be told.
    pub(super) fn is_past(&self, moment: Moment, now: Moment) -> bool {
        self.touched.is_some_and(|touched| moment < touched && touched <= now)
    }

    pub(super) fn touch(&mut self, at: Moment) {
        self.touched = Some(at);
    }

    pub(super) fn start(&mut self) {
        self.current_mut().start();
    }

    pub(super) fn finish(&mut self, at: Moment) {
        self.current_mut().finish(at);
    }

    /// Goes on with the steps that undo what was done, if there are any.
    pub(super) fn fail(&mut self, failure: Failure, undo: Vec<Step>) {
        self.current_mut().fail(failure);
        if self.undo.is_none() && !undo.is_empty() && self.is_begun() {
            self.undo = Some(Track::new(undo.into()));
        }
    }

    pub(super) fn settle(&mut self, settled: Settled) {
        self.current_mut().let_go();
        self.settled = settled;
    }

    /// What failed is tried again: where nothing was undone, the step; where something was, first the
    /// rest of that; and where all of it was, every step. What others have seen to is not tried again, so
    /// that a failure of it stands: what is released has failed, wherever the target is now.
    pub(super) fn resume(&mut self) {
        if self.settled != Settled::No {
            return;
        }
        match &mut self.undo {
            None => self.forward.resume(),
            Some(undo) if !undo.is_done() => undo.resume(),
            Some(_) => {
                self.forward = self.forward.anew(self.is_held_out());
                self.undo = None;
            }
        }
    }
}
