//! Looks that are sure: an answer of the load balancer can be a few seconds old, and a run that died
//! a moment ago may have taken out what it still shows in.

use std::collections::BTreeSet;
use std::path::Path;

use tokio::time::sleep;

use super::error::CliError;
use super::shown::Talk;
use crate::clock::Clock;
use crate::journal::RunId;
use crate::rollout::{GroupArn, Health, LEAVING_GRACE, Look, Moment, Snapshot};
use crate::runs::{HeldOut, Past};
use crate::watch::Watch;

/// Looks at the groups, and again as long as what they show in may be from before an earlier run
/// took it out: for [`LEAVING_GRACE`] after that run's last fact about it at most.
///
/// # Errors
/// The load balancer cannot be asked, or the journals cannot be listed.
pub(super) async fn look_for_sure(
    groups: &BTreeSet<GroupArn>,
    state_dir: &Path,
    watch: &Watch,
    clock: &Clock,
    talk: &Talk,
) -> Result<(), CliError> {
    let mut told = BTreeSet::new();
    loop {
        watch.first_look(groups).await.map_err(|error| CliError::refused(&error))?;
        let runs = Past::all(state_dir)?;
        let doubt = watch.decide(|seen| doubt(&runs, groups, seen));
        let Some(Doubt { held, run, until }) = doubt else { return Ok(()) };
        let place = held.place.to_string();
        if told.insert(place.clone()) {
            let why = format!("run {run} may have taken it out a moment ago");
            talk.note(&format!("{place} is shown in service, and {why}: looking again"));
        }
        sleep(until.since(clock.now())).await;
    }
}

/// Something that a look may show in from before it was taken out.
struct Doubt<'r> {
    held: &'r HeldOut,
    run: RunId,
    /// Until a look can be trusted.
    until: Moment,
}

fn doubt<'r>(runs: &'r [Past], groups: &BTreeSet<GroupArn>, seen: &Snapshot) -> Option<Doubt<'r>> {
    let held = runs.iter().flat_map(|past| past.held_out().iter().map(|held| (past.run, held)));
    let mut here = held.filter(|(_, held)| groups.contains(&held.place.group));
    here.find_map(|(run, held)| {
        let until = held.touched.after(LEAVING_GRACE);
        let is_in = |look: &&Look| look.health(&held.place).is_some_and(Health::can_receive);
        let look = seen.get(&held.place.group).filter(is_in)?;
        (look.at < until).then_some(Doubt { held, run, until })
    })
}
