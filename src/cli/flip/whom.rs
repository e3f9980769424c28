//! Whom a flip is about, as each kind of group knows it. Where its services listen is known of this
//! instance alone.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::cli::chosen::Chosen;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::holding::seen_of;
use crate::cli::reach::Reach;
use crate::cli::typed::Mistakes;
use crate::cli::whom::Targets;
use crate::metadata;
use crate::rollout::{Group, Ports, Snapshot, TargetId, TargetType};

/// Whom a flip is about.
pub(super) struct Meant {
    /// What was asked for, with the targets by name.
    pub(super) chosen: Chosen,
    /// This instance, if it is meant.
    pub(super) instance: Option<TargetId>,
    /// Where its services listen.
    pub(super) address: Option<IpAddr>,
    /// What the groups know it by.
    myself: Option<TargetId>,
}

impl Meant {
    /// # Errors
    /// The groups know this instance by different ids, the metadata service does not tell who this is, or
    /// it is in another region.
    pub(super) async fn of(
        chosen: &Chosen,
        myself: bool,
        named: &[Group],
        reach: &Reach,
    ) -> Result<Self, CliError> {
        if !myself {
            let chosen = chosen.clone();
            return Ok(Self { chosen, instance: None, address: None, myself: None });
        }
        one_type(named)?;
        let told = metadata::ask().await?;
        let is_address = named.first().is_some_and(|group| group.target_type == TargetType::Ip);
        let (instance, addresses) = (told.instance.clone(), told.addresses.clone());
        Targets::of_myself(told).are_in(&reach.region)?;
        let address = match is_address {
            true => {
                let arns = named.iter().map(|group| group.arn.clone()).collect();
                let looked = reach.watch.first_look(&arns).await;
                looked.map_err(|error| CliError::refused(&error))?;
                reach.watch.decide(|seen| known_by(&addresses, &seen_of(&arns, seen)))
            }
            false => addresses.first().copied(),
        };
        let id = match address.filter(|_| is_address) {
            Some(address) => TargetId::new(address.to_string()),
            None => instance.clone(),
        };
        let chosen = chosen.only(&id);
        Ok(Self { chosen, instance: Some(instance), address, myself: Some(id) })
    }

    /// Whether this instance is meant and nowhere registered, not even on its way out.
    pub(super) fn is_new(&self, seen: &Snapshot) -> bool {
        let is_here = |id: &TargetId| {
            let mut all = seen.values().flat_map(|look| &look.seen);
            all.any(|(place, health)| place.id == *id && !health.is_not_registered())
        };
        self.myself.as_ref().is_some_and(|id| !is_here(id))
    }
}

/// By which of its addresses groups know this instance: the first one that is registered. Where none is, it
/// is the first one of the version of those that are.
fn known_by(addresses: &[IpAddr], seen: &Snapshot) -> Option<IpAddr> {
    let all = seen.values().flat_map(|look| &look.seen);
    let all = all.filter(|(_, health)| !health.is_not_registered()).map(|(place, _)| &place.id);
    let all: BTreeSet<IpAddr> = all.filter_map(|id| id.as_str().parse().ok()).collect();
    let is_fit = |address: &&IpAddr| all.iter().any(|it| it.is_ipv6() == address.is_ipv6());
    let registered = addresses.iter().find(|address| all.contains(address));
    let fit = || addresses.iter().find(is_fit);
    registered.or_else(fit).or_else(|| addresses.first()).copied()
}

/// A release that is stopped must get no traffic from a group that knows it by another id.
fn one_type(named: &[Group]) -> Result<(), CliError> {
    let Some(first) = named.first() else { return Ok(()) };
    let Some(other) = named.iter().find(|group| group.target_type != first.target_type) else {
        return Ok(());
    };
    let what = format!(
        "groups {} and {} know this instance by different ids: one by its instance id, one by its address",
        first.name, other.name
    );
    let hint = "only groups of one kind are flipped together; register it in such groups alone";
    Err(CliError::new(Exit::Refused, what).hint(Some(hint)))
}

/// Notes it if nobody is meant, or two ways to say who.
pub(super) fn note_nobody(myself: bool, is_named: bool, mistakes: &mut Mistakes) {
    let (what, hint) = match (myself, is_named) {
        (true, true) => {
            ("targets are named, and --self names this instance", "give one or the other")
        }
        (false, false) => (
            "nobody says which target: the commands run on this machine",
            "say --self for this instance, or which one they deploy with --target ID",
        ),
        _ => return,
    };
    mistakes.note(CliError::new(Exit::Usage, what).hint(Some(hint)));
}

/// Groups whose health checks ask one of the two ports, whichever serves.
///
/// # Errors
/// There are some: a release that does not run would pass them.
pub(super) fn none_checks_one_port(groups: &[Group], ports: Ports) -> Result<(), CliError> {
    let is_of_both = |group: &&Group| {
        group.health_check.port.is_some_and(|port| [ports.blue, ports.green].contains(&port))
    };
    let Some(group) = groups.iter().find(is_of_both) else { return Ok(()) };
    let port = group.health_check.port.unwrap_or_default();
    let what = format!(
        "the health checks of group {} ask port {port}, also of what is registered with the other one: \
         a release that does not run there would pass them",
        group.name
    );
    let hint = "let the group's health checks ask the traffic port";
    Err(CliError::new(Exit::Refused, what).hint(Some(hint)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample;
    use crate::rollout::{Health, Look, State};

    #[test]
    fn this_instance_is_known_by_the_address_that_is_registered() {
        let mine: Vec<IpAddr> =
            ["10.0.0.7", "fd00::7", "fd00::8"].map(|it| it.parse().unwrap()).to_vec();
        let known_by = |registered: &[&str]| {
            let healthy = Health { state: State::Healthy, ..Health::not_registered() };
            let place = |id: &&str| (sample::place("web", id, 8081), healthy.clone());
            let look = Look { at: sample::NOON, seen: registered.iter().map(place).collect() };
            let seen = Snapshot::from([(sample::group("web").arn, look)]);
            known_by(&mine, &seen).unwrap().to_string()
        };
        assert_eq!(known_by(&["10.0.0.7", "fd00::8"]), "10.0.0.7");
        assert_eq!(known_by(&["10.0.0.9", "fd00::8"]), "fd00::8");
        assert_eq!(known_by(&["fd00:0:0::8"]), "fd00::8");
        assert_eq!(known_by(&["fd00::9"]), "fd00::7", "the first deploy among others of version 6");
        assert_eq!(known_by(&[]), "10.0.0.7");
    }
}
