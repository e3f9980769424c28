//! `roll`: one target after the other out, deployed, and back in.

mod asked;
mod bounds;
mod deploying;
mod empty;
mod failing;
mod gates;
mod hooks;
mod preview;
mod search;
mod window;

use clap::Args;

pub(super) use self::asked::{Asked, Ground, Within, note_unusable, unless};
pub(super) use self::bounds::Bounds;
pub(super) use self::deploying::Deploying;
pub(super) use self::empty::without_empty;
pub(super) use self::failing::Spare;
pub(super) use self::window::{opening, shut};
use super::Global;
use super::begin::carry;
use super::error::CliError;
use super::exit::Exit;
use super::lock_wait::LockWait;
use super::reach::Reach;
use super::run::Ready;
use super::shown::{Shown, Talk};
use super::typed::Mistakes;
use crate::report::Access;
use crate::rollout::Snapshot;

/// Deploy the targets of groups, one after the other, each out of service while it is deployed
///
/// For each target: deregister it, wait until it really is drained, run COMMAND, register it
/// exactly as it was, wait until it really is in service. Then the next one. The first failure
/// halts the run: the target stays out, and is named.
///
/// COMMAND is run on this machine as it stands, without a shell. `{target}`, `{port}` and `{zone}` in
/// its arguments are replaced; ELB_DEPLOY_TARGET, ELB_DEPLOY_PORT, ELB_DEPLOY_ZONE, ELB_DEPLOY_GROUPS
/// and ELB_DEPLOY_RUN are in its environment.
///
/// Ends with 0 once every target is in service; with 3 if it was refused and nothing was changed;
/// with 4 if it was halted and nothing is out; with 5 if it was halted and targets are out, which
/// are named; with 6 if another run works on the groups, a command of an earlier run still works on
/// a target, or the journal cannot be kept; with 7 if its window was over, nothing is out, and `resume` goes
/// on with the rest.
#[derive(Debug, Args)]
pub(super) struct Roll {
    #[command(flatten)]
    lock_wait: LockWait,
    #[command(flatten)]
    shown: Shown,
    #[command(flatten)]
    pub(super) asked: Asked,
}

impl Roll {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, CliError> {
        carry(&self.shown, async |talk| self.prepare(global, talk).await.map(Some)).await
    }

    async fn prepare(&self, global: &Global, talk: &Talk) -> Result<Ready, CliError> {
        let mut mistakes = Mistakes::default();
        let (policy, jobs) = self.asked.meant(&global.sources, &mut mistakes);
        let patience = self.lock_wait.patience(&mut mistakes);
        mistakes.none()?;
        let chosen = &self.asked.chosen;
        let reach = Reach::for_run(global).await?;
        let named = chosen.named(&*reach.balancer).await?;
        let deploying = Deploying { verb: "roll", chosen, named, policy, jobs, patience };
        let plan = async |ground: Ground<'_>, here: &Snapshot, access: &Access| {
            self.asked.planned(ground, here, access).map(|plan| (plan, Vec::new()))
        };
        deploying.prepare(reach, global, talk, plan).await
    }
}
