//! `--ignore-hold`: groups that somebody has put on hold with a tag, and who goes on all the same.
//! Whoever puts back does not ask.

use clap::Args;

use super::error::CliError;
use crate::balancer::{Balancer, BalancerError, ErrorKind};
use crate::report::{Access, set};
use crate::rollout::preflight::Setting;
use crate::rollout::{Group, HOLD_TAG, Hold, Refusal};

#[derive(Debug, Clone, Args)]
pub(super) struct IgnoreHold {
    /// Go on although a group is on hold: tagged elb-deploy:hold, with the reason as the value
    #[arg(long, env = "ELB_DEPLOY_IGNORE_HOLD", hide_env_values = true)]
    ignore_hold: bool,
}

/// What follows from the groups' tags.
pub(super) struct Asked {
    /// What a run is refused for.
    pub(super) holds: Vec<Hold>,
    /// What is ignored, in words.
    pub(super) notes: Vec<String>,
}

impl IgnoreHold {
    pub(super) fn is_given(&self) -> bool {
        self.ignore_hold
    }

    /// Asks for the tags of groups.
    ///
    /// # Errors
    /// They cannot be had, unless a hold is ignored anyhow.
    pub(super) async fn ask(
        &self,
        balancer: &dyn Balancer,
        groups: &[Group],
    ) -> Result<Asked, CliError> {
        match (holds(balancer, groups).await, self.ignore_hold) {
            (Ok(holds), false) => Ok(Asked { holds, notes: Vec::new() }),
            (Ok(holds), true) => {
                let notes = holds.into_iter().map(ignored).collect();
                Ok(Asked { holds: Vec::new(), notes })
            }
            (Err(error), true) => Ok(Asked { holds: Vec::new(), notes: vec![unknown(&error)] }),
            (Err(error), false) if error.kind == ErrorKind::Denied => {
                let hint = "allow the role elasticloadbalancing:DescribeTags, or go on without \
                            knowing with --ignore-hold";
                Err(CliError { hints: vec![hint.to_owned()], ..CliError::refused(&error) })
            }
            (Err(error), false) => Err(CliError::refused(&error)),
        }
    }
}

/// Those of the groups that are on hold.
///
/// # Errors
/// The tags cannot be had.
pub(super) async fn holds(
    balancer: &dyn Balancer,
    groups: &[Group],
) -> Result<Vec<Hold>, BalancerError> {
    let arns: Vec<_> = groups.iter().map(|group| group.arn.clone()).collect();
    balancer.holds(&arns).await
}

/// A hold that somebody ignores.
pub(super) fn ignored(hold: Hold) -> String {
    format!("{}; --ignore-hold goes on all the same", Refusal::OnHold { hold })
}

/// Tags that could not be had by somebody who ignores them.
pub(super) fn unknown(error: &BalancerError) -> String {
    format!("whether a group is on hold is not known: {error}")
}

/// Refusals of a run that takes targets out, with the commands that lift the holds among them.
pub(super) fn refused(refusals: &[Refusal], access: &Access) -> CliError {
    let lift = |refusal: &Refusal| match refusal {
        Refusal::OnHold { hold } => {
            let command = set(&hold.group, &Setting::Untagged(HOLD_TAG), access);
            Some(format!("remove the tag with: {command}"))
        }
        _ => None,
    };
    let error = CliError::refusals(refusals);
    refusals.iter().map(lift).fold(error, CliError::hint)
}
