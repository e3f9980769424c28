//! Waits for locks until they are free or it has taken too long. Who waits for whom is told, and
//! nobody queues: of several that wait, any may be next.

use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{GroupLocks, LockError};
use crate::journal::holder::Holder;
use crate::rollout::GroupArn;

/// Between two tries. Runs take minutes, so nobody misses half a second.
const GAP: Duration = Duration::from_millis(500);

impl GroupLocks {
    /// Locks all the groups or none, trying again for as long as others hold one of them and
    /// `patience` is left. While it waits it holds nothing, so it can be dropped at any time.
    ///
    /// `waiting` is told of each run that is waited for, once.
    ///
    /// # Errors
    /// Another run still holds one when the time is over, or a lock file cannot be made or written.
    pub async fn acquire_within(
        state_dir: &Path,
        groups: &[GroupArn],
        holder: &Holder,
        patience: Duration,
        mut waiting: impl FnMut(&LockError),
    ) -> Result<Self, LockError> {
        let began = Instant::now();
        let mut told = None;
        loop {
            let since = holder.since.after(began.elapsed());
            let holder = Holder { since, ..holder.clone() };
            let held = match Self::acquire(state_dir, groups, &holder) {
                Err(held) if held.is_held() && began.elapsed() < patience => held,
                ended => return ended,
            };
            if told.as_ref() != Some(&run_of(&held)) {
                told = Some(run_of(&held));
                tracing::debug!("waits for a lock: {held}");
                waiting(&held);
            }
            sleep(GAP.min(patience.saturating_sub(began.elapsed()))).await;
        }
    }
}

fn run_of(held: &LockError) -> Option<crate::journal::RunId> {
    match held {
        LockError::Held { holder, .. } => holder.as_ref().map(|holder| holder.run),
        LockError::Io { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::journal::{RunId, sample};

    const MINUTE: Duration = Duration::from_secs(60);

    fn acquire(state: &Path, names: &[&str]) -> Result<GroupLocks, LockError> {
        let groups: Vec<_> = names.iter().map(|name| sample::arn(name)).collect();
        let holder = Holder::new(RunId::unique(), sample::NOON, "roll web");
        GroupLocks::acquire(state, &groups, &holder)
    }

    async fn wait(
        state: PathBuf,
        names: &[&str],
        patience: Duration,
    ) -> (Result<GroupLocks, LockError>, Vec<String>) {
        let groups: Vec<_> = names.iter().map(|name| sample::arn(name)).collect();
        let holder = Holder::new(RunId::unique(), sample::NOON, "drain i-0a");
        let mut told = Vec::new();
        let tell = |held: &LockError| told.push(held.to_string());
        let ended = GroupLocks::acquire_within(&state, &groups, &holder, patience, tell).await;
        (ended, told)
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_gets_all_locks_soon_after_they_are_free_and_is_told_once_for_whom() {
        let state = tempfile::tempdir().unwrap();
        let locks = acquire(state.path(), &["web"]).unwrap();
        let began = Instant::now();
        let folder = state.path().to_owned();
        let waiting = tokio::spawn(async move { wait(folder, &["api", "web"], MINUTE).await });
        sleep(Duration::from_secs(20)).await;
        drop(acquire(state.path(), &["api"]).expect("nothing is held while waiting"));
        drop(locks);
        let (ended, told) = waiting.await.unwrap();
        assert!(began.elapsed() <= Duration::from_secs(20) + GAP, "{:?}", began.elapsed());
        assert!(matches!(&told[..], [once] if once.contains("for roll web, run ")), "{told:?}");
        let _all = ended.unwrap();
        let held = acquire(state.path(), &["api"]).unwrap_err().to_string();
        assert!(held.contains("since 2026-11-21T12:03:2"), "since it has it: {held}");
    }

    #[tokio::test(start_paused = true)]
    async fn at_the_deadline_it_is_the_error_of_one_who_does_not_wait() {
        let state = tempfile::tempdir().unwrap();
        let _locks = acquire(state.path(), &["web"]).unwrap();
        let now = acquire(state.path(), &["web"]).unwrap_err().to_string();
        for patience in [Duration::ZERO, Duration::from_millis(1_700)] {
            let began = Instant::now();
            let (ended, told) = wait(state.path().to_owned(), &["web"], patience).await;
            assert_eq!(ended.unwrap_err().to_string(), now);
            assert_eq!(told.is_empty(), patience.is_zero());
            let late = began.elapsed().checked_sub(patience).expect("it gave up too early");
            assert!(late <= Duration::from_millis(2), "{late:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn each_run_that_is_waited_for_is_told() {
        let state = tempfile::tempdir().unwrap();
        let first = acquire(state.path(), &["web"]).unwrap();
        let folder = state.path().to_owned();
        let waiting = tokio::spawn(async move { wait(folder, &["web"], MINUTE).await });
        sleep(Duration::from_millis(700)).await;
        drop(first);
        let second = acquire(state.path(), &["web"]).unwrap();
        sleep(Duration::from_millis(700)).await;
        drop(second);
        let (ended, told) = waiting.await.unwrap();
        assert!(ended.is_ok());
        assert_eq!(told.len(), 2, "{told:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_locked_at_all_is_not_waited_for() {
        let began = Instant::now();
        let (ended, _) = wait(PathBuf::from("/proc"), &["web"], MINUTE).await;
        assert!(matches!(ended, Err(LockError::Io { .. })));
        assert_eq!(began.elapsed(), Duration::ZERO);
    }

    #[test]
    fn a_try_that_fails_does_not_forget_who_died() {
        let state = tempfile::tempdir().unwrap();
        drop(acquire(state.path(), &["api"]).unwrap());
        let dead = Holder::new(RunId::unique(), sample::NOON, "roll api");
        let file = state.path().join("locks").join(super::super::file_name(&sample::arn("api")));
        std::fs::write(file, serde_json::to_string(&dead).unwrap()).unwrap();
        let other = acquire(state.path(), &["web"]).unwrap();
        assert!(acquire(state.path(), &["api", "web"]).unwrap_err().is_held());
        drop(other);
        let both = acquire(state.path(), &["api", "web"]).unwrap();
        let from: Vec<_> = both.taken_over().iter().map(|it| it.from.as_ref().unwrap()).collect();
        assert_eq!(from, [&dead]);
    }
}
