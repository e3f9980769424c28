//! What to do now. Asked after every fact and every look; it remembers no pending decision.

use std::collections::BTreeSet;
use std::time::Duration;

use super::fact::Failure;
use super::gate::{Block, Gate};
use super::gates::Hook;
use super::moment::Moment;
use super::progress::Progress;
use super::snapshot::Snapshot;
use super::state::Rollout;
use super::step::{Act, Step};
use super::target::{GroupArn, TargetId};
use super::verdict::{FLAP_GRACE, LEAVING_GRACE};

/// Looks may fail for as long as the run holds for others, and for so long in which it may be between two looks.
pub const BETWEEN_LOOKS: Duration = Duration::from_secs(60);

/// A search takes its time: an account has at most 3,000 target groups a region ("Quotas for your
/// Application Load Balancers" in the user guide), and five of them are looked at a second.
const SEARCHING: Duration = Duration::from_secs(600);

/// So many targets are deregistered at once at most, however large the batch: the calls are
/// paced, and the rest is decided on a look that is fresh when its turn comes.
pub const TAKEN_AT_ONCE: usize = 5;

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Next {
    /// Steps to start, all of them.
    pub start: Vec<(TargetId, Step)>,
    /// What is to be run around a batch, and which batch that is, the first one being 1.
    pub hook: Option<(Hook, usize)>,
    /// Groups to look at before the rest can be decided.
    pub look: BTreeSet<GroupArn>,
    /// Whether nobody else is begun with, because the window is over; that comes before all else.
    pub close: bool,
    /// Whether all groups that are not the run's have to be searched, too.
    pub search: bool,
    /// Why a target has to wait for others.
    pub hold: Option<String>,
    /// Steps that have waited for others too long: they fail without having been started.
    pub give_up: Vec<(TargetId, Step, Failure)>,
}

impl Next {
    /// Whether something is to be looked at before the rest can be decided.
    pub fn has_to_look(&self) -> bool {
        self.search || !self.look.is_empty()
    }

    fn between_looks(&self) -> Duration {
        if self.search { BETWEEN_LOOKS + SEARCHING } else { BETWEEN_LOOKS }
    }
}

/// A step that may not start.
type Blocked = (TargetId, Step, Block);

impl Rollout {
    /// What to do now, given the latest looks.
    pub fn next(&self, seen: &Snapshot, now: Moment) -> Next {
        if self.has_to_close(now) {
            return Next { close: true, ..Next::default() };
        }
        let mut next = Next { hook: self.hook_due(), ..Next::default() };
        let (mut waiting, mut unseen) = (Vec::new(), Vec::new());
        let (mut hopeless, mut lost) = (Vec::new(), Vec::new());
        for (target, progress) in self.workable() {
            let Some(step) = progress.step().filter(|_| !progress.is_running()) else { continue };
            if step.act == Act::Deregister && self.being_taken(&next.start) >= TAKEN_AT_ONCE {
                continue;
            }
            let blocked = |block| (target.id.clone(), step, block);
            match self.gate(target, step, &next.start, seen, now) {
                Gate::Open => next.start.push((target.id.clone(), step)),
                Gate::LookAt(groups) => {
                    unseen.push(blocked(Block::not_seen(&groups)));
                    next.look.extend(groups);
                }
                Gate::Search => {
                    unseen.push(blocked(Block::not_searched()));
                    next.search = true;
                }
                Gate::Missing(block) if self.idle_for(now) >= Some(LEAVING_GRACE) => {
                    hopeless.push(blocked(block));
                }
                Gate::Closed(block) | Gate::Missing(block) if self.is_to_end_at(step) => {
                    hopeless.push(blocked(block));
                }
                Gate::Closed(block) | Gate::Missing(block) => waiting.push(blocked(block)),
                Gate::Never(block) => hopeless.push(blocked(block)),
                // One look can be from before it was in service.
                Gate::Lost(block) if now.since(self.changed()) < FLAP_GRACE => {
                    waiting.push(blocked(block));
                }
                Gate::Lost(block) => lost.push(blocked(block)),
            }
        }
        let idle = self.idle_for(now).filter(|_| next.start.is_empty()).unwrap_or_default();
        if !lost.is_empty() && next.start.is_empty() {
            next.give_up = self.give_up(lost, None);
            next.give_up.iter_mut().for_each(|(.., failure)| failure.left_service = true);
        } else if !hopeless.is_empty() && next.start.is_empty() {
            next.give_up = self.give_up(hopeless, None);
        } else if idle >= self.plan().policy.capacity_timeout && !next.has_to_look() {
            next.give_up = self.give_up(waiting, Some(idle));
        } else if idle >= self.plan().policy.capacity_timeout + next.between_looks() {
            next.look.clear();
            next.search = false;
            next.give_up = self.give_up(unseen, Some(idle));
        } else {
            next.hold = waiting.pop().map(|(_, _, block)| block.why);
        }
        next
    }

    /// Whether whoever asked for the end need not wait until this step may start: of a flip everything
    /// serves, and what it has put in is taken out again.
    fn is_to_end_at(&self, step: Step) -> bool {
        self.is_interrupted() && self.plan().strategy.overlaps() && !step.undo
    }

    /// How many targets are being deregistered right now, or are about to be.
    fn being_taken(&self, starting: &[(TargetId, Step)]) -> usize {
        let is_taken = |step: Step| step.act == Act::Deregister;
        let mut running = self.targets().filter(|(_, progress)| progress.is_running());
        let running = running.by_ref().filter_map(|(_, progress)| progress.step());
        running.filter(|step| is_taken(*step)).count()
            + starting.iter().filter(|(_, step)| is_taken(*step)).count()
    }

    /// What to give up when the load balancer refuses to be looked at, for good.
    pub fn next_when_blind(&self, seen: &Snapshot, now: Moment, why: &str, hint: &str) -> Next {
        let due = self.workable().into_iter().filter(|(_, progress)| !progress.is_running());
        let blind = due.filter_map(|(target, progress)| {
            let step = progress.step()?;
            let gate = self.gate(target, step, &[], seen, now);
            let blind = matches!(gate, Gate::LookAt(_) | Gate::Search);
            let block = Block { why: why.to_owned(), hint: hint.to_owned() };
            blind.then(|| (target.id.clone(), step, block))
        });
        Next { give_up: self.give_up(blind.collect(), None), ..Next::default() }
    }

    /// Every target that is begun; or else the first one alone, because its failure halts the
    /// run, and the others are then never begun.
    fn give_up(
        &self,
        blocked: Vec<Blocked>,
        idle: Option<Duration>,
    ) -> Vec<(TargetId, Step, Failure)> {
        let is_begun = |id: &TargetId| self.progress(id).is_some_and(Progress::is_begun);
        let (begun, others): (Vec<_>, Vec<_>) =
            blocked.into_iter().partition(|(id, ..)| is_begun(id));
        let first = others.into_iter().take(usize::from(begun.is_empty()));
        let failure = |Block { why, hint }| {
            let what = match idle {
                Some(idle) => {
                    let idle = Duration::from_secs(idle.as_secs());
                    format!("{why}; it has waited for {}", humantime::format_duration(idle))
                }
                None => why,
            };
            Failure::new(what, Some(hint), false)
        };
        let failing = begun.into_iter().chain(first);
        failing.map(|(id, step, block)| (id, step, failure(block))).collect()
    }

    /// For how long nothing has happened; none if something is happening.
    fn idle_for(&self, now: Moment) -> Option<Duration> {
        let mut targets = self.targets();
        let idle = !self.around.is_running() && targets.all(|(_, at)| !at.is_running());
        idle.then(|| now.since(self.changed()))
    }
}
