//! Why a wait has not come true yet, and why it never will: in words, for whoever watches.

use serde::Serialize;

/// What a wait that can still come true waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pending {
    /// It was deregistered and is not seen leaving yet.
    Leaving,
    /// It drains for the whole deregistration delay, whatever is in flight.
    Drain,
    /// It is gone, and the settle time has not passed.
    Settle,
    /// It was registered and is not seen in the group yet.
    Joining,
    /// It is in service, as it was before somebody may have taken it out a moment ago.
    Doubt,
    /// An address comes back behind an application load balancer only when its drain is over.
    DrainFirst,
    /// It has to pass its first checks.
    Checks,
    /// It fails its checks.
    Recovery,
    /// It is healthy, and an administrator keeps traffic away from its zone.
    Shift,
    /// It is healthy, and gets less than its share until slow start is over.
    SlowStart,
    /// As it is it never gets traffic; that may be what was before, so it is looked at again.
    Hope,
    /// The load balancer does not say how it fares.
    Word,
    /// It stays in service, and has to for some time more.
    Bake,
    /// It is shown out of service, and that may be from before it was in.
    Flap,
}

impl Pending {
    /// What the state and its reason do not say themselves.
    pub const fn words(self) -> Option<&'static str> {
        match self {
            Self::Leaving => Some("not seen leaving yet"),
            Self::Settle => Some("gone; settling, requests may still come"),
            Self::Joining => Some("not seen registered yet"),
            Self::Doubt => Some("looked at again, it may be from before it was taken out"),
            Self::DrainFirst => Some("an address comes back only when its drain is over"),
            Self::SlowStart => Some("slow start, less than its share"),
            Self::Hope => Some("looked at again, in case that has changed"),
            Self::Flap => Some("looked at again, it may be from before it was in service"),
            Self::Drain | Self::Checks | Self::Recovery | Self::Shift | Self::Word | Self::Bake => {
                None
            }
        }
    }

    /// What to look at when the time for it is over.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Leaving | Self::Settle | Self::Doubt => {
                "the limit is too short to tell; give it more time"
            }
            Self::Drain => {
                "a drain lasts the whole deregistration delay, whatever is in flight; give it more \
                 time, or lower the delay"
            }
            Self::Joining | Self::DrainFirst => {
                "was it registered, with this port? give it more time"
            }
            Self::Checks | Self::Recovery => {
                "see what the application answers to its health check, or give it more time"
            }
            Self::Shift => "end the zonal shift, or leave the targets of its zone alone",
            Self::SlowStart => "give it more time, or do not wait for the end of slow start",
            Self::Hope => "see what stands in its way with: elb-deploy status",
            Self::Bake | Self::Flap => "see that the load balancer can be asked",
            Self::Word => "see the load balancer's metrics, or give it more time",
        }
    }
}

/// Why a wait can never come true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// It was deregistered, and is registered all the same.
    StillRegistered,
    /// It was seen leaving, and is registered again.
    RegisteredAgain,
    /// It was never seen here, while the target is registered with other ports.
    OtherPort,
    /// It is not registered.
    NotRegistered,
    /// It leaves, and nobody registers it again.
    Leaves,
    /// No listener forwards to the group.
    NotInUse,
    /// The load balancer is not enabled in the target's zone.
    ZoneNotEnabled,
    /// The instance is stopped or terminated.
    InvalidState,
    /// The address belongs to a load balancer.
    IpUnusable,
    /// It was in service, and did not stay so.
    Flapped,
}

impl Obstacle {
    /// The reason, in words.
    pub const fn why(self) -> &'static str {
        match self {
            Self::StillRegistered => "it is registered, and nothing takes it out",
            Self::RegisteredAgain => "somebody else registered it again while it drained",
            Self::OtherPort => {
                "it was not seen here, and the target is registered with another port"
            }
            Self::NotRegistered => "it is not registered",
            Self::Leaves => "it is on its way out, and nobody registers it again",
            Self::NotInUse => "no listener forwards to the group",
            Self::ZoneNotEnabled => "its zone is not enabled for the load balancer",
            Self::InvalidState => "the instance is stopped or terminated",
            Self::IpUnusable => "the address belongs to a load balancer",
            Self::Flapped => "it was in service and did not stay so",
        }
    }

    /// What to look at.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::StillRegistered => {
                "deregister it with the port that it is registered with; without it, or with \
                 another one, DeregisterTargets answers with success and changes nothing"
            }
            Self::RegisteredAgain => {
                "find out who registers it: another deploy, or an Auto Scaling group"
            }
            Self::OtherPort => {
                "wait for the port that it is registered with; or, if only this port was to leave, it has"
            }
            Self::NotRegistered => {
                "register it; if it was, somebody else took it out, or the instance was terminated"
            }
            Self::Leaves => "register it again",
            Self::NotInUse => "let a listener or a rule forward to the group",
            Self::ZoneNotEnabled => "enable the zone for the load balancer, or use another target",
            Self::InvalidState => {
                "start the instance; if it was terminated, another one has to take its place"
            }
            Self::IpUnusable => "register the address of the target itself",
            Self::Flapped => {
                "see what the application answers to its health check, and what it logs"
            }
        }
    }
}
