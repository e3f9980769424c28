//! What the load balancer says of a registration, in its own terms.

use std::fmt;

use serde::{Deserialize, Serialize};

/// `TargetHealthStateEnum` of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum State {
    /// Registered, and not checked often enough yet.
    Initial,
    /// Passes its checks.
    Healthy,
    /// Fails its checks.
    Unhealthy,
    /// Fails its checks while its connections are let finish (network load balancers). It is
    /// still registered.
    UnhealthyDraining,
    /// Receives no traffic; only the reason tells whether it is registered.
    Unused,
    /// Deregistered, and its connections are let finish.
    Draining,
    /// Not checked, or the load balancer cannot tell.
    Unavailable,
    /// A state that this version does not know.
    Other(String),
}

impl State {
    const KNOWN: [Self; 7] = [
        Self::Initial,
        Self::Healthy,
        Self::Unhealthy,
        Self::UnhealthyDraining,
        Self::Unused,
        Self::Draining,
        Self::Unavailable,
    ];

    /// The state as the API spells it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Initial => "initial",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::UnhealthyDraining => "unhealthy.draining",
            Self::Unused => "unused",
            Self::Draining => "draining",
            Self::Unavailable => "unavailable",
            Self::Other(text) => text,
        }
    }
}

impl From<String> for State {
    fn from(text: String) -> Self {
        Self::KNOWN.into_iter().find(|state| state.as_str() == text).unwrap_or(Self::Other(text))
    }
}

impl From<State> for String {
    fn from(state: State) -> Self {
        state.as_str().to_owned()
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// `TargetHealthReasonEnum` of the API: the reasons on which a verdict depends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Reason {
    /// `Target.NotRegistered`: this id and port are not in the group.
    NotRegistered,
    /// `Target.NotInUse`: no listener uses the group, or the zone is not enabled.
    NotInUse,
    /// `Target.InvalidState`: the instance is stopped or terminated.
    InvalidState,
    /// `Target.IpUnusable`: the address is used by a load balancer.
    IpUnusable,
    /// `Target.DeregistrationInProgress`.
    DeregistrationInProgress,
    /// Every other reason, word for word.
    Other(String),
}

impl Reason {
    const KNOWN: [Self; 5] = [
        Self::NotRegistered,
        Self::NotInUse,
        Self::InvalidState,
        Self::IpUnusable,
        Self::DeregistrationInProgress,
    ];

    /// The reason as the API spells it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::NotRegistered => "Target.NotRegistered",
            Self::NotInUse => "Target.NotInUse",
            Self::InvalidState => "Target.InvalidState",
            Self::IpUnusable => "Target.IpUnusable",
            Self::DeregistrationInProgress => "Target.DeregistrationInProgress",
            Self::Other(text) => text,
        }
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Self::KNOWN.into_iter().find(|reason| reason.as_str() == text).unwrap_or(Self::Other(text))
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.as_str().to_owned()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What the load balancer says of one registration: state, reason, description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The state.
    pub state: State,
    /// The reason; absent when healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The reason in the load balancer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Why an administrator keeps traffic away although it is healthy, e.g. a zonal shift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_away: Option<String>,
}

impl Health {
    /// Passing its checks, with nothing else to say.
    pub fn healthy() -> Self {
        Self::of(State::Healthy, None)
    }

    /// What is said of an id and port that are not in the group.
    pub fn not_registered() -> Self {
        let description = Some("Target is not registered to the target group".to_owned());
        Self { description, ..Self::of(State::Unused, Some(Reason::NotRegistered)) }
    }

    /// A state with its reason and no description.
    pub fn of(state: State, reason: Option<Reason>) -> Self {
        Self { state, reason, description: None, kept_away: None }
    }

    /// Whether the load balancer sends it new requests in the normal run of things.
    pub fn is_in_service(&self) -> bool {
        self.state == State::Healthy && self.kept_away.is_none()
    }

    /// Whether the id and port are not in the group.
    ///
    /// The state alone does not tell: `unused` is also said of registered targets of a group
    /// that no listener uses, of stopped instances and of unusable addresses.
    pub fn is_not_registered(&self) -> bool {
        self.state == State::Unused && self.reason == Some(Reason::NotRegistered)
    }

    /// Whether the description speaks of the zone: `Target.NotInUse` is said of a group that no
    /// listener uses and of a zone that is not enabled, and only the sentence tells which.
    pub(super) fn names_zone(&self) -> bool {
        self.description.as_ref().is_some_and(|text| text.contains("Availability Zone"))
    }

    /// Whether the registration is on its way out, or gone.
    pub fn is_leaving(&self) -> bool {
        !self.can_receive()
    }

    /// Whether a new request can reach it, now or later: it is registered and not on its way out.
    ///
    /// `unhealthy.draining` is registered: it goes on to `healthy` or `unhealthy` by itself.
    pub fn can_receive(&self) -> bool {
        !self.is_not_registered() && self.state != State::Draining
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.state)?;
        if let Some(reason) = &self.reason {
            write!(f, ", {reason}")?;
        }
        if let Some(description) = &self.description {
            write!(f, " ({description})")?;
        }
        if let Some(why) = &self.kept_away {
            write!(f, ", kept from traffic ({why})")?;
        }
        Ok(())
    }
}
