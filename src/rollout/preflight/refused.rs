//! The reasons to refuse a run, as findings in the same words.

use super::case::Case;
use super::finding::{Finding, Level, Setting};
use super::names;
use crate::rollout::{HOLD_TAG, Refusal};

/// A refusal as the finding of the check that it belongs to.
pub(super) fn finding(refusal: &Refusal, cases: &[Case<'_>]) -> Finding {
    let case =
        group_name(refusal).and_then(|name| cases.iter().find(|case| case.group.name == name));
    let check = match refusal {
        Refusal::BelowFloor { .. } if case.is_some_and(has_one_target) => names::TARGETS,
        _ => check(refusal),
    };
    let what = match (refusal, check) {
        (Refusal::BelowFloor { .. }, names::TARGETS) => format!("the only target: {refusal}"),
        _ => refusal.to_string(),
    };
    let finding = Finding::new(Level::Fail, check, what).advise(refusal.hint());
    let finding = match refusal {
        Refusal::OnHold { .. } => finding.set(Setting::Untagged(HOLD_TAG)),
        _ => finding,
    };
    match case {
        Some(case) => finding.of(&case.group.arn),
        None => finding,
    }
}

fn has_one_target(case: &Case<'_>) -> bool {
    case.look.is_some_and(|look| look.registered().count() == 1)
}

fn check(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Undrainable { .. } => names::TYPE,
        Refusal::NotInUse { .. } => names::LISTENER,
        Refusal::Empty { .. } => names::TARGETS,
        Refusal::NotRegistered { .. } | Refusal::OtherType { .. } | Refusal::NothingLeft => {
            names::CHOSEN
        }
        Refusal::Draining { .. } | Refusal::Hopeless { .. } => names::HEALTH,
        Refusal::OnHold { .. } => names::HOLD,
        Refusal::ServesElsewhere { .. } | Refusal::DrainsElsewhere { .. } => names::ELSEWHERE,
        Refusal::EmptyBatch { .. } => names::BATCH,
        Refusal::PortDrains { .. }
        | Refusal::BothLive { .. }
        | Refusal::OtherServes { .. }
        | Refusal::PortsDiffer { .. }
        | Refusal::NoPortLive { .. }
        | Refusal::NotLive { .. }
        | Refusal::NotNew { .. } => names::CHOSEN,
        Refusal::FloorAboveSize { .. }
        | Refusal::BelowFloor { .. }
        | Refusal::UnknownZone { .. }
        | Refusal::BelowZoneFloor { .. } => names::FLOOR,
        Refusal::DrainLimit { .. } => names::DELAY,
    }
}

fn group_name(refusal: &Refusal) -> Option<&str> {
    match refusal {
        Refusal::Undrainable { group, .. }
        | Refusal::NotInUse { group }
        | Refusal::Empty { group }
        | Refusal::OtherType { group, .. }
        | Refusal::Draining { group, .. }
        | Refusal::FloorAboveSize { group, .. }
        | Refusal::DrainLimit { group, .. }
        | Refusal::BelowFloor { group, .. }
        | Refusal::BelowZoneFloor { group, .. } => Some(group),
        Refusal::Hopeless { place, .. } | Refusal::UnknownZone { place } => {
            Some(place.group.name())
        }
        Refusal::OnHold { hold } => Some(hold.group.name()),
        Refusal::NotRegistered { .. }
        | Refusal::ServesElsewhere { .. }
        | Refusal::DrainsElsewhere { .. }
        | Refusal::PortDrains { .. }
        | Refusal::BothLive { .. }
        | Refusal::OtherServes { .. }
        | Refusal::PortsDiffer { .. }
        | Refusal::NoPortLive { .. }
        | Refusal::NotLive { .. }
        | Refusal::NotNew { .. }
        | Refusal::NothingLeft
        | Refusal::EmptyBatch { .. } => None,
    }
}
