//! One listener's HTTP/1.1 reverse proxy: a request goes to one target that the model routes to, and the answer back.
//! Like a real application load balancer it tries one target only; `Upgrade` (`WebSocket`) and TLS are not carried.

mod answer;
mod headers;
mod idle;
mod rotation;
mod targets;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, StatusCode, Uri};
use tokio::net::TcpListener;
use tokio::time::timeout;

use self::answer::{Answer, no_answer, refusal, target_answer};
use self::rotation::Rotation;
pub use self::targets::{Targets, cut_overdue};
use super::accept::{self, Ending};
use super::model::Endpoint;
use super::state::Lab;

/// How long a target may be silent before the client gets a 504: the default `idle_timeout.timeout_seconds`.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// The proxy of one listener.
pub struct Proxy {
    lab: Arc<Lab>,
    targets: Arc<Targets>,
    rotation: Rotation,
    port: u16,
    idle_timeout: Duration,
}

impl Proxy {
    /// A proxy for the model's listener on `port`, using connections of `targets`, which all proxies of a lab share.
    #[must_use]
    pub fn new(lab: Arc<Lab>, targets: Arc<Targets>, port: u16) -> Self {
        Self { lab, targets, rotation: Rotation::default(), port, idle_timeout: IDLE_TIMEOUT }
    }

    /// The same with another time after which a silent target means 504.
    #[must_use]
    pub fn idle_timeout(mut self, idle_timeout: Duration) -> Self {
        self.idle_timeout = idle_timeout;
        self
    }

    /// Carries requests until `ending` says how to end.
    pub async fn serve(self, listener: TcpListener, ending: impl Future<Output = Ending>) {
        let proxy = Arc::new(self);
        let service_for = |client: SocketAddr| {
            let proxy = Arc::clone(&proxy);
            service_fn(move |request| {
                let proxy = Arc::clone(&proxy);
                async move { Ok::<_, Infallible>(proxy.carry(client, request).await) }
            })
        };
        accept::serve(listener, service_for, ending).await;
    }

    async fn carry(&self, client: SocketAddr, request: Request<Incoming>) -> Answer {
        let Some(endpoint) = self.choose(request.uri().path()) else {
            return refusal(StatusCode::SERVICE_UNAVAILABLE, "no target gets requests");
        };
        let address = endpoint.address;
        let pool = self.targets.pool(&endpoint);
        let sending = pool.send(self.for_target(client, address, request));
        match timeout(self.idle_timeout, sending).await {
            Ok(Ok(answer)) => target_answer(answer, self.idle_timeout),
            Ok(Err(error)) => no_answer(address, &error),
            Err(_) => refusal(
                StatusCode::GATEWAY_TIMEOUT,
                &format!("no answer from {address} within {:?}", self.idle_timeout),
            ),
        }
    }

    fn choose(&self, path: &str) -> Option<Endpoint> {
        let routed = self.lab.with_model(|model, now| model.route(now, self.port, path));
        self.rotation.choose(routed)
    }

    fn for_target(
        &self,
        client: SocketAddr,
        target: SocketAddr,
        mut request: Request<Incoming>,
    ) -> Request<Incoming> {
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = path.map_or_else(Uri::default, Uri::from);
        *request.version_mut() = hyper::Version::HTTP_11;
        headers::remove_hop_by_hop(request.headers_mut());
        headers::add_forwarded(request.headers_mut(), client, self.port);
        headers::ensure_host(request.headers_mut(), target);
        request
    }
}
