//! The instances' metadata services, each on its instance's own address, as `IMDSv2` alone has it.
//! They tell who an instance is; credentials and user data there are none.

mod answer;
mod facts;
mod sessions;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use tokio::net::TcpListener;

use self::answer::{Asked, Service};
use super::accept::{self, Ending};
use super::model::Model;
use super::state::Lab;

/// The real one has port 80, which not everybody may listen on.
const PORT: u16 = 1338;

/// Where the metadata service of an instance answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataAddress {
    /// The instance's id.
    pub instance: String,
    /// Where it listens.
    pub address: SocketAddr,
}

/// A metadata service that listens, and does not answer yet.
#[derive(Debug)]
pub struct Metadata {
    listener: TcpListener,
    service: Service,
    /// Where it listens, and for whom.
    pub address: MetadataAddress,
}

impl Metadata {
    /// Listens for every instance on port 1338 of its address, or on any free one. Instances that
    /// share an address get one port after the other.
    ///
    /// # Errors
    /// Names the address that cannot be bound; nothing is left behind then.
    pub fn of_all(model: &Model, free_ports: bool) -> io::Result<Vec<Self>> {
        let mut all: Vec<Self> = Vec::new();
        for (id, instance) in model.instances() {
            let sharing = all.iter().filter(|each| each.address.address.ip() == instance.address);
            let taken = u16::try_from(sharing.count()).unwrap_or(u16::MAX);
            let port = if free_ports { 0 } else { PORT.saturating_add(taken) };
            let listener = accept::listen(SocketAddr::new(instance.address, port))?;
            let address =
                MetadataAddress { instance: id.to_owned(), address: listener.local_addr()? };
            let service = Service::new(facts::facts(id, instance, model.vpc_of(id)));
            all.push(Self { listener, service, address });
        }
        Ok(all)
    }

    /// Answers until `ending` says how to end.
    pub async fn serve(self, lab: Arc<Lab>, ending: impl Future<Output = Ending>) {
        let service = Arc::new(Mutex::new(self.service));
        let service_for = |_client| {
            let (service, lab) = (Arc::clone(&service), Arc::clone(&lab));
            service_fn(move |request| {
                let answer = answer(&service, &lab, &request);
                async move { Ok::<_, Infallible>(answer) }
            })
        };
        accept::serve(self.listener, service_for, ending).await;
    }
}

fn answer(
    service: &Mutex<Service>,
    lab: &Lab,
    request: &Request<Incoming>,
) -> Response<Full<Bytes>> {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let asked = Asked {
        method: request.method().as_str(),
        path: request.uri().path(),
        ttl: header(answer::TTL),
        token: header(answer::TOKEN),
        forwarded: request.headers().contains_key(answer::FORWARDED),
    };
    let answer = service.lock().unwrap_or_else(PoisonError::into_inner).answer(lab.now(), &asked);
    tracing::debug!(path = asked.path, status = answer.status.as_u16(), "the lab tells metadata");
    let mut response = Response::new(Full::from(answer.body));
    *response.status_mut() = answer.status;
    if let Some(ttl) = answer.ttl {
        response.headers_mut().insert(answer::TTL, ttl.into());
    }
    response
}
