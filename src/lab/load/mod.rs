//! Open-loop traffic at a fixed rate: a stall of the service shows as latency and failures, never as fewer requests.
//! Repeats nothing, hides nothing, and is bounded in time, in requests in flight and in what it remembers.

mod driver;
mod failure;
mod options;
mod report;
mod summary;
mod tally;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use failure::{Failure, FailureKind};
pub use options::{LoadOptions, MAX_DURATION, MAX_RATE};
pub use report::{Latency, LoadReport, Sample, Second};
use tally::Tally;

/// Traffic on its way; dropped, it ends at once.
#[derive(Debug)]
pub struct LoadHandle {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    driver: JoinSet<()>,
}

/// Where traffic begins.
#[derive(Debug, Clone, Copy)]
pub struct Load;

#[derive(Debug)]
struct Shared {
    options: LoadOptions,
    started: Instant,
    tally: Mutex<Tally>,
}

impl Load {
    /// Starts to send on the current runtime.
    ///
    /// # Errors
    /// Fails when the options point away from loopback, or cannot be made into a request.
    pub fn start(options: LoadOptions) -> io::Result<LoadHandle> {
        let requests = options.requests()?;
        let shared =
            Arc::new(Shared { options, started: Instant::now(), tally: Mutex::new(Tally::new()?) });
        let (stop, stopped) = watch::channel(false);
        let mut driver = JoinSet::new();
        driver.spawn(driver::drive(Arc::clone(&shared), requests, stopped));
        Ok(LoadHandle { shared, stop, driver })
    }
}

impl LoadHandle {
    /// What has been seen so far.
    #[must_use]
    pub fn report(&self) -> LoadReport {
        self.shared.report()
    }

    /// Waits until the options' duration is over and the last request is answered. Whoever stops
    /// waiting loses nothing.
    pub async fn finished(&mut self) -> LoadReport {
        self.join().await
    }

    /// Sends nothing more, waits for what is in flight (at most the options' timeout), and reports.
    pub async fn stop(mut self) -> LoadReport {
        self.stop.send_replace(true);
        self.join().await
    }

    async fn join(&mut self) -> LoadReport {
        while self.driver.join_next().await.is_some() {}
        self.shared.report()
    }
}

impl Shared {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        // A count is right or missing, never half made.
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn report(&self) -> LoadReport {
        self.tally().report(self.started.elapsed())
    }
}
