//! The one wait: until registrations of a group are drained, or in service.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::Watch;
use super::desk::{Interest, Seat};
use super::schedule::Timing;
use super::wait::{Wait, WaitError};
use crate::balancer::BalancerError;
use crate::rollout::{Began, Course, Goal, Look, Moment, Registration, Sighting, Verdict, Waited};

/// How long a wait whose deadline has passed waits for one last look: the schedule may have
/// looked a while ago, or the process may have been stopped in between.
pub(super) const LAST_LOOK: Duration = Duration::from_secs(10);
/// So long before its deadline a wait no longer lets failed looks make it slow.
const URGENT: Duration = Duration::from_secs(30);

/// Follows one wait from look to look.
struct Vigil<'a> {
    wait: &'a Wait,
    seat: Seat,
    tries: u64,
    looks: u32,
    last_no: Moment,
    courses: Vec<Course>,
    pending: Vec<Sighting>,
    last_look: Option<Moment>,
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
        mut on_look: impl FnMut(&[Sighting]),
    ) -> Result<Waited, WaitError> {
        let mut world = self.shared.world.subscribe();
        let tries = world.borrow_and_update().tries(&wait.group).count;
        let mut vigil = Vigil::new(self, wait, tries);
        let mut until = self.shared.clock.instant(wait.began.at().after(wait.deadline));
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
            let seen = vigil.see(&look);
            on_look(&vigil.worth_telling(&seen));
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
        let began = wait.began.at();
        let course = |place: &Registration| Course::new(place.clone(), wait.goal, wait.began);
        let goes_on = Goal::Steady { lasts: Duration::ZERO };
        let guarded = |place: &Registration| Course::new(place.clone(), goes_on, wait.began);
        let courses = wait.registrations.iter().map(course);
        let courses: Vec<_> = courses.chain(wait.guarded.iter().map(guarded)).collect();
        let seat = watch.desk(&wait.group).sit(Interest {
            timing: Timing::certain(began, began),
            confirm: to_confirm(&courses, began),
            urgent_from: urgent_from(wait),
        });
        Self {
            wait,
            seat,
            tries,
            looks: 0,
            last_no: began,
            courses,
            pending: Vec::new(),
            last_look: None,
        }
    }

    fn ask_last_look(&mut self, now: Moment) {
        self.last_look = Some(now);
        let confirm = self.courses.iter().map(|course| course.place().clone()).collect();
        let timing = Timing::certain(now, now);
        self.seat.change(Interest { timing, confirm, urgent_from: now });
    }

    /// A look on behalf of others does not ask by name for what it misses.
    fn has_had_last_look(&self, look: &Look) -> bool {
        let named = |seen: &Sighting| look.health(&seen.place).is_some();
        self.last_look.is_some_and(|asked| look.at >= asked) && self.pending.iter().all(named)
    }

    fn timed_out(self, trouble: Option<BalancerError>) -> WaitError {
        WaitError::TimedOut { limit: self.wait.deadline, last: self.pending, trouble }
    }

    fn see(&mut self, look: &Look) -> Vec<Sighting> {
        self.join_later_ones(look);
        self.courses.iter_mut().map(|course| course.see(look)).collect()
    }

    /// What is guarded is no news while it stays.
    fn worth_telling(&self, seen: &[Sighting]) -> Vec<Sighting> {
        let is_news = |sighting: &&Sighting| {
            let is_guarded = self.wait.guarded.contains(&sighting.place);
            !is_guarded || sighting.verdict != Verdict::Reached
        };
        seen.iter().filter(is_news).cloned().collect()
    }

    /// A target that is meant with every port is waited for with those that it gets later, too.
    fn join_later_ones(&mut self, look: &Look) {
        for (place, health) in &look.seen {
            let is_meant = self.wait.everywhere.contains(&place.id) && health.can_receive();
            let is_known = |course: &Course| course.place().same_place(place);
            if is_meant && !self.courses.iter().any(is_known) {
                let began = Began::Unknown(look.at);
                self.courses.push(Course::new(place.clone(), self.wait.goal, began));
            }
        }
    }

    fn judge(&mut self, look: &Look, seen: Vec<Sighting>) -> Result<Option<Waited>, WaitError> {
        self.looks += 1;
        self.pending.clear();
        for (sighting, course) in seen.into_iter().zip(&self.courses) {
            match sighting.verdict {
                Verdict::Reached if course.is_confirmed() => {}
                Verdict::Never(obstacle) if course.is_confirmed() => {
                    let ports = look.ports(&sighting.place.id);
                    let (registration, health) =
                        (Box::new(sighting.place), Box::new(sighting.health));
                    return Err(WaitError::Never { registration, health, obstacle, ports });
                }
                _ => self.pending.push(sighting),
            }
        }
        if self.pending.is_empty() {
            let least = self.courses.iter().map(Course::least).max().unwrap_or(look.at);
            let late_at_most = look.at.since(self.last_no.max(least));
            return Ok(Some(Waited { looks: self.looks, late_at_most }));
        }
        self.last_no = look.at;
        if self.last_look.is_none() {
            let confirm = to_confirm(&self.courses, look.at);
            let timing = timing(&self.courses, self.wait, look.at);
            self.seat.change(Interest { timing, confirm, urgent_from: urgent_from(self.wait) });
        }
        Ok(None)
    }
}

/// When to look: soon again while something is missing and could not be confirmed; any moment
/// while something that should leave is not seen leaving; once all is gone, only when the settle
/// time has passed; often where something has to stay; else for the moment at which the last of them can be where it should be.
fn timing(courses: &[Course], wait: &Wait, now: Moment) -> Timing {
    let began = wait.began.at();
    let earliest = courses.iter().map(Course::earliest).max().unwrap_or(began);
    let is_open = |course: &Course| {
        course.is_flapping() || (course.is_to_confirm(now) && !course.is_confirmed())
    };
    if courses.iter().any(is_open) {
        Timing::certain(began, now)
    } else if courses.iter().any(Course::is_staying) {
        Timing::certain(began, began)
    } else if courses.iter().all(Course::is_settling) {
        Timing::certain(earliest, earliest)
    } else if courses.iter().any(Course::is_to_stay) {
        Timing::steady(began, earliest)
    } else if courses.iter().any(Course::may_end_sooner) {
        Timing::guessed(began, earliest)
    } else {
        Timing::certain(began, earliest)
    }
}

fn urgent_from(wait: &Wait) -> Moment {
    wait.began.at().after(wait.deadline.saturating_sub(URGENT))
}

fn to_confirm(courses: &[Course], at: Moment) -> Vec<Registration> {
    let open = courses.iter().filter(|course| course.is_to_confirm(at));
    open.map(|course| course.place().clone()).collect()
}
