//! The log of what is asked and answered, on standard error. Like a report, it never waits for its
//! reader and never fails: neither must stop a run in the middle of a target.
//!
//! Not everything is heard, whatever is asked for: traces have whole requests, with what signs them,
//! and the SDK's debug lines have the id of the access key.

mod json;

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing::{Level, Metadata};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, registry};

use self::json::Json;
use crate::report::{Paint, Patient};

/// How the names of the AWS SDK's crates begin.
const SDK: &str = "aws_";
/// What a reader that stands still may have unread; the rest is lost to it.
const ROOM: usize = 4096;
/// How long the end of the process waits for the reader to take what is left.
const PATIENCE: Duration = Duration::from_secs(1);

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The log of this process.
#[must_use = "what the log still holds is lost unless it is finished"]
pub struct Log {
    out: Out,
    ended: Receiver<()>,
}

/// Hands what is logged to a thread; nowhere, once the log is finished.
#[derive(Clone)]
struct Out(Arc<Mutex<Option<SyncSender<Vec<u8>>>>>);

impl Log {
    /// Begins to log: our own warnings at 0, calls at 1, everything from 2 on; or what
    /// `ELB_DEPLOY_LOG` says.
    pub fn start(verbosity: u8, format: LogFormat) -> Self {
        let filter = match verbosity {
            0 => "error,elb_deploy=warn",
            1 => "warn,elb_deploy=debug",
            _ => "debug",
        };
        let filter = EnvFilter::try_from_env("ELB_DEPLOY_LOG").unwrap_or_else(|_| filter.into());
        let (sender, lines) = sync_channel::<Vec<u8>>(ROOM);
        let (end, ended) = channel();
        let written = thread::Builder::new().name("log".to_owned()).spawn(move || {
            // Held until all is written: letting go of it tells the end.
            let _end: Sender<()> = end;
            let mut stderr = Patient(io::stderr());
            lines.into_iter().try_for_each(|line| stderr.write_all(&line)).ok();
        });
        let out = Out(Arc::new(Mutex::new(written.is_ok().then_some(sender))));
        let log = Self { out: out.clone(), ended };
        // The logger would tell of a closed pipe by eprintln, which panics then.
        let lines = fmt::layer().log_internal_errors(false).with_writer(move || out.clone());
        let lines = lines.with_ansi(Paint::on(io::stderr().is_terminal()) == Paint::Coloured);
        let most = filter.max_level_hint().unwrap_or(LevelFilter::DEBUG).min(LevelFilter::DEBUG);
        let without_secrets = filter_fn(is_harmless).with_max_level_hint(most);
        let heard = registry().with(without_secrets).with(filter);
        match format {
            LogFormat::Text => heard.with(lines).init(),
            LogFormat::Json => heard.with(lines.event_format(Json)).init(),
        }
        log
    }

    /// Whether more than warnings is heard: rows that are drawn anew all the time would be torn by it.
    pub(super) fn is_talkative() -> bool {
        LevelFilter::current() > LevelFilter::WARN
    }

    /// Gives the reader a moment to take what is left.
    pub fn finish(self) {
        drop(self.out.lock().take());
        let _: Result<(), RecvTimeoutError> = self.ended.recv_timeout(PATIENCE);
    }
}

/// Whether what is said there cannot have anything secret in it.
fn is_harmless(said: &Metadata<'_>) -> bool {
    let is_of_sdk = said.target().starts_with(SDK);
    *said.level() <= if is_of_sdk { Level::INFO } else { Level::DEBUG }
}

impl Out {
    fn lock(&self) -> MutexGuard<'_, Option<SyncSender<Vec<u8>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(lines) = self.lock().as_ref() {
            lines.try_send(bytes.to_vec()).ok();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
