//! `resume`: takes up a run whose process is gone, and goes on with it.

mod ask;
mod elsewhere;
mod here;
mod more_out;
mod passed_over;
mod taken_out;
mod unfinished;
mod window;

use std::time::Duration;

use clap::Args;

use self::ask::is_deployed;
use self::elsewhere::none_serves_elsewhere;
use self::here::belongs_here;
use self::more_out::none_on_hold;
use self::passed_over::passed_over;
use self::taken_out::none_taken_out;
use self::unfinished::unfinished_run;
use self::window::in_window;
use super::Global;
use super::begin::carry;
use super::busy::nobody;
use super::elsewhere::unseen;
use super::error::CliError;
use super::exit::Exit;
use super::hold::IgnoreHold;
use super::holding::seen_of;
use super::lock_wait::{LockWait, lock};
use super::reach::Reach;
use super::run::{Ready, executor, recovered};
use super::shown::{Shown, Talk};
use super::still_running::anybody_at_work;
use super::stopped::naming_what_is_out;
use super::typed::Mistakes;
use crate::engine::Ports;
use crate::journal::{Header, Holder, Journal, read};
use crate::rollout::{Fact, Rollout};
use crate::state_dir::state_dir;

/// Take up a run that did not come to its end, and go on with it
///
/// Reads its journal, looks at the load balancer afresh, does again what was under way or failed,
/// and goes on with the rest, within the bounds that the run was begun with.
///
/// Whom others have put back or given up since is left alone. If what the run does had failed there, it
/// stays failed: the run takes nobody else out, unless --max-failures lets it.
///
/// A deploy command that was cut off may have done its work: it is run again, unless --deploy says
/// otherwise. As long as one still works on a target of the run, nothing is done beside it.
///
/// A run with a window keeps to it: outside of it what is begun is carried to its end and nobody else is taken
/// out, and where nothing is begun it is refused.
///
/// Ends with 0 once the run is done; with 3 if there is nothing to take up, if a later run has deployed
/// what it was to deploy, if it would take out who is on hold or held out by another run, or deploy
/// who serves in other groups, if it is a flip and this is another machine than the one that it was begun
/// on, or if its window is not open; with 4 if it was halted again and nothing is out; with 5 if targets are
/// out, which are named; with 6 if another run works on the groups, a command of an earlier run still
/// works on a target, or the journal cannot be read; with 7 if its window was over, and nothing is out.
#[derive(Debug, Args)]
pub(super) struct Resume {
    /// The run: its id, or the beginning of it [default: the only one that is unfinished]
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// What is done about a deploy command that may or may not have run
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value = "rerun",
        env = "ELB_DEPLOY_DEPLOY",
        hide_env_values = true
    )]
    deploy: Deploy,
    #[command(flatten)]
    hold: IgnoreHold,
    #[command(flatten)]
    lock_wait: LockWait,
    #[command(flatten)]
    shown: Shown,
}

/// What is done about a deploy that may or may not have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Deploy {
    /// Run it again
    Rerun,
    /// Take it for done
    Skip,
    /// Ask on the terminal, target by target
    Ask,
}

impl Resume {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, CliError> {
        let carried = carry(&self.shown, async |talk| self.prepare(global, talk).await.map(Some));
        carried.await.map_err(|error| naming_what_is_out(error, global))
    }

    async fn prepare(&self, global: &Global, talk: &Talk) -> Result<Ready, CliError> {
        let refused = |error| CliError::refused(&error);
        let mut mistakes = Mistakes::default();
        let patience = self.lock_wait.patience(&mut mistakes);
        mistakes.none()?;
        let folder = unfinished_run(self.run.as_deref(), global)?;
        let header = read(&folder.journal())?.header;
        belongs_here(&header).await?;
        let state_dir = state_dir(global.state_dir.clone())?;
        let ids = header.plan.targets().map(|target| target.id.clone()).collect();
        nobody(&state_dir, patience, talk, |runs| anybody_at_work(runs, &ids)).await?;
        stand_where_it_began(&header)?;
        let arns: Vec<_> = header.plan.groups.iter().map(|group| group.arn.clone()).collect();
        let reach = Reach::for_journals(global, &arns).await?;
        if let Err(error) = reach.balancer.groups_at(&arns).await {
            return Err(unseen(&arns, &error));
        }
        let holder = Holder::new(header.run, reach.clock.now(), format!("resume {}", header.run));
        let locks = lock(&state_dir, &arns, &holder, patience, talk).await?;
        // Whoever held the locks until now may have put everything back.
        let run = header.run.to_string();
        let folder = unfinished_run(Some(&run), global)?;
        nobody(&state_dir, Duration::ZERO, talk, |runs| anybody_at_work(runs, &ids)).await?;
        let (journal, recorded) = Journal::reopen(&folder.journal())?;
        let access = global.access();
        let (rollout, run) = (recovered(&journal, &recorded, &access)?, header.run);
        let shut = in_window(run, &rollout, reach.clock.now(), &access)?;
        let notes = none_on_hold(run, &rollout, &self.hold, &*reach.balancer, &access).await?;
        none_serves_elsewhere(run, &rollout, &reach, &access, talk).await?;
        let left_alone = passed_over(&recorded.header, &rollout, &access);
        let skipped = self.skipped(&rollout).await?;
        let Reach { balancer, watch, clock, .. } = reach;
        let groups = arns.into_iter().collect();
        watch.first_look(&groups).await.map_err(refused)?;
        let seen = watch.decide(|seen| seen_of(&groups, seen));
        none_taken_out(run, &rollout, &state_dir, &seen, &access)?;
        let ports = Ports { balancer, watch, executor: executor(&header, &state_dir), clock };
        let taken_up = (recorded, rollout);
        let ready = Ready::again(&state_dir, journal, taken_up, ports, locks, access)?;
        Ok(ready.noting(shut).noting(notes).noting(left_alone).beginning_with(skipped))
    }

    /// The deploys that are taken for done.
    async fn skipped(&self, rollout: &Rollout) -> Result<Vec<Fact>, CliError> {
        let mut skipped = Vec::new();
        for (target, progress) in rollout.targets().filter(|(_, progress)| !progress.is_over()) {
            let deploy = progress.step().filter(|step| step.act.deploys());
            // One that failed is known not to have done what it should.
            let is_unknown =
                progress.is_running() || (progress.was_tried() && progress.failure().is_none());
            let Some(step) = deploy.filter(|_| is_unknown) else { continue };
            let is_done = match self.deploy {
                Deploy::Rerun => false,
                Deploy::Skip => true,
                Deploy::Ask => is_deployed(&target.id).await?,
            };
            if is_done {
                skipped.push(Fact::Skipped { target: target.id.clone(), step });
            }
        }
        Ok(skipped)
    }
}

/// The command is found from where the run was begun, as it was then.
fn stand_where_it_began(header: &Header) -> Result<(), CliError> {
    let Some(folder) = &header.folder else { return Ok(()) };
    std::env::set_current_dir(folder).map_err(|error| {
        let what =
            format!("failed to go to {}, where the run was begun: {error}", folder.display());
        CliError::new(Exit::Refused, what).hint(Some("make the folder, then resume again"))
    })
}
