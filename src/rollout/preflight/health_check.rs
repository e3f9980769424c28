//! How soon the health check sees a target come and go.

use std::time::Duration;

use super::case::Case;
use super::finding::{Finding, Level, Setting};
use super::{names, words};
use crate::rollout::{Group, HealthCheck};

/// From here on, a target that is fine keeps a run waiting, or a broken one keeps losing requests.
const SLOW: Duration = Duration::from_secs(60);
/// What is advised: often enough to be soon, seldom enough to be no load.
const INTERVAL: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(5);
/// The fewest that the API takes.
const THRESHOLD: u32 = 2;

const OPTION_INTERVAL: &str = "health-check-interval-seconds";
const OPTION_TIMEOUT: &str = "health-check-timeout-seconds";
const OPTION_HEALTHY: &str = "healthy-threshold-count";
const OPTION_UNHEALTHY: &str = "unhealthy-threshold-count";

/// How long a target takes to come back after one failed check: the healthy threshold counts
/// from unhealthy to healthy only ("Health checks for your target groups" in the user guide).
pub(super) fn recovery_time(group: &Group) -> Duration {
    group.health_check.interval * group.health_check.healthy_threshold
}

/// Settings with which a target comes back sooner; none if it cannot be much sooner.
pub(super) fn faster(group: &Group) -> Option<Setting> {
    let check = &group.health_check;
    setting(check, (OPTION_HEALTHY, check.healthy_threshold))
}

fn setting(check: &HealthCheck, (option, threshold): (&'static str, u32)) -> Option<Setting> {
    let mut options = Vec::new();
    if check.interval > INTERVAL {
        options.push((OPTION_INTERVAL, INTERVAL.as_secs()));
        if check.timeout >= INTERVAL {
            options.push((OPTION_TIMEOUT, TIMEOUT.as_secs()));
        }
    }
    if threshold > THRESHOLD {
        options.push((option, THRESHOLD.into()));
    }
    (!options.is_empty()).then_some(Setting::HealthCheck(options))
}

/// Whether its own times make sense.
pub(super) fn health_check(case: &Case<'_>) -> Vec<Finding> {
    let HealthCheck { interval, timeout, .. } = case.group.health_check;
    let (every, limit) = (words::time(interval), words::time(timeout));
    let finding = if timeout >= interval {
        let what = format!("a check may take {limit}, and the next one begins after {every}");
        let options = match interval > TIMEOUT {
            true => vec![(OPTION_TIMEOUT, TIMEOUT.as_secs())],
            false => {
                vec![(OPTION_INTERVAL, INTERVAL.as_secs()), (OPTION_TIMEOUT, TIMEOUT.as_secs())]
            }
        };
        case.found(Level::Warn, names::HEALTH_CHECK, what)
            .advise("let a check end before the next one begins")
            .set(Setting::HealthCheck(options))
    } else {
        let what = format!("a check every {every}, each with {limit} to answer");
        case.found(Level::Ok, names::HEALTH_CHECK, what)
    };
    vec![finding]
}

/// What one early failed check costs.
pub(super) fn recovery(case: &Case<'_>) -> Vec<Finding> {
    let check = &case.group.health_check;
    let cost = recovery_time(case.group);
    let what = format!(
        "one failed check costs {} passed ones, {}",
        check.healthy_threshold,
        words::time(cost)
    );
    if cost < SLOW {
        return vec![case.found(Level::Ok, names::RECOVERY, what)];
    }
    let words =
        "make sure that the deploy ends only when the service answers; or let it recover sooner";
    let finding = case.found(Level::Warn, names::RECOVERY, what).advise(words);
    vec![faster(case.group).into_iter().fold(finding, Finding::set)]
}

/// How long a broken target keeps getting requests.
pub(super) fn detection(case: &Case<'_>) -> Vec<Finding> {
    let check = &case.group.health_check;
    let takes = check.interval * check.unhealthy_threshold;
    let what = format!(
        "a broken target is noticed after {} failed checks, {}",
        check.unhealthy_threshold,
        words::time(takes)
    );
    if takes < SLOW {
        return vec![case.found(Level::Ok, names::DETECTION, what)];
    }
    let finding = case.found(Level::Warn, names::DETECTION, what);
    let finding = finding.advise("a bad release loses requests for so long; notice it sooner");
    let setting = setting(check, (OPTION_UNHEALTHY, check.unhealthy_threshold));
    vec![setting.into_iter().fold(finding, Finding::set)]
}
