//! What may be asked. What may be changed cannot be found out without changing it.

use super::finding::{Finding, Level};
use super::names;

/// Without these a run cannot be planned.
const NEEDED: [&str; 4] =
    ["DescribeTargetGroups", "DescribeTargetGroupAttributes", "DescribeTargetHealth", TAGS];
/// Without it a run is possible, if a hold is ignored anyhow.
const TAGS: &str = "DescribeTags";
/// These are asked by checks alone.
const USEFUL: [&str; 4] = [
    "DescribeLoadBalancers",
    "DescribeListeners",
    "DescribeRules",
    "DescribeLoadBalancerAttributes",
];
const UNCHECKED: &str = "so listeners, zones and cross-zone are not fully checked";
const CHANGES: &str = "RegisterTargets and DeregisterTargets cannot be tried without acting";

/// A call that was denied, and why.
pub fn denied(operation: &str, why: &str) -> Finding {
    let (level, lost, all) = match NEEDED.contains(&operation) {
        true => (Level::Fail, "a run needs it", &NEEDED[..]),
        false => (Level::Warn, UNCHECKED, &USEFUL[..]),
    };
    let actions: Vec<_> =
        all.iter().map(|action| format!("elasticloadbalancing:{action}")).collect();
    let finding = Finding::new(level, names::PERMISSIONS, format!("{why}; {lost}"))
        .advise(format!("allow the role {} on \"*\"", actions.join(", ")));
    match operation {
        TAGS => {
            finding.advise("or go on without knowing whether a group is on hold: --ignore-hold")
        }
        _ => finding,
    }
}

/// The load balancers could not be asked for another reason.
pub fn unasked(why: &str, hint: Option<&str>) -> Finding {
    let finding = Finding::new(Level::Warn, names::LISTENER, format!("{why}; {UNCHECKED}"));
    hint.into_iter().fold(finding, Finding::advise)
}

/// Nothing was denied.
pub(super) fn allowed() -> Finding {
    let what = format!("all that was asked is allowed; {CHANGES}");
    Finding::new(Level::Ok, names::PERMISSIONS, what)
}
