//! Waits that see to it that targets stay in service.

use super::*;
use crate::rollout::{FLAP_GRACE, Obstacle};
use crate::watch::MAX_GAP_STEADY;

const BAKE: Duration = Duration::from_secs(60);

fn bake() -> Wait {
    wait(Goal::Steady { lasts: BAKE }, BAKE.as_secs(), 120)
}

fn unhealthy() -> Health {
    Health::of(State::Unhealthy, Some(Reason::Other("Target.Timeout".to_owned())))
}

#[tokio::test(start_paused = true)]
async fn what_stays_in_service_is_looked_at_to_the_end_and_no_pause_hides_a_flap() {
    let balancer = Scripted::new(&[place(1)], |_, _| Ok(Some(Health::healthy())));
    let waited = watch(&balancer).until(&bake(), |_| {}).await.unwrap();
    let times = balancer.times.lock().unwrap();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] <= MAX_GAP_STEADY), "{times:?}");
    assert!(*times.last().unwrap() >= BAKE, "{times:?}");
    assert_eq!(waited.looks as usize, times.len());
    assert!(balancer.began.elapsed() <= BAKE + Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn a_flap_of_ten_seconds_ends_it_wherever_it_comes() {
    for second in 1..50 {
        let balancer = Scripted::new(&[place(1)], move |now, _| {
            let flaps = (second..second + 10).contains(&now.as_secs());
            Ok(Some(if flaps { unhealthy() } else { Health::healthy() }))
        });
        let error = watch(&balancer).until(&bake(), |_| {}).await.unwrap_err();
        let WaitError::Never { obstacle: Obstacle::Flapped, .. } = error else {
            panic!("from {second} s on: {error}")
        };
        let noticed = balancer.began.elapsed();
        assert!(noticed >= Duration::from_secs(second) + FLAP_GRACE, "{noticed:?}");
        assert!(noticed < Duration::from_secs(second + 10), "from {second} s on: {noticed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_answer_from_before_it_was_in_service_does_not() {
    let balancer = Scripted::new(&[place(1)], |now, _| {
        let is_stale = (20..21).contains(&now.as_secs()) || now.is_zero();
        Ok(Some(if is_stale { unhealthy() } else { Health::healthy() }))
    });
    watch(&balancer).until(&bake(), |_| {}).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn whoever_is_taken_out_by_somebody_else_has_not_stayed() {
    let balancer =
        Scripted::new(&[place(1)], |now, _| Ok((now.as_secs() < 30).then(Health::healthy)));
    let error = watch(&balancer).until(&bake(), |_| {}).await.unwrap_err();
    assert!(matches!(error, WaitError::Never { obstacle: Obstacle::Flapped, .. }), "{error}");
    assert!(error.to_string().contains("Target.NotRegistered"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_lacks_it_for_once_is_confirmed_by_name() {
    let lists = std::sync::atomic::AtomicUsize::new(0);
    let balancer = Scripted::new(&[place(1)], move |_, _| {
        let count = lists.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Ok((!count.is_multiple_of(3)).then(Health::healthy))
    });
    watch(&balancer).until(&bake(), |_| {}).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn throttling_does_not_end_it_and_a_zonal_shift_is_no_flap() {
    let balancer = Scripted::new(&[place(1)], |now, _| match now.as_secs() {
        10..30 => Err(ErrorKind::Throttled),
        30..50 => {
            let kept_away = Some("zonal_shift_active".to_owned());
            Ok(Some(Health { kept_away, ..Health::healthy() }))
        }
        _ => Ok(Some(Health::healthy())),
    });
    watch(&balancer).until(&bake(), |_| {}).await.unwrap();
}
