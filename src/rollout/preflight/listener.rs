//! Whether a group gets traffic at all.

use super::case::Case;
use super::finding::{Finding, Level};
use super::{names, words};
use crate::rollout::{Front, Use};

const FORWARD: &str = "let a listener or rule forward to it first";

/// Of a group that some load balancer uses; one that none uses is refused.
pub(super) fn listener(case: &Case<'_>) -> Vec<Finding> {
    let Some(fronts) = &case.fronts else {
        let used = words::counted(case.group.balancers.len(), "load balancer");
        let what = format!("used by {used}; the listeners could not be asked");
        return vec![case.found(Level::Ok, names::LISTENER, what)];
    };
    let of = |front: &&Front, it: &Use| {
        (it.group == case.group.arn).then(|| (front.name.clone(), it.clone()))
    };
    let uses: Vec<_> = fronts
        .iter()
        .flat_map(|front| front.uses.iter().filter_map(move |it| of(front, it)))
        .collect();
    let places = words::listed(uses.iter().map(|(front, it)| said(front, it)), ", ");
    let finding = if uses.is_empty() {
        // It is healthy, so it is checked, so something does forward to it.
        let level = if case.healthy().is_empty() { Level::Fail } else { Level::Warn };
        let what = "no listener or rule forwards to it, so its targets never come into service";
        case.found(level, names::LISTENER, what).advise(FORWARD)
    } else if uses.iter().all(|(_, it)| it.weight == 0) {
        let what = format!("gets no traffic: its weight is 0 in {places}");
        let words = "raise the weight if it should get traffic; else nobody notices this deploy";
        case.found(Level::Warn, names::LISTENER, what).advise(words)
    } else {
        case.found(Level::Ok, names::LISTENER, format!("gets traffic from {places}"))
    };
    vec![finding]
}

fn said(front: &str, it: &Use) -> String {
    let Use { protocol, port, rule, .. } = it;
    match rule {
        Some(rule) => format!("{front} {protocol}:{port} rule {rule}"),
        None => format!("{front} {protocol}:{port}"),
    }
}
