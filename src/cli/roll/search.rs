//! The groups of a roll, locked: those that were named, and those that it takes in because its
//! targets serve there too. What speaks against the roll is not decided here.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use crate::cli::beside::Beside;
use crate::cli::chosen::Chosen;
use crate::cli::error::CliError;
use crate::cli::lock_wait::{left, lock};
use crate::cli::reach::Reach;
use crate::cli::shown::Talk;
use crate::cli::standing_by::held;
use crate::cli::sure::look_for_sure;
use crate::journal::{GroupLocks, Holder};
use crate::rollout::{FRESH, Group, GroupArn, Health, Registration, Snapshot};

/// What is searched through.
pub(in crate::cli) struct Search<'a> {
    pub(in crate::cli) chosen: &'a Chosen,
    pub(in crate::cli) named: &'a [Group],
    pub(in crate::cli) reach: &'a Reach,
    pub(in crate::cli) state_dir: &'a Path,
    pub(in crate::cli) talk: &'a Talk,
}

/// What a roll is planned on, as it is now that nobody else on this machine can change it.
pub(super) struct Locked {
    pub(super) found: Found,
    pub(super) locks: GroupLocks,
}

/// What a roll would be planned on, as it is now.
pub(in crate::cli) struct Found {
    /// Those that were named first.
    pub(in crate::cli) groups: Vec<Group>,
    /// What is registered in other groups.
    pub(in crate::cli) elsewhere: Vec<(Registration, Health)>,
}

impl Search<'_> {
    /// The same without locks, for who changes nothing.
    ///
    /// # Errors
    /// The load balancer cannot be asked.
    pub(in crate::cli) async fn unlocked(self) -> Result<Found, CliError> {
        let refused = |error| CliError::refused(&error);
        let beside = self.search().await?;
        let groups = self.groups(&self.taken_in(&beside)).await?;
        let arns = groups.iter().map(|group| group.arn.clone()).collect();
        self.reach.watch.first_look(&arns).await.map_err(refused)?;
        Ok(Found { groups, elsewhere: self.decide(|seen| beside.registered(seen)) })
    }

    /// The named groups, and those that are taken in.
    async fn groups(&self, taken_in: &BTreeSet<GroupArn>) -> Result<Vec<Group>, CliError> {
        let arns: Vec<_> = taken_in.iter().cloned().collect();
        let more = self.reach.balancer.groups_at(&arns).await;
        Ok([self.named, &more.map_err(|error| CliError::refused(&error))?].concat())
    }

    /// Searches before it locks, because that can take minutes; and again if it had to wait for the
    /// locks, because whoever held them may have put targets in elsewhere.
    ///
    /// # Errors
    /// Others work on the groups until then, or the load balancer cannot be asked.
    pub(super) async fn locked(
        &self,
        holder: &Holder,
        patience: Duration,
    ) -> Result<Locked, CliError> {
        let until = Instant::now() + patience;
        let mut beside = self.search().await?;
        loop {
            let taken_in = self.taken_in(&beside);
            let groups = self.groups(&taken_in).await?;
            let arns: Vec<_> = groups.iter().map(|group| group.arn.clone()).collect();
            let asked = Instant::now();
            let locks = lock(self.state_dir, &arns, holder, left(until), self.talk).await;
            let locks = locks.map_err(|error| held(error, self.state_dir))?;
            if asked.elapsed() > FRESH {
                beside = self.search().await?;
            }
            let Reach { watch, clock, .. } = self.reach;
            look_for_sure(&arns.into_iter().collect(), self.state_dir, watch, clock, self.talk)
                .await?;
            if self.taken_in(&beside) == taken_in {
                let elsewhere = self.decide(|seen| beside.registered(seen));
                return Ok(Locked { found: Found { groups, elsewhere }, locks });
            }
        }
    }

    async fn search(&self) -> Result<Beside, CliError> {
        let refused = |error| CliError::refused(&error);
        if self.chosen.all_groups {
            // Who serves elsewhere is known only once it is known who is here.
            let named = self.named.iter().map(|group| group.arn.clone()).collect();
            self.reach.watch.first_look(&named).await.map_err(refused)?;
        }
        let tell = |what: &str| self.talk.note(what);
        Beside::search(self.named, self.reach, tell).await.map_err(refused)
    }

    fn taken_in(&self, beside: &Beside) -> BTreeSet<GroupArn> {
        self.decide(|seen| beside.taken_in(self.chosen, self.named, seen))
    }

    fn decide<T>(&self, on: impl FnOnce(&Snapshot) -> T) -> T {
        self.reach.watch.decide(on)
    }
}

/// That a roll is of more groups than were named; none if it is not.
pub(in crate::cli) fn taken_in(named: &[Group], all: &[Group]) -> Option<String> {
    let more = all.get(named.len()..).filter(|more| !more.is_empty())?;
    let names: Vec<_> = more.iter().map(|group| group.name.as_str()).collect();
    Some(format!("--all-groups takes in {}: targets of the run serve there too", names.join(", ")))
}
