//! What a roll is asked to do, as `roll` and `plan` are both told.

use clap::Args;

use super::bounds::Bounds;
use super::failing::Failing;
use super::gates::Gates;
use super::hooks::Hooks;
use crate::cli::chosen::Chosen;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::typed::Mistakes;
use crate::executor::{ExecutorError, Jobs};
use crate::rollout::{self, Order, Policy};

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
    pub(in crate::cli) fn meant(&self, mistakes: &mut Mistakes) -> (Policy, Jobs) {
        let bounds = self.bounds.policy(mistakes);
        let gates = self.gates.meant(mistakes);
        let failing = self.failing.meant(mistakes);
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
        if self.command.first().is_none_or(String::is_empty) {
            mistakes.note(CliError::no_command());
        } else {
            jobs.check().iter().for_each(|error| mistakes.note(unusable(error)));
        }
        (policy, jobs)
    }

    /// In which order targets are deployed.
    pub(in crate::cli) fn order(&self) -> Order {
        self.bounds.order()
    }
}

fn unusable(command: &ExecutorError) -> CliError {
    CliError::new(Exit::Usage, format!("failed to {command}")).hint(command.hint())
}
