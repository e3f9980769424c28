//! How each kind of step acts through the ports.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{join, try_join_all};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::{News, Ports};
use crate::balancer::BalancerError;
use crate::executor::{ExecutorError, OutputLine, Work};
use crate::report::Sight;
use crate::rollout::{
    Act, Began, Failure, Group, GroupArn, Health, LEAVING_GRACE, Moment, Plan, Policy,
    Registration, Sighting, Snapshot, State, Step, Target, TargetId, Waited, said_of,
};
use crate::watch::{Wait, WaitError};

/// Lines of a command that may be waiting to be passed on.
const UNREAD_LINES: usize = 256;

/// A target that nobody has seen out is doubted for so long at least before it counts as back.
const DOUBT_LIMIT: Duration = Duration::from_secs(2 * LEAVING_GRACE.as_secs());

/// One step under way, with all it needs of the plan.
pub(super) struct Acting {
    target: Target,
    step: Step,
    places: Vec<(GroupArn, Vec<Registration>)>,
    waits: Vec<Wait>,
    /// How long what it stops is left running.
    rest: Duration,
    ports: Ports,
    news: mpsc::Sender<News>,
}

/// A step that came to its end.
pub(super) struct Ended {
    pub(super) target: TargetId,
    pub(super) step: Step,
    pub(super) result: Result<Option<Waited>, Failure>,
}

impl Acting {
    pub(super) fn new(
        plan: &Plan,
        target: &Target,
        step: Step,
        finished: impl Fn(Act) -> Option<Moment>,
        ports: &Ports,
        news: mpsc::Sender<News>,
    ) -> Self {
        let places = by_group(target.side(step.side));
        let now = ports.clock.now();
        let drains = |places: &[Registration]| ports.watch.decide(|seen| Drains::of(places, seen));
        let wait = |(arn, places): &(GroupArn, Vec<Registration>)| {
            let group = plan.group(arn)?;
            let drains = drains(places);
            let wait = wait_for(plan, group, step.act, places.clone(), drains, &finished, now)?;
            // A limit counts from this try: it may be taken up long after the call.
            let deadline = wait.deadline + now.since(wait.began.at());
            Some(Wait { deadline, ..wait })
        };
        let waits = places.iter().filter_map(wait).collect();
        let rest = rest(plan, step, &finished, now);
        Self { target: target.clone(), step, places, waits, rest, ports: ports.clone(), news }
    }

    pub(super) async fn run(self) -> Ended {
        let result = match self.step.act {
            Act::Deregister => self.deregister().await.map(|()| None),
            Act::Register => self.register().await.map(|()| None),
            Act::Deploy => self.work(Work::Deploy).await.map(|()| None),
            Act::Rollback => self.work(Work::Rollback).await.map(|()| None),
            Act::Start => self.work(Work::Start).await.map(|()| None),
            Act::Stop => self.stop().await.map(|()| None),
            Act::AwaitReady => self.work(Work::Ready).await.map(|()| None),
            Act::Verify => self.work(Work::Verify).await.map(|()| None),
            Act::AwaitDrained | Act::AwaitInService | Act::Bake => self.wait().await.map(Some),
        };
        Ended { target: self.target.id, step: self.step, result }
    }

    /// A refusal can follow a try whose answer was lost, so the load balancer is asked. It can
    /// only make a failure worse: what it shows right after the call may be stale.
    async fn deregister(&self) -> Result<(), Failure> {
        let calls =
            self.places.iter().map(|(group, places)| self.ports.balancer.deregister(group, places));
        let Err(failure) = all_or_failure(calls).await else { return Ok(()) };
        let groups = self.places.iter().map(|(group, _)| group.clone()).collect();
        let looked = self.ports.watch.look_at(&groups).await.is_ok();
        let all_in = |seen: &Snapshot| {
            let mut places = self.places.iter().flat_map(|(_, places)| places);
            places.all(|place| said_of(seen, place).is_some_and(Health::can_receive))
        };
        let leaves = looked && !self.ports.watch.decide(all_in);
        Err(Failure { may_have_acted: failure.may_have_acted || leaves, ..failure })
    }

    /// What cannot come back while it drains is waited for first.
    async fn register(&self) -> Result<(), Failure> {
        self.wait().await?;
        let calls =
            self.places.iter().map(|(group, places)| self.ports.balancer.register(group, places));
        all_or_failure(calls).await
    }

    /// What was left running for a while may serve again by then.
    async fn stop(&self) -> Result<(), Failure> {
        if !self.rest.is_zero() {
            sleep(self.rest).await;
            let groups = self.places.iter().map(|(group, _)| group.clone()).collect();
            let looked = self.ports.watch.look_at(&groups).await;
            looked.map_err(|error| {
                Failure::new(error.to_string(), error.hint().map(str::to_owned), false)
            })?;
            let mut places = self.places.iter().flat_map(|(_, places)| places);
            let serves = |seen: &Snapshot| {
                let is_in =
                    |place: &&Registration| said_of(seen, place).is_some_and(Health::can_receive);
                places.find(is_in).map(ToString::to_string)
            };
            if let Some(place) = self.ports.watch.decide(serves) {
                let what =
                    format!("{place} was registered again by somebody else, and is not stopped");
                return Err(Failure::new(what, None, false));
            }
        }
        self.work(Work::Stop(self.step.side)).await
    }

    async fn work(&self, work: Work) -> Result<(), Failure> {
        let news = |line| News::Output { target: self.target.id.clone(), line };
        let run = |lines| self.ports.executor.run(work, &self.target, lines);
        passing_on(&self.news, news, run).await
    }

    /// Waits in all groups at once: the target is where it should be when all of them say so.
    async fn wait(&self) -> Result<Waited, Failure> {
        let seen = Mutex::new(BTreeMap::new());
        let waits = self.waits.iter().map(|wait| {
            let seen = &seen;
            let told = move |sightings: &[Sighting]| self.tell(wait, sightings, seen);
            self.ports.watch.until(wait, told)
        });
        let waited = try_join_all(waits).await.map_err(|error| wait_failure(&error))?;
        Ok(Waited {
            looks: waited.iter().map(|waited| waited.looks).sum(),
            late_at_most: waited.iter().map(|waited| waited.late_at_most).max().unwrap_or_default(),
        })
    }

    /// Tells how the target fares in all its groups, once each of them has been looked at. A
    /// sight that cannot be shown in time is dropped: the next one says more.
    fn tell(&self, wait: &Wait, sightings: &[Sighting], seen: &Mutex<Seen>) {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(wait.group.clone(), sightings.to_vec());
        if seen.len() < self.waits.len() {
            return;
        }
        let longest = |time: fn(&Wait) -> Duration| self.waits.iter().map(time).max();
        let sight = Sight {
            target: self.target.id.clone(),
            step: self.step,
            seen: seen.values().flatten().cloned().collect(),
            elapsed: self.ports.clock.elapsed(wait.began.at()),
            expected: longest(|wait| wait.expected).unwrap_or_default(),
            deadline: longest(|wait| wait.deadline).unwrap_or_default(),
        };
        self.news.try_send(News::Sight(sight)).ok();
    }
}

/// Runs a command and passes on what it prints, for as long as somebody is told.
pub(super) async fn passing_on<R: Future<Output = Result<(), ExecutorError>>>(
    to: &mpsc::Sender<News>,
    news: impl Fn(String) -> News,
    run: impl FnOnce(mpsc::Sender<OutputLine>) -> R,
) -> Result<(), Failure> {
    let (lines, mut unread) = mpsc::channel(UNREAD_LINES);
    let pass_on = async {
        while let Some(OutputLine { text }) = unread.recv().await {
            if to.send(news(text)).await.is_err() {
                return;
            }
        }
    };
    let (done, ()) = join(run(lines), pass_on).await;
    done.map_err(|error| failure_of(&error))
}

fn failure_of(error: &ExecutorError) -> Failure {
    Failure {
        what: error.to_string(),
        hint: error.hint(),
        may_have_acted: error.may_have_acted(),
        last_lines: error.last_lines().to_vec(),
    }
}

/// How long the old port of a flip is still left running.
fn rest(
    plan: &Plan,
    step: Step,
    finished: &impl Fn(Act) -> Option<Moment>,
    now: Moment,
) -> Duration {
    let drained = finished(Act::AwaitDrained).filter(|_| step.act == Act::Stop && !step.undo);
    drained.map_or(Duration::ZERO, |at| plan.policy.flip.stop_after.saturating_sub(now.since(at)))
}

/// What each group's latest look said.
type Seen = BTreeMap<GroupArn, Vec<Sighting>>;

fn by_group(registrations: &[Registration]) -> Vec<(GroupArn, Vec<Registration>)> {
    let mut groups: Vec<(GroupArn, Vec<Registration>)> = Vec::new();
    for place in registrations {
        match groups.iter_mut().find(|(group, _)| *group == place.group) {
            Some((_, places)) => places.push(place.clone()),
            None => groups.push((place.group.clone(), vec![place.clone()])),
        }
    }
    groups
}

/// Since when registrations drain, by the latest look; `None` if none of them does.
struct Drains(Option<Moment>);

impl Drains {
    fn of(places: &[Registration], seen: &Snapshot) -> Self {
        let drains = |place: &&Registration| {
            said_of(seen, place).is_some_and(|health| health.state == State::Draining)
        };
        let place = places.iter().find(drains);
        Self(place.and_then(|place| seen.get(&place.group)).map(|look| look.at))
    }

    /// Whether they were seen to drain.
    fn is_known(&self) -> bool {
        self.0.is_some()
    }

    /// Whether they were seen to drain before this.
    fn since_before(&self, moment: Moment) -> bool {
        self.0.is_some_and(|seen| seen < moment)
    }
}

/// The waits that a step means. A wait counts from the end of the call before it, also when
/// another process made that call; what drained before the call began to do so nobody knows when.
fn wait_for(
    plan: &Plan,
    group: &Group,
    act: Act,
    places: Vec<Registration>,
    drains: Drains,
    finished: &impl Fn(Act) -> Option<Moment>,
    now: Moment,
) -> Option<Wait> {
    let called = |call| finished(call).unwrap_or(now);
    let policy = &plan.policy;
    match act {
        Act::AwaitDrained => {
            let called = called(Act::Deregister);
            let joined = drains.since_before(called);
            let began = if joined { Began::Unknown(called) } else { Began::Called(called) };
            let ids: BTreeSet<_> = places.iter().map(|place| place.id.clone()).collect();
            let wait = Wait::drained(group, places, began, policy);
            // What stays out is out with every port; what is deployed is looked at again then.
            let everywhere = if plan.strategy.puts_in() { BTreeSet::new() } else { ids };
            Some(Wait { everywhere: everywhere.into_iter().collect(), ..wait })
        }
        // What no listener uses never serves: it is back as it was.
        Act::AwaitInService if group.balancers.is_empty() => None,
        Act::AwaitInService => {
            let registered = called(Act::Register);
            // What a flip puts in was seen registered nowhere.
            if finished(Act::AwaitDrained).is_some() || plan.strategy.overlaps() {
                return Some(Wait::in_service(group, places, Began::Called(registered), policy));
            }
            let amid = Began::CalledAmid(registered);
            let wait = Wait::in_service(group, places, amid, policy);
            Some(Wait { deadline: wait.deadline.max(DOUBT_LIMIT), ..wait })
        }
        Act::Register if !group.drain_first().is_zero() && drains.is_known() => {
            let at_once = Policy { settle: Some(Duration::ZERO), ..policy.clone() };
            Some(Wait::drained(group, places, Began::Unknown(now), &at_once))
        }
        Act::Bake if !group.balancers.is_empty() => {
            Some(Wait::steady(group, places, Began::Called(now), policy.gates.bake))
        }
        _ => None,
    }
}

/// All calls are made, whatever becomes of the others: half a target must not stay in because
/// the other half failed.
async fn all_or_failure(
    calls: impl Iterator<Item = impl Future<Output = Result<(), BalancerError>>>,
) -> Result<(), Failure> {
    let results = futures_util::future::join_all(calls).await;
    let one_acted = results.iter().any(Result::is_ok);
    let errors: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    let Some(first) = errors.first() else { return Ok(()) };
    let what = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let may_have_acted = one_acted || errors.iter().any(BalancerError::may_have_acted);
    Err(Failure::new(what, first.hint().map(str::to_owned), may_have_acted))
}

fn wait_failure(error: &WaitError) -> Failure {
    Failure::new(error.to_string(), error.hint(), true)
}
