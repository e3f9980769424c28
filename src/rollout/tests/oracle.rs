//! A second, naive account of which facts are possible: what the state machine is held against.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Fact, Plan, Side, Step, TargetId};
use super::{Act, Failure, IN_PLACE};

/// What the facts so far say of one target.
#[derive(Debug, Clone, Default)]
struct Account {
    finished: usize,
    running: bool,
    failed: bool,
    put_back: bool,
    touched: bool,
}

/// What the facts so far say of a run in place.
#[derive(Debug, Clone)]
pub(super) struct Oracle {
    batches: Vec<Vec<TargetId>>,
    accounts: BTreeMap<TargetId, Account>,
    halted: bool,
}

impl Account {
    fn is_out(&self) -> bool {
        let taken = self.finished > 0 || self.running || self.touched;
        taken && !self.is_over()
    }

    fn is_over(&self) -> bool {
        self.finished == IN_PLACE.len() || self.put_back
    }
}

impl Oracle {
    pub(super) fn of(plan: &Plan) -> Self {
        let ids = |batch: &Vec<super::super::Target>| -> Vec<TargetId> {
            batch.iter().map(|target| target.id.clone()).collect()
        };
        let batches: Vec<_> = plan.batches.iter().map(ids).collect();
        let accounts =
            batches.iter().flatten().map(|id| (id.clone(), Account::default())).collect();
        Self { batches, accounts, halted: false }
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
            // Without such a gate none is ever due.
            Fact::HookStarted { .. } | Fact::HookFinished { .. } | Fact::HookFailed { .. } => {
                return false;
            }
            Fact::Interrupted { .. } | Fact::Resumed { .. } => return true,
        };
        let Some(account) = self.accounts.get(target) else { return false };
        let unfinished = |id: &TargetId| !self.accounts[id].is_over();
        let batch = self.batches.iter().find(|batch| batch.iter().any(unfinished));
        let due = IN_PLACE.get(account.finished) == Some(step)
            && !account.failed
            && !account.put_back
            && batch.is_some_and(|batch| batch.contains(target));
        let free = !self.halted || account.touched;
        due && match fact {
            Fact::Started { .. } => !account.running && free,
            Fact::Finished { .. } => account.running,
            Fact::Skipped { step, .. } => step.act == Act::Deploy && !account.running,
            _ => account.running || free,
        }
    }

    pub(super) fn note(&mut self, fact: &Fact) {
        match fact {
            Fact::Started { target, .. } => self.account(target).running = true,
            Fact::Finished { target, .. } => {
                let account = self.account(target);
                account.finished += 1;
                (account.running, account.touched) = (false, true);
            }
            Fact::Failed { target, failure, .. } => {
                let account = self.account(target);
                (account.running, account.failed) = (false, true);
                account.touched |= failure.may_have_acted;
                self.halted = true;
            }
            Fact::Skipped { target, .. } => {
                let account = self.account(target);
                account.finished += 1;
                account.touched = true;
            }
            Fact::PutBack { target, .. } | Fact::Forgotten { target, .. } => {
                let account = self.account(target);
                account.touched |= account.running;
                (account.running, account.put_back) = (false, true);
            }
            Fact::HookStarted { .. } | Fact::HookFinished { .. } | Fact::HookFailed { .. } => {}
            Fact::Interrupted { .. } => self.halted = true,
            Fact::Resumed { .. } => {
                self.halted = false;
                for account in self.accounts.values_mut() {
                    account.touched |= account.running;
                    (account.running, account.failed) = (false, false);
                }
            }
        }
    }

    fn account(&mut self, target: &TargetId) -> &mut Account {
        self.accounts.get_mut(target).expect("a target of the plan")
    }

    /// Every fact about a step that anybody could write, of these targets and of a stranger.
    pub(super) fn conceivable(plan: &Plan) -> Vec<Fact> {
        let mut targets: BTreeSet<_> = plan.targets().map(|target| target.id.clone()).collect();
        targets.insert(TargetId::new("i-stranger"));
        let acts = IN_PLACE.map(|step| step.act);
        let both = |act: Act| [Side::Old, Side::New].map(|side| Step { side, ..Step::old(act) });
        let steps: Vec<Step> = acts.into_iter().flat_map(both).collect();
        let facts = |target: &TargetId, step: Step| {
            let failure = Failure::new("try", None, false);
            [
                Fact::Started { target: target.clone(), step },
                Fact::Finished { target: target.clone(), step, waited: None },
                Fact::Skipped { target: target.clone(), step },
                Fact::PutBack { target: target.clone(), by: "another".to_owned(), groups: vec![] },
                Fact::Forgotten { target: target.clone(), by: "alice".to_owned(), groups: vec![] },
                Fact::Failed { target: target.clone(), step, failure },
            ]
        };
        let of = |target| steps.iter().flat_map(move |step| facts(target, *step));
        targets.iter().flat_map(of).collect()
    }
}
