use super::*;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn count(faults: &mut Faults, calls: usize, picks: impl Fn(Strike) -> bool) -> usize {
    (0..calls).filter(|_| picks(faults.strike(secs(0), CallKind::Describe))).count()
}

#[test]
fn describe_calls_have_a_burst_of_40_and_then_10_a_second() {
    let mut faults = Faults::default();
    let passed = |strike: Strike| strike.refused.is_none();
    assert_eq!(count(&mut faults, 100, passed), 40);
    let later = (0..100).filter(|_| passed(faults.strike(secs(1), CallKind::Describe))).count();
    assert_eq!(later, 10);
}

#[test]
fn changing_calls_have_a_bucket_of_their_own_of_20_and_4_a_second() {
    let mut faults = Faults::default();
    count(&mut faults, 100, |_| true);
    let mut passed =
        |now| (0..100).filter(|_| faults.strike(now, CallKind::Mutate).refused.is_none()).count();
    assert_eq!(passed(secs(0)), 20);
    assert_eq!(passed(secs(2)), 8);
}

#[test]
fn without_faults_nothing_ever_happens() {
    let mut faults = Faults::none();
    let calm = Strike { delay: Duration::ZERO, refused: None, cut: false };
    assert_eq!(count(&mut faults, 1000, |strike| strike == calm), 1000);
}

#[test]
fn errors_and_cuts_come_about_as_often_as_set() {
    let settings = FaultSettings { error_percent: 30.0, cut_percent: 10.0, ..FaultSettings::NONE };
    let mut faults = Faults::new(settings, 1);
    let errors = count(&mut faults, 10_000, |strike| strike.refused.is_some());
    assert!((2_800..3_200).contains(&errors), "{errors}");
    let cuts = count(&mut faults, 10_000, |strike| strike.cut);
    assert!((900..1_100).contains(&cuts), "{cuts}");
    let internal = |strike: Strike| strike.refused == Some(CallFault::Internal);
    let internals = count(&mut faults, 10_000, internal);
    assert!((1_300..1_700).contains(&internals), "{internals}");
}

#[test]
fn throttling_by_chance_strikes_whatever_the_rates_say() {
    let settings = FaultSettings { throttle_percent: 50.0, ..FaultSettings::NONE };
    let mut faults = Faults::new(settings, 1);
    let throttled = |strike: Strike| strike.refused == Some(CallFault::Throttled);
    let throttled = count(&mut faults, 10_000, throttled);
    assert!((4_800..5_200).contains(&throttled), "{throttled}");
}

#[test]
fn a_reset_refuses_the_call_and_leaves_it_without_an_answer() {
    let settings = FaultSettings { reset_percent: 5.0, ..FaultSettings::NONE };
    let mut faults = Faults::new(settings, 1);
    let reset = |strike: Strike| strike.refused == Some(CallFault::Reset) && strike.cut;
    let resets = count(&mut faults, 10_000, reset);
    assert!((420..580).contains(&resets), "{resets}");
    assert_eq!(count(&mut faults, 10_000, |strike| strike.refused.is_some() != strike.cut), 0);
}

#[test]
fn the_same_seed_strikes_the_same() {
    let settings =
        FaultSettings { error_percent: 50.0, latency_jitter_ms: 100, ..FaultSettings::NONE };
    let strikes = |seed| {
        let mut faults = Faults::new(settings, seed);
        (0..50).map(|_| faults.strike(secs(0), CallKind::Mutate)).collect::<Vec<_>>()
    };
    assert_eq!(strikes(7), strikes(7));
    assert_ne!(strikes(7), strikes(8));
}

#[test]
fn latency_is_the_fixed_part_and_a_chance_part() {
    let settings = FaultSettings { latency_ms: 50, latency_jitter_ms: 20, ..FaultSettings::NONE };
    let mut faults = Faults::new(settings, 3);
    for _ in 0..100 {
        let delay = faults.strike(secs(0), CallKind::Mutate).delay.as_millis();
        assert!((50..70).contains(&delay), "{delay}");
    }
}

#[test]
fn a_change_names_only_what_it_changes() {
    let before = FaultSettings { latency_ms: 50, ..FaultSettings::default() };
    let after = before.with(br#"{"error_percent": 5}"#).unwrap();
    assert_eq!((after.latency_ms, after.error_percent), (50, 5.0));
    assert_eq!(after.throttling, before.throttling);
    assert_eq!(before.with(br#"{"throttling": false}"#).unwrap().throttling, None);
}

#[test]
fn a_change_that_makes_no_sense_is_refused() {
    for wrong in [
        r#"{"error_percent": 101}"#,
        r#"{"cut_percent": -1}"#,
        r#"{"throttle_percent": 100.5}"#,
        r#"{"reset_percent": -0.1}"#,
        r#"{"latency_ms": 600001}"#,
        r#"{"no_such_knob": 1}"#,
        r#"[]"#,
        "nonsense",
    ] {
        assert!(FaultSettings::default().with(wrong.as_bytes()).is_err(), "{wrong}");
    }
}

#[test]
fn turning_another_knob_does_not_fill_the_buckets() {
    let mut faults = Faults::default();
    count(&mut faults, 100, |_| true);
    let settings = faults.settings().with(br#"{"latency_ms": 1}"#).unwrap();
    faults.set(settings);
    let strike = faults.strike(secs(0), CallKind::Describe);
    assert_eq!(strike.refused, Some(CallFault::Throttled));
}
