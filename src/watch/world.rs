//! What the looks have shown so far, for everyone who waits.

use std::collections::BTreeMap;

use crate::balancer::BalancerError;
use crate::rollout::{GroupArn, Look, Search, Snapshot};

/// The latest look at each group, and the trouble since.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) looks: Snapshot,
    tries: BTreeMap<GroupArn, Tries>,
}

/// How often a group was looked at, and how the latest try failed, if it did.
#[derive(Debug, Clone, Default)]
pub(super) struct Tries {
    pub(super) count: u64,
    pub(super) trouble: Option<BalancerError>,
}

impl World {
    pub(super) fn tries(&self, group: &GroupArn) -> Tries {
        self.tries.get(group).cloned().unwrap_or_default()
    }

    pub(super) fn trouble(&self) -> Option<BalancerError> {
        self.tries.values().find_map(|tries| tries.trouble.clone())
    }

    pub(super) fn searched(&mut self, search: Search) {
        self.looks.search = Some(search);
    }

    /// Whether the latest search has found a group.
    pub(super) fn is_beside(&self, group: &GroupArn) -> bool {
        self.looks.search.as_ref().is_some_and(|search| search.groups.contains(group))
    }

    pub(super) fn forget(&mut self, group: &GroupArn) {
        self.looks.remove(group);
        self.tries.remove(group);
        if let Some(search) = &mut self.looks.search {
            search.groups.remove(group);
        }
    }

    pub(super) fn publish(&mut self, group: &GroupArn, result: Result<Look, BalancerError>) {
        let tries = self.tries.entry(group.clone()).or_default();
        tries.count += 1;
        tries.trouble = match result {
            Ok(look) => {
                self.looks.insert(group.clone(), look);
                None
            }
            Err(trouble) => Some(trouble),
        };
    }
}
