//! What a target passes beside the load balancer's own checks, and what surrounds a batch: which of
//! it there is. What is asked and run is not known here.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::step::{Act, Step};

/// Which gates there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gates {
    /// Whether the target itself is asked until it is ready, before it is registered.
    pub ready: bool,
    /// Whether it is found out what serves, once it is in service.
    pub verify: bool,
    /// For how long it has to stay in service; not at all if zero.
    #[serde(rename = "bake_ms", with = "super::millis")]
    pub bake: Duration,
    /// Whether something is run before each batch.
    pub before_batch: bool,
    /// Whether something is run after each batch.
    pub after_batch: bool,
}

impl Gates {
    /// These steps with the gates between them.
    pub(super) fn between(self, steps: &[Step]) -> Vec<Step> {
        let gated = |step: &Step| {
            let ready = self.ready && step.act == Act::Register;
            let served = step.act == Act::AwaitInService;
            let verify = self.verify && served;
            let bake = !self.bake.is_zero() && served;
            [
                ready.then_some(Step::new(Act::AwaitReady)),
                Some(*step),
                verify.then_some(Step { act: Act::Verify, ..*step }),
                bake.then_some(Step { act: Act::Bake, ..*step }),
            ]
        };
        steps.iter().flat_map(gated).flatten().collect()
    }
}

/// What is run around a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hook {
    /// Before the first target of the batch is touched.
    BeforeBatch,
    /// Once the run does nothing more to any of its targets.
    AfterBatch,
}

impl Hook {
    /// The name of its option, which is what people know it by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BeforeBatch => "before-batch",
            Self::AfterBatch => "after-batch",
        }
    }
}

impl std::fmt::Display for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
