//! The floor of a zone: one that has two targets or more keeps one of them in service.
//!
//! Without it, a zone's traffic goes to other zones, or to nobody where cross-zone load balancing is off.
//! What is held out is registered nowhere and still makes up its zone: or else the last one of a zone
//! could go because the others have gone.

use std::collections::{BTreeMap, BTreeSet};

use super::group::Group;
use super::refusal::Refusal;
use super::snapshot::Look;
use super::survey::{Survey, join};
use super::target::{Registration, Target, TargetId};

/// Of each zone with two targets or more, registered or held out of it, who is in service.
fn serving<'a>(
    look: &'a Look,
    held_out: &[&'a Registration],
) -> BTreeMap<&'a str, BTreeSet<&'a TargetId>> {
    let mut zones: BTreeMap<&str, (BTreeSet<&TargetId>, BTreeSet<&TargetId>)> = BTreeMap::new();
    for place in held_out {
        let Some(zone) = place.zone.as_deref() else { continue };
        zones.entry(zone).or_default().0.insert(&place.id);
    }
    let serving: BTreeSet<_> = look.serving().collect();
    for (place, health) in &look.seen {
        let Some(zone) = place.zone.as_deref() else { continue };
        let (registered, here) = zones.entry(zone).or_default();
        if !health.is_not_registered() {
            registered.insert(&place.id);
        }
        if serving.contains(&place.id) {
            here.insert(&place.id);
        }
    }
    let large = zones.into_iter().filter(|(_, (registered, _))| registered.len() > 1);
    large.map(|(zone, (_, serving))| (zone, serving)).collect()
}

/// The zone in which this target is the only one in service beside those that are away, whose places
/// in the group are those held out.
pub(super) fn emptied<'a>(
    look: &'a Look,
    held_out: &[&'a Registration],
    target: &TargetId,
    away: &BTreeSet<&TargetId>,
) -> Option<&'a str> {
    let is_alone = |serving: &BTreeSet<&TargetId>| {
        serving.contains(target)
            && !serving.iter().any(|other| *other != target && !away.contains(other))
    };
    let mut zones = serving(look, held_out).into_iter();
    zones.find(|(_, serving)| is_alone(serving)).map(|(zone, _)| zone)
}

impl Survey<'_> {
    /// What speaks against the floor of zones, if it is asked for.
    pub(super) fn zone_breach(&self, group: &Group, batches: &[Vec<Target>]) -> Option<Refusal> {
        let look = self.look(group).filter(|_| self.request.policy.zone_floor)?;
        let unknown = look.seen.iter().find(|(place, _)| place.zone.is_none());
        if let Some((place, _)) = unknown {
            return Some(Refusal::UnknownZone { place: place.clone() });
        }
        let away = self.request.away.iter().filter(|place| place.group == group.arn);
        let zones = serving(look, &away.collect::<Vec<_>>());
        let empties = |batch: &Vec<Target>| {
            let members: BTreeSet<_> = batch.iter().map(|target| &target.id).collect();
            let mut zones = zones.iter().filter(|(_, serving)| !serving.is_empty());
            let emptied = zones.find(|(_, serving)| serving.is_subset(&members))?;
            Some(Refusal::BelowZoneFloor {
                group: group.name.clone(),
                zone: (*emptied.0).to_owned(),
                taken: join(emptied.1),
            })
        };
        batches.iter().find_map(empties)
    }
}
