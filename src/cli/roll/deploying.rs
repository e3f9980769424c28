//! How every verb that deploys begins: its groups locked, everything that speaks against it told, and
//! its plan written down. Which plan that is, is up to the verb.

use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use super::asked::{Ground, unless};
use super::search::{Locked, Search, taken_in};
use super::window::{closing, shut};
use crate::cli::Global;
use crate::cli::busy::nobody;
use crate::cli::chosen::Chosen;
use crate::cli::error::CliError;
use crate::cli::hold;
use crate::cli::holding::seen_of;
use crate::cli::lock_wait::left;
use crate::cli::reach::Reach;
use crate::cli::run::{Ready, executor};
use crate::cli::shown::Talk;
use crate::cli::still_running::anybody_at_work;
use crate::cli::unfinished::{IfHeldOut, none_held_out};
use crate::engine::Ports;
use crate::executor::Jobs;
use crate::journal::{GroupLocks, Header, Holder, RunId};
use crate::report::Access;
use crate::rollout::{Group, Outlook, Plan, Policy, Snapshot};
use crate::runs::{Past, usual_deploy};
use crate::state_dir::state_dir;

/// What a verb deploys, and by what.
pub(in crate::cli) struct Deploying<'a> {
    pub(in crate::cli) verb: &'static str,
    pub(in crate::cli) chosen: &'a Chosen,
    /// The groups that were named.
    pub(in crate::cli) named: Vec<Group>,
    pub(in crate::cli) policy: Policy,
    pub(in crate::cli) jobs: Jobs,
    pub(in crate::cli) patience: Duration,
}

/// What will be done, and what is said of it beforehand.
struct Planned {
    plan: Plan,
    outlook: Outlook,
    notes: Vec<String>,
}

impl Deploying<'_> {
    /// Everything up to the first change: who is asked for, whether it may be done, and where it
    /// will be written down.
    ///
    /// # Errors
    /// Every reason to refuse it.
    pub(in crate::cli) async fn prepare(
        self,
        reach: Reach,
        global: &Global,
        talk: &Talk,
        plan: impl AsyncFn(Ground<'_>, &Snapshot, &Access) -> Result<(Plan, Vec<String>), CliError>,
    ) -> Result<Ready, CliError> {
        let (access, clock) = (global.access(), reach.clock);
        let state_dir = state_dir(global.state_dir.clone())?;
        let run = RunId::made_at(clock.now());
        let what = format!("{} {}", self.verb, self.chosen.groups.join(" "));
        let holder = Holder::new(run, clock.now(), what.clone());
        let (chosen, named) = (self.chosen, &self.named[..]);
        let search = Search { chosen, named, reach: &reach, state_dir: &state_dir, talk };
        let until = Instant::now() + self.patience;
        let (planned, locks) = loop {
            let Locked { found, locks } = search.locked(&holder, left(until)).await?;
            let ground = Ground {
                named,
                found,
                holds: Vec::new(),
                away: Vec::new(),
                policy: self.policy.clone(),
                runs: &[],
            };
            let planned = self.planned(ground, &reach, &state_dir, &access, &plan).await?;
            let ids = planned.plan.targets().map(|target| target.id.clone()).collect();
            if anybody_at_work(&Past::all(&state_dir)?, &ids).is_none() {
                break (planned, locks);
            }
            drop(locks);
            nobody(&state_dir, left(until), talk, |runs| anybody_at_work(runs, &ids)).await?;
        };
        let header = Header::new(run, clock.now(), planned.plan).asked(what, None);
        let header = header.deploying(self.jobs);
        self::ready(reach, &state_dir, header, locks, access)
            .map(|ready| ready.noting(planned.notes).foreseeing(planned.outlook))
    }

    async fn planned(
        &self,
        ground: Ground<'_>,
        reach: &Reach,
        state_dir: &Path,
        access: &Access,
        plan: &impl AsyncFn(Ground<'_>, &Snapshot, &Access) -> Result<(Plan, Vec<String>), CliError>,
    ) -> Result<Planned, CliError> {
        let groups = &ground.found.groups;
        let asked = self.chosen.hold.ask(&*reach.balancer, groups).await?;
        let hold::Asked { holds, mut notes } = asked;
        notes.extend(taken_in(&self.named, groups));
        let here = reach.watch.decide(|seen| seen_of(groups.iter().map(|group| &group.arn), seen));
        let runs = Past::all(state_dir)?;
        let away = match self.chosen.if_held_out {
            IfHeldOut::Fail => {
                notes.extend(none_held_out(state_dir, &here, access)?);
                Vec::new()
            }
            IfHeldOut::Ignore => Past::away(&runs),
        };
        let now = reach.clock.now();
        let planned = plan(Ground { holds, away, runs: &runs, ..ground }, &here, access).await;
        let (plan, more) = unless(planned, shut(&self.policy, now))?;
        notes.extend(more);
        notes.extend(closing(&self.policy, now));
        let arns: Vec<_> = here.keys().collect();
        let outlook = Outlook::of(&plan, &here, usual_deploy(&runs, &arns));
        Ok(Planned { plan, outlook, notes })
    }
}

fn ready(
    Reach { balancer, watch, clock, .. }: Reach,
    state_dir: &Path,
    header: Header,
    locks: GroupLocks,
    access: Access,
) -> Result<Ready, CliError> {
    let executor = executor(&header, state_dir);
    let ports = Ports { balancer, watch, executor, clock };
    Ready::new(state_dir, header, ports, locks, access)
}
