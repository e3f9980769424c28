//! What became of the new release of a flip that did not come to its end. Where the undoing of a failure
//! was cut off or has failed, nobody knows, and nothing is said.

use serde::Serialize;

use super::StepTime;
use crate::rollout::{Act, Plan, Progress, Side, Target};

/// What became of a new release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NewRelease {
    /// Its port.
    pub port: u16,
    /// How it ended.
    pub state: Fate,
}

/// How a new release ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// The stop command has ended it.
    Stopped,
    /// It runs, and gets no traffic.
    Running,
    /// It is registered, and was not seen in service.
    Registered,
    /// It is registered, and has left service.
    Left,
    /// It is in service.
    Serving,
}

impl NewRelease {
    pub(super) fn of(
        plan: &Plan,
        target: &Target,
        progress: &Progress,
        steps: &[StepTime],
    ) -> Option<Self> {
        let is_unknown = progress.undoing().is_some() || progress.undo_failure().is_some();
        if !plan.strategy.overlaps() || is_unknown || progress.is_done() || !progress.is_begun() {
            return None;
        }
        // What a flip goes back to runs already.
        let before = (!plan.policy.flip.starts).then_some(Fate::Running);
        let steps = steps.iter().map(|time| time.step).filter(|step| step.side == Side::New);
        let state = steps.fold(before, |state, step| match step.act {
            Act::Start => Some(Fate::Running),
            Act::Register => Some(Fate::Registered),
            Act::AwaitInService => Some(Fate::Serving),
            Act::Deregister => state.and(Some(Fate::Running)),
            Act::Stop => Some(Fate::Stopped),
            _ => state,
        });
        let has_left = progress.failure().is_some_and(|failure| failure.left_service);
        let state = state?;
        let state = if has_left && state == Fate::Serving { Fate::Left } else { state };
        Some(Self { port: target.new.first()?.port, state })
    }
}
