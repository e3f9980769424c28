//! The flags that say what becomes of a flip that fails. What fails before it serves is stopped in any
//! case.

use clap::Args;

use crate::cli::roll::Spare;
use crate::rollout::OnFailure;

#[derive(Debug, Args)]
#[command(next_help_heading = "When a target fails")]
pub(super) struct Failing {
    /// What becomes of a new release that serves and fails its verification or its bake
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value = "hold",
        env = "ELB_DEPLOY_ON_FAILURE",
        hide_env_values = true
    )]
    on_failure: What,
    #[command(flatten)]
    spare: Spare,
}

/// What becomes of a new release that serves and fails; the old one serves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// It is taken out, and left running for a person to look at
    Hold,
    /// It is taken out and stopped
    // What a file says of a service's roll serves here too: the old release is what it returns to.
    #[value(alias = "return")]
    Rollback,
}

impl Failing {
    /// What they mean.
    pub(super) fn meant(&self) -> (OnFailure, usize) {
        let on_failure = match self.on_failure {
            What::Hold => OnFailure::Hold,
            What::Rollback => OnFailure::Rollback,
        };
        (on_failure, self.spare.max_failures)
    }
}
