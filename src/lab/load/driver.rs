//! Sends each request at its own time, whatever became of those before it.
//! A request is sent once; every outcome goes to the tally.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::options::Requests;
use super::{Failure, FailureKind, Shared};
use crate::lab::VERSION_HEADER;
use crate::lab::pool::Pool;

type Connections = Arc<Pool<Empty<Bytes>>>;

pub(super) async fn drive(
    shared: Arc<Shared>,
    requests: Requests,
    mut stopped: watch::Receiver<bool>,
) {
    let options = &shared.options;
    let connections = Pool::new(options.to);
    let mut in_flight = JoinSet::new();
    for number in 0_u64.. {
        let offset = options.intended(number);
        if offset >= options.ends() || !wait(shared.started + offset, &mut stopped).await {
            break;
        }
        while in_flight.try_join_next().is_some() {}
        if in_flight.len() >= options.in_flight {
            shared.tally().failed(offset, Failure::not_sent());
            continue;
        }
        let request =
            if options.is_slow(number) { requests.slow.clone() } else { requests.quick.clone() };
        let intended = shared.started + offset;
        in_flight.spawn(send(Arc::clone(&shared), Arc::clone(&connections), request, intended));
    }
    while in_flight.join_next().await.is_some() {}
    connections.cut();
}

/// Waits for a request's time; false when the traffic was stopped before.
async fn wait(until: Instant, stopped: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        biased;
        _ = stopped.wait_for(|stopped| *stopped) => false,
        () = sleep_until(until) => true,
    }
}

async fn send(
    shared: Arc<Shared>,
    connections: Connections,
    request: Request<Empty<Bytes>>,
    intended: Instant,
) {
    let deadline = intended + shared.options.timeout;
    let outcome = timeout_at(deadline, exchange(&connections, request))
        .await
        .unwrap_or_else(|_| Err(Failure::timed_out()));
    let offset = intended - shared.started;
    match outcome {
        Ok(version) => shared.tally().served(offset, &version, intended.elapsed()),
        Err(failure) => shared.tally().failed(offset, failure),
    }
}

async fn exchange(
    connections: &Connections,
    request: Request<Empty<Bytes>>,
) -> Result<String, Failure> {
    let answer = connections.send(request).await?;
    let (head, mut body) = answer.into_parts();
    while let Some(frame) = body.frame().await {
        frame.map_err(|error| Failure::new(FailureKind::CutBody, &error))?;
    }
    if !head.status.is_success() {
        return Err(Failure::status(head.status));
    }
    let version = head.headers.get(VERSION_HEADER);
    let version = version.and_then(|version| version.to_str().ok());
    Ok(version.unwrap_or_default().to_owned())
}
