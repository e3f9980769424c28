//! What a restore puts back, and how it closes the journals that say it is out. Nobody is asked
//! whether it really is out: to register what is registered changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::ending::Ending;
use super::past::{Past, Untold};
use super::settling::settle;
use crate::journal::{Header, JournalError, RunId};
use crate::rollout::{Act, Dated, Fact, Registration, Target, TargetId};

/// What journals hold out, and which runs are passed over.
#[derive(Debug, Default)]
pub struct ToRestore {
    /// Each place once, as it was when it was first taken out.
    pub places: Vec<(RunId, Registration)>,
    /// Runs of which nothing is restored, and why.
    pub passed_over: Vec<(RunId, PassedOver)>,
}

/// Why nothing of a run is restored.
#[derive(Debug)]
pub enum PassedOver {
    /// A process is at work on it, and may put everything back by itself.
    UnderWay,
    /// Its journal cannot be read; what it holds out is not known.
    Unreadable(Untold),
}

impl ToRestore {
    /// What the journals below a state folder hold out: of one run or of all that are not under
    /// way, of these targets or, if none is named, of all.
    ///
    /// # Errors
    /// The journals cannot be listed.
    pub fn find(
        state_dir: &Path,
        only: Option<RunId>,
        targets: &BTreeSet<TargetId>,
    ) -> Result<Self, JournalError> {
        let is_meant = |id: &TargetId| targets.is_empty() || targets.contains(id);
        let mut found = Self::default();
        for past in Past::all(state_dir)? {
            if only.is_some_and(|only| only != past.run) {
                continue;
            }
            match (past.ending(), past.told) {
                (Ending::UnderWay, _) => found.pass_over(past.run, PassedOver::UnderWay),
                (Ending::Unreadable, Err(why)) => {
                    found.pass_over(past.run, PassedOver::Unreadable(why));
                }
                (_, Err(_)) => {}
                (_, Ok(told)) => {
                    let held = told.held_out.iter().filter(|held| is_meant(&held.place.id));
                    held.for_each(|held| found.add(past.run, &held.place));
                }
            }
        }
        Ok(found)
    }

    fn pass_over(&mut self, run: RunId, why: PassedOver) {
        self.passed_over.push((run, why));
    }

    fn add(&mut self, run: RunId, place: &Registration) {
        if !self.places.iter().any(|(_, known)| known.same_place(place)) {
            self.places.push((run, place.clone()));
        }
    }

    /// Each target once, with all its places.
    pub fn targets(&self) -> Vec<Target> {
        let ids: BTreeSet<_> = self.places.iter().map(|(_, place)| &place.id).collect();
        let of = |id: &TargetId| {
            let mine = self.places.iter().filter(|(_, place)| place.id == *id);
            mine.map(|(_, place)| place.clone()).collect()
        };
        ids.into_iter().map(|id| Target::in_place(id.clone(), of(id))).collect()
    }
}

/// The journals that a run closes which puts targets in: target by target, when it has seen one
/// in service.
#[derive(Debug, Default)]
pub struct Closing {
    by: Option<RunId>,
    back: BTreeMap<TargetId, Vec<Registration>>,
    open: Vec<PathBuf>,
    failed: Vec<String>,
}

impl Closing {
    /// The journals of other runs that hold out what this run puts in.
    ///
    /// # Errors
    /// The journals cannot be listed.
    pub fn of(state_dir: &Path, header: &Header) -> Result<Self, JournalError> {
        if !header.plan.strategy.puts_in() {
            return Ok(Self::default());
        }
        let targets = header.plan.targets();
        let back: BTreeMap<_, _> =
            targets.map(|target| (target.id.clone(), target.new.clone())).collect();
        // By its own facts, whatever later runs found: to close what is back does no harm.
        let is_mine = |past: &Past| {
            let rollout = past.told.as_ref().map(|told| &told.rollout);
            rollout.is_ok_and(|it| back.keys().any(|id| !it.left_out(id).is_empty()))
        };
        let others = Past::all(state_dir)?.into_iter().filter(|past| past.run != header.run);
        let open = others.filter(is_mine).map(|past| past.folder.journal()).collect();
        Ok(Self { by: Some(header.run), back, open, failed: Vec::new() })
    }

    /// Closes them for the target that this fact shows in service. It comes before the fact is
    /// kept: a restore that is done has closed all it could, wherever it died.
    pub fn before(&mut self, dated: &Dated) {
        let (Some(by), Fact::Finished { target, step, .. }) = (self.by, &dated.fact) else {
            return;
        };
        if step.act != Act::AwaitInService {
            return;
        }
        let Some(back) = self.back.get(target) else { return };
        let is_back = |held: &Registration| back.iter().any(|place| place.same_place(held));
        for journal in &self.open {
            let put_back =
                |groups| Fact::PutBack { target: target.clone(), by: by.to_string(), groups };
            if let Err(error) = settle(journal, dated.at, target, is_back, put_back) {
                self.failed.push(format!(
                    "it is back, but a journal still says that it is out: failed to {error}"
                ));
            }
        }
    }

    /// Why some could not be closed; to restore again does no harm.
    pub fn failed(&self) -> &[String] {
        &self.failed
    }
}

#[cfg(test)]
mod tests;
