//! `roll`: one target after the other out, deployed, and back in.

mod bounds;
mod failing;
mod gates;
mod hooks;
mod search;

use std::time::Duration;

use clap::Args;

pub(super) use self::bounds::Bounds;
use self::failing::Failing;
use self::gates::Gates;
use self::hooks::Hooks;
use self::search::{Locked, Search, taken_in};
use super::Global;
use super::begin::carry;
use super::chosen::Chosen;
use super::error::CliError;
use super::exit::Exit;
use super::hold;
use super::holding::seen_of;
use super::lock_wait::LockWait;
use super::reach::Reach;
use super::run::{Ready, executor};
use super::shown::{Shown, Talk};
use super::typed::Mistakes;
use super::unfinished::{IfHeldOut, none_held_out};
use crate::engine::Ports;
use crate::executor::{ExecutorError, Jobs};
use crate::journal::{Header, Holder, RunId};
use crate::rollout::{self, Group, Plan, Policy, Request};
use crate::runs::Past;
use crate::state_dir::state_dir;

/// Deploy the targets of groups, one after the other, each out of service while it is deployed
///
/// For each target: deregister it, wait until it really is drained, run COMMAND, register it
/// exactly as it was, wait until it really is in service. Then the next one. The first failure
/// halts the run: the target stays out, and is named.
///
/// COMMAND is run on this machine as it stands, without a shell. `{target}` and `{port}` in its
/// arguments are replaced; ELB_DEPLOY_TARGET, ELB_DEPLOY_PORT, ELB_DEPLOY_ZONE, ELB_DEPLOY_GROUPS
/// and ELB_DEPLOY_RUN are in its environment.
///
/// Ends with 0 once every target is in service; with 3 if it was refused and nothing was changed;
/// with 4 if it was halted and nothing is out; with 5 if it was halted and targets are out, which
/// are named; with 6 if another run works on the groups or the journal cannot be kept.
#[derive(Debug, Args)]
pub(super) struct Roll {
    #[command(flatten)]
    pub(super) chosen: Chosen,
    #[command(flatten)]
    lock_wait: LockWait,
    #[command(flatten)]
    bounds: Bounds,
    #[command(flatten)]
    gates: Gates,
    #[command(flatten)]
    failing: Failing,
    #[command(flatten)]
    hooks: Hooks,
    #[command(flatten)]
    shown: Shown,
    /// What deploys one target
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Roll {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, CliError> {
        carry(&self.shown, async |talk| self.prepare(global, talk).await.map(Some)).await
    }

    /// Everything up to the first change: who is asked for, whether it may be done, and where it
    /// will be written down.
    async fn prepare(&self, global: &Global, talk: &Talk) -> Result<Ready, CliError> {
        let refused = |error| CliError::refused(&error);
        let Meant { policy, jobs, patience } = self.meant()?;
        let reach = Reach::for_run(global).await?;
        let (access, clock) = (global.access(), reach.clock);
        let named = reach.balancer.groups(&self.chosen.groups).await.map_err(refused)?;
        let undrainable: Vec<_> = named.iter().filter_map(Group::undrainable).collect();
        if !undrainable.is_empty() {
            return Err(CliError::refusals(&undrainable));
        }
        let state_dir = state_dir(global.state_dir.clone())?;
        let run = RunId::made_at(clock.now());
        let what = format!("roll {}", self.chosen.groups.join(" "));
        let holder = Holder::new(run, clock.now(), what.clone());
        let (chosen, named) = (&self.chosen, &named[..]);
        let search = Search { chosen, named, reach: &reach, state_dir: &state_dir, talk };
        let Locked { groups, locks, elsewhere } = search.locked(&holder, patience).await?;
        let hold::Asked { holds, mut notes } = chosen.hold.ask(&*reach.balancer, &groups).await?;
        notes.extend(taken_in(named, &groups));
        let Reach { balancer, watch, .. } = reach;
        let arns = groups.iter().map(|group| &group.arn);
        let here = watch.decide(|seen| seen_of(arns, seen));
        let away = match chosen.if_held_out {
            IfHeldOut::Fail => {
                notes.extend(none_held_out(&state_dir, &here, &access)?);
                Vec::new()
            }
            IfHeldOut::Ignore => Past::away(&Past::all(&state_dir)?),
        };
        let request = chosen.request(groups, away, policy);
        let request = Request { order: self.bounds.order(), ..request };
        let request = chosen.of_named_only(request, named, &here);
        let plan = Plan::in_place(Request { elsewhere, holds, ..request }, &here);
        let plan = plan.map_err(|refusals| hold::refused(&refusals, &access))?;
        let header = Header::new(run, clock.now(), plan).asked(what, None);
        let header = header.deploying(jobs);
        let executor = executor(&header, &state_dir);
        let ports = Ports { balancer, watch, executor, clock };
        let ready = Ready::new(&state_dir, header, ports, locks, access)?;
        Ok(ready.noting(notes))
    }

    /// What the command line says, if nothing in it is wrong.
    fn meant(&self) -> Result<Meant, CliError> {
        let mut mistakes = Mistakes::default();
        let bounds = self.bounds.policy(&mut mistakes);
        let gates = self.gates.meant(&mut mistakes);
        let failing = self.failing.meant(&mut mistakes);
        let patience = self.lock_wait.patience(&mut mistakes);
        let Hooks { before_batch, after_batch, on_finish } = self.hooks.clone();
        let policy = Policy {
            gates: rollout::Gates {
                ready: gates.ready.is_some(),
                verify: gates.verify.is_some(),
                bake: gates.bake,
                before_batch: before_batch.is_some(),
                after_batch: after_batch.is_some(),
            },
            on_failure: failing.on_failure,
            max_failures: failing.max_failures,
            ..bounds
        };
        let jobs = Jobs {
            deploy: self.command.clone(),
            rollback: failing.rollback,
            ready: gates.ready,
            verify: gates.verify,
            before_batch,
            after_batch,
            on_finish,
        };
        if self.command.first().is_none_or(String::is_empty) {
            mistakes.note(CliError::no_command());
        } else {
            jobs.check().iter().for_each(|error| mistakes.note(unusable(error)));
        }
        mistakes.none().map(|()| Meant { policy, jobs, patience })
    }
}

/// What a command line means.
struct Meant {
    policy: Policy,
    jobs: Jobs,
    /// How long to wait for locks.
    patience: Duration,
}

fn unusable(command: &ExecutorError) -> CliError {
    CliError::new(Exit::Usage, format!("failed to {command}")).hint(command.hint())
}
