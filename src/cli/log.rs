//! The log of what is asked and answered, on standard error. Like a report, it never waits for its
//! reader and never fails: neither must stop a run in the middle of a target.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

use crate::report::Patient;

/// What a reader that stands still may have unread; the rest is lost to it.
const ROOM: usize = 4096;
/// How long the end of the process waits for the reader to take what is left.
const PATIENCE: Duration = Duration::from_secs(1);

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
    /// Begins to log: nothing but errors at 0, calls at 1, everything from 2 on; or what
    /// `ELB_DEPLOY_LOG` says.
    pub fn start(verbosity: u8) -> Self {
        let filter = match verbosity {
            0 => "error",
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
        // The logger would tell of a closed pipe by eprintln, which panics then.
        let fmt = tracing_subscriber::fmt().log_internal_errors(false);
        let log = Self { out: out.clone(), ended };
        fmt.with_env_filter(filter).with_writer(move || out.clone()).init();
        log
    }

    /// Gives the reader a moment to take what is left.
    pub fn finish(self) {
        drop(self.out.lock().take());
        let _: Result<(), RecvTimeoutError> = self.ended.recv_timeout(PATIENCE);
    }
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
