//! One process of the tool: it begins a run or takes one up, and may die at any fact.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use elb_deploy::engine::{Engine, Keep, Ports};
use elb_deploy::executor::Executor;
use elb_deploy::journal::{Header, Journal, JournalError, Recorded, RunFolder, RunId};
use elb_deploy::report::{Event, Report};
use elb_deploy::rollout::{
    Batches, Before, Dated, Fact, Flip, Gates, GroupArn, Moment, OnFailure, Plan, Policy, Request,
    Rollout, Share, Target, TargetId, Turn,
};
use elb_deploy::runs::{self, Closing, Past, ToRestore};
use tokio::sync::mpsc;

use crate::machine::Mishaps;
use crate::world::{FLOOR, PORTS, World};

/// What has to fail in it: longer than two checks and a look at them take.
const BAKE: Duration = Duration::from_secs(20);

/// What a process is started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Roll {
        batch: usize,
    },
    /// With every gate and hook.
    Gated {
        on_failure: OnFailure,
        max_failures: usize,
        mishaps: Mishaps,
    },
    Drain {
        targets: usize,
    },
    /// With every gate.
    Flip(Flipping),
    Restore,
    /// The run that was begun so many runs ago, of those that are unfinished.
    Resume {
        ago: usize,
    },
}

/// What is asked of a flip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flipping {
    /// Whether the new release is started; without it is gone back to.
    pub starts: bool,
    /// Whether the old one is stopped at the end.
    pub stops: bool,
    pub from: Option<Before>,
    pub batch: usize,
    pub on_failure: OnFailure,
    pub max_failures: usize,
    pub mishaps: Mishaps,
}

/// Where a process dies: at this fact, before it is on disk or after it and before it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Death {
    pub at: usize,
    pub is_kept: bool,
}

/// How a process ended.
#[derive(Debug)]
pub enum Ended {
    /// There was nothing for it to do, or it was refused.
    Idle,
    /// By itself; with the steps that failed.
    Outcome(Vec<String>),
    /// With what its journal says.
    Died(Box<Rollout>),
}

impl World {
    pub async fn process(&self, verb: Verb, death: Option<Death>) -> Ended {
        match verb {
            Verb::Roll { batch } => {
                let policy = policy(batch);
                let plan = self.plan(usize::MAX, policy, Plan::in_place).await;
                self.begin(plan, death).await
            }
            Verb::Gated { on_failure, max_failures, mishaps } => {
                *self.machines.mishaps.lock().unwrap() = mishaps;
                let gates = Gates { before_batch: true, after_batch: true, ..every_gate() };
                let policy = Policy { on_failure, max_failures, gates, ..policy(1) };
                let plan = self.plan(usize::MAX, policy, Plan::in_place).await;
                self.begin(plan, death).await
            }
            Verb::Drain { targets } => {
                let plan = self.plan(targets, policy(1), Plan::drain).await;
                self.begin(plan, death).await
            }
            Verb::Flip(Flipping {
                starts,
                stops,
                from,
                batch,
                on_failure,
                max_failures,
                mishaps,
            }) => {
                *self.machines.mishaps.lock().unwrap() = mishaps;
                let (gates, batch) = (every_gate(), Batches::all(Share::Count(batch)));
                let flip = Flip { starts, stops, ..Flip::default() };
                let policy =
                    Policy { flip, on_failure, max_failures, gates, batch, ..Policy::default() };
                let turn = Turn { ports: PORTS, from };
                let plan = |request, seen: &_| Plan::flip(request, turn, seen);
                let plan = self.plan(usize::MAX, policy, plan).await;
                self.begin(plan, death).await
            }
            Verb::Restore => self.restore(death).await,
            Verb::Resume { ago } => self.resume(ago, death).await,
        }
    }

    async fn plan<E>(
        &self,
        targets: usize,
        policy: Policy,
        plan: impl Fn(Request, &elb_deploy::rollout::Snapshot) -> Result<Plan, E>,
    ) -> Option<Plan> {
        let groups = self.groups().await;
        let watch = self.watch();
        watch.look_at(&groups.iter().map(|group| group.arn.clone()).collect()).await.unwrap();
        let ids = self.ids().into_iter().take(targets).map(TargetId::new).collect();
        let (exclude, away) = (Vec::new(), Vec::new());
        let request = Request { groups, targets: ids, exclude, away, policy, ..Request::default() };
        watch.decide(|seen| plan(request.clone(), seen)).ok()
    }

    async fn begin(&self, plan: Option<Plan>, death: Option<Death>) -> Ended {
        let Some(plan) = plan else { return Ended::Idle };
        let header = Header::new(RunId::unique(), self.clock.now(), plan);
        let (journal, notes) = runs::begin(self.state.path(), &header).unwrap();
        assert_eq!(notes, [""; 0]);
        let rollout = Rollout::new(header.plan.clone(), header.at);
        self.carry(rollout, journal, &header, death, Vec::new()).await
    }

    async fn restore(&self, death: Option<Death>) -> Ended {
        let found = ToRestore::find(self.state.path(), None, &BTreeSet::new()).unwrap();
        assert!(found.passed_over.is_empty(), "{:?}", found.passed_over);
        let targets = found.targets();
        if targets.is_empty() {
            return Ended::Idle;
        }
        let arns: BTreeSet<_> = targets.iter().flat_map(Target::groups).cloned().collect();
        let names: Vec<_> = arns.iter().map(|arn| arn.as_str().to_owned()).collect();
        let groups = self.balancer().groups(&names).await.unwrap();
        self.begin(Some(Plan::restore(groups, targets, Policy::default()).unwrap()), death).await
    }

    async fn resume(&self, ago: usize, death: Option<Death>) -> Ended {
        let runs = Past::all(self.state.path()).unwrap().into_iter().rev();
        let Some(past) = runs.filter(Past::can_go_on).nth(ago) else { return Ended::Idle };
        let (journal, recorded) = Journal::reopen(&past.folder.journal()).unwrap();
        let Recorded { header, facts, .. } = recorded;
        let rollout = Rollout::recover(header.plan.clone(), header.at, &facts).unwrap();
        self.carry(rollout, journal, &header, death, vec![Fact::Resumed { by: None }]).await
    }

    async fn carry(
        &self,
        mut rollout: Rollout,
        journal: Journal,
        header: &Header,
        death: Option<Death>,
        first: Vec<Fact>,
    ) -> Ended {
        let closing = Closing::of(self.state.path(), header).unwrap();
        let mut mortal = Mortal { journal, closing, death, kept: 0 };
        let watch = self.watch();
        let arns: BTreeSet<GroupArn> =
            header.plan.groups.iter().map(|group| group.arn.clone()).collect();
        watch.look_at(&arns).await.unwrap();
        let mut is_dead = false;
        for fact in first {
            let dated = Dated { at: self.clock.now(), fact };
            is_dead = is_dead || mortal.keep(&dated).is_err();
            rollout.apply(&dated).unwrap();
        }
        if !is_dead {
            let executor: Arc<dyn Executor> = self.machines.clone();
            let ports = Ports { balancer: self.balancer(), watch, executor, clock: self.clock };
            let ((_signals, mut received), mut nobody) = (mpsc::channel(1), Nobody);
            let engine = Engine::new(&mut rollout, ports, &mut mortal, &mut nobody);
            if engine.run(&mut received).await.is_ok() {
                assert!(mortal.closing.failed().is_empty(), "{:?}", mortal.closing.failed());
                return Ended::Outcome(failures(&rollout));
            }
        }
        drop(mortal);
        let path = RunFolder::of(self.state.path(), &header.run).journal();
        let Recorded { header, facts, torn, .. } = elb_deploy::journal::read(&path).unwrap();
        assert!(!torn);
        Ended::Died(Box::new(Rollout::recover(header.plan, header.at, &facts).unwrap()))
    }

    /// What journals hold out.
    pub fn held_out(&self) -> Vec<String> {
        let all = Past::all(self.state.path()).unwrap();
        all.iter().flat_map(Past::held_out).map(|held| held.place.to_string()).collect()
    }
}

fn failures(rollout: &Rollout) -> Vec<String> {
    let failed = rollout.targets().filter_map(|(target, progress)| {
        Some(format!("{} {}: {}", target.id, progress.step()?, progress.failure()?.what))
    });
    failed.collect()
}

/// Keeps facts as the tool does, until it dies.
struct Mortal {
    journal: Journal,
    closing: Closing,
    death: Option<Death>,
    kept: usize,
}

impl Keep for Mortal {
    fn keep(&mut self, fact: &Dated) -> Result<(), JournalError> {
        self.closing.before(fact);
        let dies = self.death.filter(|death| death.at == self.kept);
        if dies.is_none_or(|death| death.is_kept) {
            self.journal.append(fact)?;
        }
        self.kept += 1;
        match dies {
            Some(_) => Err(JournalError::Poisoned { path: self.journal.path().to_owned() }),
            None => Ok(()),
        }
    }
}

fn policy(batch: usize) -> Policy {
    let (batch, min_healthy) = (Batches::all(Share::Count(batch)), Share::Count(FLOOR));
    Policy { batch, min_healthy, ..Policy::default() }
}

fn every_gate() -> Gates {
    Gates { ready: true, verify: true, bake: BAKE, ..Gates::default() }
}

struct Nobody;

impl Report for Nobody {
    fn event(&mut self, _: Moment, _: &Event<'_>) {}
}
