//! The flags that say what becomes of a target that fails, and of the run.

use clap::Args;

use super::gates::alone;
use crate::cli::config::Sources;
use crate::cli::typed::Mistakes;
use crate::rollout::OnFailure;

#[derive(Debug, Args)]
#[command(next_help_heading = "When a target fails")]
pub(in crate::cli) struct Failing {
    /// What becomes of a target that fails
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value = "hold",
        env = "ELB_DEPLOY_ON_FAILURE",
        hide_env_values = true
    )]
    on_failure: What,
    /// What brings back what was deployed before, for sh -c; the target is out of service then
    #[arg(long, value_name = "COMMAND", env = "ELB_DEPLOY_ROLLBACK", hide_env_values = true)]
    rollback: Option<String>,
    #[command(flatten)]
    spare: Spare,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "When a target fails")]
pub(in crate::cli) struct Spare {
    /// With how many failed targets the run still goes on
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        env = "ELB_DEPLOY_MAX_FAILURES",
        hide_env_values = true
    )]
    pub(in crate::cli) max_failures: usize,
}

/// What becomes of a target that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// It is left out of service, for a person to look at; what does not come into service stays
    /// registered, unless it is to be verified or baked
    Hold,
    /// It is rolled back with the rollback command, and put back
    Rollback,
    /// It is put back as it is
    Return,
}

/// What the flags about failures mean.
pub(in crate::cli) struct Meant {
    pub(in crate::cli) on_failure: OnFailure,
    pub(in crate::cli) rollback: Option<String>,
    pub(in crate::cli) max_failures: usize,
}

impl Failing {
    /// What they mean; contradictions are noted. Who says `--on-failure hold` for once has no use for
    /// the rollback that a file has for every other time.
    pub(in crate::cli) fn meant(&self, sources: &Sources, mistakes: &mut Mistakes) -> Meant {
        match (self.on_failure, &self.rollback) {
            (What::Rollback, None) => mistakes.note(alone(
                "--on-failure rollback, and nothing rolls back",
                "say what does with --rollback COMMAND",
            )),
            (What::Hold | What::Return, Some(_))
                if !sources.overrules("on-failure", "rollback") =>
            {
                mistakes.note(alone(
                    "--rollback is never run: a target that fails is not rolled back",
                    "add --on-failure rollback",
                ));
            }
            _ => {}
        }
        let on_failure = match self.on_failure {
            What::Hold => OnFailure::Hold,
            What::Rollback => OnFailure::Rollback,
            What::Return => OnFailure::Return,
        };
        let rollback = self.rollback.clone().filter(|_| on_failure == OnFailure::Rollback);
        let max_failures = self.spare.max_failures;
        Meant { on_failure, rollback, max_failures }
    }
}
