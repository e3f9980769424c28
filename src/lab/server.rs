//! A whole lab as it runs: the API, one proxy for each listener, one metadata service for each
//! instance, health checks, and the end of it all.
//! It only puts the parts together; each part can be served alone.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::accept::{self, Ending};
use super::api;
use super::checker::check_targets;
use super::exports;
use super::faults::Faults;
use super::metadata::{Metadata, MetadataAddress};
use super::model::Model;
use super::proxy::{IDLE_TIMEOUT, Proxy, Targets, cut_overdue};
use super::state::Lab;

/// How long requests in flight may take to finish when the lab stops: it is a bench, its end should not be waited for.
pub const STOP_GRACE: Duration = Duration::from_secs(2);

/// How long everything else may take to end after that.
const STOP_MARGIN: Duration = Duration::from_secs(1);

/// Where a lab listens.
#[derive(Debug, Clone, Copy)]
pub struct ServerOptions {
    /// The API; port 0 takes a free one.
    pub api: SocketAddr,
    /// The loopback address of the balancers' listeners.
    pub listeners: IpAddr,
    /// Takes a free port for each listener and metadata service in place of the usual ones, so that labs can run side by side.
    pub free_ports: bool,
    /// How long a target may be silent before the client gets a 504.
    pub idle_timeout: Duration,
}

impl ServerOptions {
    /// Free ports on 127.0.0.1 for everything.
    pub const FREE_PORTS: Self = Self {
        api: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
        listeners: IpAddr::V4(Ipv4Addr::LOCALHOST),
        free_ports: true,
        idle_timeout: IDLE_TIMEOUT,
    };
}

/// Where a listener of a balancer takes requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerAddress {
    /// The balancer's name.
    pub balancer: String,
    /// The port that the fleet gave it.
    pub declared_port: u16,
    /// Where it listens.
    pub address: SocketAddr,
}

/// A running lab; dropped, it ends at once.
#[derive(Debug)]
pub struct LabServer {
    lab: Arc<Lab>,
    api: SocketAddr,
    listeners: Vec<ListenerAddress>,
    metadata: Vec<MetadataAddress>,
    stop: watch::Sender<bool>,
    serving: JoinSet<()>,
    ticking: JoinSet<()>,
}

impl LabServer {
    /// Listens everywhere, then serves. The model is told the ports that its listeners really have.
    ///
    /// # Errors
    /// Fails when an address is not loopback or cannot be bound; nothing is left behind then.
    pub async fn start(
        mut model: Model,
        faults: Faults,
        options: ServerOptions,
    ) -> io::Result<Self> {
        let api = accept::listen(options.api)?;
        let bound = bind_listeners(&mut model, options)?;
        let services = Metadata::of_all(&model, options.free_ports)?;
        let lab = Arc::new(Lab::new(model, faults));
        let targets = Arc::new(Targets::default());
        let (stop, stopped) = watch::channel(false);
        let mut serving = JoinSet::new();
        let mut listeners = Vec::new();
        for (listener, address) in bound {
            let port = address.address.port();
            let proxy = Proxy::new(Arc::clone(&lab), Arc::clone(&targets), port)
                .idle_timeout(options.idle_timeout);
            serving.spawn(proxy.serve(listener, ending(stopped.clone())));
            listeners.push(address);
        }
        let metadata = services.iter().map(|each| each.address.clone()).collect();
        for service in services {
            serving.spawn(service.serve(Arc::clone(&lab), ending(stopped.clone())));
        }
        let api_address = api.local_addr()?;
        let mut ticking = JoinSet::new();
        ticking.spawn(serve_api(api, Arc::clone(&lab)));
        ticking.spawn(check_targets(Arc::clone(&lab)));
        ticking.spawn(cut_overdue(Arc::clone(&lab), targets));
        Ok(Self { api: api_address, lab, listeners, metadata, stop, serving, ticking })
    }

    /// The state that all parts share.
    #[must_use]
    pub fn lab(&self) -> &Arc<Lab> {
        &self.lab
    }

    /// Where the API answers.
    #[must_use]
    pub fn api(&self) -> SocketAddr {
        self.api
    }

    /// The lines that point a shell's AWS tools at this lab.
    #[must_use]
    pub fn exports(&self) -> String {
        exports::exports(self.api)
    }

    /// Where traffic can be sent.
    #[must_use]
    pub fn listeners(&self) -> &[ListenerAddress] {
        &self.listeners
    }

    /// Where the instances can ask who they are.
    #[must_use]
    pub fn metadata(&self) -> &[MetadataAddress] {
        &self.metadata
    }

    /// Lets requests in flight finish for [`STOP_GRACE`] and ends every task.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let all_ended = async { while self.serving.join_next().await.is_some() {} };
        let _ = timeout(STOP_GRACE + STOP_MARGIN, all_ended).await;
        self.serving.shutdown().await;
        self.ticking.shutdown().await;
    }
}

fn bind_listeners(
    model: &mut Model,
    options: ServerOptions,
) -> io::Result<Vec<(TcpListener, ListenerAddress)>> {
    let mut bound = Vec::new();
    for mut balancer in model.balancers().to_vec() {
        for listener in &mut balancer.listeners {
            let port = if options.free_ports { 0 } else { listener.port };
            let wanted = SocketAddr::new(options.listeners, port);
            let socket = accept::listen(wanted)?;
            let address = ListenerAddress {
                balancer: balancer.name.clone(),
                declared_port: listener.port,
                address: socket.local_addr()?,
            };
            listener.port = address.address.port();
            bound.push((socket, address));
        }
        model.add_balancer(balancer);
    }
    Ok(bound)
}

async fn serve_api(listener: TcpListener, lab: Arc<Lab>) {
    if let Err(error) = api::serve(listener, lab).await {
        tracing::error!(%error, "the lab's API ended");
    }
}

async fn ending(mut stopped: watch::Receiver<bool>) -> Ending {
    let told = stopped.wait_for(|stopped| *stopped).await.is_ok();
    if told { Ending::Graceful(STOP_GRACE) } else { Ending::AtOnce }
}
