//! Asks the metadata service over HTTP: a session first, then all that is wanted, at the same time.

use std::net::IpAddr;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::imds::Client;
use aws_config::provider_config::ProviderConfig;
use tokio::time::timeout;
use tokio::try_join;

use super::classify::classify;
use super::error::{MetadataError, MetadataErrorKind};
use super::surroundings::Surroundings;
use super::{Myself, answer};

/// All of it: a person waits, and what has no answer by then has none.
pub const LIMIT: Duration = Duration::from_secs(5);
/// The service is on the machine itself and answers within milliseconds.
const PATIENCE: Duration = Duration::from_secs(1);
/// Connecting, the head of the answer, and its body.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(2);
/// Of answers with HTTP 5xx and 401. Silence is tried twice, too, but by us.
const ATTEMPTS: u32 = 2;

const INSTANCE: &str = "/latest/meta-data/instance-id";
const REGION: &str = "/latest/meta-data/placement/region";
const ZONE: &str = "/latest/meta-data/placement/availability-zone";
const IPV4: &str = "/latest/meta-data/local-ipv4";
const MAC: &str = "/latest/meta-data/mac";

/// Asks who this is, in other surroundings than this process's own.
///
/// # Errors
/// As [`super::ask()`].
pub async fn ask_in(surroundings: &Surroundings) -> Result<Myself, MetadataError> {
    surroundings.check()?;
    let service = Service::new(surroundings)?;
    let asked = timeout(LIMIT, service.myself()).await;
    let asked = asked.unwrap_or_else(|_| Err(service.too_slow()));
    match &asked {
        Ok(myself) => tracing::debug!(?myself, "the instance metadata service answers"),
        Err(error) => tracing::debug!(kind = ?error.kind, "{error}"),
    }
    asked
}

struct Service {
    client: Client,
    endpoint: Option<String>,
}

impl Service {
    fn new(surroundings: &Surroundings) -> Result<Self, MetadataError> {
        // No proxy: the service is on the machine itself, and there is no other machine to ask.
        let http = aws_smithy_http_client::Builder::new().build_http();
        let around = ProviderConfig::without_region()
            .with_behavior_version(Some(BehaviorVersion::latest()))
            .with_http_client(http);
        let builder = Client::builder()
            .configure(&around)
            .connect_timeout(PATIENCE)
            .read_timeout(PATIENCE)
            .operation_attempt_timeout(ATTEMPT_LIMIT)
            .operation_timeout(LIMIT)
            .max_attempts(ATTEMPTS);
        let endpoint = surroundings.endpoint.clone();
        let builder = match &endpoint {
            None => builder,
            Some(url) => builder.endpoint(url).map_err(|error| MetadataError {
                kind: MetadataErrorKind::Endpoint,
                message: error.to_string(),
                endpoint: endpoint.clone(),
            })?,
        };
        Ok(Self { client: builder.build(), endpoint })
    }

    async fn myself(&self) -> Result<Myself, MetadataError> {
        let instance = match self.get(INSTANCE, answer::instance).await {
            // One lost packet is no reason to stop: connecting sends its next only after a second.
            Err(error) if error.kind == MetadataErrorKind::NoAnswer => {
                self.get(INSTANCE, answer::instance).await?
            }
            first => first?,
        };
        let (region, zone, ipv4, (vpc, ipv6s)) = try_join!(
            self.get(REGION, answer::region),
            self.find(ZONE, answer::zone),
            self.find(IPV4, answer::ipv4),
            self.interface(),
        )?;
        let addresses = ipv4.into_iter().chain(ipv6s).collect();
        Ok(Myself { instance, addresses, region, vpc, zone })
    }

    /// The VPC of the first network interface, and its IPv6 addresses.
    async fn interface(&self) -> Result<(Option<String>, Vec<IpAddr>), MetadataError> {
        let Some(mac) = self.find(MAC, answer::mac).await? else { return Ok((None, Vec::new())) };
        let path = |name| format!("/latest/meta-data/network/interfaces/macs/{mac}/{name}");
        let (vpc, ipv6s) = (path("vpc-id"), path("ipv6s"));
        let (vpc, ipv6s) =
            try_join!(self.find(&vpc, answer::vpc), self.find(&ipv6s, answer::ipv6s))?;
        Ok((vpc, ipv6s.unwrap_or_default()))
    }

    /// What not every instance has.
    async fn find<T>(
        &self,
        path: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, MetadataError> {
        match self.get(path, read).await {
            Err(error) if error.kind == MetadataErrorKind::NotFound => Ok(None),
            found => found.map(Some),
        }
    }

    async fn get<T>(
        &self,
        path: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, MetadataError> {
        let failed = |(kind, message)| self.failed(kind, message);
        let told = self.client.get(path).await.map_err(|error| failed(classify(&error, path)))?;
        let told = told.as_ref().trim_end();
        let garbage = || format!("{path} is {}", answer::shown(told));
        read(told).ok_or_else(|| failed((MetadataErrorKind::Garbage, garbage())))
    }

    fn too_slow(&self) -> MetadataError {
        let message = format!("no whole answer within {} s", LIMIT.as_secs());
        self.failed(MetadataErrorKind::NoAnswer, message)
    }

    fn failed(&self, kind: MetadataErrorKind, message: String) -> MetadataError {
        MetadataError { kind, message, endpoint: self.endpoint.clone() }
    }
}
