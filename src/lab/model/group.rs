//! A target group: its settings and its registrations.
//! It knows nothing of balancers and instances; what those add is in `view`.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::arn::{self, Arn};
use super::attributes::Attributes;
use super::balancer::BalancerKind;
use super::check::HealthCheck;
use super::protocol::Protocol;
use super::target::{NO_PORT, Registration, TargetKey, TargetSpec};

/// What a group's targets are named by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// Instance ids.
    Instance,
    /// IP addresses.
    Ip,
    /// Lambda functions. They are described, without port and checks, and get no traffic.
    Lambda,
    /// An application load balancer of the lab. It is described, and gets no traffic.
    Alb,
}

impl TargetKind {
    /// The API's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Ip => "ip",
            Self::Lambda => "lambda",
            Self::Alb => "alb",
        }
    }
}

/// A target group.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its ARN.
    pub arn: Arn,
    /// Its name, unique in the lab.
    pub name: String,
    /// How its targets are named.
    pub kind: TargetKind,
    /// What its targets speak.
    pub protocol: Protocol,
    /// The port of every target that is registered without one; [`NO_PORT`] of functions.
    pub port: u16,
    /// The network that it lives in.
    pub vpc: String,
    /// How its targets are checked.
    pub check: HealthCheck,
    /// Everything that can be set by `ModifyTargetGroupAttributes`.
    pub attributes: Attributes,
    pub(super) registrations: Registrations,
    pub(super) past: VecDeque<(Duration, Registrations)>,
}

pub(super) type Registrations = BTreeMap<TargetKey, Registration>;

impl Group {
    /// A group without targets, with AWS's default check and attributes.
    #[must_use]
    pub fn new(name: &str, kind: TargetKind, protocol: Protocol, port: u16, vpc: &str) -> Self {
        Self {
            arn: arn::group(name),
            name: name.to_owned(),
            kind,
            protocol,
            port,
            vpc: vpc.to_owned(),
            check: HealthCheck::defaults(kind, protocol),
            attributes: Attributes::defaults(kind, protocol),
            registrations: BTreeMap::new(),
            past: VecDeque::new(),
        }
    }

    /// A group of lambda functions: it has no protocol, port or network, and is of the family that
    /// speaks HTTP.
    #[must_use]
    pub fn of_functions(name: &str) -> Self {
        Self::new(name, TargetKind::Lambda, Protocol::Http, NO_PORT, "")
    }

    /// The family of balancers that can use it.
    #[must_use]
    pub fn family(&self) -> BalancerKind {
        family(self.protocol)
    }

    /// The key that a caller means: an omitted port is the group's.
    #[must_use]
    pub fn key(&self, spec: &TargetSpec) -> TargetKey {
        TargetKey::new(&spec.id, spec.port.unwrap_or(self.port))
    }

    /// Its settings alone.
    #[must_use]
    pub fn without_targets(&self) -> Self {
        Self {
            arn: self.arn.clone(),
            name: self.name.clone(),
            vpc: self.vpc.clone(),
            check: self.check.clone(),
            attributes: self.attributes.clone(),
            registrations: BTreeMap::new(),
            past: VecDeque::new(),
            ..*self
        }
    }

    /// Whether the target is registered, that is: neither draining nor gone.
    #[must_use]
    pub fn holds(&self, target: &TargetKey) -> bool {
        self.registrations.get(target).is_some_and(Registration::stays)
    }
}

pub(super) fn family(protocol: Protocol) -> BalancerKind {
    if protocol.is_http() { BalancerKind::Application } else { BalancerKind::Network }
}
