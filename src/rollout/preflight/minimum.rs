//! Whether a batch out leaves fewer healthy targets than the group's own minimums, below which
//! the load balancer sends traffic to everybody, or takes a zone out of DNS ("Target group
//! health" in the user guide).

use super::case::{Case, Out, is_in_zone};
use super::finding::{Finding, Level, Setting};
use super::{names, words};
use crate::rollout::{Minimum, Registration, TargetId};

/// What is the same for both minimums but in name.
struct Kind {
    check: &'static str,
    minimum: Minimum,
    count: &'static str,
    percentage: &'static str,
}

/// A group, or a zone of it, with too few; with a batch out, or already now.
#[derive(Clone)]
struct Breach<'a> {
    zone: Option<&'a str>,
    /// Nobody if it is so already.
    taken: Vec<&'a TargetId>,
    healthy: usize,
    registered: usize,
}

/// Whether traffic would go to all registered targets, whatever their health.
pub(super) fn fail_open(case: &Case<'_>) -> Vec<Finding> {
    let kind = Kind {
        check: names::FAIL_OPEN,
        minimum: case.group.fail_open,
        count: "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count",
        percentage: "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage",
    };
    let consequence = |breach: &Breach<'_>| {
        // What is so already is no reason against the deploy that mends it.
        let mixed = breach.healthy < breach.registered && !breach.taken.is_empty();
        let level = if mixed { Level::Fail } else { Level::Warn };
        let whom = "all registered ones, healthy or not, and to the new one before its checks";
        (level, format!("traffic goes to {whom}"))
    };
    finding(case, &kind, consequence)
}

/// Whether a zone would leave DNS.
pub(super) fn dns_failover(case: &Case<'_>) -> Vec<Finding> {
    let kind = Kind {
        check: names::DNS_FAILOVER,
        minimum: case.group.dns_failover,
        count: "target_group_health.dns_failover.minimum_healthy_targets.count",
        percentage: "target_group_health.dns_failover.minimum_healthy_targets.percentage",
    };
    let consequence = |breach: &Breach<'_>| {
        let what = match breach.zone {
            Some(zone) => format!("zone {zone} leaves DNS"),
            None => "all zones count as unhealthy in DNS".to_owned(),
        };
        (Level::Warn, what)
    };
    finding(case, &kind, consequence)
}

fn finding(
    case: &Case<'_>,
    kind: &Kind,
    consequence: impl Fn(&Breach<'_>) -> (Level, String),
) -> Vec<Finding> {
    if case.look.is_none() {
        return Vec::new();
    }
    if kind.minimum == Minimum::default() {
        return vec![case.found(Level::Ok, kind.check, "off")];
    }
    let areas = areas(case);
    let now = worst(in_areas(&areas, &now(case)), kind.minimum);
    let out = worst(case.outs().flat_map(|out| in_areas(&areas, &out)), kind.minimum);
    let Some(breach) = now.clone().or_else(|| out.clone()) else {
        let what = format!("at least {} stay healthy", said(kind.minimum));
        return vec![case.found(Level::Ok, kind.check, what)];
    };
    let (level, then) = consequence(&breach);
    let Breach { healthy, registered, zone, .. } = breach;
    let kept = out.or(now).and_then(|breach| lowered(kind, &breach));
    let place = zone.map(|zone| format!(" in zone {zone}")).unwrap_or_default();
    let when = match breach.taken.is_empty() {
        true => "already now".to_owned(),
        false => format!("with {} out", words::listed(&breach.taken, ", ")),
    };
    let what = format!(
        "{when}, {healthy} of {registered} healthy{place}, fewer than the minimum of {}: {then}",
        kind.minimum.of(registered),
    );
    let advice = match breach.taken.len() {
        0 => "mend the targets",
        1 => "add targets",
        _ => "use a smaller --batch, or add targets",
    };
    let lower = if kept.is_some() { ", or lower the minimum" } else { "" };
    let finding = case.found(level, kind.check, what).advise(format!("{advice}{lower}"));
    vec![kept.into_iter().fold(finding, Finding::set)]
}

/// The batch and the zone that fall the furthest below the minimum. Where nobody remains, there is
/// nobody to fail over to, and other checks say so.
fn worst<'a>(
    breaches: impl IntoIterator<Item = Breach<'a>>,
    minimum: Minimum,
) -> Option<Breach<'a>> {
    let missing =
        |breach: &Breach<'_>| minimum.of(breach.registered).saturating_sub(breach.healthy);
    let breaches = breaches.into_iter();
    let breaches = breaches.filter(|breach| breach.registered > 0 && missing(breach) > 0);
    // The first of the worst: who reads counts from the first batch on.
    breaches.reduce(|worst, other| if missing(&other) > missing(&worst) { other } else { worst })
}

/// Each zone by itself if traffic stays within zones, or else all of them together.
fn areas<'a>(case: &Case<'a>) -> Vec<Option<&'a str>> {
    let zones = case.separate_zones();
    if zones.is_empty() { vec![None] } else { zones.into_iter().map(Some).collect() }
}

fn now<'a>(case: &Case<'a>) -> Out<'a> {
    let registered = case.registered().into_iter().map(|(place, _)| place).collect();
    Out { taken: Vec::new(), registered, healthy: case.healthy() }
}

fn in_areas<'a>(areas: &[Option<&'a str>], out: &Out<'a>) -> Vec<Breach<'a>> {
    let counted = |places: &[&Registration], zone: Option<&str>| {
        places.iter().filter(|place| zone.is_none_or(|zone| is_in_zone(place, zone))).count()
    };
    let breach = |zone: &Option<&'a str>| Breach {
        zone: *zone,
        taken: out.taken.clone(),
        healthy: counted(&out.healthy, *zone),
        registered: counted(&out.registered, *zone),
    };
    areas.iter().map(breach).collect()
}

fn said(Minimum { count, percentage }: Minimum) -> String {
    match (count, percentage) {
        (Some(count), Some(percent)) => format!("{count} and {percent}%"),
        (Some(count), None) => count.to_string(),
        (None, percent) => format!("{}%", percent.unwrap_or_default()),
    }
}

/// The minimums that the batch would keep; none if they cannot be lowered that far, since the API
/// takes no count below one.
fn lowered(kind: &Kind, breach: &Breach<'_>) -> Option<Setting> {
    let Breach { healthy, registered, .. } = *breach;
    let mut keys = Vec::new();
    if let Some(count) = kind.minimum.count.filter(|count| *count > healthy) {
        let lowest = healthy.max(1);
        if lowest == count {
            return None;
        }
        keys.push((kind.count, lowest.to_string()));
    }
    let of_percentage = Minimum { count: None, ..kind.minimum };
    if of_percentage.of(registered) > healthy {
        let percent = healthy * 100 / registered;
        keys.push((kind.percentage, if percent == 0 { "off".into() } else { percent.to_string() }));
    }
    Some(Setting::Attributes(keys))
}
