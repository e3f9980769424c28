//! The shell around the core: asks it what to do, journals, acts, reports. It decides nothing.

mod acting;
mod around;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use self::acting::{Acting, Ended};
use self::around::{Around, HookEnded};
use crate::balancer::{Balancer, BalancerError, ErrorKind};
use crate::clock::Clock;
use crate::executor::Executor;
use crate::journal::{Journal, JournalError};
use crate::report::{Event, Report, Sight};
use crate::rollout::{
    Dated, Fact, IllegalFact, Moment, Next, Outcome, Rollout, Snapshot, Step, Target, TargetId,
};
use crate::watch::{Looks, Watch};

/// While a target has to wait for others, the groups are looked at this often.
const HOLD_GAP: Duration = Duration::from_secs(5);
/// Lines and sights that may be waiting to be shown; beyond that a step's output waits.
const UNSHOWN: usize = 1024;

/// What a run reaches the outside by.
#[derive(Clone)]
pub struct Ports {
    /// The load balancer.
    pub balancer: Arc<dyn Balancer>,
    /// Who asks it for health.
    pub watch: Arc<Watch>,
    /// The machine that is deployed.
    pub executor: Arc<dyn Executor>,
    /// The time.
    pub clock: Clock,
}

/// Where facts are kept before they act.
pub trait Keep: Send {
    /// Returns when the fact would survive a crash.
    ///
    /// # Errors
    /// It would not; nothing more must be done then.
    fn keep(&mut self, fact: &Dated) -> Result<(), JournalError>;
}

impl Keep for Journal {
    fn keep(&mut self, fact: &Dated) -> Result<(), JournalError> {
        self.append(fact)
    }
}

/// Keeps facts in memory only, for runs in simulated time.
impl Keep for Vec<Dated> {
    fn keep(&mut self, fact: &Dated) -> Result<(), JournalError> {
        self.push(fact.clone());
        Ok(())
    }
}

/// Why a run broke off without an outcome.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A fact could not be kept, so nothing more was done.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The engine reported something that cannot have happened: a bug.
    #[error("keep the run's state: {0}")]
    Illegal(#[from] IllegalFact),
}

/// What a step under way tells beside its end.
#[derive(Debug)]
pub(crate) enum News {
    Sight(Sight),
    Output { target: TargetId, line: String },
    HookOutput { from: String, line: String },
}

/// One run, from its state to its outcome.
pub struct Engine<'a> {
    rollout: &'a mut Rollout,
    ports: Ports,
    journal: &'a mut dyn Keep,
    report: &'a mut dyn Report,
    steps: JoinSet<Ended>,
    hooks: JoinSet<HookEnded>,
    news: (mpsc::Sender<News>, mpsc::Receiver<News>),
    rounds: JoinSet<Round>,
    searches: JoinSet<Result<(), BalancerError>>,
    seen_since: Option<Moment>,
    interrupted: bool,
    look_again: Instant,
    held: Option<String>,
    trouble: Option<(ErrorKind, &'static str)>,
}

/// One look at all groups that a decision needs.
struct Round {
    began: Moment,
    result: Result<(), BalancerError>,
}

impl<'a> Engine<'a> {
    /// An engine for a run that is new or recovered.
    pub fn new(
        rollout: &'a mut Rollout,
        ports: Ports,
        journal: &'a mut dyn Keep,
        report: &'a mut dyn Report,
    ) -> Self {
        Self {
            rollout,
            ports,
            journal,
            report,
            steps: JoinSet::new(),
            hooks: JoinSet::new(),
            news: mpsc::channel(UNSHOWN),
            rounds: JoinSet::new(),
            searches: JoinSet::new(),
            seen_since: None,
            interrupted: false,
            look_again: Instant::now(),
            held: None,
            trouble: None,
        }
    }

    /// Runs to the outcome. The first signal takes nothing more out and carries what is out to
    /// its end, but for what is only left running for a while; the second stops at once.
    ///
    /// # Errors
    /// A fact could not be kept. Steps under way are broken off; what they did is unknown.
    pub async fn run(
        mut self,
        signals: &mut mpsc::Receiver<String>,
    ) -> Result<Outcome, EngineError> {
        let mut looks = self.ports.watch.looks();
        loop {
            // A signal that came while something was decided or looked at comes first.
            while let Ok(signal) = signals.try_recv() {
                if self.interrupt(signal)? {
                    return Ok(self.rollout.halted_outcome());
                }
            }
            let next = self.ask();
            if self.act(&next)? {
                continue;
            }
            if let Some(outcome) = self.rollout.outcome().filter(|_| self.steps.is_empty()) {
                return Ok(outcome);
            }
            if self.rollout.only_stands_by() {
                return Ok(self.rollout.halted_outcome());
            }
            let waits = next.has_to_look() || next.hold.is_some();
            self.hold(&next);
            self.look(next);
            tokio::select! {
                Some(signal) = signals.recv() => if self.interrupt(signal)? {
                    return Ok(self.rollout.halted_outcome());
                },
                Some(ended) = self.steps.join_next() => {
                    self.show_all_news();
                    self.end(joined(ended))?;
                }
                Some(ended) = self.hooks.join_next() => {
                    self.show_all_news();
                    self.end_hook(joined(ended))?;
                }
                Some(news) = self.news.1.recv() => self.show(&news),
                Some(round) = self.rounds.join_next() => self.looked(joined(round))?,
                Some(search) = self.searches.join_next() => self.searched(joined(search))?,
                () = looks.changed() => self.tell_trouble(&mut looks),
                () = sleep_until(self.look_again), if waits && self.is_looking_at_nothing() => {}
            }
        }
    }

    /// Whether to stop at once: at the second signal.
    fn interrupt(&mut self, signal: String) -> Result<bool, EngineError> {
        self.record(Fact::Interrupted { signal })?;
        Ok(std::mem::replace(&mut self.interrupted, true))
    }

    /// A round of looks takes its time, with many groups or a slow network. What it showed is
    /// decided on as of its beginning, or no two looks would ever be fresh together.
    fn ask(&mut self) -> Next {
        let now = self.seen_since.take().unwrap_or_else(|| self.ports.clock.now());
        self.ports.watch.decide(|seen| self.rollout.next(seen, now))
    }

    /// Whether anything was done, so that the core has to be asked again.
    fn act(&mut self, next: &Next) -> Result<bool, EngineError> {
        if next.close {
            self.record(Fact::WindowClosed)?;
        }
        for (target, step, failure) in &next.give_up {
            let (target, step, failure) = (target.clone(), *step, failure.clone());
            self.record(Fact::Failed { target, step, failure })?;
        }
        for (target, step) in &next.start {
            self.record(Fact::Started { target: target.clone(), step: *step })?;
            self.start(target, *step);
        }
        if let Some((hook, batch)) = next.hook {
            self.record(Fact::HookStarted { hook, batch })?;
            let around = Around::new(self.rollout, hook, batch, &self.ports, self.news.0.clone());
            self.hooks.spawn(around.run());
        }
        let is_idle = next.start.is_empty() && next.give_up.is_empty() && next.hook.is_none();
        Ok(next.close || !is_idle)
    }

    fn start(&mut self, id: &TargetId, step: Step) {
        let plan = self.rollout.plan();
        let Some(target): Option<&Target> = plan.target(id) else { return };
        let began = |act| self.rollout.progress(id).and_then(|progress| progress.finished_at(act));
        let acting = Acting::new(plan, target, step, began, &self.ports, self.news.0.clone());
        self.steps.spawn(acting.run());
    }

    fn end(&mut self, Ended { target, step, result }: Ended) -> Result<(), EngineError> {
        self.record(match result {
            Ok(waited) => Fact::Finished { target, step, waited },
            Err(failure) => Fact::Failed { target, step, failure },
        })
    }

    fn end_hook(
        &mut self,
        HookEnded { hook, batch, result }: HookEnded,
    ) -> Result<(), EngineError> {
        self.record(match result {
            Ok(()) => Fact::HookFinished { hook, batch },
            Err(failure) => Fact::HookFailed { hook, batch, failure },
        })
    }

    /// Possible, then on disk, then applied, then shown.
    fn record(&mut self, fact: Fact) -> Result<(), EngineError> {
        let dated = Dated { at: self.ports.clock.now(), fact };
        self.rollout.allows(&dated)?;
        self.journal.keep(&dated)?;
        self.rollout.apply(&dated)?;
        self.report.event(dated.at, &Event::Fact(&dated.fact));
        Ok(())
    }

    /// Begins a round of looks and a search, whichever is needed and not under way, if its time has come.
    /// A search can take a minute, so that no look waits for it, and nothing is decided as of its beginning.
    fn look(&mut self, next: Next) {
        if self.look_again > Instant::now() {
            return;
        }
        if !next.look.is_empty() && self.rounds.is_empty() {
            let (watch, began) = (Arc::clone(&self.ports.watch), self.ports.clock.now());
            let look = async move { Round { began, result: watch.look_at(&next.look).await } };
            self.rounds.spawn(look);
        }
        if next.search && self.searches.is_empty() {
            let named = self.rollout.plan().groups.clone();
            let watch = Arc::clone(&self.ports.watch);
            self.searches.spawn(async move { watch.search_beside(&named).await });
        }
    }

    fn is_looking_at_nothing(&self) -> bool {
        self.rounds.is_empty() && self.searches.is_empty()
    }

    fn looked(&mut self, Round { began, result }: Round) -> Result<(), EngineError> {
        self.seen_since = Some(began);
        result.or_else(|error| self.seen_nothing(&error, began))
    }

    fn searched(&mut self, result: Result<(), BalancerError>) -> Result<(), EngineError> {
        let now = self.ports.clock.now();
        result.or_else(|error| self.seen_nothing(&error, now))
    }

    /// Passing trouble is told where the looks are told; trouble that stays ends the run.
    fn seen_nothing(&mut self, error: &BalancerError, since: Moment) -> Result<(), EngineError> {
        self.look_again = Instant::now() + HOLD_GAP;
        if error.is_transient() {
            return Ok(());
        }
        let hint = error.hint().unwrap_or_default();
        let give_up =
            |seen: &Snapshot| self.rollout.next_when_blind(seen, since, &error.to_string(), hint);
        let next = self.ports.watch.decide(give_up);
        self.act(&next).map(drop)
    }

    /// A run that holds on fresh looks looks again a little later, not all the time.
    fn hold(&mut self, next: &Next) {
        let now = Instant::now();
        if next.hold.is_some() && !next.has_to_look() && self.look_again <= now {
            self.look_again = now + HOLD_GAP;
        }
        if self.held == next.hold || next.has_to_look() {
            return;
        }
        self.held.clone_from(&next.hold);
        if let Some(why) = &next.hold {
            self.report.event(self.ports.clock.now(), &Event::Holding { why });
        }
    }

    fn show(&mut self, news: &News) {
        let event = match news {
            News::Sight(sight) => Event::Waiting(sight),
            News::Output { target, line } => Event::Output { target, line },
            News::HookOutput { from, line } => Event::HookOutput { from, line },
        };
        self.report.event(self.ports.clock.now(), &event);
    }

    /// What a step told is shown before its end.
    fn show_all_news(&mut self) {
        for _ in 0..UNSHOWN {
            let Ok(news) = self.news.1.try_recv() else { return };
            self.show(&news);
        }
    }

    /// Says trouble once, and again only when it is of another kind.
    fn tell_trouble(&mut self, looks: &mut Looks) {
        let trouble = looks.trouble();
        let kind = trouble.as_ref().map(|trouble| (trouble.kind, trouble.operation));
        if kind == self.trouble {
            return;
        }
        self.trouble = kind;
        let what = trouble.map(|trouble| trouble.to_string());
        let event = what.as_ref().map_or(Event::Recovered, |what| Event::Troubled { what });
        self.report.event(self.ports.clock.now(), &event);
    }
}

/// What a task came to; one that panicked does so here.
fn joined<T>(ended: Result<T, JoinError>) -> T {
    ended.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
}
