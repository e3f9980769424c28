//! Credentials that are looked up once at the start, so that a run without any fails at once.
//!
//! Renewal is left to the provider and to the SDK's cache.

use std::sync::Mutex;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};

use super::classify::causes;
use crate::clock::Clock;
use crate::rollout::Moment;

/// What the SDK means by a profile that fails without a cause.
const NO_PROFILE: &str = "the AWS configuration has no such profile, or it has none";
const NO_CAUSE: &str = "no cause is given";

/// Hands out what it has found at the start to whoever asks first, so that a process that asks
/// for a code or a key touch does so once.
#[derive(Debug)]
pub(super) struct FirstUse {
    found: Mutex<Option<Credentials>>,
    provider: SharedCredentialsProvider,
}

impl FirstUse {
    /// Asks the provider; what it says is a fragment that fits after "connect: ".
    pub(super) async fn resolve(
        provider: Option<SharedCredentialsProvider>,
        profile: Option<String>,
    ) -> Result<Self, String> {
        let provider = provider.ok_or("no way to find credentials is configured")?;
        let found =
            provider.provide_credentials().await.map_err(|error| explain(&error, profile))?;
        if is_expired(&found, Clock::system().now()) {
            return Err("the credentials are expired".to_owned());
        }
        Ok(Self { found: Mutex::new(Some(found)), provider })
    }

    fn take(&self) -> Option<Credentials> {
        self.found.lock().ok()?.take().filter(|found| !is_expired(found, Clock::system().now()))
    }

    async fn provide(&self) -> provider::Result {
        match self.take() {
            Some(found) => Ok(found),
            None => self.provider.provide_credentials().await,
        }
    }
}

impl ProvideCredentials for FirstUse {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.provide())
    }
}

fn is_expired(credentials: &Credentials, now: Moment) -> bool {
    let expiry = credentials.expiry().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    expiry.is_some_and(|expiry| Moment::from_millis(0).after(expiry) <= now)
}

fn or(causes: String, if_none: &str) -> String {
    if causes.is_empty() { if_none.to_owned() } else { causes }
}

fn explain(error: &CredentialsError, profile: Option<String>) -> String {
    match (error, profile) {
        (CredentialsError::CredentialsNotLoaded(_), None) => "no credentials found in the \
            environment, the profile, a web identity, the container or the instance metadata"
            .to_owned(),
        (_, None) => format!("no credentials: {}", or(causes(error), NO_CAUSE)),
        (_, Some(profile)) => {
            format!("no credentials from profile {profile}: {}", or(causes(error), NO_PROFILE))
        }
    }
}
