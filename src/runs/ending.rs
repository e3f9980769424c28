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
        /// The steps that failed.
        failed: Vec<(TargetId, Step, Failure)>,
        /// What was run around a batch, the first one being 1, and failed.
        hooks: Vec<(Hook, usize, Failure)>,
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

/// How the run of these facts ended, if no process is at work on it.
pub(super) fn ending(rollout: &Rollout, facts: &[Dated]) -> Ending {
    if rollout.outcome() == Some(Outcome::Done) {
        return Ending::Done;
    }
    // One whose targets others have put back is over too, and nobody halted it.
    let came_to_its_end = rollout.outcome().is_some() || stopped_at_once(facts);
    let failed: Vec<_> = failed(rollout).collect();
    if !came_to_its_end || (!rollout.is_halted() && failed.is_empty()) {
        let running = rollout.targets().filter(|(_, progress)| progress.is_running());
        let during = running.filter_map(|(target, at)| Some((target.id.clone(), at.step()?)));
        return Ending::Died { during: during.collect(), hooks: rollout.running_hooks().collect() };
    }
    let interrupted = match rollout.halted_outcome() {
        Outcome::Halted { interrupted, .. } => interrupted,
        Outcome::Done => None,
    };
    let hooks = rollout.failed_hooks().map(|(hook, batch, failure)| (hook, batch, failure.clone()));
    Ending::Halted { interrupted, failed, hooks: hooks.collect() }
}

fn failed(rollout: &Rollout) -> impl Iterator<Item = (TargetId, Step, Failure)> {
    rollout.targets().filter_map(|(target, progress)| {
        Some((target.id.clone(), progress.failed_at()?, progress.failure()?.clone()))
    })
}

/// The engine stops at the second signal, whatever is under way.
fn stopped_at_once(facts: &[Dated]) -> bool {
    let since = facts.iter().rev().take_while(|dated| !matches!(dated.fact, Fact::Resumed { .. }));
    since.filter(|dated| matches!(dated.fact, Fact::Interrupted { .. })).count() > 1
}
