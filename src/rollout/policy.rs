//! What the user allows: how many at once, how few may remain, how long to wait.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::failing::OnFailure;
use super::flip::Flip;
use super::gates::Gates;
use super::group::Group;
use super::share::{Batches, Share};
use super::window::Window;

/// A batch of one: the least capacity away at any time.
pub const DEFAULT_BATCH: Batches = Batches::all(Share::Count(1));
/// Never the last one in service.
pub const DEFAULT_MIN_HEALTHY: Share = Share::Count(1);
/// Long enough for a slow installation, short enough that a hanging one is noticed the same hour.
pub const DEFAULT_DEPLOY_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// How long a run holds for others to bring capacity back before it gives up.
pub const CAPACITY_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// The bounds of a run; what is not given follows from each group's own settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// How many targets are out at once.
    pub batch: Batches,
    /// The floor: how many targets of each group stay in service.
    pub min_healthy: Share,
    /// The least time between DeregisterTargets and drained.
    #[serde(rename = "settle_ms", with = "super::millis::option")]
    pub settle: Option<Duration>,
    /// How long a drain may take.
    #[serde(rename = "drain_timeout_ms", with = "super::millis::option")]
    pub drain_timeout: Option<Duration>,
    /// How long coming into service may take.
    #[serde(rename = "in_service_timeout_ms", with = "super::millis::option")]
    pub in_service_timeout: Option<Duration>,
    /// Whether in service means after slow start.
    pub after_slow_start: bool,
    /// How long the deploy command may take.
    #[serde(rename = "deploy_timeout_ms", with = "super::millis")]
    pub deploy_timeout: Duration,
    /// How long a run holds for others to bring capacity back before it gives up.
    #[serde(
        rename = "capacity_timeout_ms",
        with = "super::millis",
        default = "default_capacity_timeout"
    )]
    pub capacity_timeout: Duration,
    /// Whether every zone with two or more targets keeps one in service.
    #[serde(default)]
    pub zone_floor: bool,
    /// The gates beside the load balancer's own.
    #[serde(default)]
    pub gates: Gates,
    /// What is done about a target on which a step has failed.
    #[serde(default)]
    pub on_failure: OnFailure,
    /// With so many failed targets the run still goes on.
    #[serde(default)]
    pub max_failures: usize,
    /// Outside of this nobody is begun with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// What a flip does beside moving the traffic.
    #[serde(default, skip_serializing_if = "Flip::is_usual")]
    pub flip: Flip,
}

fn default_capacity_timeout() -> Duration {
    CAPACITY_TIMEOUT
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            batch: DEFAULT_BATCH,
            min_healthy: DEFAULT_MIN_HEALTHY,
            settle: None,
            drain_timeout: None,
            in_service_timeout: None,
            after_slow_start: true,
            deploy_timeout: DEFAULT_DEPLOY_TIMEOUT,
            capacity_timeout: CAPACITY_TIMEOUT,
            zone_floor: false,
            gates: Gates::default(),
            on_failure: OnFailure::default(),
            max_failures: 0,
            window: None,
            flip: Flip::default(),
        }
    }
}

impl Policy {
    /// The settle time for targets of this group.
    pub fn settle(&self, group: &Group) -> Duration {
        self.settle.unwrap_or_else(|| group.default_settle())
    }

    /// How long a target of this group has to serve before it counts as in service.
    pub fn warm_up(&self, group: &Group) -> Duration {
        if self.after_slow_start { group.slow_start } else { Duration::ZERO }
    }

    /// How long coming into service in this group takes if the first check passes.
    pub fn expected_in_service(&self, group: &Group) -> Duration {
        group.expected_in_service() + self.warm_up(group)
    }

    /// When a drain in this group has taken too long, counted from DeregisterTargets.
    pub fn drain_deadline(&self, group: &Group) -> Duration {
        self.drain_timeout.unwrap_or_else(|| group.drain_deadline(self.settle(group)))
    }

    /// When coming into service in this group has taken too long, counted from RegisterTargets.
    pub fn in_service_deadline(&self, group: &Group) -> Duration {
        let follows = || group.drain_first() + group.in_service_deadline() + self.warm_up(group);
        self.in_service_timeout.unwrap_or_else(follows)
    }
}
