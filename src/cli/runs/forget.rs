//! `runs forget`: a person gives up what journals hold out. It changes journals only.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Args;

use crate::cli::Global;
use crate::cli::busy::works_on;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::place::Place;
use crate::cli::typed::{Mistakes, Typed};
use crate::cli::whom::ids;
use crate::clock::Clock;
use crate::journal::Process;
use crate::report::runs::{GivenUp, given_up};
use crate::rollout::{Registration, TargetId};
use crate::runs::{self, Past};

/// Give up targets that are held out and will never come back: the journals let go of them
///
/// For targets or groups that are gone for good, such as a terminated instance or a deleted group,
/// which no restore can put back. Only journals are changed; they keep who gave up what, and when.
///
/// Ends with 0 once no journal holds them out; with 3 if none did, and nothing was changed; with 6
/// if a run is under way on them, and nothing was changed, or a journal cannot be read or written.
///
/// The JSON is one line: {"v":1, "given_up":[{"target":…, "registrations":…, "runs":…}]}.
#[derive(Debug, Args)]
pub(super) struct Forget {
    /// Targets: the ids of instances, or addresses
    #[arg(value_name = "TARGET", required = true)]
    targets: Vec<Typed<Place>>,
    /// Only out of this group, by name or ARN; can be repeated
    #[arg(
        long = "group",
        value_name = "GROUP",
        env = "ELB_DEPLOY_FORGET_GROUPS",
        value_delimiter = ',',
        hide_env_values = true
    )]
    groups: Vec<String>,
}

impl Forget {
    pub(super) fn drop_empty_items(&mut self) {
        self.groups.retain(|group| !group.is_empty());
    }

    /// Gives them up, and returns what was given up.
    pub(super) fn run(&self, state_dir: &Path, global: &Global) -> Result<Vec<GivenUp>, CliError> {
        let mut mistakes = Mistakes::default();
        let ids = ids(&self.targets, &mut mistakes);
        mistakes.none()?;
        let before = Past::all(state_dir)?;
        self.is_clear(&ids, &before)?;
        for id in &ids {
            self.can_be_given_up(id, &before, state_dir, global)?;
        }
        let (by, now) = (Process::current().user, Clock::system().now());
        for id in &ids {
            let forgotten = runs::forget(state_dir, id, |place| self.is_meant(place), &by, now);
            forgotten.map_err(|error| {
                let so_far = given_up(&self.given_up(&ids, &before, state_dir));
                let failed = CliError::from(error);
                so_far.lines().fold(failed, |all, line| all.and(CliError::new(Exit::Journal, line)))
            })?;
        }
        Ok(self.given_up(&ids, &before, state_dir))
    }

    /// Journals of several regions or accounts can lie here, with groups of the same name.
    fn is_clear(&self, ids: &BTreeSet<TargetId>, runs: &[Past]) -> Result<(), CliError> {
        for name in &self.groups {
            let held = runs.iter().flat_map(Past::held_out).map(|held| &held.place);
            let meant = held.filter(|it| ids.contains(&it.id) && it.group.name() == name);
            let arns: BTreeSet<_> = meant.map(|place| place.group.as_str()).collect();
            if arns.len() > 1 {
                let arns = arns.into_iter().collect::<Vec<_>>().join(", ");
                let what = format!("--group {name} can be {arns}");
                return Err(CliError::new(Exit::Usage, what).hint(Some("name it by its ARN")));
            }
        }
        Ok(())
    }

    /// Before anything is written.
    fn can_be_given_up(
        &self,
        id: &TargetId,
        runs: &[Past],
        state_dir: &Path,
        global: &Global,
    ) -> Result<(), CliError> {
        let holds = |past: &&Past| !self.held_out(id, past).is_empty();
        if !runs.iter().any(|past| holds(&past)) {
            return Err(self.not_held_out(id, state_dir, global));
        }
        let busy = runs.iter().find(|past| past.under_way && holds(past));
        let Some(told) = busy.and_then(|past| past.told.as_ref().ok()) else { return Ok(()) };
        let hint = "wait until it has ended, or interrupt it";
        Err(CliError::new(Exit::Journal, works_on(&told.header, id)).hint(Some(hint)))
    }

    /// What these runs held out and do not any more.
    fn given_up(
        &self,
        ids: &BTreeSet<TargetId>,
        before: &[Past],
        state_dir: &Path,
    ) -> Vec<GivenUp> {
        let now = Past::all(state_dir).unwrap_or_default();
        let of = |target: &TargetId| {
            let (mut registrations, mut runs) = (BTreeSet::new(), Vec::new());
            for past in before {
                let left = now.iter().find(|now| now.run == past.run);
                let left = left.map(|now| self.held_out(target, now)).unwrap_or_default();
                let gone = &self.held_out(target, past) - &left;
                if !gone.is_empty() {
                    registrations.extend(gone.into_iter().cloned());
                    runs.push(past.run);
                }
            }
            GivenUp { target: target.clone(), registrations, runs }
        };
        ids.iter().map(of).filter(|it| !it.runs.is_empty()).collect()
    }

    /// What a run holds out of what is meant.
    fn held_out<'a>(&self, id: &TargetId, past: &'a Past) -> BTreeSet<&'a Registration> {
        let held = past.held_out().iter().map(|held| &held.place);
        held.filter(|place| place.id == *id && self.is_meant(place)).collect()
    }

    fn is_meant(&self, place: &Registration) -> bool {
        let is_named =
            |group: &String| *group == place.group.name() || *group == place.group.as_str();
        self.groups.is_empty() || self.groups.iter().any(is_named)
    }

    fn not_held_out(&self, id: &TargetId, state_dir: &Path, global: &Global) -> CliError {
        let groups = match &self.groups[..] {
            [] => String::new(),
            groups => format!(" of {}", groups.join(", ")),
        };
        let what = format!("no journal in {} holds {id} out{groups}", state_dir.display());
        let hint = format!("see what is held out with: {}", global.access().command("runs"));
        CliError::new(Exit::Refused, what).hint(Some(hint))
    }
}
