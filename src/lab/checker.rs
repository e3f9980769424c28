//! Makes the health checks that the model asks for, over real connections, and hands the results back.
//! What a result means for a target's health is the model's to say.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::Request;
use hyper::header::{CONNECTION, HOST, USER_AGENT};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::model::{Check, CheckResult, Protocol};
use super::pool::Pool;
use super::state::Lab;

/// Checks under way at once; the next ones wait until one of them ends.
const MAX_CHECKS: usize = 512;

/// The longest rest between two looks at what is to be checked.
const MAX_REST: Duration = Duration::from_secs(5);

/// The shortest, so that a moment which is always due cannot make it spin.
const MIN_REST: Duration = Duration::from_millis(5);

/// What a real application load balancer calls itself when it checks.
const AGENT: &str = "ELB-HealthChecker/2.0";

/// Checks whatever is due, for as long as it is polled; dropped, it ends the checks under way too.
pub async fn check_targets(lab: Arc<Lab>) {
    let mut changed = lab.changed();
    let mut under_way = JoinSet::new();
    loop {
        changed.mark_unchanged();
        let (due, rest) = lab.with_model(|model, now| {
            let due = model.checks(now);
            let rest = model.wake_at().map(|at| at.saturating_sub(now));
            (due, rest.unwrap_or(MAX_REST))
        });
        for check in due {
            while under_way.len() >= MAX_CHECKS {
                under_way.join_next().await;
            }
            under_way.spawn(make(Arc::clone(&lab), check));
        }
        while under_way.try_join_next().is_some() {}
        tokio::select! {
            _ = changed.changed() => {}
            () = sleep(rest.clamp(MIN_REST, MAX_REST)) => {}
        }
    }
}

async fn make(lab: Arc<Lab>, check: Check) {
    let result = result(&check).await;
    lab.with_model(|model, now| model.checked(now, &check, result));
}

async fn result(check: &Check) -> CheckResult {
    let asking = async {
        match check.protocol {
            Protocol::Http => ask(check).await,
            _ => connect(check).await,
        }
    };
    timeout(check.timeout, asking).await.unwrap_or(CheckResult::TimedOut)
}

async fn connect(check: &Check) -> CheckResult {
    match TcpStream::connect(check.address).await {
        Ok(_) => CheckResult::Connected,
        Err(_) => CheckResult::Failed,
    }
}

/// Each check makes a connection of its own: an old one would say nothing of a process that accepts no more.
async fn ask(check: &Check) -> CheckResult {
    let request = Request::get(&check.path)
        .header(HOST, check.address.to_string())
        .header(USER_AGENT, AGENT)
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new());
    let Ok(request) = request else {
        return CheckResult::Failed;
    };
    match Pool::new(check.address).send(request).await {
        Ok(answer) => CheckResult::Code(answer.status().as_u16()),
        Err(_) => CheckResult::Failed,
    }
}
