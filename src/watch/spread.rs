//! Chance in when to look: hosts that begin together must not keep asking together.

use std::sync::{Mutex, PoisonError};

/// Draws how far a look is moved.
#[derive(Debug)]
pub struct Spread(Option<Mutex<fastrand::Rng>>);

impl Spread {
    /// Another one in each process.
    pub fn random() -> Self {
        Self(Some(Mutex::new(fastrand::Rng::new())))
    }

    /// None at all, for runs that are replayed.
    pub fn none() -> Self {
        Self(None)
    }

    /// From 0, not moved, up to 1.
    pub(super) fn draw(&self) -> f64 {
        let Some(chance) = &self.0 else { return 0.0 };
        chance.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }
}
