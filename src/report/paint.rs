//! Colours the words that tell good from bad. Every text can be read without it.

use std::env;

use crate::rollout::{Health, State};

/// Whether words may be coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Green, yellow and red.
    Coloured,
    /// As they are.
    Plain,
}

const GREEN: u8 = 32;
const YELLOW: u8 = 33;
const RED: u8 = 31;

impl Paint {
    /// Colours on a terminal that knows them, unless `NO_COLOR` is set to anything.
    pub fn on(is_terminal: bool) -> Self {
        let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|value| value == "dumb");
        if is_terminal && !refused && !dumb { Self::Coloured } else { Self::Plain }
    }

    pub(super) fn good(self, word: &str) -> String {
        self.code(GREEN, word)
    }

    pub(super) fn pending(self, word: &str) -> String {
        self.code(YELLOW, word)
    }

    pub(super) fn bad(self, word: &str) -> String {
        self.code(RED, word)
    }

    /// A health as it reads, its state coloured.
    pub(super) fn health(self, health: &Health) -> String {
        let text = health.to_string();
        let (_, rest) = text.split_at(health.state.as_str().len());
        self.state(health) + rest
    }

    /// The state of a health, coloured.
    pub(super) fn state(self, health: &Health) -> String {
        let state = health.state.as_str();
        match health.state {
            State::Healthy if health.is_in_service() => self.good(state),
            State::Unhealthy | State::UnhealthyDraining | State::Unavailable => self.bad(state),
            _ => self.pending(state),
        }
    }

    fn code(self, colour: u8, word: &str) -> String {
        match self {
            Self::Coloured => format!("\x1b[{colour}m{word}\x1b[0m"),
            Self::Plain => word.to_owned(),
        }
    }
}
