//! Asks a URL again and again, on all ports of a target at once, until the answers fit or the time
//! is over.

use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::future::try_join_all;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::Gate;
use super::answer::{Answer, Said};
use super::http::{Asker, Wanted};
use super::url::{urls, without_query};
use crate::executor::error::short;
use crate::executor::{ExecutorError, OutputLine};
use crate::rollout::Target;

/// A shorter interval would burden what is asked, and tell nothing sooner.
pub(super) const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// Which answers are waited out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::executor) enum Patience {
    /// What boots answers anything at first.
    WithEveryAnswer,
    /// What is in service and answers wrong is broken; no answer may be a lost packet.
    WithNoAnswer,
}

/// Returns once every answer fits. A line goes to `output` whenever an answer is another one than
/// before.
pub(in crate::executor) async fn pass(
    (url, wanted): (&str, Wanted<'_>),
    gate: &Gate,
    patience: Patience,
    target: &Target,
    output: &mpsc::Sender<OutputLine>,
) -> Result<(), ExecutorError> {
    let urls = urls(url, target)?;
    let asked = urls.iter().map(|url| {
        let asker = Asker::new(url, wanted);
        Asking { asker, patience, output, asked: 0, last: None }.pass(gate)
    });
    try_join_all(asked).await.map(drop)
}

struct Asking<'a> {
    asker: Asker<'a>,
    patience: Patience,
    output: &'a mpsc::Sender<OutputLine>,
    asked: u32,
    last: Option<Said>,
}

impl Asking<'_> {
    /// A question that the time limit cuts short tells nothing; then the one before counts.
    async fn pass(mut self, gate: &Gate) -> Result<(), ExecutorError> {
        let (begun, interval) = (Instant::now(), gate.interval.max(SHORTEST_INTERVAL));
        let asked = timeout(gate.time_limit, async {
            loop {
                if let ControlFlow::Break(fits) = self.ask().await {
                    return fits;
                }
                sleep(interval).await;
            }
        });
        match asked.await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(self.unfit(begun.elapsed(), gate.time_limit)),
        }
    }

    /// Whether that was the last question, and if so, whether its answer fits.
    async fn ask(&mut self) -> ControlFlow<bool> {
        self.asked += 1;
        let (said, is_last) = match self.asker.ask().await {
            Answer::Fits => return ControlFlow::Break(true),
            Answer::Unfit(said) => (said, self.patience == Patience::WithNoAnswer),
            Answer::None(said) => (said, false),
        };
        tracing::debug!(asked = self.asked, "{} {}", without_query(self.asker.url), said.what);
        let is_new = self.last.as_ref() != Some(&said);
        let text = format!("waiting: {} {}", self.asker.url, said.what);
        self.last = Some(said);
        if is_last {
            return ControlFlow::Break(false);
        }
        if is_new {
            self.output.send(OutputLine { text }).await.ok();
        }
        ControlFlow::Continue(())
    }

    fn unfit(self, took: Duration, limit: Duration) -> ExecutorError {
        let (url, asked) = (self.asker.url.to_owned(), self.asked);
        let nothing = || {
            let what = format!("gave no whole answer within {}", short(limit));
            Said { what, hint: None }
        };
        let Said { what: said, hint } = self.last.unwrap_or_else(nothing);
        ExecutorError::Unfit { url, said, asked, took, hint: hint.map(str::to_owned) }
    }
}
