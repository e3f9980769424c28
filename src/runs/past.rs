//! One run of this machine, read back from its journal.

use std::path::Path;

use super::ending::{self, Ending};
use super::held_out::{Found, HeldOut, key, left_out};
use super::overtaking::{Deployed, Overtaken, overtaken};
use crate::journal::{
    Header, JournalError, Process, Recorded, RunFolder, RunId, is_being_written, read,
};
use crate::rollout::{Dated, Fact, Hook, IllegalFact, Moment, Registration, Rollout, TargetId};

/// One run of this machine.
#[derive(Debug)]
pub struct Past {
    /// Its name.
    pub run: RunId,
    /// Where its files are.
    pub folder: RunFolder,
    /// Whether a process is at work on it.
    pub under_way: bool,
    /// What its journal tells.
    pub told: Result<Told, Untold>,
}

/// What a journal tells of a run.
#[derive(Debug)]
pub struct Told {
    /// What was to be done, and who works on it or did last: of a run that was taken up again, that
    /// is not who began it.
    pub header: Header,
    /// Who began it.
    pub began_by: Process,
    /// What happened.
    pub facts: Vec<Dated>,
    /// What that comes to.
    pub rollout: Rollout,
    /// What is still out because of it, as far as the journals of this machine know: what a
    /// later run found registered again is not.
    pub held_out: Vec<HeldOut>,
    /// Later runs that have deployed since whom this one was to deploy.
    overtaken: Vec<Overtaken>,
}

/// Why a journal tells nothing that can be relied on.
#[derive(Debug, thiserror::Error)]
pub enum Untold {
    /// It cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Every line can be read, and one of them cannot have happened.
    #[error("follow {path}: {why}")]
    Impossible {
        /// Which journal.
        path: String,
        /// What cannot have happened.
        why: IllegalFact,
    },
}

impl Past {
    /// All runs below a state folder, the one that began first in front; of two that began at once,
    /// the one with the lesser id. The ids alone do not tell: a run is named before it waits for
    /// locks, and begins when it has them.
    ///
    /// # Errors
    /// They cannot be listed. A journal that cannot be read is no error but told as such.
    pub fn all(state_dir: &Path) -> Result<Vec<Self>, JournalError> {
        let runs = RunFolder::all(state_dir)?.into_iter();
        let mut runs: Vec<_> = runs.map(|(run, folder)| Self::of(run, folder)).collect();
        runs.sort_by_key(|past| (past.began(), past.run));
        for later in 1..runs.len() {
            let found = runs[later].found();
            for told in runs[..later].iter_mut().filter_map(|run| run.told.as_mut().ok()) {
                told.held_out.retain(|held| !found.settles(&key(&held.place), held.touched));
            }
        }
        let deployed = runs.iter().filter_map(|run| run.told.as_ref().ok()).map(Deployed::by);
        let deployed: Vec<_> = deployed.collect();
        for told in runs.iter_mut().filter_map(|run| run.told.as_mut().ok()) {
            told.overtaken = overtaken(told, &deployed);
        }
        Ok(runs)
    }

    /// The latest moment that any of these runs knows.
    ///
    /// A run that begins has to be later than all of them: what it finds registered settles what
    /// earlier ones took out, and a clock that was set back would turn that around.
    pub fn latest(runs: &[Self]) -> Option<Moment> {
        let of = |past: &Self| {
            let changed = past.told.as_ref().ok().map(Told::changed);
            changed.max(past.run.made())
        };
        runs.iter().filter_map(of).max()
    }

    /// Everything that these runs hold out.
    pub fn away(runs: &[Self]) -> Vec<Registration> {
        runs.iter().flat_map(Self::held_out).map(|held| held.place.clone()).collect()
    }

    fn of(run: RunId, folder: RunFolder) -> Self {
        let journal = folder.journal();
        // Asked on both sides of reading: one that ends or is taken up meanwhile has not died.
        let before = is_being_written(&journal);
        let told = Told::by(&journal);
        Self { run, folder, under_way: before || is_being_written(&journal), told }
    }

    /// How it ended.
    pub fn ending(&self) -> Ending {
        match &self.told {
            _ if self.under_way => Ending::UnderWay,
            Ok(told) => ending::ending(&told.rollout, &told.facts),
            Err(Untold::Journal(JournalError::NotBegun { .. })) => Ending::NotBegun,
            Err(_) => Ending::Unreadable,
        }
    }

    /// Whether it can be taken up: it did not come to its end, something is left to do that nobody
    /// else has seen to, and no later run has deployed that since.
    pub fn can_go_on(&self) -> bool {
        let can_go_on = |told: &Told| told.overtaken.is_empty() && told.rollout.can_go_on();
        self.stopped().is_some_and(can_go_on)
    }

    /// By whom it is overtaken, if it stopped short and is: the latest to deploy, if there are several.
    pub fn overtaken(&self) -> Option<&Overtaken> {
        self.stopped()?.overtaken.last()
    }

    /// The targets that serve what failed on them, as far as the journals know.
    pub fn serving_what_failed(&self) -> Vec<&TargetId> {
        let Some(told) = self.stopped() else { return Vec::new() };
        let is_deployed_since =
            |id: &TargetId| told.overtaken.iter().any(|later| later.targets.contains(id));
        let serving = told.rollout.targets().filter(|(_, at)| at.serves_what_failed());
        let serving = serving.map(|(target, _)| &target.id);
        serving.filter(|id| !is_deployed_since(id)).collect()
    }

    /// What it was to run after batches and has not, with the batch, the first one being 1.
    pub fn owed_hooks(&self) -> Vec<(Hook, usize)> {
        self.stopped().map(|told| told.rollout.owed_hooks()).unwrap_or_default()
    }

    /// What is told of it, if it stopped short.
    fn stopped(&self) -> Option<&Told> {
        let has_stopped = matches!(self.ending(), Ending::Halted { .. } | Ending::Died { .. });
        self.told.as_ref().ok().filter(|_| has_stopped)
    }

    /// When it began: its header knows, and if that cannot be read its name does.
    pub fn began(&self) -> Option<Moment> {
        self.told.as_ref().map_or_else(|_| self.run.made(), |told| Some(told.header.at))
    }

    /// What is still out because of it, as far as the journals know.
    pub fn held_out(&self) -> &[HeldOut] {
        self.told.as_ref().map_or(&[], |told| &told.held_out)
    }

    pub(super) fn found(&self) -> Found {
        let found = |told: &Told| Found::by(&told.rollout, told.header.at);
        self.told.as_ref().map_or(Found::NOTHING, found)
    }
}

impl Told {
    fn by(journal: &Path) -> Result<Self, Untold> {
        let Recorded { header, facts, .. } = read(journal)?;
        let rollout = Rollout::recover(header.plan.clone(), header.at, &facts);
        let path = || journal.display().to_string();
        let rollout = rollout.map_err(|why| Untold::Impossible { path: path(), why })?;
        let held_out = if header.named { Vec::new() } else { left_out(&rollout, &facts) };
        let began_by = header.process();
        let header = match taken_up(&facts).last() {
            Some((_, by)) => header.in_hands_of(by.clone()),
            None => header,
        };
        Ok(Self { header, began_by, facts, rollout, held_out, overtaken: Vec::new() })
    }

    /// When it was taken up again, and by whom as far as that was recorded.
    pub fn taken_up(&self) -> impl Iterator<Item = (Moment, &Process)> {
        taken_up(&self.facts)
    }

    /// When the latest fact happened, or else it began.
    pub fn changed(&self) -> Moment {
        self.rollout.changed()
    }

    /// When the latest fact of its own happened, or else it began. What another run put back
    /// later is that one's work.
    pub fn worked_until(&self) -> Moment {
        ending::own(&self.facts).last().map_or(self.header.at, |dated| dated.at)
    }
}

fn taken_up(facts: &[Dated]) -> impl Iterator<Item = (Moment, &Process)> {
    facts.iter().filter_map(|Dated { at, fact }| match fact {
        Fact::Resumed { by } => Some((*at, by.as_ref()?)),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
