//! `roll`: one target after the other out, deployed, and back in.

mod asked;
mod bounds;
mod empty;
mod failing;
mod gates;
mod hooks;
mod search;

use std::time::Duration;

use clap::Args;
use tokio::time::Instant;

pub(super) use self::asked::{Asked, Ground};
pub(super) use self::bounds::Bounds;
use self::search::Locked;
pub(super) use self::search::{Search, taken_in};
use super::Global;
use super::begin::carry;
use super::busy::nobody;
use super::error::CliError;
use super::exit::Exit;
use super::hold;
use super::holding::seen_of;
use super::lock_wait::{LockWait, left};
use super::reach::Reach;
use super::run::{Ready, executor};
use super::shown::{Shown, Talk};
use super::still_running::anybody_at_work;
use super::typed::Mistakes;
use super::unfinished::{IfHeldOut, none_held_out};
use crate::engine::Ports;
use crate::journal::{GroupLocks, Header, Holder, RunId};
use crate::report::Access;
use crate::rollout::{Outlook, Plan, Policy};
use crate::runs::{Past, usual_deploy};
use crate::state_dir::state_dir;

/// Deploy the targets of groups, one after the other, each out of service while it is deployed
///
/// For each target: deregister it, wait until it really is drained, run COMMAND, register it
/// exactly as it was, wait until it really is in service. Then the next one. The first failure
/// halts the run: the target stays out, and is named.
///
/// COMMAND is run on this machine as it stands, without a shell. `{target}`, `{port}` and `{zone}` in
/// its arguments are replaced; ELB_DEPLOY_TARGET, ELB_DEPLOY_PORT, ELB_DEPLOY_ZONE, ELB_DEPLOY_GROUPS
/// and ELB_DEPLOY_RUN are in its environment.
///
/// Ends with 0 once every target is in service; with 3 if it was refused and nothing was changed;
/// with 4 if it was halted and nothing is out; with 5 if it was halted and targets are out, which
/// are named; with 6 if another run works on the groups, a command of an earlier run still works on
/// a target, or the journal cannot be kept.
#[derive(Debug, Args)]
pub(super) struct Roll {
    #[command(flatten)]
    lock_wait: LockWait,
    #[command(flatten)]
    shown: Shown,
    #[command(flatten)]
    pub(super) asked: Asked,
}

impl Roll {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, CliError> {
        carry(&self.shown, async |talk| self.prepare(global, talk).await.map(Some)).await
    }

    /// Everything up to the first change: who is asked for, whether it may be done, and where it
    /// will be written down.
    async fn prepare(&self, global: &Global, talk: &Talk) -> Result<Ready, CliError> {
        let mut mistakes = Mistakes::default();
        let (policy, jobs) = self.asked.meant(&global.sources, &mut mistakes);
        let patience = self.lock_wait.patience(&mut mistakes);
        mistakes.none()?;
        let chosen = &self.asked.chosen;
        let reach = Reach::for_run(global).await?;
        let (access, clock) = (global.access(), reach.clock);
        let named = &self.asked.named(&*reach.balancer).await?[..];
        let state_dir = state_dir(global.state_dir.clone())?;
        let run = RunId::made_at(clock.now());
        let what = format!("roll {}", chosen.groups.join(" "));
        let holder = Holder::new(run, clock.now(), what.clone());
        let search = Search { chosen, named, reach: &reach, state_dir: &state_dir, talk };
        let until = Instant::now() + patience;
        let (planned, locks) = loop {
            let (planned, locks) =
                self.planned(&search, &holder, left(until), &policy, &access).await?;
            let ids = planned.plan.targets().map(|target| target.id.clone()).collect();
            if anybody_at_work(&Past::all(&state_dir)?, &ids).is_none() {
                break (planned, locks);
            }
            drop(locks);
            nobody(&state_dir, left(until), talk, |runs| anybody_at_work(runs, &ids)).await?;
        };
        let header = Header::new(run, clock.now(), planned.plan).asked(what, None);
        let header = header.deploying(jobs);
        let executor = executor(&header, &state_dir);
        let Reach { balancer, watch, .. } = reach;
        let ports = Ports { balancer, watch, executor, clock };
        let ready = Ready::new(&state_dir, header, ports, locks, access)?;
        Ok(ready.noting(planned.notes).foreseeing(planned.outlook))
    }

    async fn planned(
        &self,
        search: &Search<'_>,
        holder: &Holder,
        patience: Duration,
        policy: &Policy,
        access: &Access,
    ) -> Result<(Planned, GroupLocks), CliError> {
        let Search { chosen, named, reach, state_dir, .. } = search;
        let Locked { found, locks } = search.locked(holder, patience).await?;
        let asked = chosen.hold.ask(&*reach.balancer, &found.groups).await?;
        let hold::Asked { holds, mut notes } = asked;
        notes.extend(taken_in(named, &found.groups));
        let arns = found.groups.iter().map(|group| &group.arn);
        let here = reach.watch.decide(|seen| seen_of(arns, seen));
        let away = match chosen.if_held_out {
            IfHeldOut::Fail => {
                notes.extend(none_held_out(state_dir, &here, access)?);
                Vec::new()
            }
            IfHeldOut::Ignore => Past::away(&Past::all(state_dir)?),
        };
        let ground = Ground { named, found, holds, away, policy: policy.clone() };
        let plan = self.asked.planned(ground, &here, access)?;
        let arns: Vec<_> = here.keys().collect();
        let runs = Past::all(state_dir)?;
        let outlook = Outlook::of(&plan, &here, usual_deploy(&runs, &arns));
        Ok((Planned { plan, outlook, notes }, locks))
    }
}

/// What a roll will do, and what is said of it beforehand.
struct Planned {
    plan: Plan,
    outlook: Outlook,
    notes: Vec<String>,
}
