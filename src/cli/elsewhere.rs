//! Journals of another account or region, or of groups that are gone: said in those words.

use super::error::CliError;
use super::exit::Exit;
use crate::balancer::{BalancerError, ErrorKind};
use crate::journal::Home;
use crate::rollout::GroupArn;

/// Whether this is how the load balancer answers for a group that is gone or somebody else's.
pub(super) fn cannot_be_seen(error: &BalancerError) -> bool {
    use ErrorKind::{Elsewhere, GroupNotFound, Invalid};
    matches!(error.kind, Elsewhere | GroupNotFound | Invalid)
}

/// Why a journal's groups cannot be worked on from here.
pub(super) fn unseen(groups: &[GroupArn], error: &BalancerError) -> CliError {
    let home = groups.iter().find_map(Home::of).filter(|_| cannot_be_seen(error));
    let Some(home) = home else { return CliError::refused(error) };
    let names: Vec<_> = groups.iter().map(GroupArn::name).collect();
    let what = format!("the journal is of {home}, group {}: {error}", names.join(", "));
    CliError::new(Exit::Refused, what).hint(error.hint())
}
