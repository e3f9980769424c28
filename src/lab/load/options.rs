//! What traffic to make, as a person types it, and the two requests that it is made of.
//! Only loopback can be aimed at: this is a bench, not a weapon.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::Request;
use hyper::header::HOST;

use crate::duration;

/// The longest run: an hour of buckets is what a report can still carry.
pub const MAX_DURATION: Duration = Duration::from_secs(3600);

/// The highest rate in requests per second: what two cores carry with the proxy and the apps beside it.
pub const MAX_RATE: u32 = 20_000;

/// What traffic to make.
#[derive(Debug, Clone, clap::Args)]
pub struct LoadOptions {
    /// Loopback address and port to send to; the ready-made fleet listens on this one
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:18080",
        env = "ELB_DEPLOY_LOAD_TO",
        hide_env_values = true
    )]
    pub to: SocketAddr,
    /// Path to ask for
    #[arg(
        long,
        value_name = "PATH",
        default_value = "/",
        env = "ELB_DEPLOY_LOAD_PATH",
        hide_env_values = true
    )]
    pub path: String,
    /// Requests per second
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_RATE)), default_value_t = 500, env = "ELB_DEPLOY_LOAD_RATE", hide_env_values = true)]
    pub rate: u32,
    /// Time after which a request without a whole answer has failed, counted from when it should have been sent
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "10s", env = "ELB_DEPLOY_LOAD_TIMEOUT", hide_env_values = true)]
    pub timeout: Duration,
    /// Requests in flight at once; what would exceed it counts as failed
    #[arg(
        long,
        value_name = "N",
        default_value_t = 2000,
        env = "ELB_DEPLOY_LOAD_IN_FLIGHT",
        hide_env_values = true
    )]
    pub in_flight: usize,
    /// Percentage of the requests that ask for a slow answer
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100), default_value_t = 5, env = "ELB_DEPLOY_LOAD_SLOW_SHARE", hide_env_values = true)]
    pub slow_share: u8,
    /// How slow those answers are
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "250ms", env = "ELB_DEPLOY_LOAD_SLOWNESS", hide_env_values = true)]
    pub slowness: Duration,
    /// How long to send (at most an hour)
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "1h", env = "ELB_DEPLOY_LOAD_DURATION", hide_env_values = true)]
    pub duration: Duration,
}

impl LoadOptions {
    /// 500 requests a second, one in twenty of them slow, for at most an hour.
    #[must_use]
    pub fn new(to: SocketAddr) -> Self {
        Self {
            to,
            path: "/".to_owned(),
            rate: 500,
            timeout: Duration::from_secs(10),
            in_flight: 2000,
            slow_share: 5,
            slowness: Duration::from_millis(250),
            duration: MAX_DURATION,
        }
    }

    /// When the request of this number should be sent, counted from the start.
    pub(super) fn intended(&self, number: u64) -> Duration {
        let rate = u64::from(self.rate.clamp(1, MAX_RATE));
        let rest = Duration::from_nanos(number % rate * 1_000_000_000 / rate);
        Duration::from_secs(number / rate) + rest
    }

    /// Slow requests are spread evenly, so that every second has its share.
    pub(super) fn is_slow(&self, number: u64) -> bool {
        let share = u64::from(self.slow_share.min(100));
        (number % 100 + 1) * share / 100 > number % 100 * share / 100
    }

    pub(super) fn ends(&self) -> Duration {
        self.duration.min(MAX_DURATION)
    }

    pub(super) fn requests(&self) -> io::Result<Requests> {
        if !self.to.ip().is_loopback() {
            return Err(invalid(format!("{} is no loopback address", self.to)));
        }
        let separator = if self.path.contains('?') { '&' } else { '?' };
        let slow_path = format!("{}{separator}ms={}", self.path, self.slowness.as_millis());
        Ok(Requests { quick: self.get(&self.path)?, slow: self.get(&slow_path)? })
    }

    fn get(&self, path: &str) -> io::Result<Request<Empty<Bytes>>> {
        Request::get(path)
            .header(HOST, self.to.to_string())
            .body(Empty::new())
            .map_err(|error| invalid(error.to_string()))
    }
}

/// The requests that the traffic consists of, made once.
pub(super) struct Requests {
    pub(super) quick: Request<Empty<Bytes>>,
    pub(super) slow: Request<Empty<Bytes>>,
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, reason)
}
