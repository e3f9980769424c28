//! What the sample service answers to one request.
//! Decides from the request and the options alone; connections are not its concern.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body, Incoming};
use hyper::header::HeaderValue;
use hyper::{Method, Request, Response, StatusCode, Uri};
use tokio::time::{Instant, sleep};

use super::AppOptions;
use crate::lab::VERSION_HEADER;

/// The slowest answer that can be asked for, so that no request lives for ever.
const MAX_SLOWNESS: Duration = Duration::from_secs(300);

type Answer = Response<Either<Full<Bytes>, Incoming>>;

pub(super) struct App {
    pub(super) options: AppOptions,
    pub(super) version: HeaderValue,
    pub(super) ready_at: Instant,
}

impl App {
    /// `/health` says whether the app can serve; a request with a body gets the body back as it comes;
    /// every other request gets the version, after the `ms` that its query asks for.
    pub(super) async fn answer(&self, request: Request<Incoming>) -> Answer {
        if Instant::now() < self.ready_at {
            return self.text(StatusCode::SERVICE_UNAVAILABLE, "booting\n".to_owned());
        }
        if request.uri().path() == self.options.health_path {
            return self.health();
        }
        let slowness = slowness(request.uri());
        if !slowness.is_zero() {
            sleep(slowness).await;
        }
        if *request.method() == Method::POST && !request.body().is_end_stream() {
            return self.with_version(Response::new(Either::Right(request.into_body())));
        }
        self.text(StatusCode::OK, format!("{}\n", self.options.version))
    }

    fn health(&self) -> Answer {
        let AppOptions { unhealthy_status, unhealthy_file, .. } = &self.options;
        let always = unhealthy_status.and_then(|status| StatusCode::from_u16(status).ok());
        let is_there = unhealthy_file.as_ref().is_some_and(|file| file.exists());
        match always.or(is_there.then_some(StatusCode::SERVICE_UNAVAILABLE)) {
            Some(status) => self.text(status, "unhealthy\n".to_owned()),
            None => self.text(StatusCode::OK, "healthy\n".to_owned()),
        }
    }

    fn text(&self, status: StatusCode, text: String) -> Answer {
        let mut answer = Response::new(Either::Left(Full::from(text)));
        *answer.status_mut() = status;
        self.with_version(answer)
    }

    fn with_version(&self, mut answer: Answer) -> Answer {
        answer.headers_mut().insert(VERSION_HEADER, self.version.clone());
        answer
    }
}

fn slowness(uri: &Uri) -> Duration {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "ms")
        .and_then(|(_, value)| value.parse().ok())
        .map_or(Duration::ZERO, Duration::from_millis)
        .min(MAX_SLOWNESS)
}
