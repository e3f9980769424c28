//! What a simulated run in place promises: the floor is kept, and whoever is out is named.

use std::collections::BTreeSet;

use super::super::{FRESH, GroupArn, Outcome, Target};
use super::play::Play;
use super::{TargetId, at};

impl Play<'_> {
    /// As the world was at a look that is fresh: what happened since nobody can know.
    pub(super) fn assert_floor_allows(&self, target: &Target) {
        for group in target.groups() {
            let age = at(self.world.now).since(self.snapshot[group].at);
            assert!(age <= FRESH, "{} is taken out on a look {age:?} old", target.id);
            let serving = &self.shown[group];
            let floor = self.script.fewest(group);
            let mut others = serving.difference(&self.away).collect::<BTreeSet<_>>();
            let costs = others.remove(&target.id);
            assert!(
                !costs || others.len() >= floor,
                "taking {} out leaves {} in {}, floor {floor}",
                target.id,
                others.len(),
                group.name()
            );
            if costs && self.script.extras.zone_floor {
                self.assert_zone_keeps_one(target, group);
            }
        }
    }

    fn assert_zone_keeps_one(&self, target: &Target, group: &GroupArn) {
        let zone = target.zone().expect("a zone");
        let here = self.script.of_zone(group, zone);
        let serving = &self.shown[group];
        let is_left =
            |id: &&TargetId| **id != target.id && serving.contains(*id) && !self.away.contains(*id);
        let left = here.iter().filter(is_left).count();
        assert!(here.len() < 2 || left > 0, "{} empties zone {zone}: {here:?}", target.id);
    }

    /// Every target that is not named as left out is in, exactly as it was.
    pub(super) fn assert_accounted_for(&self, outcome: &Outcome) {
        let left_out = match outcome {
            Outcome::Done => &Vec::new(),
            Outcome::Halted { held_out, .. } => held_out,
        };
        for target in self.rollout.plan().targets() {
            let (id, named) = (&target.id, left_out.contains(&target.id));
            assert!(named || self.world.is_in(&target.old), "{id} is out and not named");
            assert!(!named || self.touched.contains(id), "{id} is named and was never touched");
            let missed = *outcome == Outcome::Done && !self.world.deployed.contains(id);
            assert!(!missed, "{id} was not deployed");
        }
    }
}
