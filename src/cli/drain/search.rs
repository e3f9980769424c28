//! Where the targets of a drain are registered: searched for, locked, and decided afresh once
//! nobody else can change it. What is not as it was asked for is told, once.

use std::collections::BTreeSet;
use std::path::Path;

use tokio::time::Instant;

use super::words::{out_already, registered_nowhere, strictly};
use crate::cli::busy::{at_work, none_at_work};
use crate::cli::error::CliError;
use crate::cli::holding::{counted, look_at_all, registered};
use crate::cli::lock_wait::{left, lock};
use crate::cli::reach::Reach;
use crate::cli::shown::Talk;
use crate::cli::standing_by::held;
use crate::cli::sure::look_for_sure;
use crate::cli::whom::Targets;
use crate::journal::{GroupLocks, Holder};
use crate::report::Access;
use crate::rollout::{FRESH, Group, GroupArn, Moment, Registration, TargetId};
use crate::runs::{Past, Told};

/// What is searched for, and where.
pub(super) struct Search<'a> {
    pub(super) targets: &'a Targets,
    /// Whether they are names of one and the same: this instance.
    pub(super) is_myself: bool,
    /// As people named them; none means every group that can hold one of the targets.
    pub(super) groups: &'a [String],
    /// Whether a target that is registered nowhere is an error.
    pub(super) strict: bool,
    pub(super) reach: &'a Reach,
    pub(super) state_dir: &'a Path,
    pub(super) access: Access,
    pub(super) talk: &'a Talk,
    pub(super) said: Said,
}

/// What was said already.
#[derive(Default)]
pub(super) struct Said {
    notes: BTreeSet<String>,
    missing: BTreeSet<TargetId>,
}

/// The groups that hold the targets, at least one, as they are now that they are locked.
pub(super) struct Locked {
    pub(super) groups: Vec<Group>,
    pub(super) locks: GroupLocks,
    /// What the journals say now.
    pub(super) runs: Vec<Past>,
}

impl Search<'_> {
    /// Locks the groups that hold the targets; none if no group does. `runs` are those of this
    /// machine, of which none works on the targets.
    ///
    /// # Errors
    /// Others work on the groups or the targets until then, a target is registered nowhere and
    /// may not be, or the load balancer cannot be asked.
    pub(super) async fn locked(
        mut self,
        holder: &Holder,
        until: Instant,
        mut runs: Vec<Past>,
    ) -> Result<Option<Locked>, CliError> {
        let refused = |error| CliError::refused(&error);
        loop {
            let began = self.reach.clock.now();
            let candidates = self.candidates().await?;
            self.look_at_all(&candidates).await?;
            let places = self.registered(&candidates);
            self.tell(&places, &runs)?;
            let holding = groups_of(&places);
            if holding.is_empty() {
                return Ok(None);
            }
            let asked = Instant::now();
            let arns: Vec<_> = holding.iter().cloned().collect();
            let locks = lock(self.state_dir, &arns, holder, left(until), self.talk).await;
            let locks = locks.map_err(|error| held(error, self.state_dir))?;
            let waited = asked.elapsed() > FRESH;
            let since = if waited { self.reach.clock.now() } else { began };
            let groups = self.reach.balancer.groups_at(&arns).await.map_err(refused)?;
            // Whoever held the locks until now may have put the targets in elsewhere.
            let again = if waited { self.candidates().await? } else { holding.clone() };
            let Reach { watch, clock, .. } = self.reach;
            look_for_sure(&again, self.state_dir, watch, clock, self.talk).await?;
            let places = self.registered(&again);
            runs = Past::all(self.state_dir)?;
            let is_settled = !self.has_changed(&runs, since);
            if is_settled && at_work(&runs, &self.targets.ids).is_none() {
                self.tell(&places, &runs)?;
                if groups_of(&places) == holding {
                    return Ok(Some(Locked { groups, locks, runs }));
                }
            }
            drop(locks);
            let (ids, patience) = (&self.targets.ids, left(until));
            runs = none_at_work(self.state_dir, ids, patience, self.talk).await?;
        }
    }

    /// The groups in which a target can be.
    async fn candidates(&mut self) -> Result<BTreeSet<GroupArn>, CliError> {
        let refused = |error| CliError::refused(&error);
        if !self.groups.is_empty() {
            let groups = self.reach.balancer.groups(self.groups).await.map_err(refused)?;
            let undrainable: Vec<_> = groups.iter().filter_map(Group::undrainable).collect();
            return match undrainable.is_empty() {
                true => Ok(groups.into_iter().map(|group| group.arn).collect()),
                false => Err(CliError::refusals(&undrainable)),
            };
        }
        let listed = self.reach.balancer.listed().await.map_err(refused)?;
        let sought = self.targets.sought();
        let fitting = listed.into_iter().filter(|group| sought.fits(group));
        let fitting: BTreeSet<_> = fitting.map(|group| group.arn).collect();
        self.note(format!("looking for {} in {}", self.targets.listed(), counted(&fitting)));
        Ok(fitting)
    }

    async fn look_at_all(&self, groups: &BTreeSet<GroupArn>) -> Result<(), CliError> {
        let looked = look_at_all(&self.reach.watch, groups, |what| self.talk.note(what)).await;
        looked.map_err(|error| CliError::refused(&error))
    }

    /// Whether a run has worked on the targets since: in groups already looked at, too.
    fn has_changed(&self, runs: &[Past], since: Moment) -> bool {
        let is_theirs = |told: &&Told| {
            let mut ids = told.header.plan.targets().map(|target| &target.id);
            told.changed() >= since && ids.any(|id| self.targets.ids.contains(id))
        };
        runs.iter().filter_map(|past| past.told.as_ref().ok()).any(|told| is_theirs(&told))
    }

    /// Where the targets are registered in these groups, those on their way out too.
    fn registered(&self, groups: &BTreeSet<GroupArn>) -> Vec<Registration> {
        self.reach.watch.decide(|seen| {
            let here = registered(seen, groups).map(|(place, _)| place);
            here.filter(|place| self.targets.ids.contains(&place.id)).cloned().collect()
        })
    }

    /// Who is out already is told; so is who is registered nowhere, unless that is an error.
    fn tell(&mut self, places: &[Registration], runs: &[Past]) -> Result<(), CliError> {
        for told in out_already(runs, self.targets, places, &self.access) {
            self.note(told);
        }
        let missing = self.missing(places);
        let news: Vec<_> = missing.difference(&self.said.missing).collect();
        let Some(what) = registered_nowhere(&news) else { return Ok(()) };
        if self.strict {
            return Err(strictly(what, &self.access));
        }
        self.note(format!("{what}, so there is nothing to drain"));
        self.said.missing.extend(missing);
        Ok(())
    }

    fn missing(&self, places: &[Registration]) -> BTreeSet<TargetId> {
        // An instance is in groups of instances or of addresses, seldom in both.
        if self.is_myself && !places.is_empty() {
            return BTreeSet::new();
        }
        let is_found = |id: &TargetId| places.iter().any(|place| place.id == *id);
        self.targets.ids.iter().filter(|id| !is_found(id)).cloned().collect()
    }

    fn note(&mut self, what: String) {
        if !self.said.notes.contains(&what) {
            self.talk.note(&what);
            self.said.notes.insert(what);
        }
    }
}

fn groups_of(places: &[Registration]) -> BTreeSet<GroupArn> {
    places.iter().map(|place| place.group.clone()).collect()
}
