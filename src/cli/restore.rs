//! `restore`: puts back what journals of this machine hold out, or what a person names.

mod afterwards;
mod beside;
mod flips;
mod named;
mod passed_over;
mod reachable;
mod words;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use clap::Args;

use self::afterwards::Afterwards;
use self::beside::leave_to_others;
use self::flips::tell_unfinished_flips;
use self::named::Named;
use self::passed_over::{concerns, tell_passed_over};
use self::reachable::reachable;
use self::words::{both, nothing_to_restore, still_out, without_journals};
use super::Global;
use super::begin::carry;
use super::busy::{nobody, under_way};
use super::error::CliError;
use super::exit::Exit;
use super::in_service::InService;
use super::lock_wait::{LockWait, lock};
use super::place::port_of;
use super::reach::Reach;
use super::run::{Ready, executor};
use super::shown::{Shown, Talk};
use super::state_folder::{of_root, with_journals};
use super::still_running::anybody_at_work;
use super::stopped::naming_what_is_out;
use super::typed::Mistakes;
use super::whom::{Targets, Whom};
use crate::engine::Ports;
use crate::journal::{Header, Holder, RunId};
use crate::report::Access;
use crate::rollout::{Group, Plan, Policy, Registration, Target, TargetId};
use crate::runs::{Past, ToRestore};
use crate::state_dir::{known_state_dir, state_dir};

/// Put back what runs on this machine hold out, exactly as it was
///
/// Registers everything that the journals of ended or dead runs hold out, with id, port, zone and
/// QUIC server id as they were, waits until it is in service, and closes those journals. With
/// targets, or with --run, only those. Nothing to restore is no error, and to restore twice does
/// no harm.
///
/// With --group it needs no journal: it registers the targets in that group, as the journals have
/// them there, or if they do not know them with --port or the group's port. What the journals hold
/// out of them elsewhere is named at the end.
///
/// Ends with 0 once everything is in service, or if nothing is held out; with 3 if it was refused,
/// for instance because there is no state folder; with 5 if something is not in service yet, which
/// is named, also if that is the target of a flip that is not done; with 6 if another run works on the groups, a command of an earlier run still works on a
/// target, or the journal cannot be kept.
#[derive(Debug, Args)]
pub(super) struct Restore {
    #[command(flatten)]
    whom: Whom,
    /// Only what this run holds out: its id, or the beginning of it
    #[arg(
        long,
        value_name = "RUN",
        conflicts_with = "group",
        env = "ELB_DEPLOY_RESTORE_RUN",
        hide_env_values = true
    )]
    run: Option<String>,
    /// Register the targets in this group, by name or ARN, also if no journal knows them
    #[arg(long, value_name = "GROUP", env = "ELB_DEPLOY_RESTORE_GROUP", hide_env_values = true)]
    group: Option<String>,
    /// The port to register them with [default: those of the journals, or else the group's]
    #[arg(
        long,
        value_name = "PORT",
        requires = "group",
        env = "ELB_DEPLOY_RESTORE_PORT",
        hide_env_values = true
    )]
    port: Option<String>,
    #[command(flatten)]
    in_service: InService,
    #[command(flatten)]
    lock_wait: LockWait,
    #[command(flatten)]
    shown: Shown,
}

/// What a command line says.
struct Meant {
    whom: Targets,
    policy: Policy,
    patience: Duration,
    port: Option<u16>,
}

/// What is put back, and what of it cannot be.
#[derive(Default)]
struct Work {
    groups: Vec<Group>,
    targets: Vec<Target>,
    /// Where a person says that it is put back.
    named: Option<Named>,
    left: Option<CliError>,
}

impl Work {
    fn what(&self) -> String {
        let ids: Vec<_> = self.targets.iter().map(|target| target.id.as_str()).collect();
        format!("restore {}", ids.join(" "))
    }
}

/// A restore that can begin, and what is told when it has ended.
struct Begun {
    ready: Ready,
    left: Option<CliError>,
    afterwards: Afterwards,
}

impl Restore {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, CliError> {
        let mut rest = None;
        let carried = carry(&self.shown, async |talk| {
            let begun = self.prepare(global, talk).await?;
            Ok(begun.map(|Begun { ready, left, afterwards }| {
                rest = Some((left, afterwards));
                ready
            }))
        });
        let ended = carried.await.map_err(|error| naming_what_is_out(error, global));
        let Some((left, afterwards)) = rest else { return ended };
        afterwards.tell();
        match (ended, left) {
            (Ok(Exit::HaltedOut), Some(left)) => Err(CliError { kind: Exit::HaltedOut, ..left }),
            (Ok(_), Some(left)) => Err(left),
            (Err(error), Some(left)) => Err(both(error, left)),
            (ended, None) => ended,
        }
    }

    async fn prepare(&self, global: &Global, talk: &Talk) -> Result<Option<Begun>, CliError> {
        let meant = self.meant().await?;
        self.wait_for_others(global, &meant, talk).await?;
        let whom = &meant.whom;
        let work = match &self.group {
            Some(group) => {
                let reach = Reach::for_run(global).await?;
                whom.are_in(&reach.region)?;
                let work = self.named(global, &reach, group, &meant).await?;
                Some((reach, work))
            }
            None => self.held_out(global, whom, talk).await?,
        };
        let Some((reach, mut work)) = work else {
            return self.nothing(global, &whom.ids, talk).await;
        };
        let (left, ids) = (work.left.take(), meant.whom.ids.clone());
        match (self.begin(global, meant, reach, work, talk).await, left) {
            (Ok(Some((ready, afterwards))), left) => Ok(Some(Begun { ready, left, afterwards })),
            (Ok(None), Some(left)) => Err(left),
            (Ok(None), None) => self.nothing(global, &ids, talk).await,
            (Err(error), Some(left)) => Err(both(error, left)),
            (Err(error), None) => Err(error),
        }
    }

    /// What others take out or put in meanwhile is not told by what journals say now.
    async fn wait_for_others(
        &self,
        global: &Global,
        Meant { whom, patience, .. }: &Meant,
        talk: &Talk,
    ) -> Result<(), CliError> {
        let state = known_state_dir(global.state_dir.clone()).filter(|path| path.is_dir());
        let Some(state) = state else { return Ok(()) };
        let only = self.only(&state, &global.access())?;
        let who = |runs: &[Past]| {
            let run = only.and_then(|run| under_way(runs, run));
            run.or_else(|| anybody_at_work(runs, &whom.ids))
        };
        nobody(&state, *patience, talk, who).await.map(drop)
    }

    /// What the command line says, if nothing in it is wrong.
    async fn meant(&self) -> Result<Meant, CliError> {
        let mut mistakes = Mistakes::default();
        let policy = self.in_service.bound(Policy::default(), &mut mistakes);
        let patience = self.lock_wait.patience(&mut mistakes);
        let port = self.port(&mut mistakes);
        if self.group.is_some() && self.whom.is_nobody() {
            let hint = "name a target such as i-0abc, or this instance with --self";
            let what = "--group says where, and nobody is named";
            mistakes.note(CliError::new(Exit::Usage, what).hint(Some(hint)));
        }
        let whom = self.whom.targets(mistakes).await?;
        Ok(Meant { whom, policy, patience, port })
    }

    /// The run that puts it back, from its locks to its journal; none if all is back meanwhile.
    async fn begin(
        &self,
        global: &Global,
        meant: Meant,
        reach: Reach,
        mut work: Work,
        talk: &Talk,
    ) -> Result<Option<(Ready, Afterwards)>, CliError> {
        let refused = |error| CliError::refused(&error);
        let access = global.access();
        let out = places(&work.targets);
        let by_hand = |error: CliError, out: &[Registration]| match work.named {
            Some(_) => error,
            None => still_out(error, out, &access),
        };
        let state_dir = state_dir(global.state_dir.clone());
        let state_dir = state_dir.map_err(|error| by_hand(error.into(), &out))?;
        let arns: BTreeSet<_> = work.groups.iter().map(|group| group.arn.clone()).collect();
        let (run, what) = (RunId::made_at(reach.clock.now()), work.what());
        let holder = Holder::new(run, reach.clock.now(), what.clone());
        let arns_in_order: Vec<_> = arns.iter().cloned().collect();
        let locks = lock(&state_dir, &arns_in_order, &holder, meant.patience, talk).await;
        let locks = locks.map_err(|error| match error.is_held() {
            // Whoever holds it may be putting them back.
            true => error.into(),
            false => by_hand(error.into(), &out),
        })?;
        // Whoever held the locks until now may have put everything back.
        let mut found = self.find(&state_dir, &meant.whom, &access);
        if let Ok((found, _)) = &mut found {
            found.places.retain(|(_, place)| arns.contains(&place.group));
        }
        let (found, _) = found.map_err(|error| by_hand(error, &out))?;
        work.targets = match &work.named {
            Some(named) => named.targets(&found.places),
            None => found.targets(),
        };
        if work.targets.is_empty() {
            return Ok(None);
        }
        let out = places(&work.targets);
        reach.watch.first_look(&arns).await.map_err(refused)?;
        let plan = Plan::restore(work.groups, work.targets, meant.policy);
        let plan = plan.map_err(|refusals| CliError::refusals(&refusals))?;
        let header = Header::new(run, reach.clock.now(), plan).asked(what, None);
        let header = Header { named: work.named.is_some(), ..header };
        let Reach { balancer, watch, clock, .. } = reach;
        let executor = executor(&header, &state_dir);
        let ports = Ports { balancer, watch, executor, clock };
        let ready = Ready::new(&state_dir, header, ports, locks, access.clone());
        let ready = ready.map_err(|error| by_hand(error, &out))?;
        let named = work.named.map(|_| meant.whom.ids).unwrap_or_default();
        Ok(Some((ready, Afterwards { run, state_dir, named, access })))
    }

    /// The targets in the group that was named. It needs no journal, but heeds those that there are.
    async fn named(
        &self,
        global: &Global,
        reach: &Reach,
        group: &str,
        meant: &Meant,
    ) -> Result<Work, CliError> {
        let Meant { whom, port, .. } = meant;
        let groups = reach.balancer.groups(&[group.to_owned()]).await;
        let groups = groups.map_err(|error| CliError::refused(&error))?;
        let Some(group) = groups.into_iter().next() else { return Ok(Work::default()) };
        let named = Named::of(group, &whom.ids, self.whom.is_myself(), *port);
        let named = named.map_err(|refusals| CliError::refusals(&refusals))?;
        let state_dir = known_state_dir(global.state_dir.clone());
        let found = state_dir.map(|state_dir| ToRestore::find(&state_dir, None, &whom.ids));
        let found = found.transpose()?.unwrap_or_default();
        let (groups, targets) = (vec![named.group.clone()], named.targets(&found.places));
        Ok(Work { groups, targets, named: Some(named), left: None })
    }

    /// What the journals hold out, of the targets that are meant, in the groups that there are.
    async fn held_out(
        &self,
        global: &Global,
        whom: &Targets,
        talk: &Talk,
    ) -> Result<Option<(Reach, Work)>, CliError> {
        let access = global.access();
        let state_dir = with_journals(global, "nothing is known of what was taken out");
        let state_dir = state_dir.map_err(|error| error.hint(Some(without_journals(&access))))?;
        let (mut found, beside) = self.find(&state_dir, whom, &access)?;
        let mut passed_over = std::mem::take(&mut found.passed_over);
        passed_over.retain(|(run, why)| concerns(&state_dir, *run, why, whom));
        let unread = tell_passed_over(talk, passed_over, &access);
        let is_found = |id: &&TargetId| found.places.iter().any(|(_, place)| place.id == **id);
        // This instance has an id and an address, and is held out by one of them.
        let is_answered = self.whom.is_myself() && whom.ids.iter().any(|id| is_found(&id));
        let unread = [beside, unread].into_iter().flatten().reduce(both);
        let is_told = is_answered || (found.places.is_empty() && unread.is_some());
        for id in whom.ids.iter().filter(|id| !is_told && !is_found(id)) {
            talk.note(&format!("no readable journal in {} holds {id} out", state_dir.display()));
        }
        if found.places.is_empty() {
            return unread.map_or(Ok(None), Err);
        }
        let groups = found.places.iter().map(|(_, place)| &place.group);
        let reach = Reach::for_journals(global, groups).await?;
        whom.are_in(&reach.region)?;
        let (groups, unreachable) = reachable(&reach, &mut found, &global.access()).await?;
        let left = [unread, unreachable].into_iter().flatten().reduce(both);
        if let (true, Some(left)) = (found.places.is_empty(), &left) {
            return Err(CliError { kind: Exit::Refused, ..left.clone() });
        }
        let targets = found.targets();
        Ok(Some((reach, Work { groups, targets, named: None, left })))
    }

    /// Tells that there is nothing to do.
    async fn nothing<T>(
        &self,
        global: &Global,
        ids: &BTreeSet<TargetId>,
        talk: &Talk,
    ) -> Result<Option<T>, CliError> {
        let folder = known_state_dir(global.state_dir.clone());
        let runs = folder.as_deref().map(Past::all).transpose()?.unwrap_or_default();
        let is_all = self.whom.is_nobody() && self.run.is_none() && self.group.is_none();
        let is_under_way = runs.iter().any(|past| past.under_way);
        talk.note(&nothing_to_restore(folder.as_deref(), is_all, is_under_way));
        if let Some(hint) = of_root(global) {
            talk.note(&hint);
        }
        if let Some(folder) = folder {
            let only = self.only(&folder, &global.access())?;
            tell_unfinished_flips(&runs, (ids, only), global, talk).await?;
        }
        Ok(None)
    }

    /// What is to be put back, and why some of it is not yet.
    fn find(
        &self,
        state_dir: &Path,
        whom: &Targets,
        access: &Access,
    ) -> Result<(ToRestore, Option<CliError>), CliError> {
        let mut found = ToRestore::find(state_dir, self.only(state_dir, access)?, &whom.ids)?;
        let beside = leave_to_others(&mut found, &Past::all(state_dir)?, access);
        Ok((found, beside))
    }

    /// The run that is meant, if one is.
    fn only(&self, state_dir: &Path, access: &Access) -> Result<Option<RunId>, CliError> {
        let only = self.run.as_ref().map(|said| RunId::find(state_dir, said)).transpose();
        only.map_err(|error| CliError::not_found(error, access))
    }

    fn port(&self, mistakes: &mut Mistakes) -> Option<u16> {
        let said = port_of(self.port.as_ref()?);
        let noted = |why: &String| {
            let hint = "write it as a number from 1 to 65535";
            CliError::new(Exit::Usage, format!("--port {why}")).hint(Some(hint))
        };
        said.inspect_err(|why| mistakes.note(noted(why))).ok()
    }
}

fn places(targets: &[Target]) -> Vec<Registration> {
    targets.iter().flat_map(|target| &target.new).cloned().collect()
}
