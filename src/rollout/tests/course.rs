//! What a wait concludes from a sequence of looks: stale lists, unknown beginnings, slow start.

use std::time::Duration;

use super::super::{Began, Course, Goal, Look, Obstacle, Pending, Registration, Verdict};
use super::{Health, Reason, State, at, draining, place, seconds, unhealthy};

const DELAY: Duration = Duration::from_secs(300);
const SETTLE: Duration = Duration::from_secs(15);
const DRAINED: Goal = Goal::Drained { settle: SETTLE, delay: DELAY };
const IN_SERVICE: Goal = Goal::InService { warm_up: Duration::ZERO, drain_first: Duration::ZERO };
const SETTLING: Verdict = Verdict::NotYet(Pending::Settle);

fn web() -> Registration {
    place("web", "i-0a", 80)
}

fn called(goal: Goal) -> Course {
    Course::new(web(), goal, Began::Called(at(0)))
}

fn unknown(goal: Goal) -> Course {
    Course::new(web(), goal, Began::Unknown(at(0)))
}

fn look(second: u64, seen: &[(Registration, Health)]) -> Look {
    Look { at: at(second), seen: seen.to_vec() }
}

fn says(course: &mut Course, second: u64, health: Health) -> Verdict {
    course.see(&look(second, &[(web(), health)])).verdict
}

fn misses(course: &mut Course, second: u64) -> Verdict {
    course.see(&look(second, &[])).verdict
}

#[test]
fn what_a_list_does_not_name_is_gone_but_decides_nothing_until_it_is_asked_for_by_name() {
    let mut course = called(DRAINED);
    assert_eq!(misses(&mut course, 300), Verdict::Reached);
    assert!(!course.is_confirmed() && course.is_to_confirm(at(300)));
    says(&mut course, 301, Health::not_registered());
    assert!(course.is_confirmed() && !course.is_to_confirm(at(301)));
    misses(&mut course, 302);
    assert!(course.is_confirmed(), "one confirmation is enough while it stays away");
    says(&mut course, 303, draining());
    misses(&mut course, 304);
    assert!(!course.is_confirmed(), "it was seen again since");
}

#[test]
fn settle_counts_from_the_call_if_that_is_known() {
    let mut course = called(DRAINED);
    assert_eq!(says(&mut course, 14, Health::not_registered()), SETTLING);
    assert_eq!(says(&mut course, 15, Health::not_registered()), Verdict::Reached);
}

#[test]
fn settle_counts_from_the_first_look_that_shows_it_gone_if_nobody_knows_since_when() {
    let mut course = unknown(DRAINED);
    assert_eq!(says(&mut course, 7, Health::not_registered()), SETTLING);
    assert_eq!(says(&mut course, 21, Health::not_registered()), SETTLING);
    assert_eq!(says(&mut course, 22, Health::not_registered()), Verdict::Reached);
}

#[test]
fn a_drain_that_was_joined_late_and_ends_has_lasted_the_whole_delay() {
    let mut course = unknown(DRAINED);
    says(&mut course, 0, draining());
    assert!(course.may_end_sooner());
    assert_eq!(course.earliest(), at(300));
    assert_eq!(says(&mut course, 5, Health::not_registered()), Verdict::Reached);
}

#[test]
fn a_joined_drain_that_is_shorter_than_the_settle_time_is_given_the_rest_of_it() {
    let mut course = unknown(Goal::Drained { settle: SETTLE, delay: seconds(6) });
    says(&mut course, 0, draining());
    assert_eq!(says(&mut course, 3, Health::not_registered()), SETTLING);
    assert_eq!(course.earliest(), at(12), "gone at 3, so deregistered by -3");
    assert_eq!(says(&mut course, 12, Health::not_registered()), Verdict::Reached);
}

#[test]
fn a_target_that_came_back_and_leaves_again_settles_anew() {
    let mut course = unknown(Goal::Drained { settle: SETTLE, delay: Duration::ZERO });
    says(&mut course, 0, Health::not_registered());
    says(&mut course, 5, Health::healthy());
    assert_eq!(says(&mut course, 10, Health::not_registered()), SETTLING);
    assert_eq!(says(&mut course, 24, Health::not_registered()), SETTLING);
    assert_eq!(says(&mut course, 25, Health::not_registered()), Verdict::Reached);
}

#[test]
fn a_place_that_was_never_seen_is_a_trap_while_the_target_is_in_with_another_port() {
    let other = (place("web", "i-0a", 8080), Health::healthy());
    let mut stray = unknown(DRAINED);
    let trap = Verdict::Never(Obstacle::OtherPort);
    assert_eq!(stray.see(&look(0, std::slice::from_ref(&other))).verdict, trap);
    let mut left = unknown(DRAINED);
    says(&mut left, 0, draining());
    assert_eq!(left.see(&look(20, std::slice::from_ref(&other))).verdict, Verdict::Reached);
    let mut ours = called(DRAINED);
    assert_eq!(ours.see(&look(20, &[other])).verdict, Verdict::Reached);
}

#[test]
fn a_port_that_is_registered_beside_it_later_is_no_trap() {
    let other = (place("web", "i-0a", 8080), Health::healthy());
    let mut course = unknown(DRAINED);
    assert_eq!(misses(&mut course, 0), SETTLING);
    let settled = course.see(&look(15, &[other]));
    assert_eq!(settled.verdict, Verdict::Reached);
}

#[test]
fn one_that_others_registered_and_took_out_again_settles_anew() {
    let mut course = called(Goal::Drained { settle: seconds(120), delay: Duration::ZERO });
    says(&mut course, 1, Health::not_registered());
    says(&mut course, 100, Health::healthy());
    says(&mut course, 105, Health::healthy());
    assert_eq!(says(&mut course, 110, Health::not_registered()), SETTLING);
    assert_eq!(says(&mut course, 229, Health::not_registered()), SETTLING);
    assert_eq!(says(&mut course, 230, Health::not_registered()), Verdict::Reached);
}

#[test]
fn one_stale_answer_does_not_begin_the_settle_time_anew() {
    let mut course = called(DRAINED);
    says(&mut course, 1, Health::not_registered());
    says(&mut course, 5, Health::healthy());
    assert_eq!(says(&mut course, 15, Health::not_registered()), Verdict::Reached);
}

#[test]
fn an_address_that_drains_first_is_expected_when_its_drain_is_over() {
    let mut course = called(Goal::InService { warm_up: Duration::ZERO, drain_first: DELAY });
    says(&mut course, 10, draining());
    assert_eq!(course.earliest(), at(310));
    assert!(course.may_end_sooner());
}

#[test]
fn the_first_seconds_after_registering_are_forgiven_from_the_first_look_on() {
    let mut course = called(IN_SERVICE);
    assert_eq!(misses(&mut course, 100), Verdict::NotYet(Pending::Joining));
    assert_eq!(misses(&mut course, 129), Verdict::NotYet(Pending::Joining));
    assert!(course.is_to_confirm(at(129)));
    assert_eq!(misses(&mut course, 130), Verdict::Never(Obstacle::NotRegistered));
    assert!(!course.is_confirmed());
}

#[test]
fn slow_start_counts_from_the_first_look_that_shows_it_healthy_and_anew_after_each_relapse() {
    let mut course = called(Goal::InService { warm_up: seconds(30), drain_first: Duration::ZERO });
    let warming = Verdict::NotYet(Pending::SlowStart);
    assert_eq!(says(&mut course, 10, Health::healthy()), warming);
    assert_eq!(course.earliest(), at(40));
    says(&mut course, 20, unhealthy());
    assert_eq!(says(&mut course, 25, Health::healthy()), warming);
    assert_eq!(says(&mut course, 54, Health::healthy()), warming);
    assert_eq!(says(&mut course, 55, Health::healthy()), Verdict::Reached);
}

#[test]
fn a_reason_that_changes_begins_its_grace_anew() {
    let mut course = called(IN_SERVICE);
    says(&mut course, 0, draining());
    says(&mut course, 29, Health::not_registered());
    let verdict = says(&mut course, 31, Health::not_registered());
    assert_eq!(verdict, Verdict::NotYet(Pending::Joining));
}

#[test]
fn an_unused_target_that_is_still_registered_has_not_left() {
    for reason in [Reason::NotInUse, Reason::InvalidState, Reason::IpUnusable] {
        let mut course = called(DRAINED);
        let unused = Health::of(State::Unused, Some(reason));
        assert_eq!(says(&mut course, 14, unused.clone()), Verdict::NotYet(Pending::Leaving));
        assert!(course.is_staying());
        assert_eq!(says(&mut course, 15, unused), Verdict::Never(Obstacle::StillRegistered));
    }
}

#[test]
fn right_after_it_may_have_been_taken_out_in_service_is_believed_late_or_once_it_was_seen_out() {
    let amid = || Course::new(web(), IN_SERVICE, Began::CalledAmid(at(0)));
    let doubt = Verdict::NotYet(Pending::Doubt);
    let mut still = amid();
    assert_eq!(says(&mut still, 1, Health::healthy()), doubt);
    assert_eq!(still.least(), at(15));
    assert_eq!(says(&mut still, 14, Health::healthy()), doubt);
    assert_eq!(says(&mut still, 15, Health::healthy()), Verdict::Reached);
    for out in [Health::of(State::Initial, None), draining(), Health::not_registered()] {
        let mut back = amid();
        assert_eq!(says(&mut back, 1, Health::healthy()), doubt);
        says(&mut back, 2, out);
        assert_eq!(says(&mut back, 3, Health::healthy()), Verdict::Reached);
    }
    assert_eq!(says(&mut called(IN_SERVICE), 1, Health::healthy()), Verdict::Reached);
}
