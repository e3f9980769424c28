//! Whether somebody has put a target into a group that is not the run's: it must not be deployed under
//! that traffic. Who is in the run's own groups is not asked here.

use std::time::Duration;

use super::gate::{Block, FRESH, Gate};
use super::moment::Moment;
use super::progress::Progress;
use super::snapshot::{Look, Search, Snapshot};
use super::state::Rollout;
use super::step::Step;
use super::target::{Registration, Target};

/// One search does for a batch, and for no later one.
const SEARCH_LASTS: Duration = Duration::from_secs(60);

impl Rollout {
    /// The search has to be one that began after the latest that has happened to the target, so that one
    /// search does for a batch.
    pub(super) fn stays_out_elsewhere(
        &self,
        target: &Target,
        step: Step,
        seen: &Snapshot,
        now: Moment,
    ) -> Gate {
        let progress = self.progress(&target.id);
        let is_valid = |search: &&Search| {
            let is_past = progress.is_some_and(|at: &Progress| at.is_past(search.began, now));
            !is_past && now.since(search.ended) <= SEARCH_LASTS
        };
        let Some(search) = seen.search.as_ref().filter(is_valid) else {
            return Gate::Search;
        };
        let looks = search.groups.iter().filter_map(|group| Some((group, seen.get(group)?)));
        let mut back = looks.filter_map(|(group, look)| {
            Some((group, look, self.registered_there(target, step, look)?))
        });
        match back.next() {
            None => Gate::Open,
            Some((group, look, _)) if now.since(look.at) > FRESH => {
                Gate::LookAt([group.clone()].into())
            }
            Some((.., block)) => Gate::Closed(block),
        }
    }

    fn registered_there(&self, target: &Target, step: Step, look: &Look) -> Option<Block> {
        let worked_on = |place: &Registration| {
            let mut here = target.side(step.side).iter();
            !self.plan().strategy.overlaps() || here.any(|here| here.port == place.port)
        };
        let (place, health) = look.seen.iter().find(|(place, health)| {
            place.id == target.id && !health.is_not_registered() && worked_on(place)
        })?;
        let (id, group) = (&target.id, place.group.name());
        let why = format!("{place} was registered by somebody else, and may get traffic: {health}");
        let hint = format!(
            "take it out there: elb-deploy drain {id} --group {group}; or find out who put it in"
        );
        Some(Block { why, hint })
    }
}
