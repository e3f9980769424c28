//! Accepts HTTP/1.1 connections on one listener and serves them until told to end, gracefully or at once.
//! Knows nothing of what is served: the app and the proxy both stand on it.

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Connections served at once by one listener; more wait in the kernel's queue.
pub const MAX_CONNECTIONS: usize = 4096;

/// Connections that wait to be accepted: more than a second of the heaviest load that the lab is made for.
const BACKLOG: u32 = 8192;

/// How long a connection may stay idle. AWS advises targets to keep theirs open for longer than the
/// balancer's 60 s, so that the balancer is the side that closes first.
const IDLE: Duration = Duration::from_secs(75);

/// How long accepting rests after an error such as "too many open files", which would come back at once.
const ACCEPT_REST: Duration = Duration::from_millis(20);

/// How serving ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every connection is closed where it stands.
    AtOnce,
    /// Idle connections are closed; requests in flight may finish within this time.
    Graceful(Duration),
}

/// Listens on a loopback address; a port that was in use a moment ago can be taken again at once.
///
/// # Errors
/// Fails for an address that other machines can reach, and when the address cannot be bound; names it.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let named =
        |error: io::Error| io::Error::new(error.kind(), format!("listen on {address}: {error}"));
    bound(address).map_err(named)
}

fn bound(address: SocketAddr) -> io::Result<TcpListener> {
    if !address.ip().is_loopback() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{address} is no loopback address"),
        ));
    }
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves `listener` with the service that `service_for` makes for each client, until `ending` says how to end.
///
/// Returns when every connection is closed; a graceful end that takes too long is finished by force.
pub async fn serve<M, S, B>(
    listener: TcpListener,
    service_for: M,
    ending: impl Future<Output = Ending>,
) where
    M: Fn(SocketAddr) -> S,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (closing, closed) = watch::channel(false);
    let mut connections = JoinSet::new();
    tokio::pin!(ending);
    let ending = loop {
        tokio::select! {
            ending = &mut ending => break ending,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < MAX_CONNECTIONS => match accepted {
                Ok((stream, client)) => {
                    connections.spawn(connection(stream, service_for(client), closed.clone()));
                }
                Err(error) => {
                    tracing::debug!(%error, "failed to accept a connection");
                    sleep(ACCEPT_REST).await;
                }
            },
        }
    };
    drop(listener);
    closing.send_replace(true);
    if let Ending::Graceful(within) = ending {
        let all_done = async { while connections.join_next().await.is_some() {} };
        let _ = timeout(within, all_done).await;
    }
    connections.shutdown().await;
}

async fn connection<S, B>(stream: TcpStream, service: S, mut closed: watch::Receiver<bool>)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    // Small answers must not wait for more bytes; a socket that cannot be told so still works.
    let _ = stream.set_nodelay(true);
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(serving);
    tokio::select! {
        _ = &mut serving => return,
        _ = closed.wait_for(|closed| *closed) => serving.as_mut().graceful_shutdown(),
    }
    // An error here is the client's: it is gone, and there is nobody to tell.
    let _ = serving.await;
}
