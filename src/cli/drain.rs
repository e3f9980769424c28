//! `drain`: targets out of all their groups, and left out until somebody restores them.

mod search;
mod words;

use std::time::Duration;

use clap::Args;
use tokio::time::Instant;

use self::search::{Locked, Said, Search};
use self::words::taken_along;
use super::Global;
use super::begin::carry;
use super::busy::none_at_work;
use super::config;
use super::error::CliError;
use super::exit::Exit;
use super::hold::{self, IgnoreHold};
use super::lock_wait::LockWait;
use super::reach::Reach;
use super::run::{Ready, executor};
use super::shown::{Shown, Talk};
use super::still_running::{may_be_running, running_for};
use super::typed::{Limit, Mistakes, Span, Typed};
use super::whom::{Targets, Whom};
use crate::engine::Ports;
use crate::journal::{Header, Holder, RunId};
use crate::rollout::{DEFAULT_MIN_HEALTHY, Plan, Policy, Request, Share};
use crate::runs::Past;
use crate::state_dir::state_dir;

/// Take targets out of all their groups, and leave them out
///
/// Remembers every registration, holds the floor of every group, deregisters the targets
/// everywhere at once, and waits until they really are drained everywhere. `restore` puts them
/// back exactly as they were, from another process or after a reboot.
///
/// A target that is registered nowhere is no error; one that drains already is waited for.
///
/// Ends with 0 once the targets are drained, or if they are registered nowhere (with --strict: 3);
/// with 3 if it was refused, for instance for the floor, and nothing was changed; with 4 if it was
/// halted and nothing is out; with 5 if it was halted and targets are out, which are named; with 6
/// if another run works on the groups or the journal cannot be kept.
#[derive(Debug, Args)]
#[command(args = config::flags())]
pub(super) struct Drain {
    #[command(flatten)]
    whom: Whom,
    /// Only out of this group, by name or ARN; can be repeated [default: every group that holds
    /// a target]
    #[arg(
        long = "group",
        value_name = "GROUP",
        env = "ELB_DEPLOY_DRAIN_GROUPS",
        value_delimiter = ',',
        hide_env_values = true
    )]
    groups: Vec<String>,
    /// Why, for whoever finds it held out
    #[arg(long, value_name = "TEXT", env = "ELB_DEPLOY_REASON", hide_env_values = true)]
    reason: Option<String>,
    /// The least time between deregistering and being drained [default: 15s behind an
    /// application load balancer, 2m behind a network one]
    #[arg(long, value_name = "DURATION", env = "ELB_DEPLOY_SETTLE", hide_env_values = true)]
    settle: Option<Typed<Span>>,
    /// How long it may take; refused if the drain takes longer [default: the group's
    /// deregistration delay and 1m]
    #[arg(long, value_name = "DURATION", env = "ELB_DEPLOY_WITHIN", hide_env_values = true)]
    within: Option<Typed<Limit>>,
    /// How many targets of each group stay in service; 0 allows downtime
    #[arg(long, value_name = "N|N%", default_value_t = Typed::of(DEFAULT_MIN_HEALTHY), allow_negative_numbers = true, env = "ELB_DEPLOY_MIN_HEALTHY", hide_env_values = true)]
    min_healthy: Typed<Share>,
    /// End with exit code 3 if a target is registered nowhere
    #[arg(long, env = "ELB_DEPLOY_STRICT", hide_env_values = true)]
    strict: bool,
    #[command(flatten)]
    hold: IgnoreHold,
    #[command(flatten)]
    lock_wait: LockWait,
    #[command(flatten)]
    shown: Shown,
}

impl Drain {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, CliError> {
        carry(&self.shown, async |talk| self.prepare(global, talk).await).await
    }

    async fn prepare(&self, global: &Global, talk: &Talk) -> Result<Option<Ready>, CliError> {
        let (policy, patience, targets) = self.meant().await?;
        let until = Instant::now() + patience;
        let state_dir = state_dir(global.state_dir.clone())?;
        let runs = none_at_work(&state_dir, &targets.ids, patience, talk).await?;
        let reach = Reach::after(&runs, global).await?;
        targets.are_in(&reach.region)?;
        let run = RunId::made_at(reach.clock.now());
        let what = format!("drain {}", targets.listed());
        let holder = Holder::new(run, reach.clock.now(), because(&what, self.reason.as_deref()));
        let search = Search {
            targets: &targets,
            is_myself: self.whom.is_myself(),
            groups: &self.groups,
            strict: self.strict,
            reach: &reach,
            state_dir: &state_dir,
            access: global.access(),
            talk,
            said: Said::default(),
        };
        let locked = search.locked(&holder, until, runs).await?;
        let Some(Locked { groups, locks, runs }) = locked else { return Ok(None) };
        let (ids, away) = (targets.ids.iter().cloned().collect(), Past::away(&runs));
        let hold::Asked { holds, mut notes } = self.hold.ask(&*reach.balancer, &groups).await?;
        let request = Request { groups, targets: ids, away, policy, holds, ..Request::default() };
        let planned = |seen: &_| {
            let told = |plan: &_| taken_along(plan, seen, &global.access(), &request.away);
            Plan::drain(request.clone(), seen).map(|plan| (told(&plan), plan))
        };
        let planned = reach.watch.decide(planned);
        let (told, plan) =
            planned.map_err(|refusals| hold::refused(&refusals, &global.access()))?;
        notes.extend(told);
        notes.extend(running_for(&runs, &targets.ids).iter().map(may_be_running));
        let header = Header::new(run, reach.clock.now(), plan).asked(what, self.reason.clone());
        let Reach { balancer, watch, clock, .. } = reach;
        let executor = executor(&header, &state_dir);
        let ports = Ports { balancer, watch, executor, clock };
        let ready = Ready::new(&state_dir, header, ports, locks, global.access())?;
        Ok(Some(ready.noting(notes)))
    }
}

impl Drain {
    /// `a,,b` and `a,` are what scripts make of a variable that is not set.
    pub(super) fn drop_empty_items(&mut self) {
        self.groups.retain(|group| !group.is_empty());
    }

    /// What the command line says, if nothing in it is wrong.
    async fn meant(&self) -> Result<(Policy, Duration, Targets), CliError> {
        let mut mistakes = Mistakes::default();
        let settle = self.settle.as_ref().and_then(|time| mistakes.meant("--settle", time));
        let within = self.within.as_ref().and_then(|time| mistakes.meant("--within", time));
        let min_healthy = mistakes.meant("--min-healthy", &self.min_healthy);
        let patience = self.lock_wait.patience(&mut mistakes);
        if self.whom.is_nobody() {
            let hint = "name a target such as i-0abc, or this instance with --self";
            mistakes.note(CliError::new(Exit::Usage, "nobody is named").hint(Some(hint)));
        }
        let policy = Policy {
            min_healthy: min_healthy.unwrap_or(DEFAULT_MIN_HEALTHY),
            settle: settle.map(|Span(time)| time),
            drain_timeout: within.map(|Limit(time)| time),
            ..Policy::default()
        };
        Ok((policy, patience, self.whom.targets(mistakes).await?))
    }
}

/// What is done and why, for whoever is refused because of it.
fn because(what: &str, reason: Option<&str>) -> String {
    reason.map_or_else(|| what.to_owned(), |reason| format!("{what} ({reason})"))
}
