//! How each kind of step acts through the ports.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{join, try_join_all};
use tokio::sync::mpsc;

use super::waiting::{Drains, Waiting};
use super::{News, Ports};
use crate::balancer::BalancerError;
use crate::executor::{ExecutorError, OutputLine, Work};
use crate::report::Sight;
use crate::rollout::{
    Act, Failure, GroupArn, Health, Moment, Obstacle, Plan, Registration, Sighting, Snapshot, Step,
    Target, TargetId, Waited, said_of,
};
use crate::watch::{Wait, WaitError};

/// Lines of a command that may be waiting to be passed on.
const UNREAD_LINES: usize = 256;

/// One step under way, with all it needs of the plan.
pub(super) struct Acting {
    target: Target,
    step: Step,
    places: Vec<(GroupArn, Vec<Registration>)>,
    waits: Vec<Wait>,
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
        let waiting = Waiting { plan, target, step, finished, now };
        let wait = |(arn, places): &(GroupArn, Vec<Registration>)| {
            let drains = ports.watch.decide(|seen| Drains::of(places, seen));
            waiting.on(plan.group(arn)?, places.clone(), &drains)
        };
        let waits = places.iter().filter_map(wait).collect();
        Self { target: target.clone(), step, places, waits, ports: ports.clone(), news }
    }

    pub(super) async fn run(self) -> Ended {
        let result = match self.step.act {
            Act::Deregister => self.deregister().await.map(|()| None),
            Act::Register => self.register().await.map(|()| None),
            Act::Deploy => self.work(Work::Deploy).await.map(|()| None),
            Act::Rollback => self.work(Work::Rollback).await.map(|()| None),
            Act::Start => self.work(Work::Start).await.map(|()| None),
            Act::Stop => self.work(Work::Stop(self.step.side)).await.map(|()| None),
            Act::AwaitReady => self.work(Work::Ready).await.map(|()| None),
            Act::Verify => self.work(Work::Verify).await.map(|()| None),
            Act::AwaitDrained | Act::AwaitInService | Act::Bake | Act::StandBy => {
                self.wait().await.map(Some)
            }
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
        left_service: false,
        last_lines: error.last_lines().to_vec(),
    }
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
    let left_service = matches!(error, WaitError::Never { obstacle: Obstacle::Flapped, .. });
    Failure { left_service, ..Failure::new(error.to_string(), error.hint(), true) }
}
