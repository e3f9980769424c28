use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::time::Instant;

use super::vigil::LAST_LOOK;
use super::*;
use crate::balancer::ErrorKind;
use crate::rollout::{
    Began, Front, Goal, Group, Health, Moment, Reason, Registration, State, TargetId,
};

/// Names a target that does not exist only when it is asked for by name, as the API does.
struct Unlisted(Arc<Scripted>);

#[async_trait]
impl Balancer for Unlisted {
    async fn groups(&self, asked: &[String]) -> Result<Vec<Group>, BalancerError> {
        self.0.groups(asked).await
    }

    async fn all_groups(&self) -> Result<Vec<Group>, BalancerError> {
        self.0.all_groups().await
    }

    async fn fronts(&self, arns: &[String]) -> Result<Vec<Front>, BalancerError> {
        self.0.fronts(arns).await
    }

    async fn look(
        &self,
        group: &GroupArn,
        named: &[Registration],
    ) -> Result<Vec<(Registration, Health)>, BalancerError> {
        match self.0.look(group, named).await {
            Err(error) if named.is_empty() && error.kind == ErrorKind::InvalidTarget => {
                Ok(Vec::new())
            }
            said => said,
        }
    }

    async fn register(
        &self,
        group: &GroupArn,
        places: &[Registration],
    ) -> Result<(), BalancerError> {
        self.0.register(group, places).await
    }

    async fn deregister(
        &self,
        group: &GroupArn,
        places: &[Registration],
    ) -> Result<(), BalancerError> {
        self.0.deregister(group, places).await
    }
}

type Answer = dyn Fn(Duration, &Registration) -> Result<Option<Health>, ErrorKind> + Send + Sync;

/// Answers by a function of the time since the start; `None` is a registration that is gone.
struct Scripted {
    began: Instant,
    answer: Box<Answer>,
    known: Vec<Registration>,
    calls: AtomicUsize,
    named: AtomicUsize,
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
            named: AtomicUsize::new(0),
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

    async fn all_groups(&self) -> Result<Vec<Group>, BalancerError> {
        Ok(Vec::new())
    }

    async fn fronts(&self, _: &[String]) -> Result<Vec<Front>, BalancerError> {
        Ok(Vec::new())
    }

    async fn look(
        &self,
        _: &GroupArn,
        named: &[Registration],
    ) -> Result<Vec<(Registration, Health)>, BalancerError> {
        let now = self.began.elapsed();
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.named.fetch_add(named.len(), Ordering::SeqCst);
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
        everywhere: Vec::new(),
        goal,
        began: Began::Called(Moment::from_millis(0)),
        expected: Duration::from_secs(expected),
        deadline: Duration::from_secs(deadline),
    }
}

const IN_SERVICE: Goal = Goal::InService { warm_up: Duration::ZERO, drain_first: Duration::ZERO };

fn drained(expected: u64) -> Wait {
    let (settle, delay) = (Duration::from_secs(5), Duration::from_secs(expected));
    wait(Goal::Drained { settle, delay }, expected, expected + 60)
}

fn watch(balancer: &Arc<Scripted>) -> Watch {
    let balancer: Arc<dyn Balancer> = Arc::<Scripted>::clone(balancer);
    Watch::new(
        balancer,
        Clock::starting_at(Moment::from_millis(0)),
        Arc::new(Pace::of_looks()),
        Spread::none(),
    )
}

fn watch_by_chance(balancer: &Arc<Scripted>) -> Watch {
    let balancer: Arc<dyn Balancer> = Arc::<Scripted>::clone(balancer);
    let clock = Clock::starting_at(Moment::from_millis(0));
    Watch::new(balancer, clock, Arc::new(Pace::of_looks()), Spread::random())
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
async fn a_drain_of_300_s_is_noticed_in_time_wherever_chance_moves_the_looks() {
    for _ in 0..200 {
        let balancer = Scripted::new(&[place(1)], drains(300));
        let watch = watch_by_chance(&balancer);
        watch.until(&drained(300), |_| {}).await.unwrap();
        let late = balancer.began.elapsed() - Duration::from_secs(300);
        assert!(late <= Duration::from_secs(1), "{late:?}");
        assert!(balancer.calls() <= 16, "{} calls", balancer.calls());
    }
}

#[tokio::test(start_paused = true)]
async fn hosts_that_begin_together_do_not_keep_looking_together() {
    let mut second_looks = std::collections::BTreeSet::new();
    for _ in 0..50 {
        let balancer = Scripted::new(&[place(1)], drains(300));
        watch_by_chance(&balancer).until(&drained(300), |_| {}).await.unwrap();
        second_looks.insert(balancer.times.lock().unwrap()[1].as_secs());
    }
    assert!(second_looks.len() >= 8, "{second_looks:?}");
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_was_joined_late_is_noticed_within_15_s() {
    for joined in [1, 20, 150, 299] {
        let left = 300 - joined;
        let balancer = Scripted::new(&[place(1)], drains(left));
        let began = Began::Unknown(Moment::from_millis(0));
        watch(&balancer).until(&Wait { began, ..drained(300) }, |_| {}).await.unwrap();
        let late = balancer.began.elapsed() - Duration::from_secs(left);
        assert!(late <= Duration::from_secs(15), "joined after {joined} s: {late:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn slow_start_is_waited_out_and_is_not_looked_at_all_the_while() {
    let balancer = Scripted::new(&[place(1)], |_, _| Ok(Some(Health::healthy())));
    let goal = Goal::InService { warm_up: Duration::from_secs(90), drain_first: Duration::ZERO };
    watch(&balancer).until(&wait(goal, 100, 300), |_| {}).await.unwrap();
    let times = balancer.times.lock().unwrap();
    assert_eq!(*times.last().unwrap() - times[0], Duration::from_secs(90), "{times:?}");
    assert!(balancer.calls() <= 10, "{} calls", balancer.calls());
}

#[tokio::test(start_paused = true)]
async fn what_is_confirmed_gone_is_not_asked_for_by_name_again() {
    let places: Vec<_> = (0..3).map(place).collect();
    let balancer = Scripted::new(&places, |now, place| {
        let leaves = match place.id.as_str() {
            "i-0" => 10,
            "i-1" => 50,
            _ => 90,
        };
        Ok((now < Duration::from_secs(leaves)).then(draining))
    });
    let wait = Wait { registrations: places, ..wait(drained(10).goal, 10, 300) };
    watch(&balancer).until(&wait, |_| {}).await.unwrap();
    assert_eq!(balancer.named.load(Ordering::SeqCst), 3, "each once");
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
        watch(&balancer).until(&wait(IN_SERVICE, 30, 300), |_| {}).await.unwrap();
        let late = balancer.began.elapsed().as_secs_f64() - ready as f64;
        assert!(
            late <= (ready as f64 / 10.0).max(1.0) + 0.01,
            "ready after {ready} s: {late} s late"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_no_listener_uses_ends_the_wait_for_service_within_seconds() {
    let balancer = Scripted::new(&[place(1)], |_, _| {
        Ok(Some(Health::of(State::Unused, Some(Reason::NotInUse))))
    });
    let error = watch(&balancer).until(&wait(IN_SERVICE, 30, 300), |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("Target.NotInUse"), "{error}");
    assert!(balancer.began.elapsed() <= Duration::from_secs(7));
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

/// Half of all calls throttled, 10 % answered with 5xx, 5 % without an answer.
fn faulty(
    seed: u64,
    health: impl Fn(Duration) -> Option<Health> + Send + Sync + 'static,
) -> Arc<Scripted> {
    let dice = Mutex::new(fastrand::Rng::with_seed(seed));
    Scripted::new(&[place(1)], move |now, _| match dice.lock().unwrap().u32(0..100) {
        0..50 => Err(ErrorKind::Throttled),
        50..60 => Err(ErrorKind::Unavailable),
        60..65 => Err(ErrorKind::Unreachable),
        _ => Ok(health(now)),
    })
}

#[tokio::test(start_paused = true)]
async fn with_half_of_all_calls_throttled_and_more_failing_every_wait_ends_with_the_right_answer() {
    let drain = Duration::from_secs(37);
    for seed in 0..2_000 {
        let balancer = faulty(seed, move |now| (now < drain).then(draining));
        let waited = watch(&balancer).until(&drained(37), |_| {}).await;
        assert!(waited.is_ok(), "seed {seed}: {waited:?}");
        assert!(balancer.began.elapsed() >= drain, "seed {seed}");
        let balancer = faulty(seed, move |now| {
            Some(if now < drain { Health::of(State::Unhealthy, None) } else { Health::healthy() })
        });
        let waited = watch(&balancer).until(&wait(IN_SERVICE, 30, 150), |_| {}).await;
        assert!(waited.is_ok(), "seed {seed}: {waited:?}");
        assert!(balancer.began.elapsed() >= drain, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_does_not_exist_any_more_is_gone() {
    let balancer = Scripted::new(&[place(1), place(2)], |now, place| {
        let gone = now >= Duration::from_secs(37);
        match place.id.as_str() {
            "i-1" if gone => Err(ErrorKind::InvalidTarget),
            _ => Ok((!gone).then(draining)),
        }
    });
    let listed = Arc::new(Unlisted(Arc::clone(&balancer)));
    let clock = Clock::starting_at(Moment::from_millis(0));
    let watch = Watch::new(listed, clock, Arc::new(Pace::of_looks()), Spread::none());
    let both = Wait { registrations: vec![place(1), place(2)], ..drained(37) };
    watch.until(&both, |_| {}).await.unwrap();
    assert!(balancer.began.elapsed() >= Duration::from_secs(37));
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
        let waited = watch(&balancer).until(&wait(IN_SERVICE, 30, 300), |_| {}).await;
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
    watch(&balancer).until(&wait(IN_SERVICE, 30, 300), |_| {}).await.unwrap();
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
    let watch = Watch::new(
        Arc::clone(&balancer) as Arc<dyn Balancer>,
        Clock::system(),
        Arc::new(Pace::of_looks()),
        Spread::none(),
    );
    let looked = watch.first_look(&BTreeSet::from([place(1).group])).await;
    assert_eq!(watch.decide(|seen| seen.len()), usize::from(looked.is_ok()));
    (looked.map_err(|error| error.kind), balancer.calls())
}

#[tokio::test(start_paused = true)]
async fn the_first_look_outlasts_what_passes_within_seconds_and_nothing_else() {
    assert_eq!(first_look(ErrorKind::Throttled, 20).await.0, Ok(()));
    assert_eq!(first_look(ErrorKind::Throttled, 60).await.0, Err(ErrorKind::Throttled));
    assert_eq!(first_look(ErrorKind::Unreachable, 60).await, (Err(ErrorKind::Unreachable), 5));
    assert_eq!(first_look(ErrorKind::Denied, 1).await, (Err(ErrorKind::Denied), 1));
}

#[tokio::test(start_paused = true)]
async fn a_target_that_is_meant_with_every_port_is_waited_for_with_those_that_it_gets_later() {
    let other = Registration { port: 8081, ..place(1) };
    let later = other.clone();
    let balancer = Scripted::new(&[place(1), other], move |now, place| match now.as_secs() {
        0..10 if place.same_place(&later) => Ok(None),
        _ if place.same_place(&later) => Ok(Some(Health::healthy())),
        0..20 => Ok(Some(draining())),
        _ => Ok(None),
    });
    let began = Began::Unknown(Moment::from_millis(0));
    let everywhere = vec![TargetId::new("i-1")];
    let all = Wait { everywhere, began, ..drained(20) };
    let error = watch(&balancer).until(&all, |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("i-1:8081"), "{error}");
    let alone = drained(20);
    watch(&balancer).until(&alone, |_| {}).await.unwrap();
}
