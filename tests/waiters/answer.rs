//! What DescribeTargetHealth answers: lines about targets, or a refusal.

use elb_deploy::balancer::ErrorKind;
use elb_deploy::rollout::{GroupArn, Health, Registration, TargetId};

/// Which wait it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    Deregistered,
    InService,
}

/// How AWS's waiter was called: with `--targets`, or with the group alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    ByName,
    WholeGroup,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Told(Vec<(Registration, Health)>),
    Refused(Refused),
}

/// A call that fails, after whatever retries the client makes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    InvalidTarget,
    InvalidInstance,
    GroupNotFound,
    AccessDenied,
    Throttling,
    Unavailable,
    Reset,
}

impl Refused {
    pub const ALL: [Self; 7] = [
        Self::InvalidTarget,
        Self::InvalidInstance,
        Self::GroupNotFound,
        Self::AccessDenied,
        Self::Throttling,
        Self::Unavailable,
        Self::Reset,
    ];

    /// The code on the wire; none if there was no answer.
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::InvalidTarget => Some("InvalidTarget"),
            Self::InvalidInstance => Some("InvalidInstance"),
            Self::GroupNotFound => Some("TargetGroupNotFound"),
            Self::AccessDenied => Some("AccessDenied"),
            Self::Throttling => Some("Throttling"),
            Self::Unavailable => Some("ServiceUnavailable"),
            Self::Reset => None,
        }
    }

    pub const fn status(self) -> u16 {
        match self {
            Self::AccessDenied => 403,
            Self::Unavailable => 503,
            _ => 400,
        }
    }

    /// What the port makes of it; `src/balancer/elb/tests` holds that.
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::InvalidTarget => ErrorKind::InvalidTarget,
            Self::InvalidInstance => ErrorKind::Invalid,
            Self::GroupNotFound => ErrorKind::GroupNotFound,
            Self::AccessDenied => ErrorKind::Denied,
            Self::Throttling => ErrorKind::Throttled,
            Self::Unavailable => ErrorKind::Unavailable,
            Self::Reset => ErrorKind::Unreachable,
        }
    }
}

/// The registration of the target with this number, in the one group of these tests.
pub fn place(number: usize) -> Registration {
    Registration {
        group: GroupArn::new(
            "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0a1b2c",
        ),
        id: TargetId::new(format!("i-{number}")),
        port: 80,
        zone: None,
        quic_server_id: None,
    }
}
