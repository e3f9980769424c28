//! What a restore puts back, and how it closes the journals that say it is out. Nobody is asked
//! whether it really is out: to register what is registered changes nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::ending::Ending;
use super::past::{Past, Untold};
use crate::journal::{Header, Journal, JournalError, Recorded, RunId, read};
use crate::rollout::{Act, Dated, Fact, Registration, Rollout, Strategy, Target, TargetId};

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

/// The journals that a restore closes, target by target, when it has seen one in service.
#[derive(Debug, Default)]
pub struct Closing {
    by: Option<RunId>,
    open: Vec<(PathBuf, TargetId)>,
    failed: Vec<String>,
}

impl Closing {
    /// The journals of other runs that hold out nothing but what this run puts back; none unless
    /// it is a restore.
    ///
    /// # Errors
    /// The journals cannot be listed.
    pub fn of(state_dir: &Path, header: &Header) -> Result<Self, JournalError> {
        if header.plan.strategy != Strategy::Restore {
            return Ok(Self::default());
        }
        let others = Past::all(state_dir)?.into_iter();
        let others = others.filter(|past| past.run != header.run && !past.under_way);
        let mut open = Vec::new();
        for past in others {
            for target in header.plan.targets().filter(|target| is_covered(&past, target)) {
                open.push((past.folder.journal(), target.id.clone()));
            }
        }
        Ok(Self { by: Some(header.run), open, failed: Vec::new() })
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
        let closing = self.open.iter().filter(|(_, id)| id == target);
        let failed = closing.filter_map(|(journal, id)| {
            let fact = Fact::PutBack { target: id.clone(), by: by.to_string() };
            close(journal, &Dated { at: dated.at, fact }).err()
        });
        self.failed.extend(failed.collect::<Vec<_>>());
    }

    /// Why some could not be closed; to restore again does no harm.
    pub fn failed(&self) -> &[String] {
        &self.failed
    }
}

/// Whether a run holds this target out, and nowhere but where it is put back.
fn is_covered(past: &Past, target: &Target) -> bool {
    let mut held = past.held_out().iter().filter(|held| held.place.id == target.id).peekable();
    let is_back = |place: &Registration| target.new.iter().any(|back| back.same_place(place));
    held.peek().is_some() && held.all(|held| is_back(&held.place))
}

fn close(path: &Path, put_back: &Dated) -> Result<(), String> {
    let failed = |error: JournalError| {
        format!("it is back, but a journal still says that it is out: failed to {error}")
    };
    // Where nothing is to be written, nobody has to be able to.
    if !holds_out(&read(path).map_err(failed)?, put_back) {
        return Ok(());
    }
    let (mut journal, recorded) = Journal::reopen(path).map_err(failed)?;
    // Somebody else may have closed it meanwhile.
    if holds_out(&recorded, put_back) { journal.append(put_back).map_err(failed) } else { Ok(()) }
}

fn holds_out(Recorded { header, facts, .. }: &Recorded, put_back: &Dated) -> bool {
    let rollout = Rollout::recover(header.plan.clone(), header.at, facts);
    rollout.is_ok_and(|mut rollout| rollout.apply(put_back).is_ok())
}

#[cfg(test)]
mod tests;
