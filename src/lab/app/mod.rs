//! A sample service to deploy: it says its version, can boot slowly, be a bad release, and answer slowly.
//! Holds no state; everything it does follows from its options and from the request.

mod answer;
mod signal;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::HeaderValue;
use hyper::http::uri::PathAndQuery;
use hyper::service::service_fn;
use tokio::time::{Instant, sleep};

use super::accept::{self, Ending};
use crate::duration;
pub use signal::terminated;

/// How long requests in flight may take to finish once the app is told to stop: as long as an app under
/// systemd or Kubernetes commonly gets before it is killed.
pub const GRACE: Duration = Duration::from_secs(30);

/// What the app does while it boots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Boot {
    /// It does not listen: connections are refused
    Refuse,
    /// It listens, and answers 503 on everything
    Unready,
}

/// What the app does when it is told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Stop {
    /// Requests in flight finish, idle connections are closed
    Graceful,
    /// It exits at once and every request in flight is lost
    Abrupt,
}

/// What the app is like.
#[derive(Debug, Clone, clap::Args)]
pub struct AppOptions {
    /// Loopback address and port to listen on
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080",
        env = "ELB_DEPLOY_APP_LISTEN",
        hide_env_values = true
    )]
    pub listen: SocketAddr,
    /// Version to answer with, in the header x-version and in the body
    #[arg(
        long = "app-version",
        value_name = "TEXT",
        value_parser = version,
        default_value = "v1",
        env = "ELB_DEPLOY_APP_VERSION",
        hide_env_values = true
    )]
    pub version: String,
    /// Time from the start to the first request that is served
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "0s", env = "ELB_DEPLOY_APP_BOOT_TIME", hide_env_values = true)]
    pub boot_time: Duration,
    /// What to do while booting
    #[arg(long, value_enum, default_value_t = Boot::Refuse, env = "ELB_DEPLOY_APP_BOOT", hide_env_values = true)]
    pub boot: Boot,
    /// Path that the load balancer checks
    #[arg(
        long,
        value_name = "PATH",
        value_parser = health_path,
        default_value = "/health",
        env = "ELB_DEPLOY_APP_HEALTH_PATH",
        hide_env_values = true
    )]
    pub health_path: String,
    /// Answer health checks with this status: be a bad release
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(200..600), env = "ELB_DEPLOY_APP_UNHEALTHY_STATUS", hide_env_values = true)]
    pub unhealthy_status: Option<u16>,
    /// Answer health checks with 503 once this file is there: go bad in service
    #[arg(
        long,
        value_name = "FILE",
        env = "ELB_DEPLOY_APP_UNHEALTHY_FILE",
        hide_env_values = true
    )]
    pub unhealthy_file: Option<PathBuf>,
    /// Crash so long after the start: every request in flight is lost, and it ends with 1
    #[arg(long, value_name = "TIME", value_parser = duration::parse, env = "ELB_DEPLOY_APP_DIE_AFTER", hide_env_values = true)]
    pub die_after: Option<Duration>,
    /// What to do on SIGTERM and SIGINT
    #[arg(long, value_enum, default_value_t = Stop::Graceful, env = "ELB_DEPLOY_APP_STOP", hide_env_values = true)]
    pub stop: Stop,
    /// Time that requests in flight get to finish on a graceful stop
    #[arg(long, value_name = "TIME", value_parser = duration::parse, default_value = "30s", env = "ELB_DEPLOY_APP_GRACE", hide_env_values = true)]
    pub grace: Duration,
    /// Make this file once requests are served, so that a deploy script can wait for it
    #[arg(long, value_name = "FILE", env = "ELB_DEPLOY_APP_READY_FILE", hide_env_values = true)]
    pub ready_file: Option<PathBuf>,
}

impl AppOptions {
    /// A good release with this version: no boot time, graceful, `/health` answers 200.
    #[must_use]
    pub fn new(listen: SocketAddr, version: &str) -> Self {
        Self {
            listen,
            version: version.to_owned(),
            boot_time: Duration::ZERO,
            boot: Boot::Refuse,
            health_path: "/health".to_owned(),
            unhealthy_status: None,
            unhealthy_file: None,
            die_after: None,
            stop: Stop::Graceful,
            grace: GRACE,
            ready_file: None,
        }
    }

    fn ending(&self) -> Ending {
        match self.stop {
            Stop::Graceful => Ending::Graceful(self.grace),
            Stop::Abrupt => Ending::AtOnce,
        }
    }
}

fn version(text: &str) -> Result<String, &'static str> {
    match HeaderValue::from_str(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("it cannot stand in a header"),
    }
}

fn health_path(text: &str) -> Result<String, &'static str> {
    let is_path = |path: PathAndQuery| path.path() == text;
    match text.starts_with('/') && text.parse().is_ok_and(is_path) {
        true => Ok(text.to_owned()),
        false => Err("it is not a path such as /health"),
    }
}

/// Serves until `shutdown` resolves and the stop that the options ask for is done.
///
/// # Errors
/// Fails when the version cannot stand in a header, when the address is not loopback or cannot be bound, and
/// when it is time to crash.
pub async fn serve(options: AppOptions, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let die_after = options.die_after;
    let crash = async {
        match die_after {
            Some(time) => sleep(time).await,
            None => pending().await,
        }
    };
    tokio::select! {
        served = serve_well(options, shutdown) => served,
        () = crash => Err(io::Error::other("it crashed, as --die-after told it to")),
    }
}

async fn serve_well(options: AppOptions, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    tokio::pin!(shutdown);
    let version = HeaderValue::from_str(&options.version)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let ready_at = Instant::now() + options.boot_time;
    if options.boot == Boot::Refuse {
        tokio::select! {
            () = sleep(options.boot_time) => {}
            () = &mut shutdown => return Ok(()),
        }
    }
    let listener = accept::listen(options.listen)?;
    if let Some(file) = &options.ready_file {
        std::fs::write(file, [])?;
    }
    let ending = options.ending();
    let app = Arc::new(answer::App { options, version, ready_at });
    let service_for = |_client| {
        let app = Arc::clone(&app);
        service_fn(move |request| {
            let app = Arc::clone(&app);
            async move { Ok::<_, Infallible>(app.answer(request).await) }
        })
    };
    accept::serve(listener, service_for, async {
        shutdown.await;
        ending
    })
    .await;
    Ok(())
}
