//! One request to a metadata service, and its answer. Pure: the time is passed in.

use std::time::Duration;

use hyper::StatusCode;

use super::facts::Facts;
use super::sessions::{Sessions, TTLS};

pub(super) const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
pub(super) const TOKEN: &str = "x-aws-ec2-metadata-token";
/// A proxy adds it; who comes through one is not on the instance.
pub(super) const FORWARDED: &str = "x-forwarded-for";

const SESSION: &str = "/latest/api/token";
const FACTS: &str = "/latest/meta-data";

/// What matters of a request.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) ttl: Option<&'a str>,
    pub(super) token: Option<&'a str>,
    pub(super) forwarded: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: String,
    pub(super) ttl: Option<u32>,
}

impl Answer {
    fn bare(status: StatusCode) -> Self {
        Self { status, body: String::new(), ttl: None }
    }
}

#[derive(Debug)]
pub(super) struct Service {
    facts: Facts,
    sessions: Sessions,
}

impl Service {
    pub(super) fn new(facts: Facts) -> Self {
        Self { facts, sessions: Sessions::default() }
    }

    /// The status codes are those of the EC2 user guide.
    pub(super) fn answer(&mut self, now: Duration, asked: &Asked<'_>) -> Answer {
        match (asked.method, asked.path) {
            ("PUT", SESSION) => self.begin(now, asked),
            ("GET", path) => self.tell(now, path, asked.token),
            _ => Answer::bare(StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    fn begin(&mut self, now: Duration, asked: &Asked<'_>) -> Answer {
        if asked.forwarded {
            return Answer::bare(StatusCode::FORBIDDEN);
        }
        let ttl = asked.ttl.and_then(|ttl| ttl.parse().ok()).filter(|ttl| TTLS.contains(ttl));
        let Some(ttl) = ttl else { return Answer::bare(StatusCode::BAD_REQUEST) };
        let token = self.sessions.begin(now, ttl);
        Answer { status: StatusCode::OK, body: token, ttl: Some(ttl) }
    }

    fn tell(&self, now: Duration, path: &str, token: Option<&str>) -> Answer {
        if !token.is_some_and(|token| self.sessions.is_open(now, token)) {
            return Answer::bare(StatusCode::UNAUTHORIZED);
        }
        let below = path.strip_prefix(FACTS);
        let below = below.filter(|rest| rest.is_empty() || rest.starts_with('/'));
        match below.and_then(|path| self.facts.look_up(path)) {
            Some(body) => Answer { status: StatusCode::OK, body, ttl: None },
            None => Answer::bare(StatusCode::NOT_FOUND),
        }
    }
}
