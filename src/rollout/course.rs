//! What the looks of a wait have shown of one registration so far, and what follows from it.

use std::time::Duration;

use super::health::{Health, State};
use super::moment::Moment;
use super::snapshot::Look;
use super::target::Registration;
use super::verdict::{
    Drain, Join, LEAVING_GRACE, REGISTERED_GRACE, Sighting, Stay, drained, in_service, steady,
};

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Every registration is gone, and its requests with it.
    Drained {
        /// The least time since DeregisterTargets.
        settle: Duration,
        /// The group's deregistration delay.
        delay: Duration,
    },
    /// Every registration receives traffic.
    InService {
        /// How long it must do so: the group's slow start, if that is waited for.
        warm_up: Duration,
        /// How long it may drain before it comes back, see [`Join::drain_first`].
        drain_first: Duration,
    },
    /// Every registration stays in service.
    Steady {
        /// For how long.
        lasts: Duration,
    },
}

/// When a wait began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Began {
    /// When the call before it was answered, for exactly the registrations that are waited for.
    Called(Moment),
    /// When the call before it was answered, shortly after somebody may have made the opposite one:
    /// nobody has seen that one come into force.
    CalledAmid(Moment),
    /// Some time after a call that somebody else made, if there was one.
    Unknown(Moment),
}

impl Began {
    /// The moment from which the wait counts.
    pub const fn at(self) -> Moment {
        match self {
            Self::Called(at) | Self::CalledAmid(at) | Self::Unknown(at) => at,
        }
    }
}

/// One registration on its way to a goal.
#[derive(Debug, Clone)]
pub struct Course {
    place: Registration,
    goal: Goal,
    began: Began,
    shown: Option<Shown>,
    staying_since: Option<Moment>,
    left_by: Option<Moment>,
    was_here: bool,
    was_leaving: bool,
    is_confirmed_gone: bool,
    is_trapped: bool,
    was_away: bool,
    /// Since when every look has shown that it fails its checks or is gone.
    away_since: Option<Moment>,
}

/// The latest health, and since when every look has shown its state and reason.
#[derive(Debug, Clone)]
struct Shown {
    health: Health,
    since: Moment,
}

impl Course {
    /// Before the first look.
    pub fn new(place: Registration, goal: Goal, began: Began) -> Self {
        let (left_by, was_here) = match began {
            Began::Called(at) | Began::CalledAmid(at) => (Some(at), true),
            Began::Unknown(_) => (None, false),
        };
        let staying_since = Some(began.at());
        let (shown, was_leaving, is_confirmed_gone) = (None, false, false);
        Self {
            place,
            goal,
            began,
            shown,
            staying_since,
            left_by,
            was_here,
            was_leaving,
            is_confirmed_gone,
            is_trapped: false,
            was_away: false,
            away_since: None,
        }
    }

    /// The registration that it follows.
    pub fn place(&self) -> &Registration {
        &self.place
    }

    /// What a look means for it. One that the list does not name is not registered as far as the
    /// list knows.
    pub fn see(&mut self, look: &Look) -> Sighting {
        let named = look.health(&self.place);
        let health = named.cloned().unwrap_or_else(Health::not_registered);
        self.note_trap(&health, look);
        self.note(&health, look.at);
        self.is_confirmed_gone =
            health.is_not_registered() && (self.is_confirmed_gone || named.is_some());
        let verdict = match self.goal {
            Goal::Drained { settle, .. } => drained(&health, &self.drain(look, settle)),
            Goal::InService { warm_up, drain_first } => {
                let standing = self.shown.as_ref().map_or(look.at, |shown| shown.since);
                let standing = look.at.since(standing);
                let doubted = look.at < self.doubted_until();
                in_service(&health, &Join { standing, doubted, warm_up, drain_first })
            }
            Goal::Steady { lasts } => {
                let elapsed = look.at.since(self.began.at());
                let away = self.away_since.map(|since| look.at.since(since));
                steady(&Stay { lasts, elapsed, away })
            }
        };
        Sighting { place: self.place.clone(), health, verdict }
    }

    /// Whether its verdict may be acted on: lists can be stale, so that one which does not name it
    /// decides nothing before an answer that was asked for by name.
    pub fn is_confirmed(&self) -> bool {
        self.is_confirmed_gone || !self.is_missing()
    }

    /// Whether to ask for it by name if the next list does not name it. On the way into service
    /// only when that may end the wait: a name costs a second call.
    pub fn is_to_confirm(&self, at: Moment) -> bool {
        let overdue = || {
            let since = self.shown.as_ref().map_or(at, |shown| shown.since);
            self.is_missing() && at.since(since) >= REGISTERED_GRACE / 2
        };
        match self.goal {
            Goal::Drained { .. } => !self.is_confirmed_gone,
            Goal::InService { .. } => !self.is_confirmed_gone && overdue(),
            Goal::Steady { .. } => !self.is_confirmed_gone && self.is_missing(),
        }
    }

    /// The moment at which the goal can be reached if all goes on as it does.
    pub fn earliest(&self) -> Moment {
        match self.goal {
            Goal::Drained { delay, .. } if self.is_draining() => {
                self.least().max(self.left_by.map_or(self.began.at(), |left| left.after(delay)))
            }
            Goal::InService { drain_first, .. } if self.is_draining() => {
                self.shown.as_ref().map_or(self.began.at(), |shown| shown.since.after(drain_first))
            }
            _ => self.least(),
        }
    }

    /// The moment before which the goal cannot have been reached.
    pub fn least(&self) -> Moment {
        let began = self.began.at();
        match self.goal {
            Goal::Drained { settle, .. } => self.left_by.map_or(began, |left| left.after(settle)),
            Goal::InService { warm_up, .. } => match &self.shown {
                Some(shown) if shown.health.is_in_service() => {
                    shown.since.after(warm_up).max(self.doubted_until())
                }
                _ => began,
            },
            Goal::Steady { lasts } => began.after(lasts),
        }
    }

    /// Whether it has to stay in service, and is shown out of it.
    pub fn is_flapping(&self) -> bool {
        matches!(self.goal, Goal::Steady { .. }) && self.away_since.is_some()
    }

    /// Whether it has to stay in service.
    pub fn is_to_stay(&self) -> bool {
        matches!(self.goal, Goal::Steady { .. })
    }

    /// Whether it should leave and is not seen leaving.
    pub fn is_staying(&self) -> bool {
        matches!(self.goal, Goal::Drained { .. }) && self.staying_since.is_some()
    }

    /// Whether it is gone, and only the settle time is missing.
    pub fn is_settling(&self) -> bool {
        matches!(self.goal, Goal::Drained { .. }) && self.is_missing()
    }

    /// Whether it drains since nobody knows when, so that it may be gone at any moment.
    pub fn may_end_sooner(&self) -> bool {
        let is_known = matches!((self.began, self.goal), (Began::Called(_), Goal::Drained { .. }));
        !is_known && self.is_draining()
    }

    /// Until when an answer that shows it in service may be from before it was taken out.
    fn doubted_until(&self) -> Moment {
        match self.began {
            Began::CalledAmid(at) if !self.was_away => at.after(LEAVING_GRACE),
            began => began.at(),
        }
    }

    fn note(&mut self, health: &Health, at: Moment) {
        let says_the_same = |shown: &Shown| {
            let before = &shown.health;
            (&before.state, &before.reason, before.kept_away.is_some())
                == (&health.state, &health.reason, health.kept_away.is_some())
        };
        let since = self.shown.as_ref().filter(|shown| says_the_same(shown));
        let since = since.map_or(at, |shown| shown.since);
        self.note_leaving(health, at);
        self.was_away |= !health.is_in_service();
        self.away_since = match health.state {
            State::Healthy => None,
            _ => self.away_since.or(Some(at)),
        };
        self.shown = Some(Shown { health: health.clone(), since });
    }

    /// What the first look does not show was never here, if the target is here with another port:
    /// then it was most likely named with the wrong one.
    fn note_trap(&mut self, health: &Health, look: &Look) {
        let elsewhere = || !look.ports(&self.place.id).is_empty();
        self.is_trapped = health.is_not_registered()
            && !self.was_here
            && if self.shown.is_none() { elsewhere() } else { self.is_trapped };
    }

    fn note_leaving(&mut self, health: &Health, at: Moment) {
        let is_unknown = matches!(self.began, Began::Unknown(_));
        if !health.is_leaving() {
            self.was_here = true;
            // One look can be stale; two that show it back mean that it leaves anew after them.
            let is_back = self.was_leaving && self.staying_since.is_some();
            self.staying_since.get_or_insert(at);
            self.left_by = self.left_by.filter(|_| !is_unknown && !is_back);
            return;
        }
        let drained_now = health.is_not_registered() && self.is_draining();
        let left_by = *self.left_by.get_or_insert(at);
        if let (Goal::Drained { delay, .. }, true, true) = (self.goal, is_unknown, drained_now) {
            self.left_by = Some(left_by.min(at.before(delay)));
        }
        self.was_here |= !health.is_not_registered();
        self.was_leaving = true;
        self.staying_since = None;
    }

    fn drain(&self, look: &Look, settle: Duration) -> Drain {
        let since = |moment: Moment| look.at.since(moment);
        Drain {
            elapsed: self.left_by.map_or(Duration::ZERO, since),
            settle,
            staying: self.staying_since.map(since),
            seen_leaving: self.was_leaving,
            only_elsewhere: self.is_trapped,
        }
    }

    fn is_draining(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.health.state == State::Draining)
    }

    fn is_missing(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.health.is_not_registered())
    }
}
