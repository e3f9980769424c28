//! Region, credentials and endpoint: what is missing is said at once, and in one line.

use std::io;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_config::Region;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::result::ConnectorError;

use super::wire::{Wire, ok};
use super::{ElbBalancer, arn};
use crate::balancer::elb::first_use::FirstUse;
use crate::balancer::elb::{ConnectOptions, connect};
use crate::balancer::{Balancer, ErrorKind};

fn expiring(at: SystemTime) -> SharedCredentialsProvider {
    SharedCredentialsProvider::new(Credentials::new(
        "AKIDEXAMPLE",
        "secret",
        None,
        Some(at),
        "test",
    ))
}

#[tokio::test]
async fn an_endpoint_that_is_no_url_is_refused() {
    for endpoint in ["localhost:4566", "ftp://127.0.0.1", "127.0.0.1", "http://"] {
        let options = ConnectOptions { endpoint: Some(endpoint.to_owned()), ..Default::default() };
        let error = ElbBalancer::connect(options).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{endpoint}");
        assert!(error.message.contains(endpoint), "{error}");
    }
}

#[tokio::test]
async fn a_region_that_cannot_be_one_is_refused_before_any_call() {
    let long = "x".repeat(64);
    for region in ["eu west", "x/y", "a\nb", "eu-west-1.example", "-eu", "eu-", &long] {
        let options = ConnectOptions { region: Some(region.to_owned()), ..Default::default() };
        let error = ElbBalancer::connect(options).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid, "{region}");
        assert_eq!(error.message, format!("region {region:?} cannot be one"));
        assert!(error.hint().unwrap().contains("eu-west-1"));
    }
}

#[tokio::test]
async fn an_empty_region_is_none() {
    let options = ConnectOptions { region: Some(String::new()), ..Default::default() };
    let error = ElbBalancer::connect(options).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Region, "{error}");
}

#[tokio::test]
async fn a_profile_that_does_not_exist_never_falls_back_to_other_credentials() {
    let options = ConnectOptions {
        region: Some("eu-west-1".to_owned()),
        profile: Some("no-such-profile-as-this".to_owned()),
        endpoint: None,
    };
    let error = ElbBalancer::connect(options).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials);
    assert!(error.message.contains("no-such-profile-as-this"), "{error}");
    assert_eq!(error.message.lines().count(), 1);
    assert!(!error.message.trim_end().ends_with(':'), "{error}");
}

#[tokio::test]
async fn expired_credentials_are_refused_before_any_call() {
    let past = UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let error = FirstUse::resolve(Some(expiring(past)), None).await.unwrap_err();
    assert_eq!(error, "the credentials are expired");
    assert!(FirstUse::resolve(None, None).await.is_err());
}

#[tokio::test]
async fn what_was_found_at_the_start_is_used_first() {
    let future = UNIX_EPOCH + Duration::from_secs(40_000_000_000);
    let found = FirstUse::resolve(Some(expiring(future)), None).await.unwrap();
    assert_eq!(found.provide_credentials().await.unwrap().access_key_id(), "AKIDEXAMPLE");
    assert_eq!(found.provide_credentials().await.unwrap().access_key_id(), "AKIDEXAMPLE");
}

#[tokio::test]
async fn whoever_starts_without_a_network_is_told_that_there_are_no_credentials() {
    let offline = CredentialsError::provider_error(offline());
    let provider = SharedCredentialsProvider::new(Failing::once(offline));
    let error = FirstUse::resolve(Some(provider), None).await.unwrap_err();
    assert!(error.starts_with("no credentials: "), "{error}");
    assert!(error.ends_with("connection refused"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn credentials_that_can_no_longer_be_found_later_are_no_network_trouble() {
    let wire = Wire::default();
    let balancer = with(Failing::once(CredentialsError::not_loaded("logged out")), &wire).await;
    let error = balancer.look(&arn(), &[]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials, "{error}");
    assert!(error.message.contains("logged out"), "{error}");
    assert!(wire.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn credentials_that_cannot_be_renewed_for_a_moment_are_asked_for_again() {
    for offline in [
        CredentialsError::provider_error(offline()),
        CredentialsError::provider_timed_out(Duration::from_secs(5)),
    ] {
        let wire = Wire::new([ok("DescribeTargetHealth", "<TargetHealthDescriptions/>")]);
        let balancer = with(Failing::once(offline), &wire).await;
        let error = balancer.look(&arn(), &[]).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
        assert!(error.is_transient(), "{error}");
        assert!(error.message.starts_with("credentials cannot be renewed: "), "{error}");
        assert!(wire.sent().is_empty());
        assert_eq!(balancer.look(&arn(), &[]).await, Ok(Vec::new()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_never_answers_is_network_trouble() {
    let wire = Wire::default();
    let error = with(Silent, &wire).await.look(&arn(), &[]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
}

fn offline() -> ConnectorError {
    ConnectorError::io(io::Error::from(io::ErrorKind::ConnectionRefused).into())
}

async fn with(provider: impl ProvideCredentials + 'static, wire: &Wire) -> ElbBalancer {
    let config = connect::configured(SharedHttpClient::new(wire.clone()))
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(provider))
        .load()
        .await;
    ElbBalancer::over(&config)
}

/// Fails so once, and is well from then on.
#[derive(Debug)]
struct Failing(Mutex<Option<CredentialsError>>);

impl Failing {
    fn once(error: CredentialsError) -> Self {
        Self(Mutex::new(Some(error)))
    }
}

impl ProvideCredentials for Failing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let key = || Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
        let failure = self.0.lock().unwrap().take();
        future::ProvideCredentials::ready(failure.map_or_else(|| Ok(key()), Err))
    }
}

/// Never says anything.
#[derive(Debug)]
struct Silent;

impl ProvideCredentials for Silent {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(std::future::pending())
    }
}
