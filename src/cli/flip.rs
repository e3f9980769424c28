//! `flip`: the new release beside the old one on the same target, on its other port.

mod beside;
mod failing;
mod held_out;
mod notes;
mod order;
mod port;
mod quic;
mod turning;
mod unasked;
mod unfinished;
mod whom;
mod words;

use std::time::Duration;

use clap::Args;

use self::beside::nobody_in_the_way;
use self::failing::Failing;
use self::held_out::none_held_out_on;
use self::notes::notes;
use self::order::as_it_was;
use self::quic::none_has_server_ids;
use self::turning::{Asked, Turning};
use self::unasked::with_a_question;
use self::unfinished::naming_unfinished;
use self::whom::{Meant, none_checks_one_port};
use self::words::worded;
use super::Global;
use super::begin::carry;
use super::chosen::Chosen;
use super::error::CliError;
use super::exit::Exit;
use super::format::Format;
use super::hold;
use super::lock_wait::LockWait;
use super::reach::Reach;
use super::roll::{Deploying, Ground, Within, note_unusable, unless, without_empty};
use super::run::Ready;
use super::shown::{Shown, Talk};
use super::signals::{stop_signals, unless_stopped};
use super::stdout::print;
use super::typed::Mistakes;
use crate::executor::Jobs;
use crate::report::Access;
use crate::rollout::{Before, Group, Plan, Policy, Refusal, Request, Snapshot, Turn};

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
/// a target, or the journal cannot be kept; with 7 if its window was over, and `resume` goes on with the rest.
#[derive(Debug, Args)]
#[command(mut_args(worded))]
pub(super) struct Flip {
    /// This instance, as the instance metadata service tells it
    #[arg(long = "self")]
    myself: bool,
    /// Show what it would do, how long that takes and what stays in service, or every reason for which it
    /// would be refused; nothing is changed. As a page, or with --plan=json as one JSON document, as those
    /// of the verb `plan`
    // Without a variable: a flip for which one is still set would end with 0 and have done nothing.
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "table"
    )]
    plan: Option<Format>,
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
        let Some(format) = self.plan else {
            return carry(&self.shown, async |talk| self.prepare(global, talk).await.map(Some))
                .await;
        };
        let mut signals = stop_signals()?;
        let talk = self.shown.talk();
        let told = unless_stopped(&mut signals, self.preview(global, &talk, format)).await?;
        print(told.as_bytes())
    }

    async fn prepare(&self, global: &Global, talk: &Talk) -> Result<Ready, CliError> {
        let wanted = self.wanted(global)?;
        let reach = Reach::for_run(global).await?;
        let (wanted, named, beside) = self.beside(wanted, &reach).await?;
        let plan = async |ground: Ground<'_>, here: &Snapshot, access: &Access| {
            beside.planned(ground, here, access).await
        };
        wanted.deploying(named, &beside.meant).prepare(reach, global, talk, plan).await
    }

    async fn preview(
        &self,
        global: &Global,
        talk: &Talk,
        format: Format,
    ) -> Result<String, CliError> {
        let wanted = self.wanted(global)?;
        let reach = Reach::new(global).await?;
        let (wanted, named, beside) = self.beside(wanted, &reach).await?;
        let plan = async |ground: Ground<'_>, here: &Snapshot, access: &Access| {
            beside.planned(ground, here, access).await
        };
        let deploying = wanted.deploying(named, &beside.meant);
        deploying.preview(reach, (global, talk), format, plan).await
    }

    /// What is asked for.
    ///
    /// # Errors
    /// All mistakes.
    fn wanted(&self, global: &Global) -> Result<Wanted, CliError> {
        let mut mistakes = Mistakes::default();
        let (turn, policy, jobs) = self.meant(global, &mut mistakes);
        let patience = self.lock_wait.patience(&mut mistakes);
        whom::note_nobody(self.myself, self.chosen.is_of_somebody(), &mut mistakes);
        self.chosen.note_ports(&mut mistakes);
        mistakes.none()?;
        // Without mistakes there are ports.
        let turn = turn.ok_or_else(turning::no_ports)?;
        Ok(Wanted { turn, policy, jobs, patience })
    }

    /// The groups that are named, and whom it is about.
    async fn beside(
        &self,
        Wanted { turn, policy, jobs, patience }: Wanted,
        reach: &Reach,
    ) -> Result<(Wanted, Vec<Group>, Beside<'_>), CliError> {
        let named = self.chosen.named(&*reach.balancer).await?;
        let meant = Meant::of(&self.chosen, self.myself, &named, reach).await?;
        let jobs = Jobs { instance: meant.instance.clone(), address: meant.address, ..jobs };
        let (policy, jobs) = with_a_question(&named, (policy, jobs), &meant.chosen.targets())?;
        let beside = Beside {
            within: &self.within,
            notes: self.turning.notes(),
            meant,
            turn,
            jobs: jobs.clone(),
        };
        Ok((Wanted { turn, policy, jobs, patience }, named, beside))
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

/// What is asked of a flip, without mistakes.
struct Wanted {
    turn: Turn,
    policy: Policy,
    jobs: Jobs,
    patience: Duration,
}

impl Wanted {
    fn deploying(self, named: Vec<Group>, meant: &Meant) -> Deploying<'_> {
        let Self { policy, jobs, patience, .. } = self;
        Deploying { verb: "flip", chosen: &meant.chosen, named, policy, jobs, patience }
    }
}

/// What a flip is planned by, beside what is seen.
struct Beside<'a> {
    within: &'a Within,
    notes: Vec<String>,
    meant: Meant,
    turn: Turn,
    jobs: Jobs,
}

impl Beside<'_> {
    async fn planned(
        &self,
        ground: Ground<'_>,
        here: &Snapshot,
        access: &Access,
    ) -> Result<(Plan, Vec<String>), CliError> {
        let Ground { named, found, holds, away, policy, runs } = ground;
        let wrong = [
            none_checks_one_port(named, self.turn.ports).err(),
            none_has_server_ids(&found.groups, here).err(),
        ];
        let unaskable = self.within.unaskable(&found.groups).into_iter();
        let unaskable = unaskable.chain(wrong.into_iter().flatten()).reduce(CliError::and);
        let request = self.meant.chosen.request(found.groups, away.clone(), policy);
        let elsewhere = found.elsewhere;
        let request = Request { elsewhere, holds, order: self.within.order(), ..request };
        let is_new = self.turn.from.is_none() && self.meant.is_new(here);
        let from = self.turn.from.or(is_new.then_some(Before::Nothing));
        let turn = Turn { from, ..self.turn };
        let plan = Plan::flip(request, turn, here).map_err(|refusals| {
            let is_nowhere = |refusal: &Refusal| matches!(refusal, Refusal::NotRegistered { .. });
            let hint = refusals.iter().any(is_nowhere).then_some(FIRST);
            let error = hold::refused(&refusals, access).hint(hint);
            naming_unfinished(error, &refusals, runs, access)
        });
        let plan = unless(plan, unaskable)?;
        as_it_was(&plan, &self.jobs, runs)?;
        none_held_out_on(&plan, &away, access)?;
        nobody_in_the_way(&plan, self.meant.address, runs, access).await?;
        let notes = notes(&plan, named, self.meant.address);
        Ok((plan, [notes, self.notes.clone()].concat()))
    }
}

const FIRST: &str = "if it is the first deploy of a target, say so with --from none";
