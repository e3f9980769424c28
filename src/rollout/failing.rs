//! What becomes of a target on which a step has failed. It is data, as the strategies are.

use serde::{Deserialize, Serialize};

use super::fact::Failure;
use super::flip::Flip;
use super::gates::Gates;
use super::step::{Act, Step};
use super::target::Side;

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
    /// The same for a flip. The old release serves until the new one does, so that what failed before
    /// is taken out and stopped; what served and failed its gates is left running, for a person to look
    /// at, unless it is to be rolled back. Once the old one leaves, the new one stays; where that leaves
    /// service before the old one is stopped, the old one is put back at once.
    pub fn undo_flip(self, failed: Step, failure: &Failure, flip: &Flip) -> Vec<Step> {
        let Failure { may_have_acted, left_service, .. } = *failure;
        let stop = Some(Step::undo(Act::Stop)).filter(|_| flip.starts);
        let taken_out = TAKE_OUT.into_iter();
        match (failed.act, failed.side) {
            (Act::Start, _) if !may_have_acted => Vec::new(),
            (Act::Start | Act::AwaitReady, _) => stop.into_iter().collect(),
            (Act::Register | Act::AwaitInService, _) => taken_out.chain(stop).collect(),
            (Act::Verify | Act::Bake, _) if self == Self::Hold => taken_out.collect(),
            (Act::Verify | Act::Bake, _) => taken_out.chain(stop).collect(),
            (Act::Stop, Side::Old) if may_have_acted => Vec::new(),
            (Act::Deregister | Act::AwaitDrained | Act::StandBy | Act::Stop, Side::Old)
                if left_service =>
            {
                let back = PUT_BACK.map(|step| Step { side: Side::Old, ..step });
                back.into_iter().chain(taken_out).chain(stop).collect()
            }
            (Act::Deregister, Side::Old) if !may_have_acted => taken_out.chain(stop).collect(),
            _ => Vec::new(),
        }
    }

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
            (_, Act::Start | Act::StandBy | Act::Stop) => Vec::new(),
            (Self::Rollback, Act::Register | Act::AwaitInService | Act::Verify | Act::Bake) => {
                TAKE_OUT.into_iter().chain(rolled_back).collect()
            }
        }
    }
}
