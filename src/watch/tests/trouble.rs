//! Calls that fail: what passes slows a wait, what is for good ends it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::vigil::LAST_LOOK;
use super::*;

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
