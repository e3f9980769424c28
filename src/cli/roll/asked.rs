//! What a roll is asked to do, as `roll` and `plan` are both told.

use clap::Args;

use super::bounds::Bounds;
use super::empty::without_empty;
use super::failing::Failing;
use super::gates::Gates;
use super::hooks::Hooks;
use super::search::Found;
use crate::balancer::Balancer;
use crate::cli::chosen::Chosen;
use crate::cli::config::Sources;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::hold;
use crate::cli::typed::Mistakes;
use crate::executor::{ExecutorError, Jobs};
use crate::report::Access;
use crate::rollout::{self, Group, Hold, Policy, Registration, Request, Snapshot};

#[derive(Debug, Args)]
pub(in crate::cli) struct Asked {
    #[command(flatten)]
    pub(in crate::cli) chosen: Chosen,
    #[command(flatten)]
    bounds: Bounds,
    #[command(flatten)]
    gates: Gates,
    #[command(flatten)]
    failing: Failing,
    #[command(flatten)]
    hooks: Hooks,
    /// What deploys one target
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Asked {
    /// What it means; mistakes are noted.
    pub(in crate::cli) fn meant(
        &self,
        sources: &Sources,
        mistakes: &mut Mistakes,
    ) -> (Policy, Jobs) {
        let bounds = self.bounds.policy(mistakes);
        let gates = self.gates.meant(sources, mistakes);
        let failing = self.failing.meant(sources, mistakes);
        let Hooks { before_batch, after_batch, on_finish } = self.hooks.clone();
        let policy = Policy {
            gates: rollout::Gates {
                ready: gates.ready.is_some(),
                verify: gates.verify.is_some(),
                bake: gates.bake,
                before_batch: before_batch.is_some(),
                after_batch: after_batch.is_some(),
            },
            on_failure: failing.on_failure,
            max_failures: failing.max_failures,
            ..bounds
        };
        let jobs = Jobs {
            deploy: self.command.clone(),
            rollback: failing.rollback,
            ready: gates.ready,
            verify: gates.verify,
            before_batch,
            after_batch,
            on_finish,
        };
        let jobs = without_empty(jobs, mistakes);
        if self.command.first().is_none_or(String::is_empty) {
            mistakes.note(CliError::no_command());
        } else {
            jobs.check().iter().for_each(|error| mistakes.note(unusable(error)));
        }
        (policy, jobs)
    }

    /// The groups that are named.
    ///
    /// # Errors
    /// They cannot be had, or one of them holds nothing that could be drained.
    pub(in crate::cli) async fn named(
        &self,
        balancer: &dyn Balancer,
    ) -> Result<Vec<Group>, CliError> {
        let named = balancer.groups(&self.chosen.groups).await;
        let named = named.map_err(|error| CliError::refused(&error))?;
        let undrainable: Vec<_> = named.iter().filter_map(Group::undrainable).collect();
        match undrainable.is_empty() {
            true => Ok(named),
            false => Err(CliError::refusals(&undrainable)),
        }
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
        let Ground { named, found: Found { groups, elsewhere }, holds, away, policy } = ground;
        let unaskable = self.gates.unaskable(&groups);
        let request = self.chosen.request(groups, away, policy);
        let request = self.chosen.of_named_only(request, named, seen);
        let request = Request { elsewhere, holds, order: self.bounds.order(), ..request };
        let plan = rollout::Plan::in_place(request, seen);
        match (plan.map_err(|refusals| hold::refused(&refusals, access)), unaskable) {
            (plan, None) => plan,
            (Ok(_), Some(error)) => Err(error),
            (Err(refused), Some(error)) => Err(refused.and(error)),
        }
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
}

fn unusable(command: &ExecutorError) -> CliError {
    CliError::new(Exit::Usage, format!("failed to {command}")).hint(command.hint())
}
