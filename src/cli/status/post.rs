//! Where a status is made: knows the groups, looks at them, and reads what runs of this machine hold
//! out. Groups, settings and listeners are read once; only health is asked for again.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::{join_all, try_join_all};

use crate::balancer::{Balancer, BalancerError, ErrorKind};
use crate::cli::error::CliError;
use crate::cli::reach::Reach;
use crate::cli::unfinished::{LeftOut, left_out};
use crate::clock::Clock;
use crate::report::Access;
use crate::report::status::{HeldOut, Known, Status, is_drainable};
use crate::rollout::{Front, Group, GroupArn, Snapshot};
use crate::watch::Watch;

/// Looks at groups.
pub(super) struct Post {
    /// Where runs keep their journals; `None` if no such folder is known.
    pub(super) state_dir: Option<PathBuf>,
    pub(super) access: Access,
    groups: Vec<Group>,
    /// Whether nobody said an order.
    worst_first: bool,
    fronts: Option<Vec<Front>>,
    watch: Arc<Watch>,
    clock: Clock,
    notes: Notes,
}

/// What is worth saying besides, each once.
#[derive(Default)]
struct Notes {
    said: BTreeSet<String>,
    new: Vec<String>,
}

impl Notes {
    fn say(&mut self, note: String) {
        if self.said.insert(note.clone()) {
            self.new.push(note);
        }
    }
}

impl Post {
    /// A post for these groups, or for all if none is named.
    pub(super) async fn find(reach: Reach, named: &[String]) -> Result<Self, CliError> {
        let Reach { balancer, watch, clock, .. } = reach;
        let groups = match named {
            [] => balancer.all_groups().await,
            named => balancer.groups(named).await,
        };
        let groups = groups.map_err(|error| CliError::refused(&error))?;
        let mut notes = Notes::default();
        if groups.is_empty() {
            notes.say("there is no target group in this account and region".to_owned());
        }
        let fronts = fronts(balancer.as_ref(), &groups, &mut notes).await?;
        let (state_dir, access, worst_first) = (None, Access::default(), named.is_empty());
        Ok(Self { state_dir, access, groups, worst_first, fronts, watch, clock, notes })
    }

    /// How they fare; a passing trouble is waited out for some seconds.
    pub(super) async fn first(&mut self) -> Result<Status, CliError> {
        let looks = self.looked_at().into_iter().map(async |group| {
            let looked = self.watch.first_look(&alone(&group)).await;
            deleted(group, looked)
        });
        let deleted = try_join_all(looks).await.map_err(|error| CliError::refused(&error))?;
        self.leave_out(deleted.into_iter().flatten())?;
        Ok(self.status())
    }

    /// Looks once more. Tells a trouble that may pass; what was seen before stands then.
    pub(super) async fn look_again(&mut self) -> Result<Option<BalancerError>, CliError> {
        let looks = self.looked_at().into_iter().map(async |group| {
            let looked = self.watch.look_at(&alone(&group)).await;
            deleted(group, looked)
        });
        let (looked, failed): (Vec<_>, Vec<_>) =
            join_all(looks).await.into_iter().partition(Result::is_ok);
        self.leave_out(looked.into_iter().flatten().flatten())?;
        let failed: Vec<_> = failed.into_iter().filter_map(Result::err).collect();
        match failed.iter().find(|error| !error.is_transient()) {
            Some(error) => Err(CliError::refused(error)),
            None => Ok(failed.into_iter().next()),
        }
    }

    /// Goes on without groups that were deleted meanwhile, while there are others.
    fn leave_out(&mut self, deleted: impl Iterator<Item = Deleted>) -> Result<(), CliError> {
        for Deleted { group, error } in deleted {
            self.notes.say(format!("group {} was deleted", group.name()));
            self.groups.retain(|one| one.arn != group);
            if self.groups.is_empty() {
                return Err(CliError::refused(&error));
            }
        }
        Ok(())
    }

    /// How the groups fare, by the latest looks.
    pub(super) fn status(&mut self) -> Status {
        let looks = self.watch.decide(Snapshot::clone);
        let held_out = self.held_out(&looks);
        let known = Known {
            groups: &self.groups,
            fronts: self.fronts.as_deref(),
            looks: &looks,
            held_out: &held_out,
            access: &self.access,
        };
        let status = Status::of(self.clock.now(), known);
        if self.worst_first { status.worst_first() } else { status }
    }

    /// What was not said yet.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes.new)
    }

    fn looked_at(&self) -> Vec<GroupArn> {
        let drainable = self.groups.iter().filter(|group| is_drainable(group));
        drainable.map(|group| group.arn.clone()).collect()
    }

    /// A journal that cannot be read is noted, and the rest is shown.
    fn held_out(&mut self, looks: &Snapshot) -> Vec<HeldOut> {
        let Some(state_dir) = &self.state_dir else { return Vec::new() };
        match left_out(state_dir, looks) {
            Ok((runs, unreadable)) => {
                unreadable.into_iter().for_each(|why| self.notes.say(why));
                runs.iter().flat_map(held_by).collect()
            }
            Err(why) => {
                let note =
                    format!("what runs of this machine hold out is unknown: failed to {why}");
                self.notes.say(note);
                Vec::new()
            }
        }
    }
}

/// One group by itself: what becomes of it must not end the look at another.
fn alone(group: &GroupArn) -> BTreeSet<GroupArn> {
    BTreeSet::from([group.clone()])
}

/// A group that is not there any more, in the load balancer's words.
struct Deleted {
    group: GroupArn,
    error: BalancerError,
}

/// Whether a look found its group deleted, which is no failure of the look.
fn deleted(
    group: GroupArn,
    looked: Result<(), BalancerError>,
) -> Result<Option<Deleted>, BalancerError> {
    match looked {
        Ok(()) => Ok(None),
        Err(error) if error.kind == ErrorKind::GroupNotFound => Ok(Some(Deleted { group, error })),
        Err(error) => Err(error),
    }
}

fn held_by(run: &LeftOut) -> Vec<HeldOut> {
    let header = &run.header;
    let held = run.out.iter().map(|held| HeldOut {
        place: held.place.clone(),
        run: header.run,
        since: held.since,
        what: header.asked_for(),
        user: header.user.clone(),
        under_way: run.is_under_way,
    });
    held.collect()
}

/// The load balancers of the groups, if they may be read: not every role that deploys may.
async fn fronts(
    balancer: &dyn Balancer,
    groups: &[Group],
    notes: &mut Notes,
) -> Result<Option<Vec<Front>>, CliError> {
    let arns: BTreeSet<_> = groups.iter().flat_map(|group| &group.balancers).cloned().collect();
    if arns.is_empty() {
        return Ok(Some(Vec::new()));
    }
    match balancer.fronts(&arns.into_iter().collect::<Vec<_>>()).await {
        Ok(fronts) => Ok(Some(fronts)),
        Err(error) if error.kind == ErrorKind::Denied => {
            notes.say(format!("listeners cannot be read, everything else is shown: {error}"));
            Ok(None)
        }
        Err(error) => Err(CliError::refused(&error)),
    }
}
