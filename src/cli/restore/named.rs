//! Targets that are put into a group that a person names: as the journals have them there, or
//! else, since it has to work without any journal, with one port and nothing more.

use std::collections::BTreeSet;

use crate::journal::RunId;
use crate::rollout::{Group, Refusal, Registration, Target, TargetId};

/// A group, and who is put into it.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) group: Group,
    ids: BTreeSet<TargetId>,
    /// Whether these are names of one and the same: this instance.
    is_myself: bool,
    /// If one was said.
    port: Option<u16>,
}

impl Named {
    /// # Errors
    /// The group cannot hold the targets.
    pub(super) fn of(
        group: Group,
        targets: &BTreeSet<TargetId>,
        is_myself: bool,
        port: Option<u16>,
    ) -> Result<Self, Vec<Refusal>> {
        if let Some(refusal) = group.undrainable() {
            return Err(vec![refusal]);
        }
        let fits = |id: &&TargetId| group.other_type(id).is_none();
        let ids: BTreeSet<_> = targets.iter().filter(fits).cloned().collect();
        let others = targets.iter().filter_map(|id| group.other_type(id));
        // This instance has an id and addresses; one kind of them fits.
        let others: Vec<Refusal> = others.filter(|_| !is_myself || ids.is_empty()).collect();
        match others.is_empty() {
            true => Ok(Self { group, ids, is_myself, port }),
            false => Err(others),
        }
    }

    /// Everybody with all places that journals have for him here.
    pub(super) fn targets(&self, held_out: &[(RunId, Registration)]) -> Vec<Target> {
        let is_meant = |place: &Registration| {
            place.group == self.group.arn && self.port.is_none_or(|port| port == place.port)
        };
        let places = |id: &TargetId| {
            let mine = held_out.iter().map(|(_, place)| place).filter(|place| place.id == *id);
            mine.filter(|place| is_meant(place)).cloned().collect::<Vec<_>>()
        };
        let known = self.ids.iter().map(|id| (id, places(id)));
        let known: Vec<_> = known.filter(|(_, places)| !places.is_empty()).collect();
        let is_known = |id: &TargetId| known.iter().any(|(one, _)| *one == id);
        let unknown = self.unknown(known.is_empty()).filter(|id| !is_known(id));
        let assumed = unknown.filter_map(|id| Some((id, vec![self.assumed(id)?])));
        let all = assumed.chain(known.iter().cloned());
        all.map(|(id, places)| Target::in_place(id.clone(), places)).collect()
    }

    /// Of whom something may have to be assumed. This instance is put in by one of its addresses;
    /// by which, if no journal tells, is not known: it is most often that of version 4.
    fn unknown(&self, nobody_is_known: bool) -> Box<dyn Iterator<Item = &TargetId> + '_> {
        match (self.is_myself, nobody_is_known) {
            (false, _) => Box::new(self.ids.iter()),
            (true, true) => {
                let is_of_version_6 = |id: &&TargetId| id.as_str().contains(':');
                Box::new(self.ids.iter().min_by_key(is_of_version_6).into_iter())
            }
            (true, false) => Box::new(std::iter::empty()),
        }
    }

    fn assumed(&self, id: &TargetId) -> Option<Registration> {
        let (group, id, port) =
            (self.group.arn.clone(), id.clone(), self.port.or(self.group.port)?);
        Some(Registration { group, id, port, zone: None, quic_server_id: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample;
    use crate::rollout::TargetType;

    fn named(ids: &[&str], is_myself: bool, port: Option<u16>) -> Named {
        let group = Group { target_type: TargetType::Ip, ..sample::group("web") };
        let ids = ids.iter().copied().map(TargetId::new).collect();
        Named::of(group, &ids, is_myself, port).unwrap()
    }

    #[test]
    fn who_cannot_be_in_the_group_is_refused_and_this_instance_if_it_cannot_by_any_name() {
        let of = |ids: &[&str], is_myself| {
            let group = Group { target_type: TargetType::Ip, ..sample::group("web") };
            let ids = ids.iter().copied().map(TargetId::new).collect();
            Named::of(group, &ids, is_myself, None).map(drop)
        };
        let refused = |id: &str| {
            let group = Group { target_type: TargetType::Ip, ..sample::group("web") };
            Err(group.other_type(&TargetId::new(id)).into_iter().collect::<Vec<_>>())
        };
        assert_eq!(of(&["i-0a"], true), refused("i-0a"));
        assert_eq!(of(&["i-0a", "10.0.0.7"], true), Ok(()));
        assert_eq!(of(&["i-0a", "10.0.0.7"], false), refused("i-0a"));
    }

    /// What is put in, as people write it.
    fn put_in(named: &Named, held_out: &[Registration]) -> Vec<String> {
        let held_out: Vec<_> =
            held_out.iter().map(|place| (RunId::unique(), place.clone())).collect();
        let targets = named.targets(&held_out);
        let written = |place: &Registration| {
            format!("{} {}", place.place(), place.zone.as_deref().unwrap_or("-"))
        };
        targets.iter().flat_map(|target| &target.new).map(written).collect()
    }

    #[test]
    fn what_the_journals_have_in_the_group_is_put_back_verbatim() {
        let zoned = |group, id, port| Registration {
            zone: Some("all".into()),
            ..sample::place(group, id, port)
        };
        let held = [zoned("web", "10.0.0.7", 9), zoned("web", "10.0.0.7", 10)];
        let held = [&held[..], &[zoned("api", "10.0.0.8", 11)]].concat();
        let both = ["10.0.0.7", "10.0.0.8"];
        let verbatim = ["10.0.0.8:8080 -", "10.0.0.7:9 all", "10.0.0.7:10 all"];
        assert_eq!(put_in(&named(&both, false, None), &held), verbatim);
        let with_10 = ["10.0.0.8:10 -", "10.0.0.7:10 all"];
        assert_eq!(put_in(&named(&both, false, Some(10)), &held), with_10);
        assert_eq!(put_in(&named(&both[..1], false, Some(80)), &held), ["10.0.0.7:80 -"]);
    }

    #[test]
    fn this_instance_is_put_in_by_the_address_that_is_known_or_one_of_them() {
        let mine = ["10.0.0.7", "fd00::1", "fd00::2"];
        let held = [sample::place("web", "fd00::2", 80)];
        assert_eq!(put_in(&named(&mine, true, None), &held), ["[fd00::2]:80 -"]);
        assert_eq!(put_in(&named(&mine, true, None), &[]), ["10.0.0.7:8080 -"]);
        assert_eq!(put_in(&named(&mine[1..], true, None), &[]), ["[fd00::1]:8080 -"]);
    }
}
