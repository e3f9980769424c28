//! The one wait: until registrations of a group are drained, or in service.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::Watch;
use super::desk::{Interest, Seat};
use super::schedule::Timing;
use crate::balancer::BalancerError;
use crate::rollout::{
    Drain, GroupArn, Health, Look, Moment, Obstacle, Registration, Verdict, Waited, drained,
    in_service,
};

/// How long a wait whose deadline has passed waits for one last look: the schedule may have
/// looked a while ago, and the process may have been stopped in between.
pub(super) const LAST_LOOK: Duration = Duration::from_secs(15);

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Every registration is gone, and `settle` has passed since DeregisterTargets.
    Drained {
        /// The least time.
        settle: Duration,
    },
    /// Every registration receives traffic.
    InService,
}

/// A wait on registrations of one group.
#[derive(Debug, Clone)]
pub struct Wait {
    /// The group.
    pub group: GroupArn,
    /// Which of its registrations.
    pub registrations: Vec<Registration>,
    /// What for.
    pub goal: Goal,
    /// When DeregisterTargets or RegisterTargets was answered.
    pub began: Moment,
    /// How long it takes from then if nothing goes wrong.
    pub expected: Duration,
    /// How long it may take from then.
    pub deadline: Duration,
}

/// Why a wait ended without its goal.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// The deadline has passed.
    #[error("{} after {}", not_reached(.last, .trouble.as_ref()), humantime::format_duration(*.limit))]
    TimedOut {
        /// The deadline.
        limit: Duration,
        /// What the latest look said of the registrations that were not there yet.
        last: Vec<(Registration, Health)>,
        /// Why there was no later look, if calls failed.
        trouble: Option<BalancerError>,
    },
    /// It can never come true.
    #[error("{registration} is {health}: {}", .obstacle.why)]
    Never {
        /// Which registration.
        registration: Box<Registration>,
        /// What is said of it.
        health: Box<Health>,
        /// Why that is final.
        obstacle: Obstacle,
    },
    /// The load balancer refuses to answer.
    #[error(transparent)]
    Balancer(#[from] BalancerError),
}

impl WaitError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::TimedOut { trouble, .. } => trouble.as_ref()?.hint().map(str::to_owned),
            Self::Never { obstacle, .. } => Some(obstacle.hint.to_owned()),
            Self::Balancer(error) => error.hint().map(str::to_owned),
        }
    }
}

fn not_reached(last: &[(Registration, Health)], trouble: Option<&BalancerError>) -> String {
    let said = last.iter().map(|(place, health)| format!("{place} is still {health}"));
    let mut said: Vec<_> = said.collect();
    if let Some(trouble) = trouble {
        said.push(format!("the load balancer cannot be asked: {trouble}"));
    }
    if said.is_empty() { "nothing was seen".to_owned() } else { said.join("; ") }
}

/// Follows one wait from look to look.
struct Vigil<'a> {
    wait: &'a Wait,
    seat: Seat,
    tries: u64,
    looks: u32,
    last_no: Moment,
    pending: Vec<(Registration, Health)>,
    leaving: Vec<Leaving>,
    last_look: Option<Moment>,
}

/// Whether a registration was seen leaving, and since when it was not.
#[derive(Debug, Clone, Copy)]
struct Leaving {
    seen: bool,
    staying_since: Option<Moment>,
}

impl Watch {
    /// Waits until all registrations have reached the goal; `on_look` is told what each look
    /// says of them.
    ///
    /// Throttling, 5xx answers and a lost network slow it down, and never end it.
    ///
    /// # Errors
    /// The deadline has passed, the goal can never be reached, or asking is not allowed.
    pub async fn until(
        &self,
        wait: &Wait,
        mut on_look: impl FnMut(&[(Registration, Health)]),
    ) -> Result<Waited, WaitError> {
        let mut world = self.shared.world.subscribe();
        let tries = world.borrow_and_update().tries(&wait.group).count;
        let mut vigil = Vigil::new(self, wait, tries);
        let mut until = self.shared.clock.instant(wait.began.after(wait.deadline));
        loop {
            let changed = timeout_at(until, world.changed()).await;
            let tries = world.borrow_and_update().tries(&wait.group);
            match changed {
                Ok(Ok(())) => {}
                Err(_) if vigil.last_look.is_none() => {
                    until = Instant::now() + LAST_LOOK;
                    vigil.ask_last_look(self.shared.clock.now());
                    continue;
                }
                _ => return Err(vigil.timed_out(tries.trouble)),
            }
            if tries.count == vigil.tries {
                continue;
            }
            vigil.tries = tries.count;
            match tries.trouble {
                Some(trouble) if trouble.is_transient() => continue,
                Some(trouble) => return Err(trouble.into()),
                None => {}
            }
            let Some(look) = world.borrow().looks.get(&wait.group).cloned() else { continue };
            let seen = vigil.of_interest(&look);
            on_look(&seen);
            if let Some(waited) = vigil.judge(&look, seen)? {
                return Ok(waited);
            }
            if vigil.has_had_last_look(&look) {
                return Err(vigil.timed_out(None));
            }
        }
    }
}

impl<'a> Vigil<'a> {
    fn new(watch: &Watch, wait: &'a Wait, tries: u64) -> Self {
        let confirm = wait.registrations.clone();
        let timing = Timing { began: wait.began, earliest: wait.began };
        let seat = watch.desk(&wait.group).sit(Interest { timing, confirm });
        let leaving = Leaving { seen: false, staying_since: Some(wait.began) };
        Self {
            wait,
            seat,
            tries,
            looks: 0,
            last_no: wait.began,
            pending: Vec::new(),
            leaving: vec![leaving; wait.registrations.len()],
            last_look: None,
        }
    }

    fn ask_last_look(&mut self, now: Moment) {
        self.last_look = Some(now);
        self.seat.change(Timing { began: now, earliest: now });
    }

    /// A look on behalf of others does not ask by name for what it misses.
    fn has_had_last_look(&self, look: &Look) -> bool {
        let named = |(place, _): &(Registration, Health)| look.health(place).is_some();
        self.last_look.is_some_and(|asked| look.at >= asked) && self.pending.iter().all(named)
    }

    fn timed_out(self, trouble: Option<BalancerError>) -> WaitError {
        WaitError::TimedOut { limit: self.wait.deadline, last: self.pending, trouble }
    }

    /// What a look says of the registrations that are waited for. One that the list does not
    /// name is not registered, as far as the list knows.
    fn of_interest(&self, look: &Look) -> Vec<(Registration, Health)> {
        let health = |place| look.health(place).cloned().unwrap_or_else(Health::not_registered);
        self.wait.registrations.iter().map(|place| (place.clone(), health(place))).collect()
    }

    fn judge(
        &mut self,
        look: &Look,
        seen: Vec<(Registration, Health)>,
    ) -> Result<Option<Waited>, WaitError> {
        self.looks += 1;
        let mut pending = Vec::new();
        for (index, (registration, health)) in seen.into_iter().enumerate() {
            let confirmed = look.health(&registration).is_some();
            match self.verdict(index, &health, look.at) {
                Verdict::Reached if confirmed => {}
                Verdict::Never(obstacle) if confirmed => {
                    let (registration, health) = (Box::new(registration), Box::new(health));
                    return Err(WaitError::Never { registration, health, obstacle });
                }
                _ => pending.push((registration, health)),
            }
        }
        self.pending = pending;
        if self.pending.is_empty() {
            let late_at_most = look.at.since(self.last_no.max(self.least()));
            return Ok(Some(Waited { looks: self.looks, late_at_most }));
        }
        self.last_no = look.at;
        if self.last_look.is_none() {
            self.seat.change(self.timing());
        }
        Ok(None)
    }

    fn verdict(&mut self, index: usize, health: &Health, at: Moment) -> Verdict {
        let elapsed = at.since(self.wait.began);
        let Goal::Drained { settle } = self.wait.goal else { return in_service(health, elapsed) };
        let leaving = &mut self.leaving[index];
        if health.is_leaving() {
            *leaving = Leaving { seen: true, staying_since: None };
        } else {
            leaving.staying_since.get_or_insert(at);
        }
        let staying = leaving.staying_since.map(|since| at.since(since));
        drained(health, &Drain { elapsed, settle, staying, seen_leaving: leaving.seen })
    }

    /// The moment before which the goal cannot have been reached.
    fn least(&self) -> Moment {
        match self.wait.goal {
            Goal::Drained { settle } => self.wait.began.after(settle),
            Goal::InService => self.wait.began,
        }
    }

    /// When to look: while something that should leave is not seen leaving, any moment; once all
    /// is gone, only when the settle time has passed; else for the end of the drain.
    fn timing(&self) -> Timing {
        let began = self.wait.began;
        let Goal::Drained { .. } = self.wait.goal else { return Timing { began, earliest: began } };
        if self.leaving.iter().any(|leaving| leaving.staying_since.is_some()) {
            return Timing { began, earliest: began };
        }
        if self.pending.iter().all(|(_, health)| health.is_not_registered()) {
            return Timing { began: self.least(), earliest: self.least() };
        }
        Timing { began, earliest: began.after(self.wait.expected) }
    }
}
