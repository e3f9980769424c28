//! What a simulated flip promises: somebody serves at any time, nothing is stopped under traffic, and each
//! target ends on one port, or is named with what went wrong.

use std::collections::BTreeSet;

use super::super::{FRESH, Fact, Health, Outcome, Side, Target, TargetId};
use super::play::Play;
use super::script::name;
use super::{Act, GroupArn, Look, Registration, Step, at};

fn serves(look: &Look, place: &Registration) -> bool {
    look.health(place).is_some_and(Health::is_in_service)
}

fn in_group<'a>(
    places: &'a [Registration],
    group: &'a GroupArn,
) -> impl Iterator<Item = &'a Registration> {
    places.iter().filter(move |place| place.group == *group)
}

impl Play<'_> {
    /// A look that is fresh allows this step.
    pub(super) fn assert_flip_may(&self, target: &Target, step: Step) {
        let places = target.side(step.side);
        match step.act {
            Act::Start | Act::Stop => {
                assert!(self.world.is_out(places), "{step} of {places:?}, which gets traffic");
            }
            Act::Deregister => {}
            _ => return,
        }
        for group in places.iter().map(|place| &place.group) {
            match (step.act, step.side) {
                (_, Side::Old) => self.assert_new_serves(target, group),
                (Act::Deregister, Side::New) => self.assert_others_serve(target, group),
                _ => {}
            }
        }
    }

    fn assert_new_serves(&self, target: &Target, group: &GroupArn) {
        let look = self.fresh(group);
        let is_in = in_group(&target.new, group).all(|place| serves(look, place));
        assert!(is_in, "{} is to leave {group}, and what follows it does not serve", target.id);
    }

    fn fresh(&self, group: &GroupArn) -> &Look {
        let look = &self.snapshot[group];
        assert!(at(self.world.now).since(look.at) <= FRESH, "decided on an old look");
        look
    }

    /// Where the new release is the only one of its target that serves, others keep the floor.
    fn assert_others_serve(&self, target: &Target, group: &GroupArn) {
        let look = self.fresh(group);
        let some = |side| in_group(target.side(side), group).any(|place| serves(look, place));
        if some(Side::Old) || !some(Side::New) {
            return;
        }
        let still = &self.shown[group];
        let stays =
            |id: &TargetId| !self.away.contains(id) || (still.contains(id) && !self.is_taking(id));
        let others = look.in_service().filter(|id| **id != target.id && stays(id));
        let (others, floor) = (others.count(), self.rollout.plan().floors[group]);
        assert!(others >= floor, "taking {} out leaves {others}, floor {floor}", target.id);
    }

    /// Whether the target may serve nowhere in one of its groups once the step is done.
    pub(super) fn leaves_nothing(&self, target: &Target, step: Step) -> bool {
        let stays = |place: &Registration| {
            let look = &self.snapshot[&place.group];
            in_group(&target.old, &place.group).any(|place| serves(look, place))
        };
        step.side == Side::New && !target.new.iter().all(stays)
    }

    /// A flip holds nobody out but one whose new release has left service after the old one was out.
    pub(super) fn assert_only_lost(&self, held_out: &BTreeSet<TargetId>) {
        let is_lost = |id: &TargetId| {
            self.facts.iter().any(|dated| match &dated.fact {
                Fact::Failed { target, failure, .. } => target == id && failure.left_service,
                _ => false,
            })
        };
        assert!(held_out.iter().all(is_lost), "{held_out:?}: {:#?}", self.facts);
    }

    /// Whether the new release has left service in a wait that has an eye on it.
    pub(super) fn loses_new(&self, target: &Target, step: Step) -> bool {
        let is_watched = matches!(step.act, Act::AwaitDrained | Act::StandBy);
        let is_in = |place: &Registration| self.world.health(place).is_in_service();
        is_watched && step.side == Side::Old && !target.new.iter().all(is_in)
    }

    /// Who served before is registered in each group all along; and serves, if its health lets it.
    pub(super) fn assert_somebody_serves(&self) {
        for target in self.rollout.plan().targets() {
            for group in target.old.iter().map(|place| &place.group) {
                let both = || in_group(&target.old, group).chain(in_group(&target.new, group));
                let is =
                    |fits: fn(&Health) -> bool| both().any(|place| fits(&self.world.health(place)));
                assert!(is(Health::can_receive), "{} is registered nowhere in {group}", target.id);
                let serves = is(Health::is_in_service);
                assert!(serves || self.may_be_ill(target), "{} does not serve", target.id);
            }
        }
    }

    /// Whether its history has it unhealthy at some time.
    fn may_be_ill(&self, target: &Target) -> bool {
        let is_meant = |index: usize| name(index) == target.id;
        let mut members = self.script.members.iter().enumerate();
        self.script.flaps.iter().any(|flap| is_meant(flap.target))
            || members.any(|(index, member)| member.ill && is_meant(index))
    }

    /// Each target is on exactly one port, on which something runs; or is named with its failure.
    pub(super) fn assert_on_one_port(&self, outcome: &Outcome) {
        for (target, progress) in self.rollout.targets() {
            let Target { id, old, new } = target;
            let is = |side: &[Registration]| {
                self.world.is_in(side) && side.iter().all(|place| self.world.runs(place))
            };
            let on_new = is(new) && self.world.is_left_by_us(old);
            let on_old = is(old) && self.world.is_left_by_us(new);
            let told = || format!("{id} of {outcome:?}: {:#?}", self.facts);
            if progress.is_done() {
                assert!(on_new, "{}", told());
                let stops = self.rollout.plan().policy.flip.stops;
                let runs = old.iter().any(|place| self.world.runs(place));
                assert!(old.is_empty() || runs != stops, "{}", told());
                continue;
            }
            assert_ne!(*outcome, Outcome::Done);
            if !self.touched.contains(id) {
                assert!(is(old), "{}", told());
                continue;
            }
            // One that a run was to begin anew with, and did not come to, is back where it was.
            let is_named = progress.failure().is_some() && !progress.is_undone();
            assert!(is_named || on_old, "{}", told());
        }
    }
}
