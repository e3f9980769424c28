//! How often each action was called, so that a test can prove that nothing was changed.
//! Calls that were throttled or refused count too: they were made.

use std::collections::BTreeMap;

use serde::Serialize;

/// At most so many names: a caller that makes actions up must not fill the memory.
const MOST_NAMES: usize = 1000;

/// Counts by action.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Calls(BTreeMap<String, u64>);

impl Calls {
    pub(super) fn count(&mut self, action: &str) {
        if self.0.len() < MOST_NAMES || self.0.contains_key(action) {
            *self.0.entry(action.to_owned()).or_default() += 1;
        }
    }

    /// How often an action was called.
    #[must_use]
    pub fn of(&self, action: &str) -> u64 {
        self.0.get(action).copied().unwrap_or(0)
    }

    /// The actions that were called and are no `Describe*`.
    #[must_use]
    pub fn mutating(&self) -> Vec<&str> {
        let names = self.0.keys().map(String::as_str);
        names.filter(|name| !name.starts_with("Describe")).collect()
    }
}
