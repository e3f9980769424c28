//! Whether each zone's clients reach somebody, and each target is where traffic goes.

use super::case::{Case, is_in_zone};
use super::finding::{Finding, Level, Setting};
use super::{names, words};
use crate::rollout::{Refusal, Registration, TargetId};

const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
const TURN_ON: &str = "let traffic cross zones, at the price of traffic between them";

/// Whether a batch out leaves a zone with nobody.
pub(super) fn cross_zone(case: &Case<'_>) -> Vec<Finding> {
    let finding = match case.cross_zone() {
        None => return Vec::new(),
        Some(true) => {
            let what = "on: each zone's clients reach the targets of all zones";
            return vec![case.found(Level::Ok, names::CROSS_ZONE, what)];
        }
        Some(false) => off(case),
    };
    let setting = Setting::Attributes(vec![(CROSS_ZONE, "true".to_owned())]);
    vec![finding.advise(TURN_ON).set(setting)]
}

fn off(case: &Case<'_>) -> Finding {
    let zones = case.separate_zones();
    if zones.is_empty() {
        let what = "off, and the zones of the targets are not told: taking out the last one of a \
                    zone leaves that zone's clients with nobody";
        return case.found(Level::Warn, names::CROSS_ZONE, what);
    }
    match emptied(case, &zones) {
        Some((zone, taken)) => {
            let level = if case.may_be_down() { Level::Warn } else { Level::Fail };
            let what = format!(
                "off: with {} out, nobody is in service in zone {zone}, and its clients reach no other",
                words::listed(taken, ", "),
            );
            case.found(level, names::CROSS_ZONE, what)
                .advise(format!("add a target in zone {zone}"))
        }
        None => {
            let healthy = case.healthy();
            let counts = zones.iter().map(|zone| {
                let here = healthy.iter().filter(|place| is_in_zone(place, zone)).count();
                format!("{here} in {zone}")
            });
            let what = format!(
                "off: each zone's clients reach its own targets only; in service are {}",
                words::listed(counts, ", "),
            );
            case.found(Level::Warn, names::CROSS_ZONE, what)
        }
    }
}

/// The first zone that a batch takes from somebody to nobody.
fn emptied<'a>(case: &Case<'a>, zones: &[&'a str]) -> Option<(&'a str, Vec<&'a TargetId>)> {
    let healthy = case.healthy();
    let serves =
        |places: &[&Registration], zone| places.iter().any(|place| is_in_zone(place, zone));
    case.outs().find_map(|out| {
        let lost = |zone: &&&'a str| serves(&healthy, zone) && !serves(&out.healthy, zone);
        let zone = *zones.iter().find(lost)?;
        let here = healthy.iter().filter(|place| is_in_zone(place, zone));
        let taken = here.map(|place| &place.id).filter(|id| out.taken.contains(id));
        Some((zone, taken.collect()))
    })
}

/// Targets where no traffic goes, beside those for whom a run is refused.
pub(super) fn zones(case: &Case<'_>, refusals: &[Refusal]) -> Vec<Finding> {
    let Some(fronts) = &case.fronts else { return Vec::new() };
    let registered = case.registered();
    let places = registered.iter().map(|(place, _)| place).filter(|place| place.zone.is_some());
    let places: Vec<&Registration> = places.collect();
    if places.is_empty() || fronts.is_empty() {
        return Vec::new();
    }
    let is_refused = |place: &Registration| {
        let about = |it: &Refusal| matches!(it, Refusal::Hopeless { place: at, .. } if at.same_place(place));
        refusals.iter().any(about)
    };
    let mut findings = Vec::new();
    for front in fronts {
        let enabled =
            |place: &&&Registration| front.zones.iter().any(|zone| is_in_zone(place, zone));
        let lost: Vec<_> =
            places.iter().filter(|place| !enabled(place) && !is_refused(place)).collect();
        if lost.is_empty() {
            continue;
        }
        let said = lost.iter().map(|place| {
            format!("{}:{} in {}", place.id, place.port, place.zone.as_deref().unwrap_or_default())
        });
        let what = format!(
            "{} is enabled in {} only, so nothing reaches {}",
            front.name,
            words::listed(&front.zones, ", "),
            words::listed(said, ", "),
        );
        let finding = case.found(Level::Warn, names::ZONES, what);
        findings
            .push(finding.advise("enable the zone for the load balancer, or use other targets"));
    }
    if findings.is_empty() && refusals.iter().all(|refusal| !speaks_of_zone(case, refusal)) {
        let what = "every target is in a zone that is enabled";
        findings.push(case.found(Level::Ok, names::ZONES, what));
    }
    findings
}

fn speaks_of_zone(case: &Case<'_>, refusal: &Refusal) -> bool {
    use crate::rollout::Obstacle::ZoneNotEnabled;
    matches!(refusal, Refusal::Hopeless { place, obstacle: ZoneNotEnabled, .. } if place.group == case.group.arn)
}
