//! Looks that are shared, and those that are taken right now.

use futures_util::future::join_all;

use super::*;

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
async fn nobody_looks_any_more_once_the_last_wait_has_ended() {
    let balancer = Scripted::new(&[place(1)], drains(37));
    let watch = watch(&balancer);
    watch.until(&drained(37), |_| {}).await.unwrap();
    let calls = balancer.calls();
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(balancer.calls(), calls);
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
