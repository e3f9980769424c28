//! What the API says of a target: the states, reasons and sentences of the real one.
//! `unhealthy.draining` is not modelled: nothing in the lab leads there.

use super::check::CheckPort;
use super::reach::Obstacle;
use super::target::{Failure, TargetKey};

/// A state of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthState {
    /// Registered, not yet judged.
    Initial,
    /// Gets traffic.
    Healthy,
    /// Fails its checks.
    Unhealthy,
    /// Not registered, or registered without any use.
    Unused,
    /// Deregistered less than the group's delay ago.
    Draining,
    /// Not checked.
    Unavailable,
}

impl HealthState {
    /// The API's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initial => "initial",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Unused => "unused",
            Self::Draining => "draining",
            Self::Unavailable => "unavailable",
        }
    }
}

/// A reason code of the API; a healthy target has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Being registered; no check has started.
    RegistrationInProgress,
    /// Checks have started; none has decided.
    InitialHealthChecking,
    /// A check was answered with another status code.
    ResponseCodeMismatch,
    /// A check was not answered in time.
    Timeout,
    /// A check failed; all that a network load balancer ever says.
    FailedHealthChecks,
    /// Not in the group.
    NotRegistered,
    /// Registered where no traffic can come from.
    NotInUse,
    /// Registered, but the instance is stopped or terminated.
    InvalidState,
    /// Draining.
    DeregistrationInProgress,
    /// A function, which is not checked.
    HealthCheckDisabled,
}

impl Reason {
    /// The API's code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RegistrationInProgress => "Elb.RegistrationInProgress",
            Self::InitialHealthChecking => "Elb.InitialHealthChecking",
            Self::ResponseCodeMismatch => "Target.ResponseCodeMismatch",
            Self::Timeout => "Target.Timeout",
            Self::FailedHealthChecks => "Target.FailedHealthChecks",
            Self::NotRegistered => "Target.NotRegistered",
            Self::NotInUse => "Target.NotInUse",
            Self::InvalidState => "Target.InvalidState",
            Self::DeregistrationInProgress => "Target.DeregistrationInProgress",
            Self::HealthCheckDisabled => "Target.HealthCheckDisabled",
        }
    }
}

/// State, reason and the sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The state.
    pub state: HealthState,
    /// Why; absent if healthy.
    pub reason: Option<Reason>,
    /// The real API's sentence; absent if healthy.
    pub description: Option<String>,
}

impl Health {
    /// Gets traffic; nothing more is said.
    pub(super) const HEALTHY: Self =
        Self { state: HealthState::Healthy, reason: None, description: None };

    fn new(state: HealthState, reason: Reason, description: &str) -> Self {
        Self { state, reason: Some(reason), description: Some(description.to_owned()) }
    }

    pub(super) fn registering() -> Self {
        let sentence = "Target registration is in progress";
        Self::new(HealthState::Initial, Reason::RegistrationInProgress, sentence)
    }

    pub(super) fn first_checks() -> Self {
        let sentence = "Initial health checks in progress";
        Self::new(HealthState::Initial, Reason::InitialHealthChecking, sentence)
    }

    pub(super) fn not_registered() -> Self {
        let sentence = "Target is not registered to the target group";
        Self::new(HealthState::Unused, Reason::NotRegistered, sentence)
    }

    pub(super) fn unused(obstacle: Obstacle) -> Self {
        let (reason, sentence) = match obstacle {
            Obstacle::Power(power) => {
                let sentence = format!("Target is in the {} state", power.as_str());
                return Self::new(HealthState::Unused, Reason::InvalidState, &sentence);
            }
            Obstacle::GroupNotInUse => (
                Reason::NotInUse,
                "Target group is not configured to receive traffic from the load balancer",
            ),
            Obstacle::ZoneNotEnabled => (
                Reason::NotInUse,
                "Target is in an Availability Zone that is not enabled for the load balancer",
            ),
        };
        Self::new(HealthState::Unused, reason, sentence)
    }

    pub(super) fn draining() -> Self {
        let sentence = "Target deregistration is in progress";
        Self::new(HealthState::Draining, Reason::DeregistrationInProgress, sentence)
    }

    pub(super) fn unchecked() -> Self {
        let sentence = "Health checks are not enabled for this target";
        Self::new(HealthState::Unavailable, Reason::HealthCheckDisabled, sentence)
    }

    pub(super) fn failing(failure: Failure) -> Self {
        let state = HealthState::Unhealthy;
        match failure {
            Failure::Code(code) => {
                let sentence = format!("Health checks failed with these codes: [{code}]");
                Self::new(state, Reason::ResponseCodeMismatch, &sentence)
            }
            Failure::TimedOut => Self::new(state, Reason::Timeout, "Request timed out"),
            Failure::Other => Self::new(state, Reason::FailedHealthChecks, "Health checks failed"),
        }
    }
}

/// One line of the answer to `DescribeTargetHealth`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetHealth {
    /// Which target.
    pub target: TargetKey,
    /// Its zone, if known.
    pub zone: Option<String>,
    /// As registered.
    pub quic_server_id: Option<String>,
    /// The port that is checked.
    pub check_port: CheckPort,
    /// What the balancer says.
    pub health: Health,
    /// Whether a zonal shift keeps traffic away although it is healthy.
    pub shifted: bool,
}
