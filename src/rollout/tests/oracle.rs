//! A second, naive account of which facts are possible: what the state machine is held against.
//!
//! It keeps what has happened as a list, and reads that anew for every question.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Fact, Gates, Hook, OnFailure, Plan, Side, Step, TargetId};
use super::{Act, Failure};

/// How a step has ended, if it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Open,
    Unknown,
    Done,
}

/// What the facts so far say of one target.
#[derive(Debug, Clone, Default)]
struct Account {
    steps: Vec<Step>,
    /// Every step that was started, in order, but for those that did nothing.
    log: Vec<(Act, End)>,
    running: bool,
    failed: Option<Act>,
    undo: Option<Vec<Step>>,
    undo_failed: bool,
    put_back: bool,
}

/// What the facts so far say of a run in place.
#[derive(Debug, Clone)]
pub(super) struct Oracle {
    plan: Plan,
    batches: Vec<Vec<TargetId>>,
    accounts: BTreeMap<TargetId, Account>,
    hooks: BTreeMap<(usize, Hook), Option<bool>>,
    halted: bool,
}

impl Account {
    fn is_out(&self) -> bool {
        let flapped = self.failed == Some(Act::Bake);
        let is_in = |is_in, (act, end): &(Act, End)| match (act, end) {
            (Act::Deregister, _) => false,
            (Act::Bake, _) if flapped => false,
            (Act::AwaitInService, End::Done) => true,
            _ => is_in,
        };
        !self.put_back && !self.log.iter().fold(true, is_in)
    }

    /// What is left of its steps, or after a failure of those that undo them.
    fn due(&self) -> Option<Step> {
        self.undo.as_ref().unwrap_or(&self.steps).first().copied()
    }

    fn is_at_rest(&self) -> bool {
        let undone = self.undo.as_ref().is_none_or(|left| left.is_empty() || self.undo_failed);
        self.steps.is_empty() || self.put_back || (self.failed.is_some() && undone)
    }

    fn is_begun(&self) -> bool {
        !self.log.is_empty()
    }

    fn is_tried(&self) -> bool {
        self.is_begun() || self.failed.is_some()
    }

    fn is_to_carry(&self) -> bool {
        self.is_begun() && !self.is_at_rest()
    }

    fn end(&mut self, act: Act, end: End) {
        if self.running {
            self.log.pop();
        }
        self.log.push((act, end));
        self.running = false;
    }

    fn goes_on(&mut self, act: Act) {
        self.end(act, End::Done);
        let left = self.undo.as_mut().unwrap_or(&mut self.steps);
        left.remove(0);
    }

    fn fails(&mut self, step: Step, may_have_acted: bool, undo: Vec<Step>) {
        if may_have_acted {
            self.end(step.act, End::Unknown);
        } else if self.running {
            self.log.pop();
            self.running = false;
        }
        if step.undo {
            self.undo_failed = true;
            return;
        }
        self.failed = Some(step.act);
        self.undo = (self.is_begun() && !undo.is_empty()).then_some(undo);
    }

    fn lets_go(&mut self) {
        if let Some((_, end)) = self.log.last_mut().filter(|_| self.running) {
            *end = End::Unknown;
        }
        self.running = false;
    }

    /// Before a drain that has failed is waited for again.
    fn takes_out_again(&mut self, has_failed: bool) {
        let due = self.due().filter(|step| has_failed && step.act == Act::AwaitDrained);
        let Some(drain) = due else { return };
        self.log.retain(|(act, end)| (*act, *end) != (Act::AwaitDrained, End::Unknown));
        if let Some((_, end)) = self.log.last_mut() {
            *end = End::Unknown;
        }
        let left = self.undo.as_mut().unwrap_or(&mut self.steps);
        left.insert(0, Step { act: Act::Deregister, ..drain });
    }

    fn resumes(&mut self, all: Vec<Step>) {
        self.lets_go();
        let has_failed = std::mem::take(&mut self.undo_failed);
        match self.undo.as_ref().map(Vec::is_empty) {
            None => {
                let has_failed = self.failed.take().is_some();
                self.takes_out_again(has_failed);
            }
            Some(false) => self.takes_out_again(has_failed),
            Some(true) => {
                let log = self.is_out().then_some((Act::Deregister, End::Unknown));
                let (log, put_back) = (log.into_iter().collect(), self.put_back);
                *self = Self { steps: all, log, put_back, ..Self::default() };
            }
        }
    }
}

/// The table of docs/journal.md.
fn undo(on_failure: OnFailure, failed: Act, gates: Gates) -> Vec<Step> {
    let out = [Act::Deregister, Act::AwaitDrained];
    let back = [Act::Register, Act::AwaitInService];
    let ready = if gates.ready { vec![Act::AwaitReady] } else { vec![] };
    let is_gated = gates.verify || !gates.bake.is_zero();
    let rolled_back = [&[Act::Rollback][..], &ready, &back].concat();
    let acts = match (on_failure, failed) {
        (OnFailure::Hold, Act::Verify | Act::Bake) => out.to_vec(),
        (OnFailure::Hold, Act::AwaitInService) if is_gated => out.to_vec(),
        (OnFailure::Hold, _)
        | (OnFailure::Return, Act::AwaitInService | Act::Verify | Act::Bake) => vec![],
        (OnFailure::Return, _) | (_, Act::Deregister | Act::AwaitDrained) => back.to_vec(),
        (OnFailure::Rollback, Act::Deploy | Act::AwaitReady) => rolled_back,
        (OnFailure::Rollback, _) => [&out[..], &rolled_back].concat(),
    };
    acts.into_iter().map(|act| Step { undo: true, ..Step::new(act) }).collect()
}

/// In place, with the gates that are asked for.
fn steps(plan: &Plan) -> Vec<Step> {
    let gates = plan.policy.gates;
    let is_asked_for = |act| match act {
        Act::AwaitReady => gates.ready,
        Act::Verify => gates.verify,
        Act::Bake => !gates.bake.is_zero(),
        _ => true,
    };
    let old = [Act::Deregister, Act::AwaitDrained, Act::Deploy].map(Step::old);
    let new = [Act::AwaitReady, Act::Register, Act::AwaitInService, Act::Verify, Act::Bake];
    let all = old.into_iter().chain(new.map(Step::new));
    all.filter(|step| is_asked_for(step.act)).collect()
}

impl Oracle {
    pub(super) fn of(plan: &Plan) -> Self {
        let ids = |batch: &Vec<super::super::Target>| -> Vec<TargetId> {
            batch.iter().map(|target| target.id.clone()).collect()
        };
        let batches: Vec<_> = plan.batches.iter().map(ids).collect();
        let fresh = || Account { steps: steps(plan), ..Account::default() };
        let accounts = batches.iter().flatten().map(|id| (id.clone(), fresh())).collect();
        Self { plan: plan.clone(), batches, accounts, hooks: BTreeMap::new(), halted: false }
    }

    /// Whether this can be the next fact.
    pub(super) fn allows(&self, fact: &Fact) -> bool {
        let (target, step) = match fact {
            Fact::Started { target, step }
            | Fact::Finished { target, step, .. }
            | Fact::Skipped { target, step }
            | Fact::Failed { target, step, .. } => (target, step),
            Fact::PutBack { target, .. } | Fact::Forgotten { target, .. } => {
                return self.accounts.get(target).is_some_and(Account::is_out);
            }
            Fact::HookStarted { hook, batch } => {
                return self.hook_due() == Some((*hook, *batch));
            }
            Fact::HookFinished { hook, batch } | Fact::HookFailed { hook, batch, .. } => {
                return self.hooks.get(&(*batch, *hook)) == Some(&None);
            }
            Fact::WindowClosed => return self.plan.policy.window.is_some() && !self.halted,
            Fact::Interrupted { .. } | Fact::Resumed { .. } => return true,
        };
        let Some(account) = self.accounts.get(target) else { return false };
        let is_due = account.due() == Some(*step) && self.may_be_worked_on(target, account);
        is_due
            && match fact {
                Fact::Started { .. } => !account.running,
                Fact::Finished { .. } => account.running,
                Fact::Skipped { step, .. } => step.act == Act::Deploy && !account.running,
                _ => true,
            }
    }

    fn may_be_worked_on(&self, target: &TargetId, account: &Account) -> bool {
        let batch = 1 + self.batches.iter().position(|batch| batch.contains(target)).unwrap();
        let is_next = !self.halted && self.first_open() == Some(batch);
        self.is_let_in(batch) && !account.is_at_rest() && (account.is_begun() || is_next)
    }

    fn of_batch(&self, batch: usize) -> impl Iterator<Item = &Account> {
        self.batches[batch - 1].iter().map(|id| &self.accounts[id])
    }

    fn has_run(&self, batch: usize, hook: Hook) -> bool {
        self.hooks.get(&(batch, hook)) == Some(&Some(true))
    }

    fn is_let_in(&self, batch: usize) -> bool {
        !self.plan.policy.gates.before_batch || self.has_run(batch, Hook::BeforeBatch)
    }

    /// The first batch that is not done, however the run stands.
    fn first_open(&self) -> Option<usize> {
        let after = self.plan.policy.gates.after_batch;
        (1..=self.batches.len()).find(|batch| {
            !self.of_batch(*batch).all(Account::is_at_rest)
                || (after && !self.has_run(*batch, Hook::AfterBatch))
        })
    }

    fn hook_due(&self) -> Option<(Hook, usize)> {
        let all = 1..=self.batches.len();
        let of = |batch| [(Hook::BeforeBatch, batch), (Hook::AfterBatch, batch)];
        let due = |at: &(Hook, usize)| !self.hooks.contains_key(&(at.1, at.0)) && self.is_due(*at);
        if self.halted {
            // In order; but a batch with somebody to carry comes before what is owed to later ones.
            let is_busy = |batch: &usize| {
                self.of_batch(*batch).any(Account::is_to_carry)
                    && (self.is_let_in(*batch)
                        || !self.hooks.contains_key(&(*batch, Hook::BeforeBatch)))
            };
            let busy = all.clone().find(is_busy).unwrap_or(usize::MAX);
            return all.take_while(|batch| *batch <= busy).flat_map(of).find(due);
        }
        self.first_open().into_iter().flat_map(of).find(due)
    }

    fn is_due(&self, (hook, batch): (Hook, usize)) -> bool {
        let gates = self.plan.policy.gates;
        let mut targets = self.of_batch(batch);
        match hook {
            Hook::BeforeBatch => {
                gates.before_batch && (!self.halted || targets.any(Account::is_to_carry))
            }
            Hook::AfterBatch => {
                let is_begun = self.has_run(batch, Hook::BeforeBatch)
                    || self.of_batch(batch).any(Account::is_tried);
                let is_left = |at: &Account| at.is_at_rest() || (self.halted && !at.is_begun());
                gates.after_batch && self.is_let_in(batch) && is_begun && targets.all(is_left)
            }
        }
    }

    pub(super) fn note(&mut self, fact: &Fact) {
        match fact {
            Fact::Started { target, step } => {
                let account = self.account(target);
                account.log.push((step.act, End::Open));
                account.running = true;
            }
            Fact::Finished { target, step, .. } | Fact::Skipped { target, step } => {
                self.account(target).goes_on(step.act);
            }
            Fact::Failed { target, step, failure } => {
                let policy = &self.plan.policy;
                let undo = undo(policy.on_failure, step.act, policy.gates);
                self.account(target).fails(*step, failure.may_have_acted, undo);
                self.halted |= step.undo || self.is_too_much();
            }
            Fact::PutBack { target, .. } | Fact::Forgotten { target, .. } => {
                let account = self.account(target);
                account.lets_go();
                account.put_back = true;
            }
            Fact::HookStarted { hook, batch } => drop(self.hooks.insert((*batch, *hook), None)),
            Fact::HookFinished { hook, batch } => {
                self.hooks.insert((*batch, *hook), Some(true));
            }
            Fact::HookFailed { hook, batch, .. } => {
                self.hooks.insert((*batch, *hook), Some(false));
                self.halted = true;
            }
            Fact::Interrupted { .. } | Fact::WindowClosed => self.halted = true,
            Fact::Resumed { .. } => self.resume(),
        }
    }

    fn resume(&mut self) {
        let all = steps(&self.plan);
        self.accounts.values_mut().for_each(|account| account.resumes(all.clone()));
        for batch in 1..=self.batches.len() {
            let is_over = self.of_batch(batch).all(Account::is_at_rest);
            if !is_over && self.hooks.contains_key(&(batch, Hook::AfterBatch)) {
                self.hooks.retain(|(of, _), _| *of != batch);
            }
        }
        self.hooks.retain(|_, end| *end == Some(true));
        self.halted = self.is_too_much();
    }

    fn is_too_much(&self) -> bool {
        let failed = self.accounts.values().filter(|account| account.failed.is_some()).count();
        failed > self.plan.policy.max_failures
    }

    fn account(&mut self, target: &TargetId) -> &mut Account {
        self.accounts.get_mut(target).expect("a target of the plan")
    }

    /// Every fact that anybody could write, of these targets and batches and of strangers.
    pub(super) fn conceivable(plan: &Plan) -> Vec<Fact> {
        let mut targets: BTreeSet<_> = plan.targets().map(|target| target.id.clone()).collect();
        targets.insert(TargetId::new("i-stranger"));
        let undone = [Act::Rollback, Act::Register, Act::AwaitInService, Act::AwaitReady];
        let undone = undone.into_iter().chain([Act::Deregister, Act::AwaitDrained]);
        let undone = undone.map(|act| Step { undo: true, ..Step::new(act) });
        let forward = steps(plan).into_iter();
        let both =
            forward.flat_map(|step| [Side::Old, Side::New].map(|side| Step { side, ..step }));
        let all: Vec<Step> = both.chain(undone).collect();
        let of = |target: &TargetId| {
            let target = target.clone();
            let (by, groups) = ("another".to_owned(), vec![]);
            let other = Fact::PutBack { target: target.clone(), by: by.clone(), groups };
            let given_up = Fact::Forgotten { target: target.clone(), by, groups: vec![] };
            let facts = all.clone().into_iter().flat_map(move |step| of_step(&target, step));
            facts.chain([other, given_up])
        };
        let hooks = (0..=plan.batches.len() + 1).flat_map(of_hooks);
        targets.iter().flat_map(of).chain(hooks).collect()
    }
}

fn of_step(target: &TargetId, step: Step) -> [Fact; 4] {
    let failure = Failure::new("try", None, false);
    [
        Fact::Started { target: target.clone(), step },
        Fact::Finished { target: target.clone(), step, waited: None },
        Fact::Skipped { target: target.clone(), step },
        Fact::Failed { target: target.clone(), step, failure },
    ]
}

fn of_hooks(batch: usize) -> impl Iterator<Item = Fact> {
    [Hook::BeforeBatch, Hook::AfterBatch].into_iter().flat_map(move |hook| {
        let failure = Failure::new("run it", None, true);
        [
            Fact::HookStarted { hook, batch },
            Fact::HookFinished { hook, batch },
            Fact::HookFailed { hook, batch, failure },
        ]
    })
}
