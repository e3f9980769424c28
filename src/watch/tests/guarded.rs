//! Waits during which something else has to stay in service.

use super::*;
use crate::rollout::{FLAP_GRACE, Obstacle, Sighting};
use crate::watch::MAX_GAP_STEADY;

const DRAIN: u64 = 300;

/// What drains is the first one, and what has to serve meanwhile the second.
fn draining_beside(
    second: impl Fn(u64) -> Option<Health> + Send + Sync + 'static,
) -> Arc<Scripted> {
    let first = place(1);
    Scripted::new(&[place(1), place(2)], move |now, place| match place.id == first.id {
        true => Ok((now < Duration::from_secs(DRAIN)).then(draining)),
        false => Ok(second(now.as_secs())),
    })
}

fn guarding() -> Wait {
    Wait { guarded: vec![place(2)], ..drained(DRAIN) }
}

fn unhealthy() -> Health {
    Health::of(State::Unhealthy, Some(Reason::Other("Target.Timeout".to_owned())))
}

#[tokio::test(start_paused = true)]
async fn who_leaves_service_during_a_drain_ends_it_within_seconds_whenever_that_is() {
    for gone in [unhealthy as fn() -> Health, draining] {
        for second in 0..DRAIN {
            let gone = move || (second % 2 == 0).then(gone);
            let balancer = draining_beside(move |now| match now < second {
                true => Some(Health::healthy()),
                false => gone(),
            });
            let error = watch(&balancer).until(&guarding(), |_| {}).await.unwrap_err();
            let WaitError::Never { registration, obstacle, .. } = error else {
                panic!("from {second} s on: {error}")
            };
            assert_eq!((*registration, obstacle), (place(2), Obstacle::Flapped));
            let noticed = balancer.began.elapsed() - Duration::from_secs(second);
            assert!(noticed >= FLAP_GRACE, "from {second} s on: {noticed:?}");
            let limit = MAX_GAP_STEADY + FLAP_GRACE + Duration::from_secs(2);
            assert!(noticed <= limit, "from {second} s on: {noticed:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_stays_is_no_news_and_costs_a_look_every_few_seconds() {
    let balancer = draining_beside(|_| Some(Health::healthy()));
    let mut told = Vec::new();
    let tell = |seen: &[Sighting]| told.extend(seen.iter().map(|seen| seen.place.clone()));
    watch(&balancer).until(&guarding(), tell).await.unwrap();
    let late = balancer.began.elapsed() - Duration::from_secs(DRAIN);
    assert!(late <= Duration::from_secs(1), "{late:?}");
    assert!(told.iter().all(|place| place.id.as_str() == "i-1"), "{told:?}");
    let most = usize::try_from(DRAIN / MAX_GAP_STEADY.as_secs()).unwrap() + 6;
    assert!(balancer.calls() <= most, "{} calls", balancer.calls());
}

#[tokio::test(start_paused = true)]
async fn one_doubtful_answer_ends_no_drain_and_is_told() {
    for doubtful in [Some(unhealthy()), None] {
        let lists = std::sync::atomic::AtomicUsize::new(0);
        let balancer = draining_beside(move |now| {
            let is_first =
                now >= 100 && lists.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
            if is_first { doubtful.clone() } else { Some(Health::healthy()) }
        });
        let mut told = 0;
        let tell = |seen: &[Sighting]| told += usize::from(seen.len() > 1);
        watch(&balancer).until(&guarding(), tell).await.unwrap();
        assert_eq!(told, 1);
    }
}
