//! The tags of groups as the core knows them. Other tags than ours mean nothing here.

use aws_sdk_elasticloadbalancingv2::types::TagDescription;

use crate::rollout::{GroupArn, HOLD_TAG, Hold};

/// Whether and why a group is on hold. A tag without a value is one with an empty value.
pub(in super::super) fn hold(group: &GroupArn, seen: &TagDescription) -> Option<Hold> {
    let tag = seen.tags().iter().find(|tag| tag.key() == Some(HOLD_TAG))?;
    Some(Hold { group: group.clone(), reason: tag.value().unwrap_or_default().to_owned() })
}
