//! Which groups of the account can hold targets, and which of them do: looked through where nobody
//! names them. What follows from it is not decided here.

use std::collections::BTreeSet;

use crate::balancer::BalancerError;
use crate::rollout::{GroupArn, Health, Registration, Snapshot};
use crate::watch::Watch;

/// It can take minutes, so how far it has come is told.
///
/// # Errors
/// A look that could not be had with patience.
pub(super) async fn look_at_all(
    watch: &Watch,
    groups: &BTreeSet<GroupArn>,
    tell: impl Fn(&str),
) -> Result<(), BalancerError> {
    let count = groups.len();
    watch
        .first_look_telling(groups, |seen| tell(&format!("looked at {seen} of {count} groups")))
        .await
}

/// What is registered in these groups, on its way out too.
pub(super) fn registered<'s>(
    seen: &'s Snapshot,
    groups: &'s BTreeSet<GroupArn>,
) -> impl Iterator<Item = &'s (Registration, Health)> {
    let looks = groups.iter().filter_map(|group| seen.get(group));
    looks.flat_map(|look| &look.seen).filter(|(_, health)| !health.is_not_registered())
}

/// What was seen of these groups alone.
pub(super) fn seen_of<'g>(
    groups: impl IntoIterator<Item = &'g GroupArn>,
    seen: &Snapshot,
) -> Snapshot {
    let look = |group: &GroupArn| Some((group.clone(), seen.get(group)?.clone()));
    groups.into_iter().filter_map(look).collect()
}

/// `1 group`, `2 groups`.
pub(super) fn counted(groups: &BTreeSet<GroupArn>) -> String {
    let count = groups.len();
    format!("{count} group{}", if count == 1 { "" } else { "s" })
}
