//! Finds region, credentials and endpoint as every AWS tool does, and fails early without them.
//!
//! It makes no call to the load balancer.

use std::time::Duration;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use hyper::Uri;
use tokio::time::timeout;

use super::ElbBalancer;
use super::first_use::FirstUse;
use crate::balancer::{BalancerError, CONNECT, ErrorKind};
use crate::user_info::hidden;

/// Opening a connection within a region takes milliseconds; this leaves room for two lost packets.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// One attempt, answer read: even RegisterTargets with 200 targets answers within a few seconds.
pub(super) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
/// All attempts of one call with the pauses between them.
pub(super) const OPERATION_TIMEOUT: Duration = Duration::from_secs(90);
/// Register and Deregister refill 4 a second for all callers of an account: the SDK's three
/// attempts within about a second are too few when others deploy too.
pub(super) const ATTEMPTS: u32 = 7;
/// A look-up of region or credentials that takes longer hangs. Off EC2 the metadata service is
/// not there: the SDK gives it up after one second each for region and credentials, and asks only
/// if the environment and the profiles have none (never with AWS_EC2_METADATA_DISABLED=true).
const LOOKUP_LIMIT: Duration = Duration::from_secs(30);

/// A region is part of a host name: a DNS label is at most so long.
const LONGEST_LABEL: usize = 63;
const APP_NAME: &str = concat!(env!("CARGO_PKG_NAME"), "-", env!("CARGO_PKG_VERSION"));

/// Which account, region and endpoint to talk to; what is not given is found as AWS tools do:
/// environment, profile, container, instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectOptions {
    /// The region.
    pub region: Option<String>,
    /// The profile of the AWS configuration files. Its credentials alone are used then, whatever
    /// else there is: a misspelt one must not fall back to the instance's role.
    pub profile: Option<String>,
    /// The URL to call instead of AWS, e.g. the lab's.
    pub endpoint: Option<String>,
}

impl ElbBalancer {
    /// Finds region and credentials, without a call to the load balancer.
    ///
    /// # Errors
    /// [`ErrorKind::Region`] if none is configured, [`ErrorKind::Credentials`] if there are none
    /// or they are expired, [`ErrorKind::Invalid`] for an endpoint that is no URL or a region that
    /// cannot be one.
    pub async fn connect(options: ConnectOptions) -> Result<Self, BalancerError> {
        check_endpoint(options.endpoint.as_deref())?;
        let config = timeout(LOOKUP_LIMIT, load(&options))
            .await
            .map_err(|_| took_too_long(ErrorKind::Region, "region"))?;
        check_region(config.region())?;
        let provider = provider(&options, &config);
        let provider = timeout(LOOKUP_LIMIT, FirstUse::resolve(provider, options.profile))
            .await
            .map_err(|_| took_too_long(ErrorKind::Credentials, "credentials"))?
            .map_err(|what| BalancerError::new(ErrorKind::Credentials, CONNECT, what))?;
        let provider = SharedCredentialsProvider::new(provider);
        Ok(Self::over(&config.into_builder().credentials_provider(provider).build()))
    }
}

async fn load(options: &ConnectOptions) -> SdkConfig {
    let mut loader = configured(http_client());
    if let Some(region) = &options.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(endpoint) = &options.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    loader.load().await
}

/// What holds for every connection, whoever answers.
pub(super) fn configured(http_client: SharedHttpClient) -> ConfigLoader {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
        .timeout_config(timeouts);
    match AppName::new(APP_NAME) {
        Ok(name) => loader.app_name(name),
        Err(_) => loader,
    }
}

pub(super) fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https()
}

fn provider(options: &ConnectOptions, config: &SdkConfig) -> Option<SharedCredentialsProvider> {
    let Some(profile) = &options.profile else { return config.credentials_provider() };
    let surroundings = ProviderConfig::without_region()
        .with_region(config.region().cloned())
        .with_http_client(http_client());
    let profile =
        ProfileFileCredentialsProvider::builder().configure(&surroundings).profile_name(profile);
    Some(SharedCredentialsProvider::new(profile.build()))
}

fn check_endpoint(endpoint: Option<&str>) -> Result<(), BalancerError> {
    let Some(endpoint) = endpoint else { return Ok(()) };
    let shown = hidden(endpoint);
    if shown != endpoint {
        let what =
            format!("endpoint {shown:?} has a user or password in it, which nobody asks for");
        return Err(BalancerError::new(ErrorKind::Invalid, CONNECT, what));
    }
    let uri = endpoint.parse::<Uri>().ok();
    let is_url = uri.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()
    });
    match is_url {
        true => Ok(()),
        false => {
            let what = format!("endpoint {endpoint:?} is no http:// or https:// URL");
            Err(BalancerError::new(ErrorKind::Invalid, CONNECT, what))
        }
    }
}

fn check_region(region: Option<&Region>) -> Result<(), BalancerError> {
    // An empty AWS_REGION is how scripts write one that is not set.
    let Some(region) = region.map(Region::as_ref).filter(|region| !region.is_empty()) else {
        return Err(BalancerError::new(ErrorKind::Region, CONNECT, "no region is configured"));
    };
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || sign == '-';
    let is_label = region.len() <= LONGEST_LABEL && region.chars().all(is_sign);
    match is_label && !region.starts_with('-') && !region.ends_with('-') {
        true => Ok(()),
        false => {
            let what = format!("region {region:?} cannot be one");
            Err(BalancerError::new(ErrorKind::Invalid, CONNECT, what))
        }
    }
}

fn took_too_long(kind: ErrorKind, what: &str) -> BalancerError {
    let limit = LOOKUP_LIMIT.as_secs();
    BalancerError::new(kind, CONNECT, format!("no {what} found within {limit} s"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_with_a_user_or_password_is_refused_without_being_shown() {
        for endpoint in ["http://alice:secret@127.0.0.1:4566", "https://secret@elb.example.com/"] {
            let error = check_endpoint(Some(endpoint)).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Invalid);
            assert!(error.message.contains("has a user or password in it"), "{error}");
            assert!(!error.message.contains("secret"), "{error}");
        }
        assert!(check_endpoint(Some("http://127.0.0.1:4566/a@b")).is_ok());
    }
}
