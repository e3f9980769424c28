//! Which of the groups that were asked for do not exist, and what they may have been taken for.

use aws_sdk_elasticloadbalancingv2::types::TargetGroup;

use super::asked::{Asked, account};
use super::describe::is;
use crate::alike::meant;
use crate::balancer::{BalancerError, ErrorKind};

/// Whether a missing group may be the reason of a failure. An ARN of another account may be called
/// invalid instead of unknown.
pub(super) fn may_be_why(error: &BalancerError, asked: &[Asked]) -> bool {
    match error.kind {
        ErrorKind::GroupNotFound => true,
        ErrorKind::Invalid => asked.iter().any(|group| group.account().is_some()),
        _ => false,
    }
}

/// The failure with the names of the missing groups, or as it was if none is missing. Which account
/// is in use is known from the groups that exist.
pub(super) fn named(
    asked: &[Asked],
    existing: &[TargetGroup],
    region: &str,
    error: BalancerError,
) -> BalancerError {
    let ours = existing.iter().find_map(|seen| account(seen.target_group_arn()?));
    let is_foreign =
        |group: &Asked| ours.is_some() && group.account().is_some_and(|of| Some(of) != ours);
    let missing = asked.iter().filter(|group| !existing.iter().any(|seen| is(group, seen)));
    let (foreign, unknown): (Vec<_>, Vec<_>) = missing.partition(|group| is_foreign(group));
    let (kind, unknown) = match error.kind {
        ErrorKind::GroupNotFound => (ErrorKind::GroupNotFound, unknown),
        // Something else is invalid then.
        kind => (kind, Vec::new()),
    };
    let mut what = Vec::new();
    if !unknown.is_empty() {
        let unknown = unknown.iter().map(|group| with_suggestion(group, existing));
        what.push(format!("no such group in {region}: {}", unknown.collect::<Vec<_>>().join(", ")));
    }
    what.extend(foreign.iter().map(|group| {
        let (theirs, ours) = (group.account().unwrap_or_default(), ours.unwrap_or_default());
        format!("{} is of account {theirs}, but {ours} is in use", group.as_str())
    }));
    match (what.is_empty(), unknown.is_empty()) {
        (true, _) => error,
        (false, true) => {
            BalancerError { kind: ErrorKind::Elsewhere, message: what.join("; "), ..error }
        }
        (false, false) => BalancerError { kind, message: what.join("; "), ..error },
    }
}

/// As they were typed.
pub(super) fn listed(asked: &[Asked]) -> String {
    asked.iter().map(Asked::as_str).collect::<Vec<_>>().join(", ")
}

fn with_suggestion(missing: &Asked, existing: &[TargetGroup]) -> String {
    let names = existing.iter().filter_map(TargetGroup::target_group_name);
    let suggestion = meant(missing.name(), names).and_then(|name| match missing {
        Asked::Name(_) => Some(name),
        Asked::Arn(_) => {
            let named = existing.iter().find(|seen| seen.target_group_name() == Some(name));
            named.and_then(TargetGroup::target_group_arn)
        }
    });
    match suggestion {
        Some(like) => format!("{} (did you mean {like} ?)", missing.as_str()),
        None => missing.as_str().to_owned(),
    }
}
