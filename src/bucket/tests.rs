use super::*;

fn secs(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

#[test]
fn a_burst_of_the_capacity_passes_and_one_more_waits() {
    let mut bucket = TokenBucket::new(20.0, 4.0);
    for _ in 0..20 {
        assert_eq!(bucket.take(Duration::ZERO), Ok(()));
    }
    let wait = bucket.take(Duration::ZERO).unwrap_err();
    assert!(wait >= secs(0.25) && wait < secs(0.251), "{wait:?}");
}

#[test]
fn waiting_as_long_as_told_finds_a_token() {
    let mut bucket = TokenBucket::new(1.0, 3.0);
    let mut now = secs(7.0);
    for _ in 0..1000 {
        if let Err(wait) = bucket.take(now) {
            now += wait;
            assert_eq!(bucket.take(now), Ok(()), "at {now:?}");
        }
    }
    assert!(now < secs(7.0 + 1000.0), "{now:?}");
}

#[test]
fn a_long_rest_fills_it_to_its_capacity_and_no_further() {
    let mut bucket = TokenBucket::new(2.0, 1.0);
    let later = secs(3600.0);
    assert_eq!(bucket.take(later), Ok(()));
    assert_eq!(bucket.take(later), Ok(()));
    assert!(bucket.take(later).is_err());
}

#[test]
fn a_clock_that_goes_back_gives_nothing_twice() {
    let mut bucket = TokenBucket::new(1.0, 1.0);
    assert_eq!(bucket.take(secs(10.0)), Ok(()));
    assert!(bucket.take(secs(5.0)).is_err());
    assert!(bucket.take(secs(10.0)).is_err());
}

#[test]
fn a_bucket_that_is_never_refilled_names_an_end_all_the_same() {
    let mut bucket = TokenBucket::new(1.0, 0.0);
    assert_eq!(bucket.take(Duration::ZERO), Ok(()));
    assert_eq!(bucket.take(Duration::ZERO), Err(LONGEST_WAIT));
}

#[test]
fn numbers_that_make_no_sense_still_let_one_call_through() {
    let mut bucket = TokenBucket::new(f64::NAN, f64::INFINITY);
    assert_eq!(bucket.take(Duration::ZERO), Ok(()));
    assert!(bucket.take(Duration::ZERO).is_err());
}
