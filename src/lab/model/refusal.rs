//! Why the model refuses a call, in the words and codes of the real API.
//! How it is put on the wire is the API's business.

use thiserror::Error;

/// A refusal; nothing has been changed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// No group has this ARN or name.
    #[error("One or more target groups not found")]
    GroupNotFound,
    /// No balancer has this ARN or name.
    #[error("One or more load balancers not found")]
    BalancerNotFound,
    /// No listener has this ARN.
    #[error("One or more listeners not found")]
    ListenerNotFound,
    /// No rule has this ARN.
    #[error("One or more rules not found")]
    RuleNotFound,
    /// A target that does not exist, does not run, or is not ready to come back.
    #[error("{0}")]
    InvalidTarget(String),
    /// The group is full.
    #[error("You have reached the maximum number of targets per target group, '{0}'")]
    TooManyTargets(usize),
    /// A group of this name exists with other settings.
    #[error("A target group with the same name '{0}' exists, but with different settings")]
    DuplicateGroup(String),
    /// A listener or rule forwards to the group.
    #[error("Target group '{0}' is currently in use by a listener or a rule")]
    ResourceInUse(String),
    /// A resource cannot carry so many tags.
    #[error("The quota '{0}' for the number of tags per resource has been reached")]
    TooManyTags(usize),
    /// The same tag key twice in a call.
    #[error("Tag keys should be unique per resource")]
    DuplicateTagKeys,
    /// A setting that does not fit the group.
    #[error("{0}")]
    InvalidConfiguration(String),
    /// An argument that is missing or out of its range.
    #[error("{0}")]
    Validation(String),
}

impl Refusal {
    /// The code on the wire, which carries no `Exception` at its end.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::GroupNotFound => "TargetGroupNotFound",
            Self::BalancerNotFound => "LoadBalancerNotFound",
            Self::ListenerNotFound => "ListenerNotFound",
            Self::RuleNotFound => "RuleNotFound",
            Self::InvalidTarget(_) => "InvalidTarget",
            Self::TooManyTargets(_) => "TooManyTargets",
            Self::DuplicateGroup(_) => "DuplicateTargetGroupName",
            Self::ResourceInUse(_) => "ResourceInUse",
            Self::TooManyTags(_) => "TooManyTags",
            Self::DuplicateTagKeys => "DuplicateTagKeys",
            Self::InvalidConfiguration(_) => "InvalidConfigurationRequest",
            Self::Validation(_) => "ValidationError",
        }
    }
}
