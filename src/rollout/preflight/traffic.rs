//! Settings that bend which target gets how much traffic.

use super::case::Case;
use super::finding::{Finding, Level, Setting};
use super::{names, words};

const SLOW_START: &str = "slow_start.duration_seconds";
const STICKINESS: &str = "stickiness.enabled";

/// Whether a new target gets its share at once.
pub(super) fn slow_start(case: &Case<'_>) -> Vec<Finding> {
    let time = case.group.slow_start;
    if time.is_zero() {
        return vec![case.found(Level::Ok, names::SLOW_START, "off")];
    }
    let what = format!(
        "each target gets less than its share for {} after it came into service; the others carry the rest",
        words::time(time),
    );
    let finding = case
        .found(Level::Warn, names::SLOW_START, what)
        .advise("turn it off if the service needs no warming up")
        .set(Setting::Attributes(vec![(SLOW_START, "0".to_owned())]));
    vec![finding]
}

/// Whether clients are bound to targets.
pub(super) fn stickiness(case: &Case<'_>) -> Vec<Finding> {
    if !case.group.sticky {
        return vec![case.found(Level::Ok, names::STICKINESS, "off")];
    }
    let what = "on: clients of a target that is taken out are sent to another one, and a session that only it knows is lost";
    let finding = case
        .found(Level::Warn, names::STICKINESS, what)
        .advise("keep sessions outside the targets, and turn it off")
        .set(Setting::Attributes(vec![(STICKINESS, "false".to_owned())]));
    vec![finding]
}
