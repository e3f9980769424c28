//! Which groups of what is held out there are, as seen from here. One that is gone, or is somebody
//! else's, must not keep the others from being put back.

use std::collections::{BTreeMap, BTreeSet};

use crate::balancer::{BalancerError, ErrorKind};
use crate::cli::elsewhere::{cannot_be_seen, unseen};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::reach::Reach;
use crate::report::{Access, give_up};
use crate::rollout::{Group, GroupArn};
use crate::runs::ToRestore;

/// The groups of what is to be restored. What is in others is dropped from it, and told.
pub(super) async fn reachable(
    reach: &Reach,
    found: &mut ToRestore,
    access: &Access,
) -> Result<(Vec<Group>, Option<CliError>), CliError> {
    let refused = |error: BalancerError| CliError::refused(&error);
    let wanted: BTreeSet<_> = found.places.iter().map(|(_, place)| place.group.clone()).collect();
    let wanted: Vec<_> = wanted.into_iter().collect();
    match reach.balancer.groups_at(&wanted).await {
        Ok(groups) => return Ok((groups, None)),
        Err(error) if cannot_be_seen(&error) => {}
        Err(error) => return Err(refused(error)),
    }
    let (mut groups, mut missing) = (Vec::new(), BTreeMap::new());
    for arn in wanted {
        match reach.balancer.groups_at(std::slice::from_ref(&arn)).await {
            Ok(one) => groups.extend(one),
            Err(error) if cannot_be_seen(&error) => drop(missing.insert(arn, error)),
            Err(error) => return Err(refused(error)),
        }
    }
    let mut left = Vec::new();
    for (arn, error) in &missing {
        left.push(not_restored(found, arn, error, access));
    }
    found.places.retain(|(_, place)| !missing.contains_key(&place.group));
    Ok((groups, left.into_iter().reduce(CliError::and)))
}

fn not_restored(
    found: &ToRestore,
    arn: &GroupArn,
    error: &BalancerError,
    access: &Access,
) -> CliError {
    let here = found.places.iter().filter(|(_, place)| place.group == *arn);
    let places: Vec<_> = here.clone().map(|(_, place)| place.to_string()).collect();
    let why = unseen(std::slice::from_ref(arn), error);
    let what = format!("{} cannot be put back: {}", places.join(", "), why.what.join("; "));
    let mut told = CliError::new(Exit::HaltedOut, what);
    for hint in why.hints {
        told = told.hint(Some(hint));
    }
    if error.kind == ErrorKind::GroupNotFound {
        let gone = give_up(here.map(|(_, place)| place), arn, access);
        told = told.hint(Some(format!("if the group is gone for good: {gone}")));
    }
    told
}
