//! `runs forget`: a person gives up what journals hold out. It changes journals only.

use std::collections::BTreeSet;
use std::path::Path;

use clap::Args;

use crate::cli::Global;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::place::Place;
use crate::cli::typed::{Mistakes, Typed};
use crate::cli::whom::ids;
use crate::clock::Clock;
use crate::journal::Process;
use crate::rollout::{Registration, TargetId};
use crate::runs::{self, Past};

/// Give up targets that are held out and will never come back: the journals let go of them
///
/// For targets or groups that are gone for good, such as a terminated instance or a deleted group,
/// which no restore can put back. Only journals are changed; they keep who gave up what, and when.
///
/// Ends with 0 once no journal holds them out; with 3 if none did, and nothing was changed; with 6
/// if a run is under way on them, or a journal cannot be read or written.
#[derive(Debug, Args)]
pub(super) struct Forget {
    /// Targets: the ids of instances, or addresses
    #[arg(value_name = "TARGET", required = true)]
    targets: Vec<Typed<Place>>,
    /// Only out of this group, by name or ARN; can be repeated
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
}

impl Forget {
    /// Gives them up, and says what was given up.
    pub(super) fn run(&self, state_dir: &Path, global: &Global) -> Result<String, CliError> {
        let mut mistakes = Mistakes::default();
        let ids = ids(&self.targets, &mut mistakes);
        mistakes.none()?;
        let past = Past::all(state_dir)?;
        let held: Vec<_> = past.iter().flat_map(Past::held_out).map(|held| &held.place).collect();
        for id in &ids {
            if !held.iter().any(|place| place.id == *id && self.is_meant(place)) {
                return Err(self.not_held_out(id, state_dir, global));
            }
        }
        let (by, now) = (Process::current().user, Clock::system().now());
        let mut lines = String::new();
        for id in &ids {
            let runs = runs::forget(state_dir, id, |place| self.is_meant(place), &by, now)?;
            let places = held.iter().filter(|place| place.id == *id && self.is_meant(place));
            let places: BTreeSet<_> = places.map(ToString::to_string).collect();
            let places = places.into_iter().collect::<Vec<_>>().join(", ");
            let runs = runs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            lines += &format!("given up: {places} (run {runs})\n");
        }
        Ok(lines)
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
