//! Commands that have outlived their run: their targets are neither deployed nor put back beside one.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::busy::{Busy, at_work};
use crate::executor::command::{StillRunning, still_running};
use crate::rollout::TargetId;
use crate::runs::Past;

/// What is asked to end and does so ends within this, mostly.
const ENDS_WITHIN: Duration = Duration::from_millis(500);
const GLANCE: Duration = Duration::from_millis(20);

/// The commands of any run on this machine that run, and work for one of these targets. A hook works
/// for all of its run.
pub(super) fn running_for(runs: &[Past], ids: &BTreeSet<TargetId>) -> Vec<StillRunning> {
    let of = |past: &Past| {
        let is_any = || {
            let told = past.told.as_ref();
            told.is_ok_and(|told| told.header.plan.targets().any(|target| ids.contains(&target.id)))
        };
        let works_for_them = |command: &StillRunning| match &command.target {
            Some(target) => ids.contains(target),
            None => is_any(),
        };
        let running = still_running(&past.folder.output()).into_iter();
        running.filter(works_for_them).collect::<Vec<_>>()
    };
    runs.iter().flat_map(of).collect()
}

/// Who is at work on these targets: another run, or a command that outlived its own.
pub(super) fn anybody_at_work(runs: &[Past], ids: &BTreeSet<TargetId>) -> Option<Busy> {
    at_work(runs, ids).or_else(|| outlived(runs, ids))
}

/// What still runs of these targets, in words, and how to end it.
fn outlived(runs: &[Past], ids: &BTreeSet<TargetId>) -> Option<Busy> {
    let running = running_for(runs, ids);
    let first = running.first()?;
    let all = running.iter().map(words).collect::<Vec<_>>().join(", ");
    let end = Some(format!("or end it with: kill -- -{}", first.pid));
    Some(Busy { what: format!("still running, and nothing is done beside it: {all}"), end })
}

/// The commands that a run which stopped has asked to end, and that have not.
pub(super) async fn left_running(output_folder: &Path) -> Vec<String> {
    let until = Instant::now() + ENDS_WITHIN;
    loop {
        let running = still_running(output_folder);
        if running.is_empty() || Instant::now() >= until {
            return running.iter().map(may_be_running).collect();
        }
        sleep(GLANCE).await;
    }
}

pub(super) fn may_be_running(command: &StillRunning) -> String {
    format!("{command} may still be running (pid {})", command.pid)
}

fn words(command: &StillRunning) -> String {
    format!("{command} (pid {})", command.pid)
}
