//! `roll`: one target after the other out, deployed, and back in.

mod bounds;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::time::timeout;

pub(super) use self::bounds::Bounds;
use super::Global;
use super::chosen::Chosen;
use super::error::CliError;
use super::exit::Exit;
use super::reach::Reach;
use super::signals::stop_signals;
use super::typed::Mistakes;
use super::unfinished::{IfHeldOut, none_held_out};
use crate::engine::{Engine, Keep, Ports};
use crate::executor::ExecutorError;
use crate::executor::command::{CommandExecutor, CommandOptions, DEFAULT_KILL_GRACE};
use crate::journal::{GroupLocks, Header, Holder, Journal, JournalError, RunFolder, RunId};
use crate::report::{Event, Progress, Summary};
use crate::rollout::{
    Act, DEFAULT_DEPLOY_TIMEOUT, Dated, Group, Health, LEAVING_GRACE, Outcome, Plan, Policy,
    Progress as Steps, Registration, Rollout, TargetId, said_of,
};
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
#[derive(Debug, Args)]
pub(super) struct Roll {
    #[command(flatten)]
    pub(super) chosen: Chosen,
    #[command(flatten)]
    bounds: Bounds,
    /// How progress is shown: live rows on a terminal, lines, or JSON on stdout [default: tty on
    /// a terminal, else lines]
    #[arg(long, value_name = "HOW", env = "ELB_DEPLOY_PROGRESS", hide_env_values = true)]
    progress: Option<Progress>,
    /// What deploys one target
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// How long the end of a run waits to see what is out; whoever stopped it wants it to end.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// A run that is ready: nothing is changed yet, and everything that can be known is.
struct Ready {
    run: RunId,
    plan: Plan,
    kept: Kept,
    ports: Ports,
    /// Held for as long as the run lasts.
    locks: GroupLocks,
    unreadable: Vec<String>,
}

impl Ready {
    /// What is worth knowing before it begins.
    fn noted(&self) -> Vec<String> {
        let taken_over = self.locks.taken_over().iter().map(ToString::to_string);
        taken_over.chain(self.unreadable.iter().cloned()).collect()
    }
}

impl Roll {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, CliError> {
        let mut signals = stop_signals()?;
        let mut ready = tokio::select! {
            ready = self.prepare(global) => ready?,
            Some(signal) = signals.recv() => return Err(CliError::interrupted(&signal)),
        };
        let mut report = self.progress.unwrap_or_else(Progress::fitting).report();
        let (began, clock) = (ready.ports.clock.now(), ready.ports.clock);
        report.event(began, &Event::Begun { run: &ready.run, plan: &ready.plan });
        for what in ready.noted() {
            report.event(began, &Event::Noted { what: &what });
        }
        let mut rollout = Rollout::new(ready.plan, began);
        let ports = ready.ports.clone();
        let engine = Engine::new(&mut rollout, ready.ports, &mut ready.kept, report.as_mut());
        let ended = engine.run(&mut signals).await;
        let back = put_back_by_others(&rollout, &ports).await;
        let summary = Summary::of(&rollout, began, &ready.kept.facts).with_back_in(&back);
        let summary = summary.reached_by(global.access());
        report.event(clock.now(), &Event::Ended { summary: &summary });
        let nothing_out = rollout.held_out().all(|id| back.contains(id));
        match ended {
            Ok(outcome) => Ok(exit(&outcome, nothing_out)),
            Err(error) if nothing_out => Err(error.into()),
            Err(error) => Err(CliError { kind: Exit::HaltedOut, ..error.into() }),
        }
    }

    /// Everything up to the first change: who is asked for, whether it may be done, and where it
    /// will be written down.
    async fn prepare(&self, global: &Global) -> Result<Ready, CliError> {
        let refused = |error| CliError::refused(&error);
        let policy = self.policy()?;
        let Reach { balancer, watch, clock } = Reach::new(global).await?;
        let groups = balancer.groups(&self.chosen.groups).await.map_err(refused)?;
        let undrainable: Vec<_> = groups.iter().filter_map(Group::undrainable).collect();
        if !undrainable.is_empty() {
            return Err(CliError::refusals(&undrainable));
        }
        let state_dir = state_dir(global.state_dir.clone())?;
        let run = RunId::unique();
        let arns: Vec<_> = groups.iter().map(|group| group.arn.clone()).collect();
        let holder =
            Holder::new(run, clock.now(), format!("roll {}", self.chosen.groups.join(" ")));
        let locks = GroupLocks::acquire(&state_dir, &arns, &holder)?;
        watch.first_look(&arns.into_iter().collect()).await.map_err(refused)?;
        let mut unreadable = Vec::new();
        if self.chosen.if_held_out == IfHeldOut::Fail {
            unreadable = watch.decide(|seen| none_held_out(&state_dir, seen, &global.access()))?;
        }
        let plan = watch
            .decide(|seen| Plan::in_place(self.chosen.request(groups, policy), seen))
            .map_err(|refusals| CliError::refusals(&refusals))?;
        let journal = Journal::create(&state_dir, &Header::new(run, clock.now(), plan.clone()))?;
        let output = RunFolder::of(&state_dir, &run).output();
        let executor = Arc::new(self.executor(plan.policy.deploy_timeout, run.to_string(), output));
        let ports = Ports { balancer, watch, executor, clock };
        let kept = Kept { journal, facts: Vec::new() };
        Ok(Ready { run, plan, kept, ports, locks, unreadable })
    }

    /// What the command line allows, if nothing in it is wrong, down to the command.
    fn policy(&self) -> Result<Policy, CliError> {
        let mut mistakes = Mistakes::default();
        let policy = self.bounds.policy(&mut mistakes);
        if let Err(error) = self.command_exists() {
            mistakes.note(error);
        }
        mistakes.none().map(|()| policy)
    }

    fn command_exists(&self) -> Result<(), CliError> {
        match self.command.first() {
            Some(program) if program.is_empty() => Err(CliError::no_command()),
            _ => self
                .executor(DEFAULT_DEPLOY_TIMEOUT, String::new(), PathBuf::new())
                .check()
                .map_err(|error| unusable(&error)),
        }
    }

    fn executor(
        &self,
        time_limit: Duration,
        run: String,
        output_folder: PathBuf,
    ) -> CommandExecutor {
        let mut words = self.command.iter().cloned();
        CommandExecutor::new(CommandOptions {
            program: words.next().unwrap_or_default(),
            arguments: words.collect(),
            time_limit,
            kill_grace: DEFAULT_KILL_GRACE,
            run,
            output_folder,
        })
    }
}

fn unusable(command: &ExecutorError) -> CliError {
    CliError::new(Exit::Usage, format!("failed to {command}")).hint(command.hint())
}

/// The targets that the run holds out as far as it knows, and that are in service all the same:
/// somebody else has put them back. One that was deregistered a moment ago is not asked for, nor
/// one whose deregister did not come to its end: a look can be stale.
async fn put_back_by_others(rollout: &Rollout, ports: &Ports) -> BTreeSet<TargetId> {
    let now = ports.clock.now();
    let is_long_out = |progress: &Steps| {
        let deregistered = progress.finished_at(Act::Deregister);
        progress.is_held_out() && deregistered.is_some_and(|at| now.since(at) >= LEAVING_GRACE)
    };
    let targets: Vec<_> = rollout.targets().filter(|(_, progress)| is_long_out(progress)).collect();
    let groups: BTreeSet<_> =
        targets.iter().flat_map(|(target, _)| target.groups()).cloned().collect();
    let look = timeout(LAST_LOOK, ports.watch.look_at(&groups)).await;
    if groups.is_empty() || !matches!(look, Ok(Ok(()))) {
        return BTreeSet::new();
    }
    ports.watch.decide(|seen| {
        let serves = |place: &Registration| said_of(seen, place).is_some_and(Health::is_in_service);
        let back = targets.iter().filter(|(target, _)| target.old.iter().all(serves));
        back.map(|(target, _)| target.id.clone()).collect()
    })
}

fn exit(outcome: &Outcome, nothing_out: bool) -> Exit {
    match outcome {
        Outcome::Done => Exit::Done,
        Outcome::Halted { .. } if !nothing_out => Exit::HaltedOut,
        Outcome::Halted { interrupted: Some(signal), .. } => Exit::interrupted_by(signal),
        Outcome::Halted { .. } => Exit::HaltedInService,
    }
}

/// The journal, and the same facts for the summary.
struct Kept {
    journal: Journal,
    facts: Vec<Dated>,
}

impl Keep for Kept {
    fn keep(&mut self, fact: &Dated) -> Result<(), JournalError> {
        self.journal.append(fact)?;
        self.facts.push(fact.clone());
        Ok(())
    }
}
