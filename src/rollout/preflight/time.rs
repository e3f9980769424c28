//! How long a target takes, and whether that fits the time there is.

use std::time::Duration;

use super::case::Case;
use super::finding::{Finding, Level};
use super::{delay, health_check, names, words};
use crate::rollout::Plan;

/// What a hook needs beside the wait itself: `wait` starts, finds credentials and makes its first
/// calls (1 to 2 s), notices the end a second late, and one call that is throttled is made again up to
/// 5 s later.
const ROOM: Duration = Duration::from_secs(10);

/// The waits of one target. The deploy comes on top.
pub(super) fn time(case: &Case<'_>) -> Vec<Finding> {
    let (drain, join) = (drain(case), case.group.expected_in_service());
    let slow_start = case.policy.warm_up(case.group);
    let mut what = format!(
        "a target waits {}: {} for its drain, {} until it is in service",
        words::time(drain + join + slow_start),
        words::time(drain),
        words::time(join),
    );
    if !slow_start.is_zero() {
        what += &format!(", {} of slow start", words::time(slow_start));
    }
    vec![case.found(Level::Ok, names::TIME, what)]
}

fn drain(case: &Case<'_>) -> Duration {
    case.group.expected_drain(case.settle())
}

/// The waits of the whole run.
pub(super) fn run(plan: &Plan) -> Finding {
    let (targets, batches) = (plan.targets().count(), plan.batches.len());
    let what = format!(
        "{} in {}: {} of waiting, and the deploy of each",
        words::counted(targets, "target"),
        if batches == 1 { "1 batch".to_owned() } else { format!("{batches} batches") },
        words::time(plan.expected_waits()),
    );
    Finding::new(Level::Ok, names::RUN, what)
}

/// Whether coming into service can keep the limit that was given for it.
pub(super) fn limit(case: &Case<'_>) -> Vec<Finding> {
    let takes = case.policy.expected_in_service(case.group);
    let passed = case.policy.in_service_timeout.filter(|limit| *limit < takes);
    let finding = passed.map(|limit| {
        let what = format!(
            "coming into service takes {}, so a limit of {} would always be passed",
            words::time(takes),
            words::time(limit),
        );
        let setting = health_check::faster(case.group);
        let finding = case
            .found(Level::Fail, names::LIMIT, what)
            .advise("raise --in-service-timeout, or check more often");
        setting.into_iter().fold(finding, Finding::set)
    });
    finding.into_iter().collect()
}

/// Whether each of the two waits ends within the time limit of the hook that it happens in.
pub(super) fn within(case: &Case<'_>) -> Vec<Finding> {
    let Some(limit) = case.within else { return Vec::new() };
    vec![drain_within(case, limit), in_service_within(case, limit)]
}

fn drain_within(case: &Case<'_>, limit: Duration) -> Finding {
    let (takes, settle) = (drain(case), case.settle());
    let finding = held_against(case, "the drain", takes, limit);
    let advised = delay::advised(case.group.kind);
    if finding.level == Level::Ok {
        finding
    } else if settle.max(advised) + ROOM > limit {
        let why = match takes == settle || settle >= limit {
            true => format!("the settle time alone takes {}", words::time(settle)),
            false => "a shorter delay would lose requests".to_owned(),
        };
        let deadline = words::time(case.group.drain_deadline(settle));
        finding.advise(format!("give the hook more time, {deadline} at least: {why}"))
    } else {
        finding
            .advise(format!(
                "give the hook more time, or lower the delay if no request takes longer than {}",
                words::time(advised),
            ))
            .set(delay::set(advised))
    }
}

fn in_service_within(case: &Case<'_>, limit: Duration) -> Finding {
    let takes = case.policy.expected_in_service(case.group);
    let recovery = takes + health_check::recovery_time(case.group);
    let mut finding = held_against(case, "coming into service", takes, limit);
    if finding.level == Level::Ok && recovery + ROOM > limit {
        let what = format!(
            "coming into service takes {}, but {} if one early check fails, and the limit is {}",
            words::time(takes),
            words::time(recovery),
            words::time(limit),
        );
        finding = case.found(Level::Warn, names::WITHIN, what);
    }
    if finding.level == Level::Ok {
        return finding;
    }
    let finding = finding.advise("give the hook more time, or check more often");
    health_check::faster(case.group).into_iter().fold(finding, Finding::set)
}

fn held_against(case: &Case<'_>, what: &str, takes: Duration, limit: Duration) -> Finding {
    let (said, allowed) = (words::time(takes), words::time(limit));
    let (level, what) = match limit.saturating_sub(takes) {
        Duration::ZERO => (Level::Fail, over(what, takes, limit)),
        left if left < ROOM => {
            let left = words::time(left);
            let tight = format!(
                "{what} takes {said}, and of the limit of {allowed} that leaves {left} to start, \
                 to notice, and for a call that is throttled"
            );
            (Level::Warn, tight)
        }
        _ => (Level::Ok, format!("{what} takes {said}, and the limit is {allowed}")),
    };
    case.found(level, names::WITHIN, what)
}

fn over(what: &str, takes: Duration, limit: Duration) -> String {
    let (said, allowed) = (words::time(takes), words::time(limit));
    match takes.checked_sub(limit) {
        Some(Duration::ZERO) | None => {
            format!("{what} takes {said} at least, all of the limit of {allowed}")
        }
        Some(over) => {
            format!("{what} takes {said}, {} more than the limit of {allowed}", words::time(over))
        }
    }
}
