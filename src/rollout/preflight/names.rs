//! The names of the checks. Scripts decide by them, so they stay as they are.

/// The group holds instances or addresses.
pub const TYPE: &str = "type";
/// A listener or rule sends it traffic.
pub const LISTENER: &str = "listener";
/// It has more than one target.
pub const TARGETS: &str = "targets";
/// No tag puts the group on hold.
pub const HOLD: &str = "hold";
/// No target serves in a group that is not the run's.
pub const ELSEWHERE: &str = "elsewhere";
/// The targets that were named are there.
pub const CHOSEN: &str = "chosen";
/// A batch comes to at least one target.
pub const BATCH: &str = "batch";
/// Enough stay in service.
pub const FLOOR: &str = "floor";
/// Every target is in service now.
pub const HEALTH: &str = "health";
/// The deregistration delay fits.
pub const DELAY: &str = "delay";
/// How long one target takes.
pub const TIME: &str = "time";
/// Each wait ends within the time that a hook has.
pub const WITHIN: &str = "within";
/// The time limit of coming into service can be kept.
pub const LIMIT: &str = "limit";
/// The settings of the health check make sense.
pub const HEALTH_CHECK: &str = "health-check";
/// A target that failed a check comes back soon.
pub const RECOVERY: &str = "recovery";
/// A broken target is noticed soon.
pub const DETECTION: &str = "detection";
/// A batch out does not make the group fail open.
pub const FAIL_OPEN: &str = "fail-open";
/// A batch out does not take a zone out of DNS.
pub const DNS_FAILOVER: &str = "dns-failover";
/// New targets get their share at once.
pub const SLOW_START: &str = "slow-start";
/// No client is bound to a target.
pub const STICKINESS: &str = "stickiness";
/// Each zone's clients reach targets of other zones.
pub const CROSS_ZONE: &str = "cross-zone";
/// Every target is in a zone that is enabled.
pub const ZONES: &str = "zones";
/// How long the whole run takes.
pub const RUN: &str = "run";
/// Nothing that earlier runs took out is still out.
pub const HELD_OUT: &str = "held-out";
/// What has to be asked may be asked.
pub const PERMISSIONS: &str = "permissions";
