//! Turns what the SDK says of an answer that did not come into the kind of the failure.

use std::error::Error;
use std::io;

use aws_config::imds::client::error::{ImdsError, TokenError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;

use super::error::MetadataErrorKind;

/// What the SDK asks first.
const TOKEN: &str = "/latest/api/token";

/// The kind of a failure to get `path`, and what happened.
pub(super) fn classify(error: &ImdsError, path: &str) -> (MetadataErrorKind, String) {
    if let ImdsError::ErrorResponse(answer) = error {
        return of_status(answer.response().status().as_u16(), path);
    }
    match find::<SdkError<TokenError, HttpResponse>>(error) {
        Some(SdkError::ServiceError(answer)) if !answer.raw().status().is_success() => {
            of_status(answer.raw().status().as_u16(), TOKEN)
        }
        Some(SdkError::ServiceError(answer)) => {
            (MetadataErrorKind::Garbage, format!("{TOKEN}: {}", answer.err()))
        }
        _ => unanswered(error),
    }
}

fn of_status(status: u16, path: &str) -> (MetadataErrorKind, String) {
    let kind = match status {
        401 | 403 => MetadataErrorKind::Denied,
        404 => MetadataErrorKind::NotFound,
        500..=599 => MetadataErrorKind::Unavailable,
        _ => MetadataErrorKind::Garbage,
    };
    (kind, format!("{path}: HTTP {status}"))
}

fn unanswered(error: &ImdsError) -> (MetadataErrorKind, String) {
    let root = root(error);
    let speaks_no_http = find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse);
    // The SDK has no type for it.
    let is_no_text = root.contains("invalid UTF-8");
    match speaks_no_http || is_no_text {
        true => (MetadataErrorKind::Garbage, format!("something else answers: {root}")),
        false => (MetadataErrorKind::NoAnswer, format!("no answer: {root}")),
    }
}

/// The innermost cause; the layers above it say "dispatch failure" and the like.
fn root(error: &ImdsError) -> String {
    let in_words = |error: &io::Error| match error.kind() {
        io::ErrorKind::ConnectionRefused => Some("connection refused"),
        io::ErrorKind::ConnectionReset => Some("connection reset"),
        io::ErrorKind::HostUnreachable => Some("no route to it"),
        io::ErrorKind::NetworkUnreachable => Some("no network"),
        _ => None,
    };
    let words = find::<io::Error>(error).and_then(in_words).map(str::to_owned);
    words.or_else(|| chain(error).last().map(ToString::to_string)).unwrap_or_default()
}

fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    chain(error).find_map(<dyn Error>::downcast_ref::<T>)
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}
