//! How a wait ends at its deadline, and just before.

use super::*;

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
