use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::time::Instant;

use super::wait::LAST_LOOK;
use super::*;
use crate::balancer::ErrorKind;
use crate::rollout::{Group, Health, Moment, Reason, Registration, State, TargetId};

type Answer = dyn Fn(Duration, &Registration) -> Result<Option<Health>, ErrorKind> + Send + Sync;

/// Answers by a function of the time since the start; `None` is a registration that is gone.
struct Scripted {
    began: Instant,
    answer: Box<Answer>,
    known: Vec<Registration>,
    calls: AtomicUsize,
    times: Mutex<Vec<Duration>>,
}

impl Scripted {
    fn new(
        known: &[Registration],
        answer: impl Fn(Duration, &Registration) -> Result<Option<Health>, ErrorKind>
        + Send
        + Sync
        + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            answer: Box::new(answer),
            known: known.to_vec(),
            calls: AtomicUsize::new(0),
            times: Mutex::default(),
        })
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Balancer for Scripted {
    async fn groups(&self, _: &[String]) -> Result<Vec<Group>, BalancerError> {
        Ok(Vec::new())
    }

    async fn look(
        &self,
        _: &GroupArn,
        named: &[Registration],
    ) -> Result<Vec<(Registration, Health)>, BalancerError> {
        let now = self.began.elapsed();
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.times.lock().unwrap().push(now);
        let mut seen = Vec::new();
        for place in if named.is_empty() { &self.known } else { named } {
            match (self.answer)(now, place) {
                Ok(Some(health)) => seen.push((place.clone(), health)),
                Ok(None) if named.is_empty() => {}
                Ok(None) => seen.push((place.clone(), Health::not_registered())),
                Err(kind) => {
                    return Err(BalancerError::new(kind, "DescribeTargetHealth", "scripted"));
                }
            }
        }
        Ok(seen)
    }

    async fn register(&self, _: &GroupArn, _: &[Registration]) -> Result<(), BalancerError> {
        Ok(())
    }

    async fn deregister(&self, _: &GroupArn, _: &[Registration]) -> Result<(), BalancerError> {
        Ok(())
    }
}

fn place(number: usize) -> Registration {
    Registration {
        group: GroupArn::new("arn:aws:elasticloadbalancing:r:a:targetgroup/web/1"),
        id: TargetId::new(format!("i-{number}")),
        port: 80,
        zone: None,
        quic_server_id: None,
    }
}

fn draining() -> Health {
    Health::of(State::Draining, Some(Reason::DeregistrationInProgress))
}

fn drains(seconds: u64) -> impl Fn(Duration, &Registration) -> Result<Option<Health>, ErrorKind> {
    move |now, _| Ok((now < Duration::from_secs(seconds)).then(draining))
}

fn wait(goal: Goal, expected: u64, deadline: u64) -> Wait {
    Wait {
        group: place(1).group,
        registrations: vec![place(1)],
        goal,
        began: Moment::from_millis(0),
        expected: Duration::from_secs(expected),
        deadline: Duration::from_secs(deadline),
    }
}

fn drained(expected: u64) -> Wait {
    wait(Goal::Drained { settle: Duration::from_secs(5) }, expected, expected + 60)
}

fn watch(balancer: &Arc<Scripted>) -> Watch {
    let balancer: Arc<dyn Balancer> = Arc::<Scripted>::clone(balancer);
    Watch::new(balancer, Clock::starting_at(Moment::from_millis(0)))
}

#[tokio::test(start_paused = true)]
async fn a_drain_of_300_s_is_noticed_within_a_second_and_costs_at_most_16_calls() {
    let balancer = Scripted::new(&[place(1)], drains(300));
    let waited = watch(&balancer).until(&drained(300), |_| {}).await.unwrap();
    let late = balancer.began.elapsed() - Duration::from_secs(300);
    assert!(late <= Duration::from_secs(1), "{late:?}");
    assert!(waited.late_at_most >= late, "{waited:?}");
    assert!(balancer.calls() <= 16, "{} calls", balancer.calls());
}

#[tokio::test(start_paused = true)]
async fn what_the_list_does_not_name_is_confirmed_by_name_before_it_counts_as_drained() {
    let lists = AtomicUsize::new(0);
    let balancer = Scripted::new(&[], move |now, _| {
        lists.fetch_add(1, Ordering::SeqCst);
        Ok((now < Duration::from_secs(20)).then(draining))
    });
    watch(&balancer).until(&drained(10), |_| {}).await.unwrap();
    assert!(balancer.began.elapsed() >= Duration::from_secs(20), "the stale list was believed");
}

#[tokio::test(start_paused = true)]
async fn drained_is_not_reached_before_the_settle_time() {
    let balancer = Scripted::new(&[place(1)], drains(0));
    watch(&balancer).until(&drained(0), |_| {}).await.unwrap();
    assert_eq!(balancer.began.elapsed(), Duration::from_secs(5));
    assert!(balancer.calls() <= 4, "{} calls", balancer.calls());
}

#[tokio::test(start_paused = true)]
async fn a_deregister_that_changed_nothing_is_an_error_that_names_the_port() {
    let balancer = Scripted::new(&[place(1)], |_, _| Ok(Some(Health::healthy())));
    let error = watch(&balancer).until(&drained(300), |_| {}).await.unwrap_err();
    assert!(matches!(error, WaitError::Never { .. }), "{error}");
    assert!(error.hint().unwrap().contains("port"), "{error:?}");
    assert!(balancer.began.elapsed() < Duration::from_secs(20));
}

#[tokio::test(start_paused = true)]
async fn one_stale_answer_does_not_end_a_drain() {
    let balancer = Scripted::new(&[place(1)], |now, _| match now.as_secs() {
        60..70 => Ok(Some(Health::healthy())),
        0..300 => Ok(Some(draining())),
        _ => Ok(None),
    });
    watch(&balancer).until(&drained(300), |_| {}).await.unwrap();
    assert!(balancer.times.lock().unwrap().iter().any(|time| (60..70).contains(&time.as_secs())));
}

#[tokio::test(start_paused = true)]
async fn a_target_that_comes_back_while_it_drains_ends_the_wait() {
    let balancer = Scripted::new(&[place(1)], |now, _| match now.as_secs() {
        100.. => Ok(Some(Health::healthy())),
        _ => Ok(Some(draining())),
    });
    let error = watch(&balancer).until(&drained(300), |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("somebody else"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn in_service_is_noticed_within_a_second_or_a_tenth() {
    for ready in [0u64, 1, 3, 10, 37, 100, 150] {
        let balancer = Scripted::new(&[place(1)], move |now, _| {
            let state = if now.as_secs() < ready { State::Unhealthy } else { State::Healthy };
            Ok(Some(Health::of(state, None)))
        });
        watch(&balancer).until(&wait(Goal::InService, 30, 300), |_| {}).await.unwrap();
        let late = balancer.began.elapsed().as_secs_f64() - ready as f64;
        assert!(
            late <= (ready as f64 / 10.0).max(1.0) + 0.01,
            "ready after {ready} s: {late} s late"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_no_listener_uses_ends_the_wait_for_service_at_once() {
    let balancer = Scripted::new(&[place(1)], |_, _| {
        Ok(Some(Health::of(State::Unused, Some(Reason::NotInUse))))
    });
    let error = watch(&balancer).until(&wait(Goal::InService, 30, 300), |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("Target.NotInUse"), "{error}");
    assert!(balancer.began.elapsed() <= Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn a_hundred_waits_on_one_group_cost_as_many_calls_as_one() {
    let places: Vec<_> = (0..1000).map(place).collect();
    let one = Scripted::new(&places, drains(37));
    watch(&one).until(&drained(37), |_| {}).await.unwrap();
    let hundred = Scripted::new(&places, drains(37));
    let watch = watch(&hundred);
    let waits: Vec<_> =
        (0..100).map(|n| Wait { registrations: vec![place(n)], ..drained(37) }).collect();
    let ended = join_all(waits.iter().map(|wait| watch.until(wait, |_| {}))).await;
    assert!(ended.iter().all(Result::is_ok));
    assert_eq!(hundred.calls(), one.calls());
}

#[tokio::test(start_paused = true)]
async fn throttling_and_a_lost_network_slow_a_wait_and_never_end_it() {
    let calls = AtomicUsize::new(0);
    let balancer = Scripted::new(&[place(1)], move |now, _| {
        match (now.as_secs(), calls.fetch_add(1, Ordering::SeqCst) % 7) {
            (20..60, _) => Err(ErrorKind::Unreachable),
            (_, 0 | 3 | 4) => Err(ErrorKind::Throttled),
            (_, 5 | 6) => Err(ErrorKind::Unavailable),
            _ => Ok((now < Duration::from_secs(37)).then(draining)),
        }
    });
    watch(&balancer).until(&drained(300), |_| {}).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_network_that_stays_lost_ends_a_wait_at_its_deadline_and_says_why() {
    let balancer = Scripted::new(&[place(1)], |_, _| Err(ErrorKind::Unreachable));
    let error = watch(&balancer).until(&drained(100), |_| {}).await.unwrap_err();
    assert_eq!(balancer.began.elapsed(), Duration::from_secs(160) + LAST_LOOK);
    assert!(error.to_string().contains("scripted"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_says_no_for_good_ends_a_wait_at_once() {
    let balancer = Scripted::new(&[place(1)], |_, _| Err(ErrorKind::Denied));
    let error = watch(&balancer).until(&drained(100), |_| {}).await.unwrap_err();
    assert!(matches!(error, WaitError::Balancer(_)), "{error}");
    assert_eq!(balancer.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_wait_taken_up_after_its_deadline_still_gets_its_look() {
    let balancer = Scripted::new(&[place(1)], drains(0));
    let watch = watch(&balancer);
    tokio::time::sleep(Duration::from_secs(10_000)).await;
    watch.until(&drained(10), |_| {}).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_comes_true_just_before_its_deadline_is_not_reported_as_late() {
    for before in 1..15 {
        let ready = Duration::from_secs(300 - before);
        let balancer = Scripted::new(&[place(1)], move |now, _| {
            let state = if now < ready { State::Unhealthy } else { State::Healthy };
            Ok(Some(Health::of(state, None)))
        });
        let waited = watch(&balancer).until(&wait(Goal::InService, 30, 300), |_| {}).await;
        assert!(waited.is_ok(), "{before} s before: {waited:?}");
        assert!(balancer.began.elapsed() <= Duration::from_secs(301));
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_has_not_come_true_ends_with_a_last_look_at_its_deadline() {
    let balancer = Scripted::new(&[place(1)], |_, _| Ok(Some(draining())));
    let error = watch(&balancer).until(&drained(300), |_| {}).await.unwrap_err();
    assert!(matches!(error, WaitError::TimedOut { .. }), "{error}");
    assert_eq!(balancer.began.elapsed(), Duration::from_secs(360));
    assert_eq!(balancer.times.lock().unwrap().last(), Some(&Duration::from_secs(360)));
}

#[tokio::test(start_paused = true)]
async fn one_stale_list_without_the_target_does_not_end_the_wait_for_service() {
    let lists = AtomicUsize::new(0);
    let balancer = Scripted::new(&[place(1)], move |now, _| match now.as_secs() {
        // Every other answer from 40 s on is a list that lacks it; by name it is there.
        40..60 if lists.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) => Ok(None),
        0..100 => Ok(Some(Health::of(State::Initial, None))),
        _ => Ok(Some(Health::healthy())),
    });
    watch(&balancer).until(&wait(Goal::InService, 30, 300), |_| {}).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_look_right_now_is_published_to_those_who_decide() {
    let balancer = Scripted::new(&[place(1)], |_, _| Ok(Some(Health::healthy())));
    let watch = watch(&balancer);
    let group = place(1).group;
    watch.look_at(&BTreeSet::from([group.clone()])).await.unwrap();
    let health = watch.decide(|seen| seen[&group].health(&place(1)).cloned());
    assert_eq!(health, Some(Health::healthy()));
}

async fn first_look(trouble: ErrorKind, until: u64) -> (Result<(), ErrorKind>, usize) {
    let balancer = Scripted::new(&[place(1)], move |now, _| {
        if now < Duration::from_secs(until) { Err(trouble) } else { Ok(Some(Health::healthy())) }
    });
    let watch = Watch::new(Arc::clone(&balancer) as Arc<dyn Balancer>, Clock::system());
    let looked = watch.first_look(&BTreeSet::from([place(1).group])).await;
    assert_eq!(watch.decide(|seen| seen.len()), usize::from(looked.is_ok()));
    (looked.map_err(|error| error.kind), balancer.calls())
}

#[tokio::test(start_paused = true)]
async fn the_first_look_outlasts_what_passes_within_seconds_and_nothing_else() {
    assert_eq!(first_look(ErrorKind::Throttled, 3).await, (Ok(()), 4));
    assert_eq!(first_look(ErrorKind::Unavailable, 60).await, (Err(ErrorKind::Unavailable), 5));
    assert_eq!(first_look(ErrorKind::Denied, 1).await, (Err(ErrorKind::Denied), 1));
}
