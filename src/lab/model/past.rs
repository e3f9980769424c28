//! What a group's registrations were a moment ago, for answers that are older than they should be.
//! Remembers nothing unless told to: without that fault every change would cost a copy.

use std::time::Duration;

use super::Model;
use super::group::{Group, Registrations};

impl Model {
    /// From now on [`Model::target_health`] can answer as of up to `age` ago.
    pub fn remember_for(&mut self, age: Duration) {
        self.memory = age;
        if age.is_zero() {
            for group in self.groups.values_mut() {
                group.past.clear();
            }
        }
    }
}

impl Group {
    /// Called before each change at `now`: keeps what was true until then.
    pub(super) fn remember(&mut self, now: Duration, memory: Duration) {
        if memory.is_zero() {
            return;
        }
        let oldest = now.saturating_sub(memory);
        while self.past.front().is_some_and(|(until, _)| *until <= oldest) {
            self.past.pop_front();
        }
        self.past.push_back((now, self.registrations.clone()));
    }

    /// The registrations as they were at `at`, as far back as is remembered.
    pub(super) fn as_of(&self, at: Duration) -> &Registrations {
        self.past
            .iter()
            .find(|(until, _)| at < *until)
            .map_or(&self.registrations, |(_, then)| then)
    }
}
