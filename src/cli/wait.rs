//! `wait`: until targets are deregistered, or in service. It changes nothing.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::time::Duration;

use clap::{Args, Subcommand};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::Global;
use super::error::CliError;
use super::exit::Exit;
use super::place::Place;
use super::reach::Reach;
use super::shown::{Shown, Talk};
use super::signals::{stop_signals, unless_stopped};
use super::typed::{Limit, Mistakes, SlowStart, Span, Typed};
use crate::balancer::{BalancerError, ErrorKind};
use crate::report::{Event, Sight};
use crate::rollout::{
    Act, Began, Goal, Group, Health, Look, Obstacle, Policy, REGISTERED_GRACE, Refusal,
    Registration, Sighting, Step, TargetId,
};
use crate::watch::{self, WaitError};

/// How long a wait without a limit tries to begin: a network that is just coming up is there by
/// then, and an address that is wrong is not waited for all day.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two tries to begin.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Wait until targets are deregistered, or in service; nothing is changed
///
/// Stands in for `aws elbv2 wait target-deregistered` and `target-in-service`: notices sooner,
/// looks at the reason and not only at the state, says what it sees, and ends early if it can
/// never come true.
#[derive(Debug, Subcommand)]
pub(super) enum Wait {
    Deregistered(Deregistered),
    InService(InService),
}

/// Wait until targets really are out: not registered any more, and settled
///
/// A target that is merely unused is not out: it may still be registered. One that stays
/// registered for 15s ends the wait: nobody takes it out, or a deregister named another port.
///
/// Ends with 4 if a target is still registered, with 5 if it is out of service but not yet out.
#[derive(Debug, Args)]
pub(super) struct Deregistered {
    #[command(flatten)]
    whom: Whom,
    /// How long it may take [default: the group's deregistration delay and 1m]
    #[arg(long, value_name = "DURATION", env = "ELB_DEPLOY_WAIT_TIMEOUT", hide_env_values = true)]
    timeout: Option<Typed<Limit>>,
    /// The least time since the targets were deregistered, or seen leaving first [default: 15s
    /// behind an application load balancer, 2m behind a network one]
    #[arg(long, value_name = "DURATION", env = "ELB_DEPLOY_SETTLE", hide_env_values = true)]
    settle: Option<Typed<Span>>,
}

/// Wait until targets really are in service: healthy, and with traffic
///
/// Ends early where that can never be: the group is in no listener, the instance is stopped, the
/// target is not registered.
///
/// Ends with 5 if a target is not in service.
#[derive(Debug, Args)]
pub(super) struct InService {
    #[command(flatten)]
    whom: Whom,
    /// How long it may take [default: from the group's health check, and 2m]
    #[arg(long, value_name = "DURATION", env = "ELB_DEPLOY_WAIT_TIMEOUT", hide_env_values = true)]
    timeout: Option<Typed<Limit>>,
    /// Whether a target counts as in service only after its group's slow start
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value = "ignore",
        env = "ELB_DEPLOY_SLOW_START",
        hide_env_values = true
    )]
    slow_start: SlowStart,
}

// The help shows an IPv6 address as people write it, which is no link.
#[allow(rustdoc::broken_intra_doc_links)]
#[derive(Debug, Args)]
struct Whom {
    /// The target group, by name or ARN
    #[arg(value_name = "GROUP")]
    group: String,
    /// Targets, such as i-0abc, i-0abc:8080, 10.0.0.7:80, [fd00::1]:80 or Id=i-0abc,Port=8080;
    /// without a port, every port that the target has in the group
    #[arg(required = true, value_name = "TARGET")]
    targets: Vec<Typed<Place>>,
    #[command(flatten)]
    shown: Shown,
}

impl Wait {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, CliError> {
        let mut signals = stop_signals()?;
        unless_stopped(&mut signals, self.reached(global)).await.map(|()| Exit::Done)
    }

    async fn reached(&self, global: &Global) -> Result<(), CliError> {
        let mut mistakes = Mistakes::default();
        let policy = self.policy(&mut mistakes);
        let places = self.whom().places(&mut mistakes);
        mistakes.none()?;
        let reach = Reach::new(global).await?;
        let started = reach.clock.now();
        let watcher = Watcher { reach: &reach, talk: self.whom().shown.talk() };
        let limit = policy.drain_timeout.or(policy.in_service_timeout).unwrap_or(PATIENCE);
        let group = watcher.patiently(limit, async || self.group(&reach).await).await?;
        self.check(&group, &places)?;
        let registrations = watcher
            .patiently(limit, async || self.registrations(&places, &group, limit, &reach).await);
        let registrations = registrations.await?;
        let began = Began::Unknown(reach.clock.now());
        let policy = counted_from(policy, reach.clock.elapsed(started));
        let wait = match self {
            Self::Deregistered(_) => watch::Wait::drained(&group, registrations, began, &policy),
            Self::InService(_) => watch::Wait::in_service(&group, registrations, began, &policy),
        };
        let everywhere = places.into_iter().filter(|place| place.port.is_none());
        let everywhere = everywhere.map(|place| place.id).collect();
        watcher.follow(&group, &watch::Wait { everywhere, ..wait }).await
    }

    fn whom(&self) -> &Whom {
        match self {
            Self::Deregistered(Deregistered { whom, .. })
            | Self::InService(InService { whom, .. }) => whom,
        }
    }

    fn policy(&self, mistakes: &mut Mistakes) -> Policy {
        let mut limit = |timeout: &Option<Typed<Limit>>| {
            let typed = timeout.as_ref();
            typed.and_then(|time| mistakes.meant("--timeout", time)).map(|Limit(time)| time)
        };
        match self {
            Self::Deregistered(Deregistered { timeout, settle, .. }) => Policy {
                drain_timeout: limit(timeout),
                settle: settle
                    .as_ref()
                    .and_then(|time| mistakes.meant("--settle", time))
                    .map(|Span(time)| time),
                ..Policy::default()
            },
            Self::InService(InService { timeout, slow_start, .. }) => Policy {
                in_service_timeout: limit(timeout),
                after_slow_start: *slow_start == SlowStart::Wait,
                ..Policy::default()
            },
        }
    }

    async fn group(&self, reach: &Reach) -> Result<Group, BalancerError> {
        let asked = [self.whom().group.clone()];
        let groups = reach.balancer.groups(&asked).await?;
        let none =
            || BalancerError::new(ErrorKind::GroupNotFound, "DescribeTargetGroups", &asked[0]);
        groups.into_iter().next().ok_or_else(none)
    }

    /// Whether these can be waited for in this group at all.
    fn check(&self, group: &Group, places: &[Place]) -> Result<(), CliError> {
        let mut refusals: Vec<_> = group.undrainable().into_iter().collect();
        if refusals.is_empty() {
            refusals.extend(places.iter().filter_map(|place| group.other_type(&place.id)));
        }
        if matches!(self, Self::InService(_)) && group.balancers.is_empty() {
            refusals.push(Refusal::NotInUse { group: group.name.clone() });
        }
        if refusals.is_empty() { Ok(()) } else { Err(CliError::refusals(&refusals)) }
    }

    /// What is waited for. Only a target without a port has to be looked up; one on its way into
    /// service may not be listed yet. Half of the limit is left to say what it waits for.
    async fn registrations(
        &self,
        places: &[Place],
        group: &Group,
        limit: Duration,
        reach: &Reach,
    ) -> Result<Vec<Registration>, BalancerError> {
        let arn = &group.arn;
        let is_listed = |place: &Place, counts: fn(&Health) -> bool| {
            let here = |look: &Look| {
                let mut seen = look.seen.iter();
                seen.any(|(seen, health)| seen.id == place.id && counts(health))
            };
            reach.watch.decide(|seen| seen.get(arn).is_some_and(here))
        };
        let joins = matches!(self, Self::InService(_));
        let until = Instant::now() + REGISTERED_GRACE.min(limit / 2);
        if places.iter().any(|place| place.port.is_none()) {
            loop {
                reach.watch.first_look(&BTreeSet::from([arn.clone()])).await?;
                let is_here = |place: &Place| is_listed(place, Health::can_receive);
                if !joins || places.iter().all(is_here) || Instant::now() >= until {
                    break;
                }
                sleep_until(until.min(Instant::now() + LOOK_AGAIN)).await;
            }
        }
        let meant = |place: &Place| {
            let counts = match joins && is_listed(place, Health::can_receive) {
                true => Health::can_receive,
                false => |health: &Health| !health.is_not_registered(),
            };
            reach.watch.decide(|seen| place.registrations(group, seen.get(arn), counts))
        };
        let meant: BTreeSet<_> = places.iter().flat_map(meant).collect();
        Ok(meant.into_iter().collect())
    }
}

impl Whom {
    fn places(&self, mistakes: &mut Mistakes) -> Vec<Place> {
        self.targets.iter().filter_map(|target| mistakes.meant("target", target)).collect()
    }
}

/// Waits, and shows what is seen.
struct Watcher<'a> {
    reach: &'a Reach,
    talk: Talk,
}

impl Watcher<'_> {
    /// Asks again while that fails in a way that may pass, for so long.
    async fn patiently<T>(
        &self,
        limit: Duration,
        ask: impl AsyncFn() -> Result<T, BalancerError>,
    ) -> Result<T, CliError> {
        let until = Instant::now() + limit;
        let mut told = false;
        loop {
            let silent =
                || BalancerError::new(ErrorKind::Unreachable, "begin", "no answer in time");
            match timeout_at(until, ask()).await.unwrap_or_else(|_| Err(silent())) {
                Ok(answer) => return Ok(answer),
                Err(error) if error.is_transient() && Instant::now() < until => {
                    if !std::mem::replace(&mut told, true) {
                        self.talk.tell(&Event::Troubled { what: &error.to_string() });
                    }
                    sleep(LOOK_AGAIN).await;
                }
                Err(error) => return Err(CliError::refused(&error)),
            }
        }
    }

    async fn follow(&self, group: &Group, wait: &watch::Wait) -> Result<(), CliError> {
        let (clock, began) = (self.reach.clock, wait.began.at());
        let targets: BTreeSet<_> =
            wait.registrations.iter().map(|place| place.id.clone()).collect();
        let targets: Vec<_> = targets.into_iter().collect();
        self.talk.tell(&Event::Awaiting { what: &in_words(group, wait), targets: &targets });
        if let Some(what) = too_short(wait) {
            self.talk.tell(&Event::Noted { what: &what });
        }
        let seen_here = RefCell::new(BTreeSet::new());
        let told = |seen: &[Sighting]| {
            let here = seen.iter().filter(|seen| !seen.health.is_not_registered());
            seen_here.borrow_mut().extend(here.map(|seen| seen.place.clone()));
            for sight in sights(wait, seen, clock.elapsed(began)) {
                self.talk.tell(&Event::Waiting(&sight));
            }
        };
        let ended = tokio::select! {
            ended = self.reach.watch.until(wait, told) => ended,
            never = self.tell_trouble() => match never {},
        };
        match ended {
            Ok(waited) => {
                self.talk.tell(&Event::Reached { took: clock.elapsed(began), waited });
                for place in &wait.registrations {
                    if !seen_here.borrow().contains(place) {
                        let what = format!("{place} was never seen: is the name right?");
                        self.talk.tell(&Event::Noted { what: &what });
                    }
                }
                Ok(())
            }
            Err(error) => {
                let (what, hint) = (error.to_string(), error.hint());
                self.talk.tell(&Event::NotReached { what: &what, hint: hint.as_deref() });
                Err(not_reached(wait, &error))
            }
        }
    }

    /// Says trouble when it begins and when it is over.
    async fn tell_trouble(&self) -> Infallible {
        let mut looks = self.reach.watch.looks();
        let mut told = None;
        loop {
            looks.changed().await;
            let trouble = looks.trouble();
            let kind = trouble.as_ref().map(|error| error.kind);
            if kind == told {
                continue;
            }
            told = kind;
            match trouble {
                Some(error) => self.talk.tell(&Event::Troubled { what: &error.to_string() }),
                None => self.talk.tell(&Event::Recovered),
            }
        }
    }
}

/// A limit that a person gave counts from the start of the process: it is a hook's, say.
fn counted_from(policy: Policy, passed: Duration) -> Policy {
    let rest = |limit: Option<Duration>| {
        limit.map(|limit| limit.saturating_sub(passed).max(Duration::from_secs(1)))
    };
    Policy {
        drain_timeout: rest(policy.drain_timeout),
        in_service_timeout: rest(policy.in_service_timeout),
        ..policy
    }
}

/// Why the limit will most likely be passed.
fn too_short(wait: &watch::Wait) -> Option<String> {
    let time = |time: Duration| humantime::format_duration(time).to_string();
    let (expected, deadline) = (time(wait.expected), time(wait.deadline));
    (wait.deadline < wait.expected)
        .then(|| format!("that takes up to {expected} here, longer than the limit of {deadline}"))
}

fn in_words(group: &Group, wait: &watch::Wait) -> String {
    let state = match wait.goal {
        Goal::Drained { .. } => "out",
        Goal::InService { .. } | Goal::Steady { .. } => "in service",
    };
    let time = |time: Duration| humantime::format_duration(time).to_string();
    let (expected, deadline) = (time(wait.expected), time(wait.deadline));
    let whom = match wait.registrations.as_slice() {
        [place] => place.place(),
        places => format!("{} registrations", places.len()),
    };
    let name = &group.name;
    format!("waiting for {whom} in {name} to be {state}: {expected} expected, {deadline} at most")
}

/// What is seen, target by target.
fn sights(wait: &watch::Wait, seen: &[Sighting], elapsed: Duration) -> Vec<Sight> {
    let step = match wait.goal {
        Goal::Drained { .. } => Step::old(Act::AwaitDrained),
        Goal::InService { .. } | Goal::Steady { .. } => Step::new(Act::AwaitInService),
    };
    let mut targets: BTreeMap<TargetId, Vec<Sighting>> = BTreeMap::new();
    for sighting in seen {
        targets.entry(sighting.place.id.clone()).or_default().push(sighting.clone());
    }
    let (expected, deadline) = (wait.expected, wait.deadline);
    let sight = |(target, seen)| Sight { target, step, seen, elapsed, expected, deadline };
    targets.into_iter().map(sight).collect()
}

/// What is still registered may still get traffic; what has left, or was to come and did not, is
/// out of service; of what was never seen nothing is known.
fn not_reached(wait: &watch::Wait, error: &WaitError) -> CliError {
    let is_in = |health: &Health| matches!(wait.goal, Goal::Drained { .. }) && health.can_receive();
    let kind = match error {
        WaitError::Balancer(error) if error.kind == ErrorKind::GroupNotFound => {
            let hint = "the group was deleted while it was waited for";
            return CliError::new(Exit::Refused, error.to_string()).hint(Some(hint));
        }
        WaitError::Balancer(error) => return CliError::refused(error),
        WaitError::TimedOut { last, .. } if last.is_empty() => Exit::Unexpected,
        WaitError::Never { obstacle: Obstacle::OtherPort, .. } => Exit::HaltedInService,
        WaitError::Never { health, .. } if is_in(health) => Exit::HaltedInService,
        WaitError::TimedOut { last, .. } if last.iter().any(|seen| is_in(&seen.health)) => {
            Exit::HaltedInService
        }
        WaitError::Never { .. } | WaitError::TimedOut { .. } => Exit::HaltedOut,
    };
    CliError::new(kind, error.to_string()).hint(error.hint())
}
