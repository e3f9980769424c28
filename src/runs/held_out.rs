//! What a run holds out, by its own facts and by what later runs found.

use std::collections::BTreeSet;

use crate::rollout::{
    Act, Dated, Fact, GroupArn, LEAVING_GRACE, Moment, Registration, Rollout, TargetId,
};

/// A registration that a run took out and that nobody is known to have put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldOut {
    /// What is to be registered again.
    pub place: Registration,
    /// Since when it is out.
    pub since: Moment,
    /// When the run last did something about its target.
    pub touched: Moment,
}

/// What tells registrations apart: group, id and port.
pub(super) type Place = (GroupArn, TargetId, u16);

pub(super) fn key(place: &Registration) -> Place {
    (place.group.clone(), place.id.clone(), place.port)
}

/// What a run's own facts say that it holds out.
pub(super) fn left_out(rollout: &Rollout, facts: &[Dated]) -> Vec<HeldOut> {
    let targets = rollout.targets().filter(|(_, progress)| progress.is_held_out());
    let held = targets.flat_map(|(target, progress)| {
        let since = progress.finished_at(Act::Deregister).unwrap_or(rollout.changed());
        let is_own = |dated: &&Dated| match &dated.fact {
            Fact::PutBack { .. } | Fact::Forgotten { .. } => false,
            fact => fact.target() == Some(&target.id),
        };
        let touches = facts.iter().rev().find(is_own);
        let touched = touches.map_or(rollout.changed(), |dated| dated.at);
        let out = rollout.left_out(&target.id).into_iter();
        out.map(move |place| HeldOut { place: place.clone(), since, touched })
    });
    held.collect()
}

/// What a run found registered when it was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// When it began, a moment after it had looked.
    pub(super) at: Moment,
    pub(super) places: BTreeSet<Place>,
}

impl Found {
    /// By a run of which nothing is known.
    pub(super) const NOTHING: Self = Self { at: Moment::from_millis(0), places: BTreeSet::new() };

    /// A run that takes nothing out has found nothing. What leaves its targets out takes along
    /// those that drain already, so it tells only of those that are its own affair by now.
    pub(super) fn by(rollout: &Rollout, began: Moment) -> Self {
        let steps = rollout.plan().strategy.steps();
        let has = |act| steps.iter().any(|step| step.act == act);
        let (takes_out, puts_in) = (has(Act::Deregister), has(Act::Register));
        let found = rollout.targets().filter(|(_, at)| takes_out && (puts_in || at.is_begun()));
        let places = found.flat_map(|(target, _)| &target.old).map(key).collect();
        Self { at: began, places }
    }

    /// Whether what an earlier run had taken out by then was back. That one may have been taken
    /// up again since, and have taken it out once more; and a look right after it was touched may
    /// be from before that.
    pub(super) fn settles(&self, place: &Place, touched: Moment) -> bool {
        touched.after(LEAVING_GRACE) <= self.at && self.places.contains(place)
    }
}
