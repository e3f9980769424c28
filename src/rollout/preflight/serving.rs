//! Who is there, who is in service, and who remains so while a batch is out.

use std::collections::BTreeSet;

use super::case::Case;
use super::finding::{Finding, Level};
use super::{names, words};
use crate::rollout::{Health, Look, Refusal, Registration, State};

/// How many targets there are. None at all is refused, and so is one alone unless downtime is
/// agreed to.
pub(super) fn targets(case: &Case<'_>) -> Vec<Finding> {
    let Some(look) = case.look else { return Vec::new() };
    let finding = match look.registered().count() {
        0 => return Vec::new(),
        1 if case.may_be_down() && case.outs().next().is_some() => {
            let what = "the only target: while it is out, nobody serves";
            let words = "add a second target";
            case.found(Level::Warn, names::TARGETS, what).advise(words)
        }
        count => {
            let what = format!("{} registered", words::counted(count, "target"));
            case.found(Level::Ok, names::TARGETS, what)
        }
    };
    vec![finding]
}

/// How many keep serving; too few are refused, unless downtime is agreed to.
pub(super) fn floor(case: &Case<'_>) -> Vec<Finding> {
    let Some(look) = case.look else { return Vec::new() };
    let registered = look.registered().count();
    let Some(fewest) = fewest_serving(case, look).filter(|_| registered > 1) else {
        return Vec::new();
    };
    let (serving, floor) = (look.in_service().count(), case.floor);
    let what =
        format!("{serving} in service; {fewest} serve while a batch is out; the floor is {floor}");
    let finding = match fewest {
        0 => {
            let what = format!("{what}, so there is downtime");
            case.found(Level::Warn, names::FLOOR, what).advise("use a smaller --batch")
        }
        _ => case.found(Level::Ok, names::FLOOR, what),
    };
    vec![finding]
}

/// Counted as a plan counts: a target that was out serves from then on.
fn fewest_serving(case: &Case<'_>, look: &Look) -> Option<usize> {
    let mut serving: BTreeSet<_> = look.serving().collect();
    let remaining = case.outs().map(|out| {
        let remaining = serving.iter().filter(|id| !out.taken.contains(id)).count();
        serving.extend(out.taken);
        remaining
    });
    remaining.min()
}

/// Who is not in service now, beside those for whom a run is refused.
pub(super) fn health(case: &Case<'_>, refusals: &[Refusal]) -> Vec<Finding> {
    let Some(look) = case.look else { return Vec::new() };
    let there = || look.seen.iter().filter(|(_, health)| !health.is_not_registered());
    let is_refused = |place: &Registration| refusals.iter().any(|refusal| is_about(refusal, place));
    let out: Vec<_> =
        there().filter(|(place, health)| !health.is_in_service() && !is_refused(place)).collect();
    let (all, serving) = (there().count(), case.healthy().len());
    if out.is_empty() && serving == all && all > 0 {
        return vec![case.found(Level::Ok, names::HEALTH, format!("all {all} in service"))];
    }
    if out.is_empty() {
        return Vec::new();
    }
    let said = out.iter().map(|(place, health)| format!("{}:{} {health}", place.id, place.port));
    let mut what = format!("{serving} of {all} in service: {}", words::listed(said, "; "));
    if serving == 0
        && there().any(|(_, health)| health.can_receive() && health.state != State::Unused)
    {
        what += "; all registered targets get traffic while none is healthy";
    }
    let finding = case.found(Level::Warn, names::HEALTH, what);
    vec![finding.advise(advice(out.iter().map(|(_, health)| health)))]
}

fn advice<'h>(mut out: impl Iterator<Item = &'h Health>) -> &'static str {
    let only_away =
        |health: &Health| health.state == State::Healthy || health.state == State::Draining;
    match out.all(only_away) {
        true => "wait until they are back: a zonal shift ends by itself, a drain by its delay",
        false => "mend them first, or let the run: it takes those that are not in service first",
    }
}

fn is_about(refusal: &Refusal, place: &Registration) -> bool {
    match refusal {
        Refusal::Hopeless { place: refused, .. } => refused.same_place(place),
        Refusal::Draining { target, group } => *target == place.id && group == place.group.name(),
        _ => false,
    }
}
