//! What a roll is asked to do, as `roll` and `plan` are both told.

use clap::Args;

use super::bounds::Bounds;
use super::empty::without_empty;
use super::failing::Failing;
use super::gates::Gates;
use super::hooks::Hooks;
use super::search::Found;
use super::window::InWindow;
use crate::cli::chosen::Chosen;
use crate::cli::config::Sources;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::hold;
use crate::cli::typed::Mistakes;
use crate::executor::Jobs;
use crate::report::Access;
use crate::rollout::{self, Group, Hold, Order, Policy, Registration, Request, Snapshot};
use crate::runs::Past;

/// What bounds any deploy, and what surrounds it.
#[derive(Debug, Args)]
pub(in crate::cli) struct Within {
    #[command(flatten)]
    bounds: Bounds,
    #[command(flatten)]
    window: InWindow,
    #[command(flatten)]
    gates: Gates,
    #[command(flatten)]
    hooks: Hooks,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Asked {
    #[command(flatten)]
    pub(in crate::cli) chosen: Chosen,
    #[command(flatten)]
    within: Within,
    #[command(flatten)]
    failing: Failing,
    /// What deploys one target
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Within {
    /// What it means; mistakes are noted.
    pub(in crate::cli) fn meant(
        &self,
        sources: &Sources,
        mistakes: &mut Mistakes,
    ) -> (Policy, Jobs) {
        let bounds = self.bounds.policy(mistakes);
        let gates = self.gates.meant(sources, mistakes);
        let Hooks { before_batch, after_batch, on_finish } = self.hooks.clone();
        let policy = Policy {
            gates: rollout::Gates {
                ready: gates.ready.is_some(),
                verify: gates.verify.is_some(),
                bake: gates.bake,
                before_batch: before_batch.is_some(),
                after_batch: after_batch.is_some(),
            },
            window: self.window.meant(mistakes),
            ..bounds
        };
        let (ready, verify) = (gates.ready, gates.verify);
        let jobs = Jobs { ready, verify, before_batch, after_batch, on_finish, ..Jobs::default() };
        (policy, jobs)
    }

    /// Why a URL could be asked of no target of these groups, if one is so.
    pub(in crate::cli) fn unaskable(&self, groups: &[Group]) -> Option<CliError> {
        self.gates.unaskable(groups)
    }

    /// In which order targets are deployed.
    pub(in crate::cli) fn order(&self) -> Order {
        self.bounds.order()
    }
}

impl Asked {
    /// What it means; mistakes are noted.
    pub(in crate::cli) fn meant(
        &self,
        sources: &Sources,
        mistakes: &mut Mistakes,
    ) -> (Policy, Jobs) {
        self.chosen.note_ports(mistakes);
        let (policy, jobs) = self.within.meant(sources, mistakes);
        let failing = self.failing.meant(sources, mistakes);
        let (on_failure, max_failures) = (failing.on_failure, failing.max_failures);
        let jobs = Jobs { deploy: self.command.clone(), rollback: failing.rollback, ..jobs };
        let jobs = without_empty(jobs, mistakes);
        if self.command.first().is_none_or(String::is_empty) {
            mistakes.note(CliError::no_command());
        } else {
            note_unusable(&jobs, mistakes);
        }
        (Policy { on_failure, max_failures, ..policy }, jobs)
    }

    /// Plans it on what is seen of its groups.
    ///
    /// # Errors
    /// Every refusal, with the commands that lift holds, and gates that could ask nobody.
    pub(in crate::cli) fn planned(
        &self,
        ground: Ground<'_>,
        seen: &Snapshot,
        access: &Access,
    ) -> Result<rollout::Plan, CliError> {
        let Ground { named, found: Found { groups, elsewhere }, holds, away, policy, .. } = ground;
        let unaskable = self.within.unaskable(&groups);
        let request = self.chosen.request(groups, away, policy);
        let request = self.chosen.of_named_only(request, named, seen);
        let request = Request { elsewhere, holds, order: self.within.order(), ..request };
        let plan = rollout::Plan::in_place(request, seen);
        unless(plan.map_err(|refusals| hold::refused(&refusals, access)), unaskable)
    }
}

/// A plan against which nothing else speaks.
pub(in crate::cli) fn unless<T>(
    plan: Result<T, CliError>,
    more: Option<CliError>,
) -> Result<T, CliError> {
    match (plan, more) {
        (plan, None) => plan,
        (Ok(_), Some(error)) => Err(error),
        (Err(refused), Some(error)) => Err(refused.and(error)),
    }
}

/// What a roll is planned on, beside what is seen.
pub(in crate::cli) struct Ground<'a> {
    /// The groups that were named.
    pub(in crate::cli) named: &'a [Group],
    /// All groups of the roll, and what is registered elsewhere.
    pub(in crate::cli) found: Found,
    /// Which of them are on hold, unless that is ignored.
    pub(in crate::cli) holds: Vec<Hold>,
    /// What runs of this machine hold out, if that is ignored.
    pub(in crate::cli) away: Vec<Registration>,
    pub(in crate::cli) policy: Policy,
    /// The runs of this machine.
    pub(in crate::cli) runs: &'a [Past],
}

/// Notes every command that could not be run.
pub(in crate::cli) fn note_unusable(jobs: &Jobs, mistakes: &mut Mistakes) {
    for command in jobs.check() {
        let error = CliError::new(Exit::Usage, format!("failed to {command}"));
        mistakes.note(error.hint(command.hint()));
    }
}
