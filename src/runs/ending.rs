//! How a run ended, as far as its journal tells.

use crate::rollout::{Dated, Fact, Failure, Hook, Outcome, Rollout, Step, TargetId};

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It has not: a process is at work on it.
    UnderWay,
    /// Every target went through every step.
    Done,
    /// It stopped short and recorded why.
    Halted {
        /// The signal that asked for it, if one did.
        interrupted: Option<String>,
        /// Whether its window was over, and nothing else ended it.
        window_closed: bool,
        /// The steps that failed.
        failed: Vec<Failed>,
        /// What was run around a batch, the first one being 1, and failed.
        hooks: Vec<(Hook, usize, Failure)>,
        /// Whom it left alone when it was taken up: others had put them back or given them up.
        passed_over: Vec<TargetId>,
    },
    /// Its process ended without recording the end.
    Died {
        /// The steps that were under way; what became of them is unknown.
        during: Vec<(TargetId, Step)>,
        /// What was being run around a batch, the first one being 1.
        hooks: Vec<(Hook, usize)>,
    },
    /// Its process ended before it could have done anything.
    NotBegun,
    /// The journal cannot be read.
    Unreadable,
}

/// A step that failed, and what became of undoing that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Whose.
    pub target: TargetId,
    /// Which.
    pub step: Step,
    /// Why.
    pub failure: Failure,
    /// Where and why it could not be undone, if it was to be and could not: a person has to see to
    /// the target.
    pub undo_failed: Option<(Step, Failure)>,
}

/// How the run of these facts ended, if no process is at work on it.
pub(super) fn ending(rollout: &Rollout, facts: &[Dated]) -> Ending {
    if rollout.outcome() == Some(Outcome::Done) {
        return Ending::Done;
    }
    // What others have put back since the process ended says nothing of its end.
    let by_itself = Rollout::recover(rollout.plan().clone(), rollout.changed(), own(facts));
    let by_itself = by_itself.as_ref().unwrap_or(rollout);
    if by_itself.outcome().is_none() && !stopped_at_once(facts) {
        let running = by_itself.targets().filter(|(_, progress)| progress.is_running());
        let during = running.filter_map(|(target, at)| Some((target.id.clone(), at.step()?)));
        let hooks = by_itself.running_hooks().collect();
        return Ending::Died { during: during.collect(), hooks };
    }
    let interrupted = match rollout.halted_outcome() {
        Outcome::Halted { interrupted, .. } => interrupted,
        Outcome::Done => None,
    };
    let failed = failed(rollout).collect();
    let hooks = rollout.failed_hooks().map(|(hook, batch, failure)| (hook, batch, failure.clone()));
    let passed_over = by_itself
        .targets()
        .filter(|(_, progress)| progress.is_passed_over() && progress.failure().is_none());
    let passed_over = passed_over.map(|(target, _)| target.id.clone()).collect();
    let window_closed = rollout.ended_with_its_window();
    Ending::Halted { interrupted, window_closed, failed, hooks: hooks.collect(), passed_over }
}

/// The facts up to the last one of the run's own processes.
pub(super) fn own(facts: &[Dated]) -> &[Dated] {
    let is_own =
        |dated: &Dated| !matches!(dated.fact, Fact::PutBack { .. } | Fact::Forgotten { .. });
    let last = facts.iter().rposition(is_own);
    &facts[..last.map_or(0, |last| last + 1)]
}

fn failed(rollout: &Rollout) -> impl Iterator<Item = Failed> {
    rollout.targets().filter_map(|(target, progress)| {
        let undo_failed = progress.undo_failure().map(|(step, failure)| (step, failure.clone()));
        let (step, failure) = (progress.failed_at()?, progress.failure()?.clone());
        Some(Failed { target: target.id.clone(), step, failure, undo_failed })
    })
}

/// The engine stops at the second signal, whatever is under way.
fn stopped_at_once(facts: &[Dated]) -> bool {
    let since = facts.iter().rev().take_while(|dated| !matches!(dated.fact, Fact::Resumed { .. }));
    since.filter(|dated| matches!(dated.fact, Fact::Interrupted { .. })).count() > 1
}
