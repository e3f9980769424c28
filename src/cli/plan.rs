//! `plan`: what a roll would do, told before anything is done.

use clap::Args;

use super::Global;
use super::error::CliError;
use super::exit::Exit;
use super::format::Format;
use super::lock_wait::LockWait;
use super::reach::Reach;
use super::roll::{Asked, Deploying, Ground};
use super::shown::{Shown, Talk};
use super::signals::{stop_signals, unless_stopped};
use super::stdout::print;
use super::typed::Mistakes;
use crate::report::Access;
use crate::rollout::Snapshot;

/// Show what a roll would do, how long that takes and what stays in service; nothing is changed
///
/// Takes what `roll` takes, and tells its batches, what each wait takes and why, and how many
/// targets serve meanwhile; or every reason for which `roll` would be refused, at once. No lock is
/// taken and nothing is written. What a flip would do, `flip --plan` tells.
///
/// Ends with 0 if `roll` would begin, and with 3 if it would be refused. Somebody at work on the groups
/// or targets right now is a note: `roll` is refused until that has ended, or waits with --lock-wait. So is
/// a --window that is not open now.
#[derive(Debug, Args)]
pub(super) struct Plan {
    #[command(flatten)]
    lock_wait: LockWait,
    #[command(flatten)]
    shown: Shown,
    /// A page, or one JSON document: `v`, `at`, `plan`, `batches`, `before`, `least_ms`, `expected_ms`,
    /// `jobs`, `given`, `notes`
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "table",
        env = "ELB_DEPLOY_FORMAT",
        hide_env_values = true
    )]
    format: Format,
    #[command(flatten)]
    pub(super) asked: Asked,
}

impl Plan {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, CliError> {
        let mut signals = stop_signals()?;
        let talk = self.shown.talk();
        let told = unless_stopped(&mut signals, self.told(global, &talk)).await?;
        print(told.as_bytes())
    }

    async fn told(&self, global: &Global, talk: &Talk) -> Result<String, CliError> {
        let mut mistakes = Mistakes::default();
        let (policy, jobs) = self.asked.meant(&global.sources, &mut mistakes);
        let patience = self.lock_wait.patience(&mut mistakes);
        mistakes.none()?;
        let (reach, chosen) = (Reach::new(global).await?, &self.asked.chosen);
        let named = chosen.named(&*reach.balancer).await?;
        let deploying = Deploying { verb: "roll", chosen, named, policy, jobs, patience };
        let plan = async |ground: Ground<'_>, here: &Snapshot, access: &Access| {
            self.asked.planned(ground, here, access).map(|plan| (plan, Vec::new()))
        };
        deploying.preview(reach, (global, talk), self.format, plan).await
    }
}
