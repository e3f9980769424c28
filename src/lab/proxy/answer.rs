//! What the client gets: the target's answer as it comes, or why there is none.
//! The statuses are a real application load balancer's: 502 refused or reset, 503 no target, 504 silence.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::{Response, StatusCode};

use super::headers;
use super::idle::IdleBody;
use crate::lab::pool::{PooledBody, Unanswered};

pub(super) type Answer = Response<Either<Full<Bytes>, IdleBody>>;

pub(super) fn target_answer(
    mut answer: Response<PooledBody<Incoming>>,
    idle_timeout: Duration,
) -> Answer {
    headers::remove_hop_by_hop(answer.headers_mut());
    answer.map(|body| Either::Right(IdleBody::new(body, idle_timeout)))
}

pub(super) fn no_answer(address: SocketAddr, error: &Unanswered) -> Answer {
    let what = if error.is_refused() {
        "refused the connection"
    } else if error.is_reset() {
        "closed the connection before it answered"
    } else {
        "gave no answer that can be read"
    };
    tracing::debug!(%address, %error, "a target failed a request");
    refusal(StatusCode::BAD_GATEWAY, &format!("{address} {what}"))
}

pub(super) fn refusal(status: StatusCode, reason: &str) -> Answer {
    let mut answer = Response::new(Either::Left(Full::from(format!("{status}: {reason}\n"))));
    *answer.status_mut() = status;
    answer
}
