//! How a call to the load balancer can fail, classified once for everybody.

use std::fmt;

/// The operation of whoever fails before there is any: no region, no credentials, no endpoint.
pub(super) const CONNECT: &str = "connect";

/// An address that drains is refused by an application load balancer until it has drained.
const INVALID_TARGET: &str = "is it running, in the group's VPC, and not draining any more?";

/// Whose fault a failed call is, and what follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The account's request rate is used up.
    Throttled,
    /// The service answered that it cannot right now (HTTP 5xx).
    Unavailable,
    /// No answer: refused, reset, timed out, name not resolved.
    Unreachable,
    /// The credentials do not allow the action.
    Denied,
    /// There are no credentials, or they are expired or wrong.
    Credentials,
    /// No region is configured.
    Region,
    /// A group does not exist (any more).
    GroupNotFound,
    /// A load balancer or a listener does not exist (any more).
    FrontNotFound,
    /// What was asked for is in another region, account or partition than the one in use.
    Elsewhere,
    /// A target cannot be registered: unknown, not running, or of another network.
    InvalidTarget,
    /// A limit of the service is reached, e.g. targets per group.
    Limit,
    /// The request is not valid.
    Invalid,
    /// Anything else, such as an answer that cannot be read.
    Unexpected,
}

/// A call to the load balancer that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct BalancerError {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// The API operation, e.g. `DeregisterTargets`.
    pub operation: &'static str,
    /// The service's words, or the cause below it.
    pub message: String,
    /// The id under which AWS support finds the call.
    pub request_id: Option<String>,
    /// Whether an earlier part of the same request was carried out: long lists go in several calls.
    pub partly_done: bool,
}

impl BalancerError {
    /// A failure of which no request id is known, before anything was carried out.
    pub fn new(kind: ErrorKind, operation: &'static str, message: impl Into<String>) -> Self {
        Self { kind, operation, message: message.into(), request_id: None, partly_done: false }
    }

    /// A look at a group of functions.
    pub(crate) fn of_functions(operation: &'static str, function: &str) -> Self {
        let what = format!("{function} is a function: it has no port, and nothing to drain");
        Self::new(ErrorKind::Invalid, operation, what)
    }

    /// Whether the same call may succeed a little later.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, ErrorKind::Throttled | ErrorKind::Unavailable | ErrorKind::Unreachable)
    }

    /// Whether something may have changed although the call failed: an answer was lost, or an
    /// earlier part was carried out. A transient error is the last of several tries, and the
    /// answer of any of them may be the lost one.
    pub fn may_have_acted(&self) -> bool {
        self.partly_done || self.is_transient() || self.kind == ErrorKind::Unexpected
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self.kind {
            ErrorKind::Throttled => "other callers use up the account's request rate; try later",
            ErrorKind::Unavailable => "the service has trouble; try later",
            ErrorKind::Unreachable => "is the network up, and the endpoint right?",
            ErrorKind::Denied => {
                "allow the role this action in its policy (elasticloadbalancing:ACTION)"
            }
            ErrorKind::Credentials => "log in again, or set AWS_PROFILE; is the clock right?",
            ErrorKind::Region => "set AWS_REGION, or --region",
            ErrorKind::GroupNotFound => "look at the name, the region and the account",
            ErrorKind::FrontNotFound => "it was deleted meanwhile; look again",
            ErrorKind::Elsewhere => {
                "choose the region with --region, and the account with --profile or AWS_PROFILE"
            }
            ErrorKind::InvalidTarget => INVALID_TARGET,
            ErrorKind::Limit => "take something out first, or ask AWS to raise the quota",
            ErrorKind::Invalid if self.operation == CONNECT => {
                "an endpoint is such as http://127.0.0.1:4566, a region such as eu-west-1"
            }
            ErrorKind::Invalid => "look at what was given: names, ids, ports",
            ErrorKind::Unexpected => "try again; if it stays so, is the endpoint the right one?",
        })
    }
}

impl fmt::Display for BalancerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.message)?;
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_operation_cause_and_request_id_on_one_line() {
        let mut error =
            BalancerError::new(ErrorKind::Throttled, "RegisterTargets", "rate exceeded");
        assert_eq!(error.to_string(), "RegisterTargets: rate exceeded");
        error.request_id = Some("4f2a".to_owned());
        assert_eq!(error.to_string(), "RegisterTargets: rate exceeded (request 4f2a)");
    }

    #[test]
    fn a_refusal_has_acted_only_after_an_earlier_part_was_carried_out() {
        let mut error = BalancerError::new(ErrorKind::Denied, "RegisterTargets", "no");
        assert!(!error.may_have_acted());
        error.partly_done = true;
        assert!(error.may_have_acted());
    }

    #[test]
    fn a_lost_answer_may_have_acted() {
        for kind in [ErrorKind::Unreachable, ErrorKind::Unavailable, ErrorKind::Unexpected] {
            assert!(BalancerError::new(kind, "DeregisterTargets", "").may_have_acted(), "{kind:?}");
        }
    }
}
