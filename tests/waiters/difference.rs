//! Every way in which our waits and AWS's waiters may differ on one answer. Anything else is a bug.

use elb_deploy::rollout::{Health, Obstacle, Pending, State, Verdict};

use crate::answer::{Answer, Asked, Goal, Refused};
use crate::aws::{Outcome, waiter};

/// A difference with a name; `docs/waiting.md` explains each under the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    UnusedButRegistered,
    SettleNotPassed,
    WrongPort,
    AdministrativeOverride,
    SlowStart,
    MissingEntry,
    ForeignTarget,
    EmptyList,
    FailsFast,
    ErrorEndsTheirs,
    TenMinutes,
    InvalidTarget,
    InvalidInstance,
}

impl Difference {
    pub const ALL: [Self; 13] = [
        Self::UnusedButRegistered,
        Self::SettleNotPassed,
        Self::WrongPort,
        Self::AdministrativeOverride,
        Self::SlowStart,
        Self::MissingEntry,
        Self::ForeignTarget,
        Self::EmptyList,
        Self::FailsFast,
        Self::ErrorEndsTheirs,
        Self::TenMinutes,
        Self::InvalidTarget,
        Self::InvalidInstance,
    ];
}

/// What our wait makes of one registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What is said of it when it is asked for by name; `None` if no answer names it.
    pub said: Option<Health>,
    pub verdict: Verdict,
}

/// One answer, and what both sides make of it.
#[derive(Debug, Clone)]
pub struct Both {
    pub goal: Goal,
    pub asked: Asked,
    /// The number of AWS's poll, counted from nothing.
    pub poll: usize,
    /// What AWS's waiter was answered.
    pub answer: Answer,
    /// What ours saw of the registrations that it waits for; nothing if it was refused.
    pub seen: Vec<Seen>,
    pub ours: Outcome,
}

/// What a verdict on each of them means for the wait: all of them have to be there, and no one
/// that cannot be. What no answer names is neither.
pub fn ours(seen: &[Seen]) -> Outcome {
    let named = |seen: &&Seen| seen.said.is_some();
    let never = |seen: &Seen| matches!(seen.verdict, Verdict::Never(_));
    if seen.iter().filter(named).any(never) {
        return Outcome::Failed;
    }
    let reached = |seen: &Seen| seen.said.is_some() && seen.verdict == Verdict::Reached;
    if seen.iter().all(reached) { Outcome::Reached } else { Outcome::NotYet }
}

impl Both {
    pub fn theirs(&self) -> Outcome {
        waiter(self.goal).judge_poll(self.poll, &self.answer)
    }

    /// The difference between the two, if there is one.
    ///
    /// # Errors
    /// There is one that has no name.
    pub fn difference(&self) -> Result<Option<Difference>, String> {
        let theirs = self.theirs();
        if self.ours == theirs {
            return Ok(None);
        }
        let named = match &self.answer {
            Answer::Refused(refused) => self.by_refusal(*refused, theirs),
            Answer::Told(_) if self.they_give_up() => Some(Difference::TenMinutes),
            Answer::Told(lines) => match (self.ours, theirs) {
                (Outcome::NotYet | Outcome::Failed, Outcome::Reached) => self.they_are_early(),
                (Outcome::Reached, Outcome::NotYet) if lines.is_empty() => {
                    Some(Difference::EmptyList)
                }
                (Outcome::Reached, Outcome::NotYet) => self.others_hold_them_up(lines.len()),
                (Outcome::Failed, Outcome::NotYet) => self.fails_fast(),
                _ => None,
            },
        };
        named.map(Some).ok_or_else(|| format!("ours {:?}, theirs {theirs:?}: {self:#?}", self.ours))
    }

    /// Whether it is the number of their polls alone that ends theirs.
    fn they_give_up(&self) -> bool {
        let waiter = waiter(self.goal);
        let last = self.poll + 1 == waiter.max_attempts;
        last && waiter.judge(&self.answer) == Outcome::NotYet
    }

    fn by_refusal(&self, refused: Refused, theirs: Outcome) -> Option<Difference> {
        match (refused, self.ours, theirs) {
            (Refused::Throttling | Refused::Unavailable | Refused::Reset, ours, theirs) => {
                let waits = ours == Outcome::NotYet && theirs == Outcome::Failed;
                waits.then_some(Difference::ErrorEndsTheirs)
            }
            (Refused::InvalidTarget, Outcome::Failed, Outcome::Reached) => {
                Some(Difference::InvalidTarget)
            }
            (Refused::InvalidInstance, Outcome::Failed, Outcome::NotYet) => {
                Some(Difference::InvalidInstance)
            }
            _ => None,
        }
    }

    /// Each registration that keeps ours from having reached the goal must have a reason.
    fn they_are_early(&self) -> Option<Difference> {
        let short = self.seen.iter().filter(|seen| ours(&[(*seen).clone()]) != Outcome::Reached);
        let reasons: Option<Vec<_>> = short.map(|seen| self.reason(seen)).collect();
        reasons?.first().copied()
    }

    fn reason(&self, seen: &Seen) -> Option<Difference> {
        let Some(said) = &seen.said else { return Some(Difference::MissingEntry) };
        let whole = self.asked == Asked::WholeGroup;
        match (self.goal, seen.verdict) {
            (Goal::Deregistered, Verdict::NotYet(Pending::Settle)) => {
                Some(Difference::SettleNotPassed)
            }
            (Goal::Deregistered, Verdict::Never(Obstacle::OtherPort)) => {
                Some(Difference::WrongPort)
            }
            (Goal::Deregistered, _) => {
                let registered = said.state == State::Unused && !said.is_not_registered();
                registered.then_some(Difference::UnusedButRegistered)
            }
            (Goal::InService, Verdict::NotYet(Pending::Shift)) => {
                Some(Difference::AdministrativeOverride)
            }
            (Goal::InService, Verdict::NotYet(Pending::SlowStart)) => Some(Difference::SlowStart),
            // A list does not name it, and the others of the group are healthy.
            (Goal::InService, _) if whole && said.is_not_registered() => {
                Some(Difference::ForeignTarget)
            }
            (Goal::InService, _) => None,
        }
    }

    /// There are lines, ours among them are as they should be, and so it is one of the others.
    fn others_hold_them_up(&self, lines: usize) -> Option<Difference> {
        let others = self.asked == Asked::WholeGroup && lines > 0;
        others.then_some(Difference::ForeignTarget)
    }

    fn fails_fast(&self) -> Option<Difference> {
        let never = |seen: &Seen| matches!(seen.verdict, Verdict::Never(_));
        self.seen.iter().any(never).then_some(Difference::FailsFast)
    }
}
