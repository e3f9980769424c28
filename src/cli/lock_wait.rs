//! `--lock-wait`: how long a verb waits until other runs let go of its groups.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use tokio::time::Instant;

use super::shown::Talk;
use super::typed::{Mistakes, Span, Typed};
use crate::journal::{GroupLocks, Holder, LockError};
use crate::rollout::GroupArn;

#[derive(Debug, Args)]
pub(super) struct LockWait {
    /// How long to wait for another run on this machine that works on the same groups [default:
    /// not at all]
    #[arg(long, value_name = "DURATION", env = "ELB_DEPLOY_LOCK_WAIT", hide_env_values = true)]
    lock_wait: Option<Typed<Span>>,
}

impl LockWait {
    /// What was said; a mistake is noted.
    pub(super) fn patience(&self, mistakes: &mut Mistakes) -> Duration {
        let said = self.lock_wait.as_ref().and_then(|time| mistakes.meant("--lock-wait", time));
        said.map_or(Duration::ZERO, |Span(time)| time)
    }
}

/// What is left of a patience, in whole seconds, as people read it.
pub(super) fn left(until: Instant) -> Duration {
    let left = until.saturating_duration_since(Instant::now());
    Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0))
}

/// Locks the groups, and says whom it waits for. It can be dropped meanwhile.
///
/// # Errors
/// Another run still works on one of them, or the locks cannot be made.
pub(super) async fn lock(
    state_dir: &Path,
    groups: &[GroupArn],
    holder: &Holder,
    patience: Duration,
    talk: &Talk,
) -> Result<GroupLocks, LockError> {
    let time = humantime::format_duration(patience);
    let tell = |held: &LockError| talk.note(&format!("waiting up to {time} to {held}"));
    GroupLocks::acquire_within(state_dir, groups, holder, patience, tell).await
}
