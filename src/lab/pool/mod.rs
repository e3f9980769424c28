//! Keep-alive HTTP/1.1 connections to one address, which can all be cut at one stroke.
//! Never repeats a request: what fails is told to the caller, as a real balancer and an honest load must.

mod body;
mod failure;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::body::Body;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

pub use body::PooledBody;
pub use failure::{Unanswered, was_cut};

/// Idle connections kept: enough for a burst, few enough that a thousand pools stay within the open-file limit.
const MAX_IDLE: usize = 64;

/// An idle connection older than this is not used again: well below the 60 s after which servers close theirs.
const MAX_IDLE_AGE: Duration = Duration::from_secs(15);

/// How long an idle connection may take to say that it is free: it only has to finish the last answer.
const FREE_WITHIN: Duration = Duration::from_millis(20);

/// The connections to one address.
pub struct Pool<B> {
    address: SocketAddr,
    state: Mutex<State<B>>,
}

struct State<B> {
    /// Last in, first out, so that few connections stay warm and the rest grow old.
    idle: Vec<(SendRequest<B>, Instant)>,
    /// Dropped with the pool, and then every connection is closed: none outlives its pool.
    connections: JoinSet<()>,
    cut: bool,
}

impl<B> Pool<B>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    /// An empty pool of connections to `address`.
    #[must_use]
    pub fn new(address: SocketAddr) -> Arc<Self> {
        Arc::new(Self {
            address,
            state: Mutex::new(State { idle: Vec::new(), connections: JoinSet::new(), cut: false }),
        })
    }

    /// Sends `request` (origin-form URI, with a `Host`) once, on an idle connection or a new one.
    /// Dropping the future closes the connection that it used.
    ///
    /// # Errors
    /// Says why no answer came. It sets no time limit of its own.
    pub async fn send(
        self: &Arc<Self>,
        request: Request<B>,
    ) -> Result<Response<PooledBody<B>>, Unanswered> {
        let mut connection = match self.free_connection().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let answer = connection.send_request(request).await?;
        Ok(answer.map(|body| PooledBody::new(body, connection, Arc::clone(self))))
    }

    /// Closes every connection, busy or idle; requests on them fail, and so does every later one.
    pub fn cut(&self) {
        let mut state = self.state();
        state.cut = true;
        state.idle.clear();
        state.connections.abort_all();
    }

    async fn free_connection(&self) -> Option<SendRequest<B>> {
        loop {
            let (mut connection, since) = self.state().idle.pop()?;
            let fresh = since.elapsed() < MAX_IDLE_AGE;
            if fresh && matches!(timeout(FREE_WITHIN, connection.ready()).await, Ok(Ok(()))) {
                return Some(connection);
            }
        }
    }

    async fn connect(&self) -> Result<SendRequest<B>, Unanswered> {
        let stream = TcpStream::connect(self.address).await.map_err(Unanswered::NoConnection)?;
        // Small requests must not wait for more bytes; a socket that cannot be told so still works.
        let _ = stream.set_nodelay(true);
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let mut state = self.state();
        if state.cut {
            return Err(Unanswered::PoolCut);
        }
        while state.connections.try_join_next().is_some() {}
        state.connections.spawn(async move {
            // Whoever has a request on this connection is told of its error.
            let _ = connection.await;
        });
        Ok(sender)
    }
}

impl<B> Pool<B> {
    fn give_back(&self, connection: SendRequest<B>) {
        let mut state = self.state();
        if state.idle.len() >= MAX_IDLE {
            state.idle.retain(|(idle, _)| !idle.is_closed());
        }
        if !state.cut && state.idle.len() < MAX_IDLE && !connection.is_closed() {
            state.idle.push((connection, Instant::now()));
        }
    }

    fn state(&self) -> MutexGuard<'_, State<B>> {
        // No code that holds the lock can leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
