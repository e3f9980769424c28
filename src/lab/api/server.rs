//! Serves the API and the control over HTTP/1.1 on a loopback listener.
//! It reads, answers and sends; what the answer is, is decided elsewhere.

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::control::{self, control};
use crate::lab::state::Lab;

/// A call that registers a thousand targets has about a tenth of this.
const LARGEST_BODY: usize = 1024 * 1024;
/// Whoever sends no request for so long is taken for gone.
const PATIENCE: Duration = Duration::from_secs(60);
/// Before accepting again after an error, which is mostly a lack of file descriptors.
const ACCEPT_REST: Duration = Duration::from_millis(20);
/// Enough for every client of a test; more wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 512;

/// Serves the lab's API on `listener`, for as long as it is polled; dropped, it ends every connection.
///
/// # Errors
/// Fails at once if other machines can reach the listener, and never later.
pub async fn serve(listener: TcpListener, lab: Arc<Lab>) -> io::Result<()> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        let sentence = format!("{address} is no loopback address");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, sentence));
    }
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept(), if connections.len() < MOST_CONNECTIONS => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, Arc::clone(&lab)));
                }
                Err(error) => {
                    tracing::debug!(%error, "failed to accept a connection to the lab's API");
                    sleep(ACCEPT_REST).await;
                }
            },
        }
    }
}

async fn connection(stream: TcpStream, lab: Arc<Lab>) {
    // Small answers must not wait for more bytes; a socket that cannot be told so still works.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| handle(Arc::clone(&lab), request));
    let mut serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    let Err(error) = (&mut serving).await else { return };
    tracing::debug!(%error, "a connection to the lab's API ended early");
    if is_reset(&error) {
        // Closed without lingering, the other side sees a reset and not an end; a socket that
        // cannot be told so is closed all the same.
        let _ = serving.into_parts().io.into_inner().set_zero_linger();
    }
}

/// Whether the error is the one by which [`call`] leaves a call unanswered.
fn is_reset(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionReset)
}

/// An error here makes hyper close the connection without an answer.
async fn handle(lab: Arc<Lab>, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST_BODY).collect().await else {
        return response(413, "text/plain", None, "the body is too large or was cut".into());
    };
    let body = body.to_bytes();
    let path = head.uri.path();
    if let Some(rest) = path.strip_prefix(control::PREFIX) {
        let (status, json) = control(&lab, head.method.as_str(), rest, &body);
        return response(status, "application/json", None, json.to_string().into());
    }
    if head.method != Method::POST || path != "/" {
        return response(404, "text/plain", None, "the API is POST /".into());
    }
    call(&lab, &body).await
}

async fn call(lab: &Lab, body: &[u8]) -> io::Result<Response<Full<Bytes>>> {
    let answer = super::answer(lab, body);
    tracing::debug!(action = answer.action, status = answer.status, "the lab answers");
    sleep(answer.delay).await;
    if answer.cut {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    let id = Some(answer.request_id.as_str());
    response(answer.status, "text/xml", id, answer.body.into())
}

fn response(
    status: u16,
    kind: &str,
    request_id: Option<&str>,
    body: Bytes,
) -> io::Result<Response<Full<Bytes>>> {
    let mut builder = Response::builder().status(status).header(CONTENT_TYPE, kind);
    if let Some(id) = request_id {
        builder = builder.header("x-amzn-RequestId", id);
    }
    builder.body(Full::new(body)).map_err(io::Error::other)
}
