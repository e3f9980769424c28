//! Waits until targets are in service.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

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
async fn slow_start_is_waited_out_and_is_not_looked_at_all_the_while() {
    let balancer = Scripted::new(&[place(1)], |_, _| Ok(Some(Health::healthy())));
    let goal = Goal::InService { warm_up: Duration::from_secs(90), drain_first: Duration::ZERO };
    watch(&balancer).until(&wait(goal, 100, 300), |_| {}).await.unwrap();
    let times = balancer.times.lock().unwrap();
    assert_eq!(*times.last().unwrap() - times[0], Duration::from_secs(90), "{times:?}");
    assert!(balancer.calls() <= 10, "{} calls", balancer.calls());
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
