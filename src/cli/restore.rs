//! `restore`: puts back what journals of this machine hold out, or what a person names.

mod reachable;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use clap::Args;

use self::reachable::reachable;
use super::Global;
use super::begin::carry;
use super::busy::none_at_work;
use super::error::CliError;
use super::exit::Exit;
use super::in_service::InService;
use super::lock_wait::{LockWait, lock};
use super::place::port_of;
use super::reach::Reach;
use super::run::{Ready, executor};
use super::shown::{Shown, Talk};
use super::state_folder::{of_root, with_journals};
use super::still_running::tell_running;
use super::typed::Mistakes;
use super::whom::{Targets, Whom};
use crate::engine::Ports;
use crate::journal::{Header, Holder, RunFolder, RunId};
use crate::report::{Access, put_right_by_hand};
use crate::rollout::{Group, Plan, Policy, Registration, Target, TargetId};
use crate::runs::{PassedOver, ToRestore, salvage};
use crate::state_dir::{known_state_dir, state_dir};

/// Put back what runs on this machine hold out, exactly as it was
///
/// Registers everything that the journals of ended or dead runs hold out, with id, port, zone and
/// QUIC server id as they were, waits until it is in service, and closes those journals. With
/// targets, or with --run, only those. Nothing to restore is no error, and to restore twice does
/// no harm.
///
/// With --group it needs no journal: it registers the targets in that group.
///
/// Ends with 0 once everything is in service, or if nothing is held out; with 3 if it was refused,
/// for instance because there is no state folder; with 5 if something is not in service yet, which
/// is named; with 6 if another run works on the groups or the journal cannot be kept.
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
    /// Register the targets in this group, by name or ARN, whatever the journals say
    #[arg(long, value_name = "GROUP", env = "ELB_DEPLOY_RESTORE_GROUP", hide_env_values = true)]
    group: Option<String>,
    /// The port to register them with [default: the group's]
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
    left: Option<CliError>,
}

impl Work {
    fn what(&self) -> String {
        let ids: Vec<_> = self.targets.iter().map(|target| target.id.as_str()).collect();
        format!("restore {}", ids.join(" "))
    }
}

impl Restore {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, CliError> {
        let mut left = None;
        let carried = carry(&self.shown, async |talk| {
            let ready = self.prepare(global, talk).await?;
            Ok(ready.map(|(ready, error)| {
                left = error;
                ready
            }))
        });
        let ended = carried.await;
        match (ended, left) {
            (Ok(Exit::HaltedOut), Some(left)) => Err(CliError { kind: Exit::HaltedOut, ..left }),
            (Ok(_), Some(left)) => Err(left),
            (ended, _) => ended,
        }
    }

    async fn prepare(
        &self,
        global: &Global,
        talk: &Talk,
    ) -> Result<Option<(Ready, Option<CliError>)>, CliError> {
        let meant = self.meant(global).await?;
        let Meant { whom, patience, .. } = &meant;
        let state = known_state_dir(global.state_dir.clone()).filter(|path| path.is_dir());
        if let (Some(state), false) = (state, whom.ids.is_empty()) {
            none_at_work(&state, &whom.ids, *patience, talk).await?;
        }
        let work = match &self.group {
            Some(group) => {
                let reach = Reach::for_run(global).await?;
                let work = self.named(&reach, group, meant.port, whom).await?;
                Some((reach, work))
            }
            None => self.held_out(global, whom, talk).await?,
        };
        let Some((reach, work)) = work else { return nothing(global, talk) };
        let access = global.access();
        let out: Vec<_> = work.targets.iter().flat_map(|target| &target.new).cloned().collect();
        let begun = self.begin(global, meant, reach, work).await;
        let begun = begun.map_err(|error| still_out(error, &out, &access))?;
        begun.map_or_else(|| nothing(global, talk), |begun| Ok(Some(begun)))
    }

    /// What the command line says, if nothing in it is wrong.
    async fn meant(&self, global: &Global) -> Result<Meant, CliError> {
        let mut mistakes = Mistakes::default();
        let policy = self.in_service.bound(Policy::default(), &mut mistakes);
        let patience = self.lock_wait.patience(&mut mistakes);
        let port = self.port(&mut mistakes);
        if self.group.is_some() && self.whom.is_nobody() {
            let hint = "name a target such as i-0abc, or this instance with --self";
            let what = "--group says where, and nobody is named";
            mistakes.note(CliError::new(Exit::Usage, what).hint(Some(hint)));
        }
        let whom = self.whom.targets(mistakes, global.region.as_deref()).await?;
        Ok(Meant { whom, policy, patience, port })
    }

    /// The run that puts it back, from its locks to its journal; none if all is back meanwhile.
    async fn begin(
        &self,
        global: &Global,
        meant: Meant,
        reach: Reach,
        mut work: Work,
    ) -> Result<Option<(Ready, Option<CliError>)>, CliError> {
        let refused = |error| CliError::refused(&error);
        let state_dir = state_dir(global.state_dir.clone())?;
        let arns: BTreeSet<_> = work.groups.iter().map(|group| group.arn.clone()).collect();
        let (run, what) = (RunId::made_at(reach.clock.now()), work.what());
        let holder = Holder::new(run, reach.clock.now(), what.clone());
        let arns_in_order: Vec<_> = arns.iter().cloned().collect();
        let locks = lock(&state_dir, &arns_in_order, &holder, meant.patience).await?;
        if self.group.is_none() {
            // Whoever held the locks until now may have put everything back.
            let mut found = self.find(&state_dir, &meant.whom, &global.access())?;
            found.places.retain(|(_, place)| arns.contains(&place.group));
            work.targets = found.targets();
        }
        if work.targets.is_empty() {
            return work.left.map_or(Ok(None), Err);
        }
        reach.watch.first_look(&arns).await.map_err(refused)?;
        let plan = Plan::restore(work.groups, work.targets, meant.policy);
        let plan = plan.map_err(|refusals| CliError::refusals(&refusals))?;
        let header = Header::new(run, reach.clock.now(), plan).asked(what, None);
        let header = Header { named: self.group.is_some(), ..header };
        let Reach { balancer, watch, clock } = reach;
        let executor = executor(&header, &state_dir);
        let ports = Ports { balancer, watch, executor, clock };
        let ready = Ready::new(&state_dir, header, ports, locks, global.access())?;
        Ok(Some((ready, work.left)))
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
        let mut found = self.find(&state_dir, whom, &access)?;
        tell_running(talk, &state_dir, &found);
        let mut passed_over = std::mem::take(&mut found.passed_over);
        passed_over.retain(|(run, why)| concerns(&state_dir, *run, why, whom));
        let unread = Self::tell_passed_over(talk, passed_over, &access);
        let is_found = |id: &&TargetId| found.places.iter().any(|(_, place)| place.id == **id);
        // This instance has an id and an address, and is held out by one of them.
        let is_answered = self.whom.is_myself() && whom.ids.iter().any(|id| is_found(&id));
        let is_told = is_answered || (found.places.is_empty() && unread.is_some());
        for id in whom.ids.iter().filter(|id| !is_told && !is_found(id)) {
            talk.note(&format!("no readable journal in {} holds {id} out", state_dir.display()));
        }
        if found.places.is_empty() {
            return unread.map_or(Ok(None), Err);
        }
        let groups = found.places.iter().map(|(_, place)| &place.group);
        let reach = Reach::for_journals(global, groups).await?;
        let (groups, unreachable) = reachable(&reach, &mut found, &global.access()).await?;
        let left = [unread, unreachable].into_iter().flatten().reduce(CliError::and);
        if let (true, Some(left)) = (found.places.is_empty(), &left) {
            return Err(CliError { kind: Exit::Refused, ..left.clone() });
        }
        Ok(Some((reach, Work { groups, targets: found.targets(), left })))
    }

    fn find(
        &self,
        state_dir: &Path,
        whom: &Targets,
        access: &Access,
    ) -> Result<ToRestore, CliError> {
        let only = self.run.as_ref().map(|said| RunId::find(state_dir, said)).transpose();
        let only = only.map_err(|error| CliError::not_found(error, access))?;
        Ok(ToRestore::find(state_dir, only, &whom.ids)?)
    }

    /// A run that is under way is told; journals that cannot be read are an error for later.
    fn tell_passed_over(
        talk: &Talk,
        runs: Vec<(RunId, PassedOver)>,
        access: &Access,
    ) -> Option<CliError> {
        let mut unread = None;
        for (run, why) in runs {
            match why {
                PassedOver::UnderWay => {
                    talk.note(&format!("run {run} is under way, and left to itself"));
                }
                PassedOver::Unreadable(why) => {
                    let why = CliError::unreadable(run, &why, access);
                    unread = Some(
                        unread.map_or_else(|| why.clone(), |all: CliError| all.and(why.clone())),
                    );
                }
            }
        }
        unread
    }

    fn port(&self, mistakes: &mut Mistakes) -> Option<u16> {
        let said = port_of(self.port.as_ref()?);
        let noted = |why: &String| {
            let hint = "write it as a number from 1 to 65535";
            CliError::new(Exit::Usage, format!("--port {why}")).hint(Some(hint))
        };
        said.inspect_err(|why| mistakes.note(noted(why))).ok()
    }

    /// The targets in the group that was named.
    async fn named(
        &self,
        reach: &Reach,
        group: &str,
        port: Option<u16>,
        targets: &Targets,
    ) -> Result<Work, CliError> {
        let groups = reach.balancer.groups(&[group.to_owned()]).await;
        let groups = groups.map_err(|error| CliError::refused(&error))?;
        let Some(group) = groups.first() else { return Ok(Work::default()) };
        let fits = |id: &&TargetId| !self.whom.is_myself() || group.other_type(id).is_none();
        let ids: Vec<_> = targets.ids.iter().filter(fits).collect();
        let mut refusals: Vec<_> = group.undrainable().into_iter().collect();
        if refusals.is_empty() {
            refusals.extend(ids.iter().filter_map(|id| group.other_type(id)));
        }
        let Some(port) = port.or(group.port).filter(|_| refusals.is_empty()) else {
            return Err(CliError::refusals(&refusals));
        };
        let target = |id: &TargetId| {
            let (group, id) = (group.arn.clone(), id.clone());
            let (zone, quic_server_id) = (None, None);
            let place = Registration { group, id: id.clone(), port, zone, quic_server_id };
            Target::in_place(id, vec![place])
        };
        let targets = ids.into_iter().map(target).collect();
        Ok(Work { groups, targets, left: None })
    }
}

/// Whether a journal that cannot be relied on may hold out one of the targets that are meant, as
/// far as it can be read.
fn concerns(state_dir: &Path, run: RunId, why: &PassedOver, whom: &Targets) -> bool {
    if whom.ids.is_empty() || matches!(why, PassedOver::UnderWay) {
        return true;
    }
    let saved = salvage(&RunFolder::of(state_dir, &run).journal());
    saved.is_err()
        || saved.is_ok_and(|saved| saved.may_be_out.iter().any(|it| whom.ids.contains(&it.id)))
}

fn nothing<T>(global: &Global, talk: &Talk) -> Result<Option<T>, CliError> {
    let folder = known_state_dir(global.state_dir.clone());
    let place = folder.map_or("here".to_owned(), |folder| format!("in {}", folder.display()));
    let what = "nothing else is held out by the journals";
    talk.note(&format!("{what} {place}, so there is nothing to restore"));
    if let Some(hint) = of_root(global) {
        talk.note(&hint);
    }
    Ok(None)
}

/// A restore that cannot keep a journal does not begin; then a person has to.
fn still_out(error: CliError, out: &[Registration], access: &Access) -> CliError {
    if error.kind != Exit::Journal {
        return error;
    }
    let places = out.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let still = CliError::new(Exit::Journal, format!("still out of service: {places}"));
    let commands = put_right_by_hand(out, access).into_iter();
    let by_hand = |error: CliError, command| {
        error.hint(Some(format!("without a journal, by hand: {command}")))
    };
    error.and(commands.fold(still, by_hand))
}

fn without_journals(access: &Access) -> String {
    let command = access.command("restore --group GROUP [--port PORT] TARGET");
    format!("or without any journal: {command}")
}
