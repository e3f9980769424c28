//! What becomes of a target on which a step has failed. It is data, as the strategies are.

use serde::{Deserialize, Serialize};

use super::gates::Gates;
use super::step::{Act, Step};

/// What is done about a target that could not be deployed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// It is left out, as it is, for a person to look at; what serves and failed its verification or
    /// its bake is taken out.
    #[default]
    Hold,
    /// What was deployed before is brought back, and the target put back with it.
    Rollback,
    /// It is put back as it is.
    Return,
}

const TAKE_OUT: [Step; 2] = [Step::undo(Act::Deregister), Step::undo(Act::AwaitDrained)];
const PUT_BACK: [Step; 2] = [Step::undo(Act::Register), Step::undo(Act::AwaitInService)];

impl OnFailure {
    /// The steps that undo what was done, where this step has failed; none if it is left as it is.
    ///
    /// A load balancer sends nothing to a target that is not healthy, and takes it up by itself once it is: one that
    /// does not come into service is left registered, unless it would then serve past its gates.
    pub fn undo(self, failed: Act, gates: Gates) -> Vec<Step> {
        let ready = gates.ready.then_some(Step::undo(Act::AwaitReady));
        let is_gated = gates.verify || !gates.bake.is_zero();
        let rolled_back = [Step::undo(Act::Rollback)].into_iter().chain(ready).chain(PUT_BACK);
        match (self, failed) {
            (Self::Hold, Act::Verify | Act::Bake) => TAKE_OUT.to_vec(),
            (Self::Hold, Act::AwaitInService) if is_gated => TAKE_OUT.to_vec(),
            (Self::Hold, _) => Vec::new(),
            (Self::Rollback | Self::Return, Act::Deregister | Act::AwaitDrained)
            | (Self::Return, Act::Deploy | Act::Rollback | Act::AwaitReady | Act::Register) => {
                PUT_BACK.to_vec()
            }
            (Self::Return, Act::AwaitInService | Act::Verify | Act::Bake) => Vec::new(),
            (Self::Rollback, Act::Deploy | Act::Rollback | Act::AwaitReady) => {
                rolled_back.collect()
            }
            (Self::Rollback, Act::Register | Act::AwaitInService | Act::Verify | Act::Bake) => {
                TAKE_OUT.into_iter().chain(rolled_back).collect()
            }
        }
    }
}
