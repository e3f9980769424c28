//! Why a run is refused before anything is changed. All reasons are found at once.

use std::time::Duration;

use super::flip::{Ports, in_every_group};
use super::group::TargetType;
use super::hold::{HOLD_TAG, Hold};
use super::obstacle::Obstacle;
use super::share::Share;
use super::target::{Registration, TargetId};

/// One reason not to begin a run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The group holds functions or load balancers.
    #[error("group {group} holds {}, which cannot be drained", holds(*.target_type))]
    Undrainable {
        /// The group's name.
        group: String,
        /// What it holds.
        target_type: TargetType,
    },
    /// A target that was named is of another type than those of the group.
    #[error("group {group} holds {}, and {target} is {}", holds(*.target_type), kind_of(.target))]
    OtherType {
        /// The group's name.
        group: String,
        /// What it holds.
        target_type: TargetType,
        /// The target as named.
        target: TargetId,
    },
    /// No load balancer uses the group.
    #[error(
        "group {group} is not used by any load balancer, so its targets never come into service"
    )]
    NotInUse {
        /// The group's name.
        group: String,
    },
    /// Somebody has put the group on hold.
    #[error("group {} is on hold: {}", .hold.group.name(), .hold.because())]
    OnHold {
        /// The group, and why.
        hold: Hold,
    },
    /// The target serves in groups that are not the run's.
    #[error("{target} also gets traffic in {}, and would be deployed under it", listed(.places))]
    ServesElsewhere {
        /// The target.
        target: TargetId,
        /// Where it is registered there.
        places: Vec<Registration>,
    },
    /// The target is on its way out of a group that is not the run's.
    #[error("{place} still drains, and would be deployed under its last requests")]
    DrainsElsewhere {
        /// Where it is registered there.
        place: Registration,
    },
    /// The group has no registered targets.
    #[error("group {group} has no registered targets")]
    Empty {
        /// The group's name.
        group: String,
    },
    /// A target that was named is not registered.
    #[error("{target} is not registered in {groups}")]
    NotRegistered {
        /// The target as named.
        target: TargetId,
        /// The groups' names.
        groups: String,
        /// The targets that are.
        registered: String,
    },
    /// Somebody else is taking the target out.
    #[error("{target} is draining in group {group}: somebody else is taking it out")]
    Draining {
        /// The target.
        target: TargetId,
        /// The group's name.
        group: String,
    },
    /// The target would be taken out and could never come back.
    #[error("{place} is {health}: {}, so it would never come back into service", .obstacle.why())]
    Hopeless {
        /// Where it is registered.
        place: Registration,
        /// What is said of it.
        health: String,
        /// Why that is final.
        obstacle: Obstacle,
    },
    /// A port of the flip is on its way out.
    #[error("{place} still drains: requests may be under way on it")]
    PortDrains {
        /// Where it is registered.
        place: Registration,
    },
    /// Both ports are registered, so that an earlier flip is not done.
    #[error("{target} is registered with both ports, {}, so which one is live is not clear", listed(.places))]
    BothLive {
        /// The target.
        target: TargetId,
        /// Where it is registered.
        places: Vec<Registration>,
    },
    /// The port that a person named as the live one does not serve, and the one that is to be cleared does.
    #[error("{target} does not serve on port {port} in group {group}, and does on port {}, which would be taken out first", .serving)]
    OtherServes {
        /// The target.
        target: TargetId,
        /// The group's name.
        group: String,
        /// The port that was named.
        port: u16,
        /// The port that serves.
        serving: u16,
    },
    /// One group has the one port alone and another one the other.
    #[error("{target} is registered as {}: whichever port is stopped, a group would have none", listed(.places))]
    PortsDiffer {
        /// The target.
        target: TargetId,
        /// Where it is registered.
        places: Vec<Registration>,
    },
    /// It is registered with other ports than the two.
    #[error("{target} is registered with neither {} nor {}: it is registered as {}", .ports.blue, .ports.green, listed(.places))]
    NoPortLive {
        /// The target.
        target: TargetId,
        /// The two ports.
        ports: Ports,
        /// Where it is registered.
        places: Vec<Registration>,
    },
    /// The port that is said to be live is not registered.
    #[error("{target} is not registered with port {port}: it is registered as {}", listed(.places))]
    NotLive {
        /// The target.
        target: TargetId,
        /// The port as given.
        port: u16,
        /// Where it is registered.
        places: Vec<Registration>,
    },
    /// It is said to be registered nowhere, and is.
    #[error("{target} is no first deploy: it is registered as {}", listed(.places))]
    NotNew {
        /// The target.
        target: TargetId,
        /// Where it is registered.
        places: Vec<Registration>,
    },
    /// Every target is excluded.
    #[error("every target is excluded, so there is nothing to do")]
    NothingLeft,
    /// The batch comes to no target.
    #[error("a batch of {batch} of {targets} targets comes to none")]
    EmptyBatch {
        /// The share as given.
        batch: Share,
        /// How many targets there are.
        targets: usize,
    },
    /// The floor can never be kept.
    #[error("group {group} has {registered} targets, so {floor} can never be in service")]
    FloorAboveSize {
        /// The group's name.
        group: String,
        /// How many targets it has.
        registered: usize,
        /// The floor.
        floor: usize,
    },
    /// The floor of zones cannot be kept, for want of zones.
    #[error("the load balancer does not tell the zone of {place}, so no zone's floor can be kept")]
    UnknownZone {
        /// Where it is registered.
        place: Registration,
    },
    /// The run itself would leave a zone without a target in service.
    #[error("taking out {taken} would leave nobody in service in zone {zone} of group {group}")]
    BelowZoneFloor {
        /// The group's name.
        group: String,
        /// The zone.
        zone: String,
        /// The targets of the batch that serve there now.
        taken: String,
    },
    /// The deadline for the drain passes before the drain can be over.
    #[error(
        "a drain in group {group} takes {}, so a limit of {} would always be passed",
        humantime::format_duration(*.takes), humantime::format_duration(*.limit)
    )]
    DrainLimit {
        /// The group's name.
        group: String,
        /// The deregistration delay, or the settle time if that is longer.
        takes: Duration,
        /// The limit as given.
        limit: Duration,
    },
    /// The run itself would break the floor.
    #[error(
        "taking out {taken} would leave {remaining} in service in group {group}, below the floor of {floor}"
    )]
    BelowFloor {
        /// The group's name.
        group: String,
        /// The targets of the batch that serve now.
        taken: String,
        /// How many would remain.
        remaining: usize,
        /// The floor.
        floor: usize,
    },
}

impl Refusal {
    /// What would make it possible.
    pub fn hint(&self) -> String {
        match self {
            Self::Undrainable { .. } => "name a group of instances or addresses".into(),
            Self::OtherType { target_type: TargetType::Ip, .. } => {
                "name an address, e.g. 10.0.0.7:80 or [fd00::1]:80".into()
            }
            Self::OtherType { .. } => "name an instance, e.g. i-0abc or i-0abc:8080".into(),
            Self::NotInUse { .. } => "let a listener or rule forward to it first".into(),
            Self::OnHold { .. } => format!(
                "whoever set its tag {HOLD_TAG} removes it when it may go on; or go on all the \
                 same with --ignore-hold"
            ),
            Self::ServesElsewhere { .. } => {
                "name those groups too, or take it out of them as well with --all-groups".into()
            }
            Self::DrainsElsewhere { place } => {
                format!("wait until it is gone there, or leave it alone with --exclude {}", place.id)
            }
            Self::Empty { .. } => "is it the right group?".into(),
            Self::NotRegistered { registered, .. } if registered.is_empty() => {
                "is it the right group?".into()
            }
            Self::NotRegistered { registered, .. } => format!("registered are {registered}"),
            Self::Draining { target, .. } => {
                format!("wait until it is back, or leave it out with --exclude {target}")
            }
            Self::Hopeless { place, obstacle, .. } => {
                format!("{}; or leave it alone with --exclude {}", obstacle.hint(), place.id)
            }
            Self::PortDrains { .. } => "a port that drains is free again once it is gone".into(),
            Self::BothLive { places, .. } => {
                let ports = in_every_group(places).into_iter();
                let from: Vec<_> = ports.map(|port| format!("--from {port}")).collect();
                format!(
                    "go on with the flip that is not done (elb-deploy resume), or say which port stays \
                     live until the new one serves: {}",
                    from.join(" or ")
                )
            }
            Self::OtherServes { serving, .. } => {
                format!("say --from {serving}: that one stays until the new one serves")
            }
            Self::PortsDiffer { .. } => "go on with the flip that is not done (elb-deploy resume), or \
                                         register the port that serves in every group first"
                .into(),
            Self::NoPortLive { places, .. } => match &places[..] {
                [place] => format!("to flip away from that port, say --from {}", place.port),
                _ => "say which port is live with --from PORT".into(),
            },
            Self::NotLive { places, .. } if places.is_empty() => {
                "if it is its first deploy, say --from none".into()
            }
            Self::NotLive { .. } => {
                "name the port that is; where it differs from target to target, flip those that it is \
                 said of by themselves, with --target"
                    .into()
            }
            Self::NotNew { .. } => "leave out --from none".into(),
            Self::NothingLeft => "name fewer targets with --exclude".into(),
            Self::EmptyBatch { .. } => "give a count, e.g. --batch 1".into(),
            Self::FloorAboveSize { .. } => "lower --min-healthy".into(),
            Self::UnknownZone { place } if place.id.is_instance() => {
                "leave out --zone-floor: of instances zones are told seldom".into()
            }
            Self::UnknownZone { .. } => "leave out --zone-floor".into(),
            Self::BelowZoneFloor { .. } => {
                "take out fewer at a time with --batch, or leave out --zone-floor".into()
            }
            Self::DrainLimit { .. } => {
                "give it more time (roll: --drain-timeout; drain: --within), or lower the group's \
                 deregistration delay"
                    .into()
            }
            Self::BelowFloor { remaining: 0, taken, .. } if !taken.contains(", ") => {
                "add a target first; or accept the downtime with --min-healthy 0; on one instance, \
                 flip to another port without any: elb-deploy flip --help"
                    .into()
            }
            Self::BelowFloor { remaining: 0, .. } => {
                "take out fewer at a time (roll: --batch; drain: name fewer); or accept the downtime \
                 with --min-healthy 0"
                    .into()
            }
            Self::BelowFloor { .. } => "take out fewer at a time (roll: --batch; drain: name fewer), or lower --min-healthy".into(),
        }
    }
}

fn holds(target_type: TargetType) -> &'static str {
    match target_type {
        TargetType::Instance => "instances",
        TargetType::Ip => "addresses",
        TargetType::Lambda => "lambda functions",
        TargetType::Alb => "load balancers",
    }
}

/// Group and port of each place; the target is told beside them.
fn listed(places: &[Registration]) -> String {
    let place = |place: &Registration| format!("{}:{}", place.group.name(), place.port);
    places.iter().map(place).collect::<Vec<_>>().join(", ")
}

fn kind_of(target: &TargetId) -> &'static str {
    if target.is_instance() { "an instance" } else { "an address" }
}
