//! How many of a run's registrations were in service when, by what the run itself did and saw. What
//! others did meanwhile is not in its journal, and neither are the targets that are none of the run's.

use std::collections::BTreeSet;

use super::Span;
use crate::rollout::{Act, Dated, Fact, GroupArn, Moment, Plan, Registration, Side};

/// One group over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Serving {
    pub(super) group: String,
    /// How many the group keeps, all of its targets counted.
    pub(super) floor: usize,
    /// From when on how many; the first is the beginning.
    pub(super) counts: Vec<(Moment, usize)>,
}

impl Serving {
    pub(super) fn most(&self) -> usize {
        self.counts.iter().map(|(_, count)| *count).max().unwrap_or_default()
    }
}

/// Each group of the plan, in its order.
pub(super) fn servings(plan: &Plan, span: &Span<'_>) -> Vec<Serving> {
    // Whoever only puts in begins with what is out.
    let before = plan.targets().filter(|_| plan.strategy.takes_out());
    let mut serving: BTreeSet<&Registration> =
        before.flat_map(|target| target.side(Side::Old)).collect();
    let groups = plan.groups.iter().map(|group| (&group.arn, group.name.clone()));
    let mut all: Vec<_> = groups
        .map(|(arn, group)| {
            let floor = plan.floors.get(arn).copied().unwrap_or_default();
            let counts = vec![(span.began, count(&serving, arn))];
            (arn, Serving { group, floor, counts })
        })
        .collect();
    for Dated { at, fact } in span.facts {
        change(plan, fact, &mut serving);
        for (arn, seen) in &mut all {
            let now = count(&serving, arn);
            if seen.counts.last().is_some_and(|(_, before)| *before != now) {
                seen.counts.push((*at, now));
            }
        }
    }
    all.into_iter().map(|(_, serving)| serving).collect()
}

fn count(serving: &BTreeSet<&Registration>, group: &GroupArn) -> usize {
    serving.iter().filter(|place| place.group == *group).count()
}

/// What is asked out counts as out at once: from then on nobody relies on it.
fn change<'a>(plan: &'a Plan, fact: &Fact, serving: &mut BTreeSet<&'a Registration>) {
    let side = |id, side| plan.target(id).map_or(&[][..], |target| target.side(side));
    match fact {
        Fact::Started { target, step } if step.act == Act::Deregister => {
            for place in side(target, step.side) {
                serving.remove(place);
            }
        }
        Fact::Finished { target, step, .. } if step.act == Act::AwaitInService => {
            serving.extend(side(target, step.side));
        }
        Fact::Failed { target, failure, .. } if failure.left_service => {
            for place in side(target, Side::New) {
                serving.remove(place);
            }
        }
        // Others have seen it in service, in these groups or in all.
        Fact::PutBack { target, groups, .. } => {
            let is_back =
                |place: &&Registration| groups.is_empty() || groups.contains(&place.group);
            serving.extend(side(target, Side::Old).iter().filter(is_back));
        }
        _ => {}
    }
}
