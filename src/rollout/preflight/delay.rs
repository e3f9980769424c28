//! Whether the deregistration delay fits: it is what every drain costs, and what requests in
//! flight are given.

use std::time::Duration;

use super::case::Case;
use super::finding::{Finding, Level, Setting};
use super::{names, words};
use crate::rollout::BalancerKind;

pub(super) const KEY: &str = "deregistration_delay.timeout_seconds";
/// From here on, people notice: every target waits for it.
const LONG: Duration = Duration::from_secs(60);
/// What most applications need behind an application load balancer: longer than its lag of 15 s,
/// and than the usual time limits of clients.
const ADVISED_APPLICATION: Duration = Duration::from_secs(30);
/// What AWS advises at least behind a network load balancer.
const ADVISED_NETWORK: Duration = Duration::from_secs(120);

/// A delay that fits most.
pub(super) fn advised(kind: BalancerKind) -> Duration {
    match kind {
        BalancerKind::Application => ADVISED_APPLICATION,
        BalancerKind::Network | BalancerKind::Gateway => ADVISED_NETWORK,
    }
}

pub(super) fn set(delay: Duration) -> Setting {
    Setting::Attributes(vec![(KEY, delay.as_secs().to_string())])
}

/// Too long, too short, or neither.
pub(super) fn delay(case: &Case<'_>) -> Vec<Finding> {
    let (delay, lag) = (case.group.deregistration_delay, case.group.default_settle());
    let advised = advised(case.group.kind);
    let finding = if delay < lag {
        case.found(Level::Warn, names::DELAY, too_short(case, delay, lag))
            .advise(format!("let it last {}", words::time(advised)))
            .set(set(advised))
    } else if delay >= LONG && delay > advised {
        let what = format!("every target drains for {}, whatever is in flight", words::time(delay));
        case.found(Level::Warn, names::DELAY, what)
            .advise(format!("lower it if no request takes longer than {}", words::time(advised)))
            .set(set(advised))
    } else {
        let what = format!("every target drains for {}", words::time(delay));
        case.found(Level::Ok, names::DELAY, what)
    };
    vec![finding]
}

fn too_short(case: &Case<'_>, delay: Duration, lag: Duration) -> String {
    let settle = case.settle();
    let made_up = if settle >= lag { "makes up for it" } else { "does not make up for it" };
    format!(
        "it ends after {}, while requests can still arrive for {}; the settle time of {} {made_up}",
        words::time(delay),
        words::time(lag),
        words::time(settle),
    )
}
