//! A run from ready to ended: shown, journalled, carried through, summed up. What it does is up to
//! the verb.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;

use super::error::{CliError, what_can_be_saved};
use super::exit::Exit;
use super::finish::{both, on_finish};
use super::shown::Talk;
use super::still_running::left_running;
use crate::engine::{Engine, EngineError, Keep, Ports};
use crate::executor::command::{CommandOptions, DEFAULT_KILL_GRACE};
use crate::executor::{Executor, Machine};
use crate::journal::{
    GroupLocks, Header, Journal, JournalError, Process, Recorded, RunFolder, RunId,
};
use crate::report::{Access, Event, Report, Summary};
use crate::rollout::{
    Act, Dated, Fact, Health, IllegalFact, LEAVING_GRACE, Moment, Outcome, Outlook,
    Progress as Steps, Registration, Rollout, Target, TargetId, said_of,
};
use crate::runs::{self, Closing};

/// How long the end of a run waits to see what is out; whoever stopped it wants it to end.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// A run that is ready: nothing is changed yet, and everything that can be known is.
pub(super) struct Ready {
    run: RunId,
    /// Where the output of its commands is.
    output: PathBuf,
    began: Moment,
    rollout: Rollout,
    kept: Kept,
    ports: Ports,
    /// Held for as long as the run lasts.
    locks: GroupLocks,
    access: Access,
    /// Whether a person said where its targets are put in.
    named: bool,
    notes: Vec<String>,
    first: Vec<Fact>,
    /// What its plan comes to, if it begins with that.
    outlook: Option<Outlook>,
}

impl Ready {
    /// A run that begins now; its journal is on disk afterwards.
    pub(super) fn new(
        state_dir: &Path,
        header: Header,
        ports: Ports,
        locks: GroupLocks,
        access: Access,
    ) -> Result<Self, CliError> {
        let header = Header { reached: access.reached(), ..header };
        let (journal, notes) = runs::begin(state_dir, &header)?;
        let rollout = Rollout::new(header.plan.clone(), header.at);
        let closing = Closing::of(state_dir, &header)?;
        let kept = Kept { journal, facts: Vec::new(), closing };
        Ok(Self::of(state_dir, &header, (rollout, kept), ports, locks, access).noting(notes))
    }

    /// A run whose process is gone, taken up where its journal ends.
    pub(super) fn again(
        state_dir: &Path,
        journal: Journal,
        (Recorded { header, facts, .. }, rollout): (Recorded, Rollout),
        ports: Ports,
        locks: GroupLocks,
        access: Access,
    ) -> Result<Self, CliError> {
        let closing = Closing::of(state_dir, &header)?;
        let kept = Kept { journal, facts, closing };
        let ready = Self::of(state_dir, &header, (rollout, kept), ports, locks, access);
        Ok(ready.beginning_with([Fact::Resumed { by: Some(Process::current()) }]))
    }

    fn of(
        state_dir: &Path,
        Header { run, at, named, .. }: &Header,
        (rollout, kept): (Rollout, Kept),
        ports: Ports,
        locks: GroupLocks,
        access: Access,
    ) -> Self {
        let output = RunFolder::of(state_dir, run).output();
        let (run, began, named, outlook) = (*run, *at, *named, None);
        let (notes, first) = (Vec::new(), Vec::new());
        Self {
            run,
            output,
            began,
            rollout,
            kept,
            ports,
            locks,
            access,
            named,
            notes,
            first,
            outlook,
        }
    }

    /// The same, with more to say at its beginning.
    pub(super) fn noting(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// The same, beginning with what its plan comes to.
    pub(super) fn foreseeing(self, outlook: Outlook) -> Self {
        Self { outlook: Some(outlook), ..self }
    }

    /// The same, with these facts at its beginning.
    pub(super) fn beginning_with(mut self, facts: impl IntoIterator<Item = Fact>) -> Self {
        self.first.extend(facts);
        self
    }

    /// Carries it through, and sums it up.
    pub(super) async fn go(
        mut self,
        mut talk: Talk,
        signals: &mut mpsc::Receiver<String>,
    ) -> Result<Exit, CliError> {
        let (report, clock) = (talk.report(), self.ports.clock);
        let (plan, outlook) = (self.rollout.plan(), self.outlook.as_ref());
        let begun = Event::Begun { run: &self.run, plan, outlook };
        report.event(clock.now(), &begun);
        let taken_over = self.locks.taken_over().iter().map(ToString::to_string);
        for what in taken_over.chain(std::mem::take(&mut self.notes)) {
            report.event(clock.now(), &Event::Noted { what: &what });
        }
        let ended = match self.record_first(report) {
            Ok(()) => {
                let ports = self.ports.clone();
                Engine::new(&mut self.rollout, ports, &mut self.kept, report).run(signals).await
            }
            Err(error) => Err(error),
        };
        let ended_at = clock.now();
        let Self { run, output, began, rollout, kept, ports, access, named, .. } = self;
        for what in &left_running(&output).await {
            report.event(clock.now(), &Event::Noted { what });
        }
        for what in kept.closing.failed() {
            report.event(clock.now(), &Event::Noted { what });
        }
        if let Some(what) = left_alone(&rollout) {
            report.event(clock.now(), &Event::Noted { what: &what });
        }
        let unclosed = !kept.closing.failed().is_empty();
        let back = put_back_by_others(&rollout, &kept.facts, &ports).await;
        let lost = matches!(ended, Err(EngineError::Journal(JournalError::Lost { .. })));
        let summary = Summary::until(ended_at, &rollout, began, &kept.facts).with_back_in(&back);
        let summary = summary.forgotten(lost).named(named).of_run(run, &rollout).reached_by(access);
        report.event(clock.now(), &Event::Ended { summary: &summary });
        let nothing_out = rollout.held_out().all(|id| back.contains(id));
        let ended = match ended {
            // What it promises is that nobody takes the target for out any more.
            Ok(Outcome::Done) if unclosed && !rollout.plan().strategy.takes_out() => {
                Ok(Exit::Journal)
            }
            Ok(outcome) => Ok(exit(&outcome, nothing_out, summary.window_closed)),
            Err(error) if nothing_out => Err(error.into()),
            Err(error) => Err(CliError { kind: Exit::HaltedOut, ..error.into() }),
        };
        let told =
            on_finish(&*ports.executor, run, &summary, &ended, (report, clock), signals).await;
        if told.is_err() {
            for what in &left_running(&output).await {
                report.event(clock.now(), &Event::Noted { what });
            }
        }
        both(ended, told)
    }

    fn record_first(&mut self, report: &mut dyn Report) -> Result<(), EngineError> {
        for fact in std::mem::take(&mut self.first) {
            let dated = Dated { at: self.ports.clock.now(), fact };
            self.rollout.allows(&dated)?;
            self.kept.keep(&dated)?;
            self.rollout.apply(&dated)?;
            report.event(dated.at, &Event::Fact(&dated.fact));
        }
        Ok(())
    }
}

/// What deploys the targets of a run, as its header says.
pub(super) fn executor(header: &Header, state_dir: &Path) -> Arc<dyn Executor> {
    let options = CommandOptions {
        kill_grace: DEFAULT_KILL_GRACE,
        run: header.run.to_string(),
        output_folder: RunFolder::of(state_dir, &header.run).output(),
        ports: header.jobs.ports,
    };
    Arc::new(Machine::new(header.jobs.clone(), header.plan.policy.deploy_timeout, options))
}

/// The targets that the run holds out as far as it knows, and that are in service all the same:
/// somebody else has put them back, or never were taken out. One that was deregistered a moment
/// ago is not asked for, nor one whose deregister is under way: a look can be stale.
async fn put_back_by_others(
    rollout: &Rollout,
    facts: &[Dated],
    ports: &Ports,
) -> BTreeSet<TargetId> {
    let now = ports.clock.now();
    let tried = |id: &TargetId| {
        let tried = facts.iter().rev().find(|dated| match &dated.fact {
            Fact::Started { target, step } => target == id && step.act == Act::Deregister,
            _ => false,
        });
        tried.map(|dated| dated.at)
    };
    let is_leaving = |progress: &Steps| {
        progress.is_running() && progress.step().is_some_and(|step| step.act == Act::Deregister)
    };
    let is_long_out = |(target, progress): &(&Target, &Steps)| {
        let is_long = tried(&target.id).is_some_and(|at| now.since(at) >= LEAVING_GRACE);
        progress.is_held_out() && is_long && !is_leaving(progress)
    };
    let targets: Vec<_> = rollout.targets().filter(is_long_out).collect();
    let groups: BTreeSet<_> =
        targets.iter().flat_map(|(target, _)| target.groups()).cloned().collect();
    let look = timeout(LAST_LOOK, ports.watch.look_at(&groups)).await;
    if groups.is_empty() || !matches!(look, Ok(Ok(()))) {
        return BTreeSet::new();
    }
    ports.watch.decide(|seen| {
        let serves = |place: &Registration| said_of(seen, place).is_some_and(Health::is_in_service);
        let is_back = |target: &Target| rollout.left_out(&target.id).into_iter().all(serves);
        let back = targets.iter().filter(|(target, _)| is_back(target));
        back.map(|(target, _)| target.id.clone()).collect()
    })
}

/// Why a run is not done although nothing of it has failed, if that is so.
fn left_alone(rollout: &Rollout) -> Option<String> {
    let ids: Vec<_> = rollout.passed_over().map(TargetId::as_str).collect();
    let names = ids.join(", ");
    (!ids.is_empty()).then(|| format!("not done, since others have seen to it: {names}"))
}

/// The state to which a journal leads that was opened to go on with it.
///
/// # Errors
/// A fact of it cannot have happened.
pub(super) fn recovered(
    journal: &Journal,
    Recorded { header, facts, .. }: &Recorded,
    access: &Access,
) -> Result<Rollout, CliError> {
    let rollout = Rollout::recover(header.plan.clone(), header.at, facts);
    rollout.map_err(|why| impossible(journal, header.run, &why, access))
}

fn impossible(journal: &Journal, run: RunId, why: &IllegalFact, access: &Access) -> CliError {
    let what = format!("failed to follow {}: {why}", journal.path().display());
    CliError::new(Exit::Journal, what).hint(Some(what_can_be_saved(run, access)))
}

fn exit(outcome: &Outcome, nothing_out: bool, window_closed: bool) -> Exit {
    match outcome {
        Outcome::Done => Exit::Done,
        Outcome::Halted { .. } if !nothing_out => Exit::HaltedOut,
        Outcome::Halted { interrupted: Some(signal), .. } => Exit::interrupted_by(signal),
        Outcome::Halted { .. } if window_closed => Exit::WindowClosed,
        Outcome::Halted { .. } => Exit::HaltedInService,
    }
}

/// The journal, and the same facts for the summary.
struct Kept {
    journal: Journal,
    facts: Vec<Dated>,
    closing: Closing,
}

impl Keep for Kept {
    fn keep(&mut self, fact: &Dated) -> Result<(), JournalError> {
        self.closing.before(fact);
        self.journal.append(fact)?;
        self.facts.push(fact.clone());
        Ok(())
    }
}
