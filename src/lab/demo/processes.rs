//! The processes of a demo, and the end of each, whether or not it is a child of ours.
//! Knows nothing of what they do.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::executor::command::DEFAULT_KILL_GRACE;

/// `roll` gives its deploy command a grace before it kills it; killed itself before that, it would
/// leave the command behind.
const WORK_LIMIT: Duration = DEFAULT_KILL_GRACE.saturating_add(Duration::from_secs(5));
/// No request of the demo's traffic takes half as long.
const APP_LIMIT: Duration = Duration::from_secs(2);
const GLANCE: Duration = Duration::from_millis(20);

/// `roll` or a deploy script under way, in a process group of its own: Ctrl-C at the terminal
/// reaches the demo alone, and the demo decides. Killed when dropped.
pub(super) struct Work {
    child: Child,
    group: Option<Pid>,
}

impl Work {
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        let child = command.process_group(0).kill_on_drop(true).stdin(Stdio::null()).spawn()?;
        let group = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?));
        Ok(Self { child, group })
    }

    pub(super) async fn ended(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Ends it with all that it has started: the second signal tells `roll` to stop now. Two
    /// different ones, because of two equal ones the second can get lost in the first.
    pub(super) async fn stop(mut self) {
        self.signal(Signal::INT);
        self.signal(Signal::TERM);
        if timeout(WORK_LIMIT, self.child.wait()).await.is_err() {
            self.signal(Signal::KILL);
            self.child.wait().await.ok();
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            kill_process_group(group, signal).ok();
        }
    }
}

/// Asks the sample services to end.
pub(super) fn ask_to_end(apps: &[Pid]) {
    for app in apps {
        kill_process(*app, Signal::TERM).ok();
    }
}

/// Waits until the sample services that were asked to end are gone; kills what is not in time.
pub(super) async fn gone(apps: &[Pid]) {
    let lives = |app: &Pid| test_kill_process(*app).is_ok();
    let all_gone = async {
        while apps.iter().any(lives) {
            sleep(GLANCE).await;
        }
    };
    if timeout(APP_LIMIT, all_gone).await.is_err() {
        for app in apps {
            kill_process(*app, Signal::KILL).ok();
        }
    }
}
