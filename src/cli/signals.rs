//! Turns signals into messages, so that the run decides what they mean.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::error::CliError;
use super::exit::Exit;

/// Two are acted on; more than this many waiting say nothing new.
const UNREAD: usize = 8;

/// Names of the signals that ask this process to stop, as they come.
pub(super) fn stop_signals() -> Result<mpsc::Receiver<String>, CliError> {
    let (sender, receiver) = mpsc::channel(UNREAD);
    let mut kinds = vec![(SignalKind::interrupt(), "SIGINT"), (SignalKind::terminate(), "SIGTERM")];
    if !ignores_hangup() {
        // A terminal that goes away must not leave a target out.
        kinds.push((SignalKind::hangup(), "SIGHUP"));
    }
    for (kind, name) in kinds {
        let mut stream = signal(kind).map_err(|error| {
            CliError::new(Exit::Unexpected, format!("failed to listen for {name}: {error}"))
        })?;
        let sender = sender.clone();
        tokio::spawn(async move {
            while stream.recv().await.is_some() {
                if sender.send(name.to_owned()).await.is_err() {
                    return;
                }
            }
        });
    }
    Ok(receiver)
}

/// Does what changes nothing; a signal ends it at once.
pub(super) async fn unless_stopped<T>(
    signals: &mut mpsc::Receiver<String>,
    work: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    tokio::select! {
        done = work => done,
        Some(signal) = signals.recv() => Err(CliError::interrupted(&signal)),
    }
}

/// Whether this process was started to outlive its terminal, as nohup does. Where the system does
/// not tell (it does on Linux, in proc(5)), it was not.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask & 1 == 1)
}
