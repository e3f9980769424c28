//! A proxy on the target itself, as an nginx is in front of two ports: it forwards connections to one of
//! them. A reload is for new connections; those that there are stay where they are.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A proxy that runs until it is dropped.
pub(super) struct Upstream {
    port: Arc<AtomicU16>,
    _serving: JoinSet<()>,
}

impl Upstream {
    /// Listens at this address, and forwards to another port of the same host.
    pub(super) async fn start(listen: SocketAddr, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let port = Arc::new(AtomicU16::new(port));
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, listen.ip(), Arc::clone(&port)));
        Ok(Self { port, _serving: serving })
    }

    /// New connections go to this port from now on.
    pub(super) fn reload(&self, port: u16) {
        self.port.store(port, Ordering::SeqCst);
    }
}

async fn serve(listener: TcpListener, host: IpAddr, port: Arc<AtomicU16>) {
    let mut connections = JoinSet::new();
    while let Ok((mut client, _)) = listener.accept().await {
        let target = SocketAddr::new(host, port.load(Ordering::SeqCst));
        connections.spawn(async move {
            if let Ok(mut server) = TcpStream::connect(target).await {
                copy_bidirectional(&mut client, &mut server).await.ok();
            }
        });
        while connections.try_join_next().is_some() {}
    }
}
