//! A command and everything that it has started: one process group, signalled as a whole.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// How often it is looked whether a stopped group is gone.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
/// A killed process that does not go within this is stuck in the kernel; nothing helps then.
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// A running command. Dropped before its end, the whole group is asked to end (SIGTERM), so that
/// no half-done deploy goes on unseen; tokio reaps it.
#[derive(Debug)]
pub(super) struct Processes {
    group: Option<Pid>,
    child: Child,
}

impl Processes {
    /// Starts a command in a process group of its own: Ctrl-C at the terminal does not reach it.
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        let child = command.process_group(0).spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        Ok(Self { group, child })
    }

    /// Its process, which leads the group; none once that has ended.
    pub(super) fn leader(&self) -> Option<Pid> {
        self.group
    }

    /// Waits for the command alone. What it has left running in the background is left alone
    /// from then on: it may be the very service that was deployed.
    pub(super) async fn ended(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await;
        self.group = None;
        status
    }

    /// Ends the whole group: asked first, killed after `grace`.
    pub(super) async fn stop(&mut self, grace: Duration) {
        self.signal(Signal::TERM);
        if timeout(grace, self.gone()).await.is_err() {
            self.signal(Signal::KILL);
            let _ = timeout(KILL_LIMIT, self.child.wait()).await;
        }
        self.group = None;
    }

    /// Ended children of the command count until init has reaped them: a container without an
    /// init process makes this last for the whole grace.
    async fn gone(&mut self) {
        let _ = self.child.wait().await;
        while self.group.is_some_and(|group| test_kill_process_group(group).is_ok()) {
            sleep(LOOK_INTERVAL).await;
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.signal(Signal::TERM);
    }
}
