//! What goes wrong on purpose; pure, seeded, and changed while the lab runs.
//! It decides what befalls a call; the API acts on it.

use std::time::Duration;

use crate::bucket::TokenBucket;

mod dice;
mod settings;

pub use settings::{FaultSettings, Rate, SettingsError, Throttling};

use dice::Dice;

/// The faults of one lab: what is set, and the state of the dice and the buckets.
#[derive(Clone, Debug)]
pub struct Faults {
    settings: FaultSettings,
    dice: Dice,
    describe: TokenBucket,
    mutate: TokenBucket,
}

/// Which of the account's two buckets a call draws from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    /// `Describe*`.
    Describe,
    /// Everything that changes something.
    Mutate,
}

/// What befalls one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strike {
    /// How much later the answer comes.
    pub delay: Duration,
    /// What is answered instead of doing the work, if anything.
    pub refused: Option<CallFault>,
    /// Whether the connection is cut instead of answering; the work is done all the same, unless
    /// it is refused.
    pub cut: bool,
}

/// An answer that the call itself did not deserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallFault {
    /// The account's bucket is empty.
    Throttled,
    /// HTTP 503.
    Unavailable,
    /// HTTP 500.
    Internal,
    /// No answer: the connection is reset before anything is done.
    Reset,
}

impl Default for Faults {
    fn default() -> Self {
        Self::new(FaultSettings::default(), 0)
    }
}

impl Faults {
    /// These faults; the same seed and the same calls give the same strikes.
    #[must_use]
    pub fn new(settings: FaultSettings, seed: u64) -> Self {
        let rates = settings.throttling.unwrap_or_default();
        Self {
            settings,
            dice: Dice::new(seed),
            describe: rates.describe.bucket(),
            mutate: rates.mutate.bucket(),
        }
    }

    /// No fault, and no throttling either.
    #[must_use]
    pub fn none() -> Self {
        Self::new(FaultSettings::NONE, 0)
    }

    /// What is set now.
    #[must_use]
    pub fn settings(&self) -> &FaultSettings {
        &self.settings
    }

    /// Changes what is set; the buckets start full again only if their rates change.
    pub fn set(&mut self, settings: FaultSettings) {
        let rates = settings.throttling.unwrap_or_default();
        if settings.throttling != self.settings.throttling {
            self.describe = rates.describe.bucket();
            self.mutate = rates.mutate.bucket();
        }
        self.settings = settings;
    }

    /// Decides what befalls a call that arrives at `now`.
    pub fn strike(&mut self, now: Duration, kind: CallKind) -> Strike {
        let out_of_tokens =
            self.settings.throttling.is_some() && self.bucket(kind).take(now).is_err();
        let failed = self.dice.hits(self.settings.error_percent);
        let failure =
            if self.dice.hits(50.0) { CallFault::Unavailable } else { CallFault::Internal };
        let delay = self.delay();
        let cut = self.dice.hits(self.settings.cut_percent);
        let throttled = self.dice.hits(self.settings.throttle_percent);
        let reset = self.dice.hits(self.settings.reset_percent);
        let refused = match (reset, out_of_tokens || throttled, failed) {
            (true, ..) => Some(CallFault::Reset),
            (_, true, _) => Some(CallFault::Throttled),
            (.., true) => Some(failure),
            _ => None,
        };
        Strike { delay, refused, cut: cut || reset }
    }

    /// How old the health in an answer is.
    #[must_use]
    pub fn health_age(&self) -> Duration {
        Duration::from_millis(self.settings.health_age_ms)
    }

    fn delay(&mut self) -> Duration {
        let jitter = self.dice.below(self.settings.latency_jitter_ms);
        Duration::from_millis(self.settings.latency_ms.saturating_add(jitter))
    }

    fn bucket(&mut self, kind: CallKind) -> &mut TokenBucket {
        match kind {
            CallKind::Describe => &mut self.describe,
            CallKind::Mutate => &mut self.mutate,
        }
    }
}

#[cfg(test)]
mod tests;
