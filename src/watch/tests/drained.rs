//! Waits until targets are drained.

use super::*;

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
