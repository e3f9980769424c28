//! The core: decides what is done to which target, and remembers what has been done.
//!
//! It is pure: no async, no clock, no input or output, and no module of this crate outside it.

mod again;
mod around;
mod closing;
mod course;
mod elsewhere;
mod fact;
mod failing;
mod flip;
mod front;
mod gate;
mod gates;
mod group;
mod health;
mod hold;
pub(crate) mod millis;
mod moment;
mod next;
mod obstacle;
mod order;
mod outlook;
mod plan;
mod policy;
pub mod preflight;
mod process;
mod progress;
mod refusal;
mod share;
mod snapshot;
mod sought;
mod state;
mod step;
mod survey;
mod target;
#[cfg(test)]
mod tests;
mod track;
mod verdict;
mod window;
mod zone;

pub use course::{Began, Course, Goal};
pub use fact::{Dated, Fact, Failure, Waited};
pub use failing::OnFailure;
pub use flip::{Before, Flip, Ports, Turn};
pub use front::{Front, Use};
pub use gate::FRESH;
pub use gates::{Gates, Hook};
pub use group::{BalancerKind, Group, HealthCheck, Listed, Minimum, TargetType};
pub use health::{Health, Reason, State};
pub use hold::{HOLD_TAG, Hold};
pub use moment::Moment;
pub use next::Next;
pub use obstacle::{Obstacle, Pending};
pub use order::Order;
pub use outlook::{BatchOutlook, Capacity, Outlook, StepOutlook, TargetOutlook};
pub use plan::{Plan, Request};
pub use policy::{
    CAPACITY_TIMEOUT, DEFAULT_BATCH, DEFAULT_DEPLOY_TIMEOUT, DEFAULT_MIN_HEALTHY, Policy,
};
pub use process::Process;
pub use progress::Progress;
pub use refusal::Refusal;
pub use share::{Batches, NotAShare, Share};
pub use snapshot::{Look, Search, Snapshot, said_of};
pub use sought::Sought;
pub use state::{IllegalFact, Outcome, Rollout};
pub use step::{Act, Step, Strategy};
pub use survey::serving_elsewhere;
pub use target::{GroupArn, Registration, Side, Target, TargetId};
pub use verdict::{
    Drain, FLAP_GRACE, HOPELESS_GRACE, Join, LEAVING_GRACE, REGISTERED_GRACE, Sighting, Stay,
    Verdict, drained, in_service, steady,
};
pub use window::Window;
