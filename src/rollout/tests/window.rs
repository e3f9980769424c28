//! A window: when it is open, and what a run does when it is over.

use super::super::{
    Act, Fact, Gates, Health, Hook, Moment, Outcome, Policy, Rollout, Share, Window,
};
use super::{
    DEREGISTER, IN_PLACE, Plan, apply, bounds, failed, go_through, held_out, interrupted, request,
    started, web,
};

/// As it is written; the core reads no dates.
fn utc(text: &str) -> Moment {
    let at = humantime::parse_rfc3339(text).expect("a moment");
    let since = humantime::parse_rfc3339("1970-01-01T00:00:00Z").expect("a moment");
    Moment::from_millis(0).after(at.duration_since(since).expect("a later one"))
}

fn window(text: &str) -> Window {
    text.parse().expect("a window")
}

fn next(text: &str, now: &str) -> Option<Moment> {
    window(text).opens(utc(now))
}

#[test]
fn it_is_open_from_its_first_moment_on_and_no_longer_at_its_end() {
    let seoul = window("02:00-05:00@Asia/Seoul");
    for (now, is_open) in [
        ("2026-11-27T16:59:59.999Z", false),
        ("2026-11-27T17:00:00Z", true),
        ("2026-11-27T19:59:59.999Z", true),
        ("2026-11-27T20:00:00Z", false),
    ] {
        assert_eq!(seoul.is_open(utc(now)), is_open, "{now}");
    }
    let closes = seoul.closes(utc("2026-11-27T18:00:00Z"));
    assert_eq!(closes, Some(utc("2026-11-27T20:00:00Z")));
    assert_eq!(seoul.closes(utc("2026-11-27T20:00:00Z")), None);
    let opens = seoul.opens(utc("2026-11-27T20:00:00Z"));
    assert_eq!(opens, Some(utc("2026-11-28T17:00:00Z")));
    assert_eq!(seoul.clock(utc("2026-11-28T17:00:00Z")), "2026-11-29 02:00");
}

#[test]
fn one_that_ends_earlier_than_it_begins_goes_over_midnight() {
    let berlin = window("22:00-01:30@Europe/Berlin");
    for (now, is_open) in [
        ("2026-11-27T20:59:59Z", false),
        ("2026-11-27T21:00:00Z", true),
        ("2026-11-27T23:30:00Z", true),
        ("2026-11-28T00:29:59Z", true),
        ("2026-11-28T00:30:00Z", false),
    ] {
        assert_eq!(berlin.is_open(utc(now)), is_open, "{now}");
    }
}

#[test]
fn a_beginning_that_the_clocks_leave_out_counts_as_if_they_had_not_been_changed_yet() {
    // New York goes from 02:00 to 03:00 at 07:00 UTC.
    let late = "02:30-05:00@America/New_York";
    assert_eq!(next(late, "2026-03-08T00:00:00Z"), Some(utc("2026-03-08T07:30:00Z")));
    assert!(!window(late).is_open(utc("2026-03-08T07:29:59Z")));
    assert_eq!(window(late).closes(utc("2026-03-08T08:00:00Z")), Some(utc("2026-03-08T09:00:00Z")));
}

#[test]
fn an_end_that_the_clocks_leave_out_leaves_the_window_its_length() {
    let early = window("01:00-02:30@America/New_York");
    let closes = early.closes(utc("2026-03-08T06:00:00Z"));
    assert_eq!(closes, Some(utc("2026-03-08T07:30:00Z")));
}

#[test]
fn a_time_that_the_clocks_show_twice_counts_the_first_time() {
    // New York goes from 02:00 to 01:00 at 06:00 UTC.
    let early = window("00:00-01:30@America/New_York");
    assert_eq!(early.closes(utc("2026-11-01T04:00:00Z")), Some(utc("2026-11-01T05:30:00Z")));
    assert!(!early.is_open(utc("2026-11-01T06:15:00Z")), "01:15 for the second time");
    let late = window("01:30-03:00@America/New_York");
    assert_eq!(late.closes(utc("2026-11-01T05:30:00Z")), Some(utc("2026-11-01T08:00:00Z")));
}

#[test]
fn a_day_on_which_nothing_is_left_of_it_is_missed() {
    let short = "02:30-03:00@America/New_York";
    assert_eq!(next(short, "2026-03-08T00:00:00Z"), Some(utc("2026-03-09T06:30:00Z")));
    let now =
        (0..24 * 60).map(|minute| utc("2026-03-08T05:00:00Z").after(super::seconds(minute * 60)));
    assert!(!{ now }.any(|now| window(short).is_open(now)));
}

/// Each of these has another way to change its clocks; Apia had no 30 December 2011.
#[test]
fn at_every_moment_it_is_open_until_it_closes_or_it_is_shut_until_it_opens() {
    let zones = ["America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"];
    let times = ["02:00-05:00", "23:30-00:30", "01:30-02:30", "05:00-04:00"];
    let (from, until) = (utc("2011-12-01T00:00:00Z"), utc("2012-12-01T00:00:00Z"));
    let steps = (0..).map(|step| from.after(super::seconds(step * 97 * 60)));
    let moments: Vec<_> = steps.take_while(|at| *at < until).collect();
    for zone in zones {
        for window in times.map(|times| window(&format!("{times}@{zone}"))) {
            for now in &moments {
                let before = |at: Moment| at.before(super::seconds(1));
                if let Some(closes) = window.closes(*now) {
                    assert!(closes > *now && window.is_open(before(closes)), "{window} {now:?}");
                } else {
                    let opens = window.opens(*now).expect("it opens");
                    assert!(opens > *now && window.is_open(opens), "{window} {now:?}");
                    assert!(!window.is_open(before(opens)), "{window} {now:?}");
                }
            }
        }
    }
}

#[test]
fn it_is_written_as_it_is_read() {
    for text in ["02:00-05:00@Asia/Seoul", "22:00-01:30@Europe/Berlin", "00:00-23:59@UTC"] {
        assert_eq!(window(text).to_string(), text);
    }
    let policy = Policy { window: Some(window("22:00-01:30@UTC")), ..Policy::default() };
    let text = serde_json::to_string(&policy).expect("JSON");
    assert!(text.contains(r#""window":"22:00-01:30@UTC""#), "{text}");
    assert_eq!(serde_json::from_str::<Policy>(&text).expect("a policy"), policy);
}

#[test]
fn what_is_no_window_is_told() {
    for (text, why) in [
        ("02:00-05:00", "it names no time zone"),
        ("02:00@UTC", "it is not from one time to another"),
        ("2:00-05:00@UTC", "\"2:00\" is no time from 00:00 to 23:59"),
        ("02:00-24:00@UTC", "\"24:00\" is no time from 00:00 to 23:59"),
        ("02:00-05:60@UTC", "\"05:60\" is no time from 00:00 to 23:59"),
        ("+2:00-05:00@UTC", "\"+2:00\" is no time from 00:00 to 23:59"),
        ("02:00-02:00@UTC", "it begins when it ends"),
        ("02:00-05:00@Mars/Olympus", "no time zone is called \"Mars/Olympus\""),
        ("02:00-05:00@", "no time zone is called \"\""),
    ] {
        assert_eq!(text.parse::<Window>().expect_err(text), why);
    }
}

/// A run whose window closes at 05:00.
fn windowed(targets: &[&str], batch: usize, gates: Gates) -> Rollout {
    let healthy: Vec<_> = targets.iter().map(|target| (*target, Health::healthy())).collect();
    let policy = bounds(Share::Count(batch), Share::Count(0));
    let policy = Policy { window: Some(window("02:00-05:00@UTC")), gates, ..policy };
    let plan = Plan::in_place(request(&["web"], policy), &web(inside(), &healthy));
    Rollout::new(plan.expect("a plan"), inside())
}

fn inside() -> Moment {
    utc("2026-11-28T04:59:59Z")
}

fn over() -> Moment {
    utc("2026-11-28T05:00:00Z")
}

/// What may start, on a look of that moment at which nobody is registered who is out.
fn starts(rollout: &Rollout, at: Moment) -> Vec<(String, Act)> {
    let targets = rollout.plan().targets().filter(|target| {
        rollout.progress(&target.id).is_none_or(|progress| !progress.is_held_out())
    });
    let targets: Vec<_> = targets.map(|it| (it.id.as_str(), Health::healthy())).collect();
    let mut seen = web(at, &targets);
    seen.entry(super::arn("web")).or_insert_with(|| super::Look { at, seen: Vec::new() });
    let next = rollout.next(&seen, at);
    assert!(!next.close || next.start.is_empty(), "it closes before anything else");
    next.start.into_iter().map(|(id, step)| (id.to_string(), step.act)).collect()
}

fn closes(rollout: &Rollout, at: Moment) -> bool {
    rollout.next(&super::Snapshot::new(), at).close
}

#[test]
fn no_new_batch_starts_once_the_window_is_over() {
    let mut rollout = windowed(&["i-1", "i-2"], 1, Gates::default());
    assert_eq!(starts(&rollout, inside()), [("i-1".to_owned(), Act::Deregister)]);
    go_through(&mut rollout, 1, "i-1", &IN_PLACE);
    assert!(!closes(&rollout, inside()));
    assert!(closes(&rollout, over()));
    apply(&mut rollout, 2, &[Fact::WindowClosed]);
    assert!(!closes(&rollout, over()), "it is told once");
    assert_eq!(starts(&rollout, inside()), []);
    let (held_out, interrupted) = (Vec::new(), None);
    assert_eq!(rollout.outcome(), Some(Outcome::Halted { held_out, interrupted }));
    assert!(rollout.ended_with_its_window() && rollout.can_go_on());
}

#[test]
fn what_is_out_at_the_end_of_the_window_is_carried_to_its_end() {
    for begun in 1..IN_PLACE.len() {
        let mut rollout = windowed(&["i-1", "i-2"], 1, Gates::default());
        go_through(&mut rollout, 1, "i-1", &IN_PLACE[..begun]);
        for step in &IN_PLACE[begun..] {
            assert!(!closes(&rollout, over()), "nobody else is due yet");
            assert_eq!(starts(&rollout, over()), [("i-1".to_owned(), step.act)]);
            go_through(&mut rollout, 1, "i-1", &[*step]);
        }
        assert!(closes(&rollout, over()));
    }
}

#[test]
fn of_a_batch_that_has_begun_nobody_else_is_taken_out() {
    let mut rollout = windowed(&["i-1", "i-2"], 2, Gates::default());
    apply(&mut rollout, 1, &[started("i-1", DEREGISTER)]);
    assert!(closes(&rollout, over()));
    apply(&mut rollout, 2, &[Fact::WindowClosed]);
    assert_eq!(held_out(&rollout), ["i-1"]);
    assert_eq!(rollout.outcome(), None, "it is carried to its end");
}

#[test]
fn a_run_that_came_to_its_end_is_done_whenever_that_is() {
    let mut rollout = windowed(&["i-1"], 1, Gates::default());
    go_through(&mut rollout, 1, "i-1", &IN_PLACE);
    assert!(!closes(&rollout, over()));
    assert_eq!(rollout.outcome(), Some(Outcome::Done));
}

#[test]
fn a_run_that_is_taken_up_goes_on_while_the_window_is_open_and_closes_again_while_it_is_not() {
    let mut rollout = windowed(&["i-1", "i-2"], 1, Gates::default());
    go_through(&mut rollout, 1, "i-1", &IN_PLACE);
    apply(&mut rollout, 2, &[Fact::WindowClosed, Fact::Resumed { by: None }]);
    assert!(!rollout.ended_with_its_window());
    assert_eq!(starts(&rollout, inside()), [("i-2".to_owned(), Act::Deregister)]);
    assert!(closes(&rollout, over()));
}

#[test]
fn who_was_out_when_the_run_died_comes_back_also_outside_of_the_window() {
    let mut rollout = windowed(&["i-1", "i-2"], 1, Gates::default());
    assert!(!rollout.taken_up().has_begun_ones());
    go_through(&mut rollout, 1, "i-1", &IN_PLACE[..2]);
    assert!(rollout.taken_up().has_begun_ones());
    apply(&mut rollout, 2, &[Fact::Resumed { by: None }]);
    assert_eq!(starts(&rollout, over()), [("i-1".to_owned(), Act::Deploy)]);
}

#[test]
fn what_is_run_around_a_batch_begins_inside_of_the_window_only_and_ends_at_any_time() {
    let gates = Gates { before_batch: true, after_batch: true, ..Gates::default() };
    let mut rollout = windowed(&["i-1", "i-2"], 1, gates);
    assert!(closes(&rollout, over()));
    assert_eq!(rollout.next(&super::Snapshot::new(), inside()).hook, Some((Hook::BeforeBatch, 1)));
    let hook = Hook::BeforeBatch;
    apply(&mut rollout, 1, &[Fact::HookStarted { hook, batch: 1 }]);
    assert!(!closes(&rollout, over()), "it is waited for");
    apply(&mut rollout, 2, &[Fact::HookFinished { hook, batch: 1 }]);
    assert!(closes(&rollout, over()));
    apply(&mut rollout, 3, &[Fact::WindowClosed]);
    let next = rollout.next(&super::Snapshot::new(), over());
    assert_eq!(next.hook, Some((Hook::AfterBatch, 1)), "what was run before is taken back");
}

#[test]
fn a_run_that_has_failed_or_was_interrupted_did_not_end_with_its_window() {
    let mut failing = windowed(&["i-1", "i-2"], 1, Gates::default());
    apply(&mut failing, 1, &[started("i-1", DEREGISTER), failed("i-1", DEREGISTER, true)]);
    assert!(!closes(&failing, over()), "it is halted already");
    assert!(failing.apply(&super::dated(2, Fact::WindowClosed)).is_err());
    let mut stopped = windowed(&["i-1", "i-2"], 1, Gates::default());
    apply(&mut stopped, 1, &[Fact::WindowClosed, interrupted()]);
    assert!(!stopped.ended_with_its_window() && !failing.ended_with_its_window());
}

#[test]
fn a_run_without_a_window_never_closes() {
    let mut rollout = super::run(&["i-1", "i-2"], 1, 1);
    assert!(!closes(&rollout, over()));
    assert!(rollout.apply(&super::dated(1, Fact::WindowClosed)).is_err());
}
