//! What is said once a restore has ended, when nobody else tells any more. It changes nothing, and
//! says nothing where the journals cannot be read: that was told before.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use crate::balancer::{BalancerError, ErrorKind};
use crate::cli::one_line::OneLine;
use crate::journal::{Recorded, RunFolder, RunId, read};
use crate::report::{Access, give_up_each, put_right};
use crate::rollout::{Act, Fact, Registration, TargetId};
use crate::runs::ToRestore;

/// A restore that was begun.
pub(super) struct Afterwards {
    pub(super) run: RunId,
    pub(super) state_dir: PathBuf,
    /// Who is put into a group that was named; empty if none was.
    pub(super) named: BTreeSet<TargetId>,
    pub(super) access: Access,
}

impl Afterwards {
    /// On standard error: the run's own report has ended.
    pub(super) fn tell(&self) {
        for note in self.notes() {
            // Nobody has to read it.
            std::io::stderr().write_all(format!("note: {}\n", OneLine(&note)).as_bytes()).ok();
        }
    }

    fn notes(&self) -> Vec<String> {
        let journal = RunFolder::of(&self.state_dir, &self.run).journal();
        let Ok(recorded) = read(&journal) else { return Vec::new() };
        let found = ToRestore::find(&self.state_dir, None, &BTreeSet::new()).unwrap_or_default();
        let held_out: Vec<_> = found.places.into_iter().map(|(_, place)| place).collect();
        let mut notes = gone_for_good(&recorded, &held_out, &self.access);
        notes.extend(self.still_out(&recorded, &held_out));
        notes
    }

    /// A person who names one group may not know of the others.
    fn still_out(&self, recorded: &Recorded, held_out: &[Registration]) -> Option<String> {
        let targets = || recorded.header.plan.targets();
        let is_mine = |place: &Registration| {
            targets().flat_map(|target| &target.new).any(|mine| mine.same_place(place))
        };
        let elsewhere = held_out.iter().filter(|place| self.named.contains(&place.id));
        let elsewhere: Vec<_> = elsewhere.filter(|place| !is_mine(place)).collect();
        let command = put_right(elsewhere.iter().copied(), &self.access)?;
        let places: Vec<_> = elsewhere.iter().map(ToString::to_string).collect();
        let places = places.join(", ");
        Some(format!("the journals still hold out: {places}; put it back with: {command}"))
    }
}

/// An instance that the load balancer does not take may be no more.
fn gone_for_good(recorded: &Recorded, held_out: &[Registration], access: &Access) -> Vec<String> {
    // A failure keeps the words of its error only.
    let hint = BalancerError::new(ErrorKind::InvalidTarget, "RegisterTargets", "").hint();
    let is_refused = |id: &TargetId| {
        recorded.facts.iter().any(|dated| match &dated.fact {
            Fact::Failed { target, step, failure } => {
                target == id && step.act == Act::Register && failure.hint.as_deref() == hint
            }
            _ => false,
        })
    };
    // An address is refused while it drains, and belongs to nobody for good.
    let refused = held_out.iter().filter(|place| place.id.is_instance() && is_refused(&place.id));
    let commands = give_up_each(refused, access).into_iter();
    commands.map(|(id, command)| format!("if {id} is gone for good: {command}")).collect()
}
