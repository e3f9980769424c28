//! Keeps a slow reader from slowing the run: the report is made in a thread of its own. A reader
//! that is too slow loses output, which the output files have; it is told everything else.

mod queue;
mod told;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use self::queue::Queue;
use super::{Event, Report};
use crate::rollout::Moment;

/// How long the end of a run waits for its reader to take all, and then once more for it to take
/// what is left without the output.
const PATIENCE: Duration = Duration::from_secs(2);

/// A report that nobody waits for.
///
/// Dropping it gives the reader four seconds to take what is left, the last two without output.
#[derive(Debug)]
pub struct Detached {
    queue: Arc<Queue>,
    ended: Receiver<()>,
    patience: Duration,
}

impl Detached {
    /// Makes this report from a thread that ends with it.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn new(report: impl Report + 'static) -> io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let told = Arc::clone(&queue);
        let (end, ended) = channel();
        thread::Builder::new().name("report".to_owned()).spawn(move || {
            // Held until all is said: letting go of it tells the end.
            let _end: Sender<()> = end;
            pass_on(&told, report);
        })?;
        Ok(Self { queue, ended, patience: PATIENCE })
    }

    fn is_still_talking(&self) -> bool {
        self.ended.recv_timeout(self.patience) == Err(RecvTimeoutError::Timeout)
    }
}

impl Report for Detached {
    fn event(&mut self, at: Moment, event: &Event<'_>) {
        self.queue.put(at, event);
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        self.queue.close();
        if self.is_still_talking() {
            self.queue.leave_out_output();
            self.is_still_talking();
        }
    }
}

fn pass_on(queue: &Queue, mut report: impl Report) {
    while let Some((at, told)) = queue.take() {
        report.event(at, &told.event());
    }
}

#[cfg(test)]
mod tests;
