//! Turns what the SDK says of a failed call into the port's error, once for every operation.
//!
//! It decides by the code on the wire, then by the HTTP status, then by how far the call came.

use std::error::Error;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_elasticloadbalancingv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_elasticloadbalancingv2::operation::RequestId;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::Response;

use super::renewal;
use crate::balancer::{BalancerError, ErrorKind};

/// Where calls go, as a person knows it.
#[derive(Debug, Clone)]
pub(super) struct Site(String);

impl Site {
    pub(super) fn new(endpoint: Option<&str>, region: &str) -> Self {
        Self(endpoint.map_or_else(|| format!("the service in {region}"), str::to_owned))
    }

    /// What kind of failure it is, in one line.
    pub(super) fn classify<E>(
        &self,
        operation: &'static str,
        error: SdkError<E, Response>,
    ) -> BalancerError
    where
        E: Error + ProvideErrorMetadata + RequestId + 'static,
    {
        let (kind, message) = match &error {
            SdkError::ServiceError(answer) => {
                served(answer.err().meta(), answer.err(), answer.raw().status().as_u16())
            }
            SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
                Some(cause) => self.undispatched(cause),
                None => (ErrorKind::Unreachable, self.no_answer(&error)),
            },
            SdkError::TimeoutError(_) => (ErrorKind::Unreachable, self.no_answer(&error)),
            SdkError::ResponseError(_) => {
                (ErrorKind::Unreachable, format!("{}: answer cut short: {}", self.0, root(&error)))
            }
            other => match find::<CredentialsError>(other) {
                Some(error) => without_credentials(error, root(other)),
                None => (ErrorKind::Invalid, root(other)),
            },
        };
        let request_id = error.request_id().map(str::to_owned);
        let error = BalancerError::new(kind, operation, one_line(&message));
        let error = BalancerError { request_id, ..error };
        tracing::debug!(?kind, "{error}");
        error
    }

    fn undispatched(&self, cause: &ConnectorError) -> (ErrorKind, String) {
        if let Some(error) = find::<CredentialsError>(cause) {
            return without_credentials(error, causes(cause));
        }
        // A provider that hangs is no error of credentials: the SDK's cache gives it up.
        let transient = cause.as_other().is_some() || renewal::may_pass(cause);
        match transient {
            true => (ErrorKind::Unreachable, self.no_answer(cause)),
            false => (ErrorKind::Unexpected, format!("{}: {}", self.0, root(cause))),
        }
    }

    fn no_answer(&self, error: &(dyn Error + 'static)) -> String {
        format!("no answer from {}: {}", self.0, root(error))
    }
}

fn served(
    meta: &aws_sdk_elasticloadbalancingv2::error::ErrorMetadata,
    error: &(dyn Error + 'static),
    status: u16,
) -> (ErrorKind, String) {
    match (meta.code(), meta.message()) {
        (Some(code), Some(words)) => (kind_of(code, status), format!("{code}: {words}")),
        (Some(code), None) => (kind_of(code, status), code.to_owned()),
        (None, _) => {
            (kind_of_status(status), format!("HTTP {status}, unreadable: {}", root(error)))
        }
    }
}

/// Error codes carry no `Exception` suffix on this API's wire, but some proxies add one.
fn kind_of(code: &str, status: u16) -> ErrorKind {
    match code.trim_end_matches("Exception") {
        "Throttling"
        | "Throttled"
        | "RequestThrottled"
        | "RequestLimitExceeded"
        | "TooManyRequests"
        | "SlowDown"
        | "PriorRequestNotComplete" => ErrorKind::Throttled,
        "HealthUnavailable" | "InternalFailure" | "InternalError" | "ServiceUnavailable"
        | "RequestTimeout" => ErrorKind::Unavailable,
        "AccessDenied"
        | "UnauthorizedOperation"
        | "AuthFailure"
        | "NotAuthorized"
        | "OptInRequired" => ErrorKind::Denied,
        "ExpiredToken"
        | "InvalidClientTokenId"
        | "UnrecognizedClient"
        | "InvalidAccessKeyId"
        | "SignatureDoesNotMatch"
        | "InvalidSignature"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "RequestExpired"
        | "RequestTimeTooSkewed" => ErrorKind::Credentials,
        "TargetGroupNotFound" => ErrorKind::GroupNotFound,
        "LoadBalancerNotFound" | "ListenerNotFound" => ErrorKind::FrontNotFound,
        "InvalidTarget" => ErrorKind::InvalidTarget,
        "TooManyTargets" | "TooManyRegistrationsForTargetId" | "TargetGroupAssociationLimit" => {
            ErrorKind::Limit
        }
        _ => kind_of_status(status),
    }
}

fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        429 => ErrorKind::Throttled,
        401 | 403 => ErrorKind::Denied,
        400..=499 => ErrorKind::Invalid,
        500..=599 => ErrorKind::Unavailable,
        _ => ErrorKind::Unexpected,
    }
}

/// A call for which there were no credentials. The first ones are found before any call, so these
/// could not be renewed.
fn without_credentials(error: &CredentialsError, causes: String) -> (ErrorKind, String) {
    match renewal::may_pass(error) {
        true => (ErrorKind::Unreachable, format!("credentials cannot be renewed: {causes}")),
        false => (ErrorKind::Credentials, causes),
    }
}

/// The innermost cause: the layers above it say "dispatch failure", "io error" and the like.
pub(super) fn root(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(in_words).unwrap_or_default()
}

/// All causes below an error, from the outermost; each says it only once.
pub(super) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for words in chain(error).skip(1).map(in_words) {
        if !said.last().is_some_and(|before| before.contains(&words)) {
            said.push(words);
        }
    }
    one_line(&said.join(": "))
}

fn in_words(error: &(dyn Error + 'static)) -> String {
    match error.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(io::ErrorKind::ConnectionReset) => "connection reset".to_owned(),
        _ => error.to_string(),
    }
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).find_map(<dyn Error>::downcast_ref::<T>)
}

pub(super) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| below(*error))
}

/// `io::Error::source` is the source of what it wraps, so that itself would be left out.
fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// Runs of white space, line breaks among them, as one space.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_of_an_io_error_is_what_it_wraps() {
        let inner = io::Error::new(io::ErrorKind::InvalidData, "bad certificate");
        let outer = io::Error::other(io::Error::other(inner));
        assert_eq!(root(&outer), "bad certificate");
    }

    #[test]
    fn causes_are_told_from_the_outermost_without_echo() {
        let inner = io::Error::other("no token");
        let outer = io::Error::other(io::Error::other(inner));
        assert_eq!(causes(&outer), "no token");
    }

    #[test]
    fn a_code_with_the_exception_suffix_means_the_same() {
        assert_eq!(kind_of("ThrottlingException", 400), ErrorKind::Throttled);
        assert_eq!(kind_of("TargetGroupNotFoundException", 400), ErrorKind::GroupNotFound);
    }

    #[test]
    fn an_unknown_code_is_judged_by_its_status() {
        assert_eq!(kind_of("NewThing", 400), ErrorKind::Invalid);
        assert_eq!(kind_of("NewThing", 403), ErrorKind::Denied);
        assert_eq!(kind_of("NewThing", 429), ErrorKind::Throttled);
        assert_eq!(kind_of("NewThing", 503), ErrorKind::Unavailable);
    }
}
