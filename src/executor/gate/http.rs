//! One HTTP GET and whether its answer fits: straight to where the URL leads, each on a connection
//! of its own, through the HTTP and TLS stack that the load balancer is asked with.

use std::error::Error;
use std::time::Duration;

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use tokio::time::timeout;

use super::answer::{Answer, Said};
use crate::executor::Statuses;
use crate::executor::error::short;

/// A load balancer's own health check gives up after so long, unless set otherwise.
pub(super) const ASK_LIMIT: Duration = Duration::from_secs(5);
/// Health pages have a few kilobytes; what never ends has to end somewhere.
const BODY_LIMIT: usize = 1024 * 1024;
const BODY_LIMIT_IN_WORDS: &str = "1 MiB";
const AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// What an answer has to be.
#[derive(Debug, Clone, Copy)]
pub(in crate::executor) struct Wanted<'a> {
    pub(in crate::executor) status: &'a Statuses,
    pub(in crate::executor) body: Option<&'a str>,
}

/// Asks one URL as often as it is told to.
#[derive(Debug)]
pub(super) struct Asker<'a> {
    connector: Connector,
    pub(super) url: &'a str,
    wanted: Wanted<'a>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(url: &'a str, wanted: Wanted<'a>) -> Self {
        let is_tls = url.get(.."https:".len()).is_some_and(|it| it.eq_ignore_ascii_case("https:"));
        let connector = match is_tls {
            true => Connector::builder().tls_provider(Provider::Rustls(CryptoMode::Ring)).build(),
            // It reads no certificates, which takes time and a machine that has some.
            false => Connector::builder().build_http(),
        };
        Self { connector, url, wanted }
    }

    pub(super) async fn ask(&self) -> Answer {
        let silent = || {
            let what = format!("gave no whole answer within {}", short(ASK_LIMIT));
            Answer::None(Said { what, hint: None })
        };
        timeout(ASK_LIMIT, self.get()).await.unwrap_or_else(|_| silent())
    }

    async fn get(&self) -> Answer {
        let none = |error: &(dyn Error + 'static)| Answer::None(Said::failed(error));
        let mut request = match HttpRequest::get(self.url) {
            Ok(request) => request,
            Err(error) => return none(&error),
        };
        request.headers_mut().insert("user-agent", AGENT);
        // A connection of the release before must not be what answers.
        request.headers_mut().insert("connection", "close");
        let response = match self.connector.call(request).await {
            Ok(response) => response,
            Err(error) => return none(&error),
        };
        let status = response.status().as_u16();
        if !self.wanted.status.fit(status) {
            return Answer::Unfit(Said::status(status, self.wanted.status));
        }
        let Some(text) = self.wanted.body else { return Answer::Fits };
        match contains(response.into_body(), text.as_bytes()).await {
            Ok(true) => Answer::Fits,
            Ok(false) => Answer::Unfit(Said::without(status, text, BODY_LIMIT_IN_WORDS)),
            Err(error) => none(&*error),
        }
    }
}

/// Reads only as far as it must. Of what it has searched it keeps what a text may have begun in.
async fn contains(body: SdkBody, text: &[u8]) -> Result<bool, Box<dyn Error + Send + Sync>> {
    let (mut body, mut read, mut kept) = (ByteStream::new(body), 0, Vec::new());
    if text.is_empty() {
        return Ok(true);
    }
    while read < BODY_LIMIT {
        let Some(bytes) = body.try_next().await? else { return Ok(false) };
        let bytes = &bytes[..bytes.len().min(BODY_LIMIT - read)];
        read += bytes.len();
        kept.extend_from_slice(bytes);
        if kept.windows(text.len()).any(|window| window == text) {
            return Ok(true);
        }
        kept.drain(..kept.len().saturating_sub(text.len() - 1));
    }
    Ok(false)
}
