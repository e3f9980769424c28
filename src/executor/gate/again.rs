//! Runs a command again and again until it ends with 0 or the time is over.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::Gate;
use super::until::SHORTEST_INTERVAL;
use crate::executor::command::{self, CommandOptions};
use crate::executor::{ExecutorError, OutputLine, Work};
use crate::rollout::Target;

/// Returns once the command ends with 0. A line goes to `output` whenever it ended otherwise than
/// before, or with other last words; its output is kept of the last try only.
pub(in crate::executor) async fn ready_by_command(
    script: &str,
    gate: &Gate,
    target: &Target,
    options: &CommandOptions,
    output: &mpsc::Sender<OutputLine>,
) -> Result<(), ExecutorError> {
    let (until, interval) =
        (Instant::now() + gate.time_limit, gate.interval.max(SHORTEST_INTERVAL));
    let (mut tries, mut told) = (0, String::new());
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let tried = command::work(Work::Ready, script, target, left, options).try_quietly().await;
        tries += 1;
        let Err(last) = tried else { return Ok(()) };
        let Some(stands) = stands(&last) else { return Err(after(tries, gate.time_limit, last)) };
        if stands != told {
            output.send(OutputLine { text: format!("waiting: {stands}") }).await.ok();
            told = stands;
        }
        let next = Instant::now() + interval;
        sleep_until(next.min(until)).await;
        if next >= until {
            return Err(after(tries, gate.time_limit, last));
        }
    }
}

/// How it ended, without what differs from try to try; nothing if it is not to be run again.
fn stands(error: &ExecutorError) -> Option<String> {
    let how = match error {
        ExecutorError::Exited { code, .. } => format!("the ready command says {code}"),
        ExecutorError::Signalled { signal, .. } => {
            format!("the ready command was ended by signal {signal}")
        }
        _ => return None,
    };
    Some(error.last_lines().last().map_or(how.clone(), |line| format!("{how}: {line}")))
}

/// What ran once has said everything itself, and so has what could not run.
fn after(tries: u32, limit: Duration, last: ExecutorError) -> ExecutorError {
    let has_ended = !last.last_lines().is_empty() || last.may_have_acted();
    match tries > 1 && has_ended {
        true => ExecutorError::NeverReady { tries, limit, last: Box::new(last) },
        false => last,
    }
}
