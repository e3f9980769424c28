//! Why a target is not in service, in words: the load balancer's own where it has some.

use std::time::Duration;

use super::target::HeldOut;
use crate::report::phrase::printable;
use crate::rollout::{Health, Moment, Reason, State};
use crate::utc;

/// Below this a time of day says when; above, it needs its date.
const SAME_DAY: Duration = Duration::from_secs(12 * 60 * 60);

/// Why a registration fares as it does; nothing if it is in service.
pub(super) fn why(health: &Health) -> Option<String> {
    if health.is_in_service() {
        return None;
    }
    if let Some(why) = &health.kept_away {
        return Some(format!("healthy, but kept from traffic: {}", one_line(why)));
    }
    let described = health.description.as_deref().map(one_line).filter(|text| !text.is_empty());
    let reason = || health.reason.as_ref().map(of_reason);
    Some(described.or_else(reason).unwrap_or_else(|| of_state(&health.state).to_owned()))
}

pub(super) fn held_out(at: Moment, held: &HeldOut) -> String {
    let HeldOut { run, since, what, under_way, .. } = held;
    let is_recent = at.since(*since) < SAME_DAY;
    let since = if is_recent { utc::time_of_day(*since) } else { utc::date_and_time(*since) };
    let whose = if *under_way { "the run under way," } else { "run" };
    format!("held out by {whose} {run} since {since}, `{}`", one_line(what))
}

/// Text of others as it can stand in a cell.
fn one_line(text: &str) -> String {
    printable(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn of_reason(reason: &Reason) -> String {
    let known = match reason {
        Reason::NotRegistered => "not registered",
        Reason::NotInUse => "no listener forwards to the group, or its zone is not enabled",
        Reason::InvalidState => "the instance is stopped or terminated",
        Reason::IpUnusable => "the address belongs to a load balancer",
        Reason::DeregistrationInProgress => {
            "on its way out, which takes the whole deregistration delay"
        }
        Reason::Other(code) => match code.as_str() {
            "Elb.RegistrationInProgress" => "being registered, and not checked yet",
            "Elb.InitialHealthChecking" => "has to pass its first checks",
            "Elb.InternalError" => "the load balancer has an internal error",
            "Target.ResponseCodeMismatch" => "answers its health checks with a wrong code",
            "Target.Timeout" => "does not answer its health checks in time",
            "Target.FailedHealthChecks" => "fails its health checks",
            "Target.HealthCheckDisabled" => "it is not checked: health checks are disabled",
            unknown => return one_line(unknown),
        },
    };
    known.to_owned()
}

fn of_state(state: &State) -> &'static str {
    match state {
        State::Initial => "has to pass its first checks",
        State::Unhealthy => "fails its health checks",
        State::UnhealthyDraining => "fails its health checks, and its connections are let finish",
        State::Draining => "on its way out, which takes the whole deregistration delay",
        State::Healthy | State::Unused | State::Unavailable | State::Other(_) => {
            "the load balancer does not say why"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(state: State, reason: &str) -> Option<String> {
        why(&Health::of(state, Some(Reason::from(reason.to_owned()))))
    }

    #[test]
    fn every_reason_of_the_api_has_words_that_do_not_repeat_its_code() {
        let reasons = [
            (State::Initial, "Elb.RegistrationInProgress"),
            (State::Initial, "Elb.InitialHealthChecking"),
            (State::Unhealthy, "Target.ResponseCodeMismatch"),
            (State::Unhealthy, "Target.Timeout"),
            (State::Unhealthy, "Target.FailedHealthChecks"),
            (State::Unhealthy, "Elb.InternalError"),
            (State::Unused, "Target.NotRegistered"),
            (State::Unused, "Target.NotInUse"),
            (State::Unused, "Target.InvalidState"),
            (State::Unused, "Target.IpUnusable"),
            (State::Draining, "Target.DeregistrationInProgress"),
            (State::Unavailable, "Target.HealthCheckDisabled"),
        ];
        for (state, reason) in reasons {
            let said = said(state, reason).unwrap();
            assert!(!said.contains(reason) && said.contains(' '), "{reason}: {said}");
        }
    }

    #[test]
    fn a_reason_that_is_new_is_shown_as_it_is() {
        assert_eq!(said(State::Unhealthy, "Target.Novel").as_deref(), Some("Target.Novel"));
    }

    #[test]
    fn what_the_load_balancer_says_comes_before_our_words_and_cannot_break_the_table() {
        let reason = Some(Reason::Other("Target.Timeout".to_owned()));
        let health = Health::of(State::Unhealthy, reason);
        let description = Some("Request\n timed\x1b[2J  out".to_owned());
        let why = why(&Health { description, ..health });
        assert_eq!(why.as_deref(), Some("Request timed out"));
    }

    #[test]
    fn a_healthy_target_has_a_reason_only_if_it_gets_no_traffic() {
        assert_eq!(why(&Health::healthy()), None);
        let kept_away = Some("zonal_shift_active".to_owned());
        let shifted = why(&Health { kept_away, ..Health::healthy() });
        assert_eq!(shifted.as_deref(), Some("healthy, but kept from traffic: zonal_shift_active"));
    }

    #[test]
    fn no_state_is_left_without_a_word() {
        for state in ["initial", "unhealthy", "unhealthy.draining", "unused", "draining", "new"] {
            assert!(why(&Health::of(State::from(state.to_owned()), None)).is_some(), "{state}");
        }
    }
}
