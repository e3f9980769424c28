//! `drain`: targets out of all their groups, and left out until somebody restores them.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::Global;
use super::begin::carry;
use super::busy::none_at_work;
use super::error::CliError;
use super::exit::Exit;
use super::lock_wait::{LockWait, lock};
use super::reach::Reach;
use super::run::{Ready, executor};
use super::shown::{Shown, Talk};
use super::typed::{Limit, Mistakes, Span, Typed};
use super::whom::{Targets, Whom};
use crate::engine::Ports;
use crate::journal::{Header, Holder, RunId};
use crate::report::{Access, put_right};
use crate::rollout::{
    DEFAULT_MIN_HEALTHY, Group, GroupArn, Plan, Policy, Registration, Request, Share, Snapshot,
    TargetId,
};
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
    lock_wait: LockWait,
    #[command(flatten)]
    shown: Shown,
}

impl Drain {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, CliError> {
        carry(&self.shown, async |talk| self.prepare(global, talk).await).await
    }

    async fn prepare(&self, global: &Global, talk: &Talk) -> Result<Option<Ready>, CliError> {
        let refused = |error| CliError::refused(&error);
        let (policy, patience, targets) = self.meant(global).await?;
        let reach = Reach::for_run(global).await?;
        let state_dir = state_dir(global.state_dir.clone())?;
        none_at_work(&state_dir, &targets.ids, patience, talk).await?;
        let arns = self.candidates(&reach, &targets, talk).await?;
        let tell = |seen| talk.note(&format!("looked at {seen} of {} groups", arns.len()));
        reach.watch.first_look_telling(&arns, tell).await.map_err(refused)?;
        let found = reach.watch.decide(|seen| found(&targets, seen));
        for told in held_out_already(&state_dir, &targets, &found, &global.access())? {
            talk.note(&told);
        }
        self.tell_missing(&targets, &found, talk, &global.access())?;
        let holding: BTreeSet<_> = found.into_iter().map(|place| place.group).collect();
        if holding.is_empty() {
            return Ok(None);
        }
        let run = RunId::made_at(reach.clock.now());
        let what = format!("drain {}", targets.listed());
        let holder = Holder::new(run, reach.clock.now(), because(&what, self.reason.as_deref()));
        let arns: Vec<_> = holding.iter().cloned().collect();
        let locks = lock(&state_dir, &arns, &holder, patience).await?;
        let names: Vec<_> = holding.iter().map(|arn| arn.as_str().to_owned()).collect();
        let groups = reach.balancer.groups(&names).await.map_err(refused)?;
        reach.watch.first_look(&holding).await.map_err(refused)?;
        let away = Past::away(&Past::all(&state_dir)?);
        let plan = reach.watch.decide(|seen| {
            let (ids, exclude) = (targets.ids.iter().cloned().collect(), Vec::new());
            Plan::drain(Request { groups, targets: ids, exclude, away, policy }, seen)
        });
        let plan = plan.map_err(|refusals| CliError::refusals(&refusals))?;
        let now = reach.clock.now();
        let header = Header::new(run, now, plan).asked(what, self.reason.clone());
        let Reach { balancer, watch, clock } = reach;
        let executor = executor(&header, &state_dir);
        let ports = Ports { balancer, watch, executor, clock };
        Ready::new(&state_dir, header, ports, locks, global.access()).map(Some)
    }
}

impl Drain {
    /// `a,,b` and `a,` are what scripts make of a variable that is not set.
    pub(super) fn drop_empty_items(&mut self) {
        self.groups.retain(|group| !group.is_empty());
    }

    /// What the command line says, if nothing in it is wrong.
    async fn meant(&self, global: &Global) -> Result<(Policy, Duration, Targets), CliError> {
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
        Ok((policy, patience, self.whom.targets(mistakes, global.region.as_deref()).await?))
    }

    /// The groups in which a target can be.
    async fn candidates(
        &self,
        reach: &Reach,
        targets: &Targets,
        talk: &Talk,
    ) -> Result<BTreeSet<GroupArn>, CliError> {
        let refused = |error| CliError::refused(&error);
        if !self.groups.is_empty() {
            let groups = reach.balancer.groups(&self.groups).await.map_err(refused)?;
            let undrainable: Vec<_> = groups.iter().filter_map(Group::undrainable).collect();
            return match undrainable.is_empty() {
                true => Ok(groups.into_iter().map(|group| group.arn).collect()),
                false => Err(CliError::refusals(&undrainable)),
            };
        }
        let listed = reach.balancer.listed().await.map_err(refused)?;
        let fitting: BTreeSet<_> =
            listed.into_iter().filter(|group| targets.fit(group)).map(|group| group.arn).collect();
        let (count, listed) = (fitting.len(), targets.listed());
        let groups = if count == 1 { "group" } else { "groups" };
        talk.note(&format!("looking for {listed} in {count} {groups}"));
        Ok(fitting)
    }

    /// Who is registered nowhere is told, or is an error.
    fn tell_missing(
        &self,
        targets: &Targets,
        found: &[Registration],
        talk: &Talk,
        access: &Access,
    ) -> Result<(), CliError> {
        let is_found = |id: &TargetId| found.iter().any(|place| place.id == *id);
        // An instance is in groups of instances or of addresses, seldom in both.
        let mut missing: Vec<_> = targets.ids.iter().filter(|id| !is_found(id)).collect();
        if self.whom.is_myself() && !found.is_empty() {
            missing.clear();
        }
        if missing.is_empty() {
            return Ok(());
        }
        let missing = missing.into_iter().map(TargetId::as_str).collect::<Vec<_>>().join(", ");
        let what = format!("{missing}: registered in no group that was looked at");
        if self.strict {
            let runs = access.command("runs");
            let hint = format!(
                "look at the id, the region and the account; what is held out already is told \
                 by: {runs}"
            );
            return Err(CliError::new(Exit::Refused, what).hint(Some(hint)));
        }
        talk.note(&format!("{what}, so there is nothing to drain"));
        Ok(())
    }
}

/// Where the targets are registered, those on their way out too.
fn found(targets: &Targets, seen: &Snapshot) -> Vec<Registration> {
    let places = seen.values().flat_map(|look| &look.seen);
    let mine = places
        .filter(|(place, health)| targets.ids.contains(&place.id) && !health.is_not_registered());
    mine.map(|(place, _)| place.clone()).collect()
}

/// What earlier runs hold out of the targets, so that nobody takes a drain for what it is not.
fn held_out_already(
    state_dir: &Path,
    targets: &Targets,
    found: &[Registration],
    access: &Access,
) -> Result<Vec<String>, CliError> {
    let is_out = |place: &&Registration| {
        targets.ids.contains(&place.id) && !found.iter().any(|other| other.same_place(place))
    };
    let mut told = Vec::new();
    for past in Past::all(state_dir)? {
        let places: Vec<_> =
            past.held_out().iter().map(|held| &held.place).filter(is_out).collect();
        let Some(command) = put_right(places.iter().copied(), access) else { continue };
        let places = places.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let run = past.run;
        told.push(format!("out already by run {run}: {places}; put it back with: {command}"));
    }
    Ok(told)
}

/// What is done and why, for whoever is refused because of it.
fn because(what: &str, reason: Option<&str>) -> String {
    reason.map_or_else(|| what.to_owned(), |reason| format!("{what} ({reason})"))
}
