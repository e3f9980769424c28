//! `flip`: the new release beside the old one on the same target, on its other port.

mod beside;
mod draining;
mod failing;
mod held_out;
mod order;
mod port;
mod turning;
mod unasked;
mod whom;

use std::path::PathBuf;

use clap::Args;

use self::beside::nobody_in_the_way;
use self::draining::naming_what_drains;
use self::failing::Failing;
use self::held_out::none_held_out_on;
use self::order::as_it_was;
use self::turning::{Asked, Turning};
use self::unasked::with_a_question;
use self::whom::{Meant, checks_elsewhere, none_checks_one_port};
use super::Global;
use super::begin::carry;
use super::chosen::Chosen;
use super::error::CliError;
use super::exit::Exit;
use super::hold;
use super::lock_wait::LockWait;
use super::reach::Reach;
use super::roll::{Deploying, Ground, Within, note_unusable, unless, without_empty};
use super::run::Ready;
use super::shown::{Shown, Talk};
use super::typed::Mistakes;
use crate::executor::Jobs;
use crate::report::Access;
use crate::rollout::{Before, Plan, Policy, Refusal, Request, Snapshot, Turn};
use crate::runs::Past;
use crate::state_dir::known_state_dir;

/// Deploy a target beside itself: the new release on its other port, and only then the old one out
///
/// Starts the new release on the port that is idle, registers it, waits until it really is in service, and
/// only then deregisters the old port, waits until that really is drained, and stops what runs there. A
/// target never leaves service, so one instance is enough. The load balancer tells which port is live.
///
/// Both commands run on this machine, by sh -c. {target}, {port}, {old_port} and {color} (blue is the first
/// of the two ports, green the other one) are replaced in them; ELB_DEPLOY_TARGET, ELB_DEPLOY_PORT,
/// ELB_DEPLOY_OLD_PORT and ELB_DEPLOY_COLOR are in their environment. Both may be run again after a crash,
/// and the stop command also for a port on which nothing runs.
///
/// One of --self and --target has to be given. With --self, an instance that is registered in none of the
/// groups is deployed for the first time; for another target say so with --from none.
///
/// Ends with 0 once the new port serves and the old one is stopped; with 3 if it was refused and nothing was
/// changed; with 4 if it failed: what failed before the new port served is stopped again, and the old port
/// never left service; with 6 if another run works on the groups, a command of an earlier run still works on
/// a target, or the journal cannot be kept.
#[derive(Debug, Args)]
pub(super) struct Flip {
    /// This instance, as the instance metadata service tells it
    #[arg(long = "self")]
    myself: bool,
    #[command(flatten)]
    turning: Turning,
    #[command(flatten)]
    pub(super) chosen: Chosen,
    #[command(flatten)]
    within: Within,
    #[command(flatten)]
    failing: Failing,
    #[command(flatten)]
    lock_wait: LockWait,
    #[command(flatten)]
    shown: Shown,
}

impl Flip {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, CliError> {
        carry(&self.shown, async |talk| self.prepare(global, talk).await.map(Some)).await
    }

    async fn prepare(&self, global: &Global, talk: &Talk) -> Result<Ready, CliError> {
        let mut mistakes = Mistakes::default();
        let (turn, policy, jobs) = self.meant(global, &mut mistakes);
        let patience = self.lock_wait.patience(&mut mistakes);
        let named = self.chosen.is_of_somebody();
        whom::note_nobody(self.myself, named, &mut mistakes);
        self.chosen.note_ports(&mut mistakes);
        mistakes.none()?;
        // Without mistakes there are ports.
        let Some(turn) = turn else { return Err(turning::no_ports()) };
        let reach = Reach::for_run(global).await?;
        let named = self.chosen.named(&*reach.balancer).await?;
        none_checks_one_port(&named, turn.ports)?;
        let meant = Meant::of(&self.chosen, self.myself, &named, &reach).await?;
        let jobs = Jobs { instance: meant.instance.clone(), address: meant.address, ..jobs };
        let (policy, jobs) = with_a_question(&named, (policy, jobs), &meant.chosen.targets())?;
        let notes = [checks_elsewhere(&named), self.turning.notes()].concat();
        let beside = Beside {
            within: &self.within,
            meant: &meant,
            turn,
            jobs: jobs.clone(),
            state_dir: known_state_dir(global.state_dir.clone()).unwrap_or_default(),
        };
        let chosen = &meant.chosen;
        let deploying = Deploying { verb: "flip", chosen, named, policy, jobs, patience };
        let plan = async |ground: Ground<'_>, here: &Snapshot, access: &Access| {
            beside.planned(ground, here, access).await
        };
        let ready = deploying.prepare(reach, global, talk, plan).await?;
        Ok(ready.noting(notes))
    }

    /// What it means; mistakes are noted.
    fn meant(&self, global: &Global, mistakes: &mut Mistakes) -> (Option<Turn>, Policy, Jobs) {
        let (policy, jobs) = self.within.meant(&global.sources, mistakes);
        let Asked { turn, flip, start, stop } = self.turning.meant(mistakes);
        let (on_failure, max_failures) = self.failing.meant();
        let ports = turn.map(|turn| turn.ports);
        let jobs = without_empty(Jobs { start, stop, ports, ..jobs }, mistakes);
        note_unusable(&jobs, mistakes);
        (turn, Policy { flip, on_failure, max_failures, ..policy }, jobs)
    }
}

/// What a flip is planned by, beside what is seen.
struct Beside<'a> {
    within: &'a Within,
    meant: &'a Meant,
    turn: Turn,
    jobs: Jobs,
    state_dir: PathBuf,
}

impl Beside<'_> {
    async fn planned(
        &self,
        ground: Ground<'_>,
        here: &Snapshot,
        access: &Access,
    ) -> Result<Plan, CliError> {
        let Ground { found, holds, away, policy, .. } = ground;
        let unaskable = self.within.unaskable(&found.groups);
        let request = self.meant.chosen.request(found.groups, away.clone(), policy);
        let elsewhere = found.elsewhere;
        let request = Request { elsewhere, holds, order: self.within.order(), ..request };
        let is_new = self.turn.from.is_none() && self.meant.is_new(here);
        let from = self.turn.from.or(is_new.then_some(Before::Nothing));
        let turn = Turn { from, ..self.turn };
        let runs = Past::all(&self.state_dir)?;
        let plan = Plan::flip(request, turn, here).map_err(|refusals| {
            let is_nowhere = |refusal: &Refusal| matches!(refusal, Refusal::NotRegistered { .. });
            let hint = refusals.iter().any(is_nowhere).then_some(FIRST);
            let error = hold::refused(&refusals, access).hint(hint);
            naming_what_drains(error, &refusals, &runs, access)
        });
        let plan = unless(plan, unaskable)?;
        as_it_was(&plan, &self.jobs, &runs)?;
        none_held_out_on(&plan, &away, access)?;
        nobody_in_the_way(&plan, self.meant.address, &runs, access).await?;
        Ok(plan)
    }
}

const FIRST: &str = "if it is the first deploy of a target, say so with --from none";
