//! Whether credentials that could not be had may be had a little later: a run outlives them, and
//! whoever renews them is asked over the same network as everything else.
//!
//! It renews nothing.

use std::error::Error;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::classify::chain;

/// What the SDK's own time limits say; their types cannot be named from outside.
const TIMED_OUT: [&str; 2] = ["timed out", "timeout"];

/// Whether a cause at or below this error is a network that did not answer.
pub(super) fn may_pass(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(is_network)
}

fn is_network(error: &(dyn Error + 'static)) -> bool {
    if let Some(error) = error.downcast_ref::<ConnectorError>() {
        return error.is_io() || error.is_timeout();
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return is_of_sockets(error.kind());
    }
    let is_of_provider =
        matches!(error.downcast_ref(), Some(CredentialsError::ProviderTimedOut(_)));
    is_of_provider
        || error.source().is_none() && TIMED_OUT.iter().any(|said| error.to_string().contains(said))
}

/// The others are about files and programs, which stay as they are.
fn is_of_sockets(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NotConnected
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof
            | io::ErrorKind::TimedOut
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn of(kind: io::ErrorKind) -> CredentialsError {
        CredentialsError::provider_error(io::Error::from(kind))
    }

    #[test]
    fn a_network_that_does_not_answer_may_answer_later() {
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        for error in [
            CredentialsError::provider_timed_out(Duration::from_secs(5)),
            CredentialsError::provider_error(ConnectorError::io(refused().into())),
            CredentialsError::provider_error(ConnectorError::timeout("late".into())),
            CredentialsError::provider_error(io::Error::other(of(io::ErrorKind::TimedOut))),
            CredentialsError::unhandled(refused()),
            CredentialsError::provider_error("operation attempt timeout occurred after 3.1s"),
        ] {
            assert!(may_pass(&error), "{error:?}");
        }
    }

    #[test]
    fn what_a_person_has_to_put_right_does_not_pass() {
        for error in [
            CredentialsError::not_loaded("logged out"),
            CredentialsError::not_loaded_no_source(),
            CredentialsError::invalid_configuration("a loop of roles"),
            CredentialsError::provider_error("AccessDenied: the role may not be assumed"),
            CredentialsError::provider_error(ConnectorError::user("no such scheme".into())),
            of(io::ErrorKind::NotFound),
            of(io::ErrorKind::PermissionDenied),
        ] {
            assert!(!may_pass(&error), "{error:?}");
        }
    }
}
