//! `plan`: what a roll would do, told before anything is done.

use clap::Args;

use super::Global;
use super::busy::Busy;
use super::error::CliError;
use super::exit::Exit;
use super::format::Format;
use super::hold;
use super::holding::seen_of;
use super::lock_wait::LockWait;
use super::reach::Reach;
use super::roll::{Asked, Ground, Search, taken_in};
use super::shown::{Shown, Talk};
use super::signals::{stop_signals, unless_stopped};
use super::stdout::print;
use super::still_running::anybody_at_work;
use super::typed::Mistakes;
use super::unfinished::{IfHeldOut, none_held_out};
use crate::executor::{Ask, Gate, Jobs};
use crate::report::plan::{Planned, document, page};
use crate::report::shell_words;
use crate::rollout::{self, GroupArn, Outlook};
use crate::runs::{Past, usual_deploy};
use crate::state_dir::{fits, known_state_dir};

/// Show what a roll would do, how long that takes and what stays in service; nothing is changed
///
/// Takes what `roll` takes, and tells its batches, what each wait takes and why, and how many
/// targets serve meanwhile; or every reason for which `roll` would be refused, at once. No lock is
/// taken and nothing is written.
///
/// Ends with 0 if `roll` would begin, and with 3 if it would be refused. Somebody at work on the groups
/// or targets right now is a note: `roll` is refused until that has ended, or waits with --lock-wait.
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
        self.lock_wait.patience(&mut mistakes);
        mistakes.none()?;
        let (reach, access) = (Reach::new(global).await?, global.access());
        let chosen = &self.asked.chosen;
        let named = &chosen.named(&*reach.balancer).await?[..];
        let state_dir = known_state_dir(global.state_dir.clone()).unwrap_or_default();
        let search = Search { chosen, named, reach: &reach, state_dir: &state_dir, talk };
        let found = search.unlocked().await?;
        let asked = chosen.hold.ask(&*reach.balancer, &found.groups).await?;
        let hold::Asked { holds, mut notes } = asked;
        notes.extend(taken_in(named, &found.groups));
        let arns = found.groups.iter().map(|group| &group.arn);
        let here = reach.watch.decide(|seen| seen_of(arns, seen));
        let runs = Past::all(&state_dir).unwrap_or_default();
        let arns: Vec<_> = here.keys().collect();
        let busy = under_way(&runs, &arns);
        let (held, away) = match chosen.if_held_out {
            IfHeldOut::Fail => (none_held_out(&state_dir, &here, &access), Vec::new()),
            IfHeldOut::Ignore => (Ok(Vec::new()), Past::away(&runs)),
        };
        let ground = Ground { named, found, holds, away, policy };
        let held = match fits(&state_dir) {
            Ok(()) => held,
            Err(error) => {
                let error = CliError { kind: Exit::Refused, ..error.into() };
                Err(held.err().map_or(error.clone(), |held| held.and(error)))
            }
        };
        let plan = match (held, self.asked.planned(ground, &here, &access)) {
            (Ok(more), Ok(plan)) => {
                notes.extend(more);
                notes.extend(busy.or_else(|| beside(&runs, &plan)));
                plan
            }
            (Err(error), Err(other)) => return Err(error.and(other)),
            (Err(error), _) | (_, Err(error)) => return Err(error),
        };
        let outlook = Outlook::of(&plan, &here, usual_deploy(&runs, &arns));
        let (jobs, given) = (in_words(&jobs), given(global));
        let planned =
            Planned { plan: &plan, outlook: &outlook, jobs: &jobs, given: &given, notes: &notes };
        Ok(match self.format {
            Format::Table => page(&planned),
            Format::Json => document(&planned, reach.clock.now()),
        })
    }
}

/// A run that works on the groups now: a roll would wait for it, or be refused.
fn under_way(runs: &[Past], groups: &[&GroupArn]) -> Option<String> {
    let busy = runs.iter().filter(|past| past.under_way);
    let mut busy = busy
        .filter_map(|past| past.told.as_ref().ok())
        .filter(|told| told.header.plan.groups.iter().any(|group| groups.contains(&&group.arn)));
    let header = &busy.next()?.header;
    let (run, user, host, pid) = (header.run, &header.user, &header.host, header.pid);
    let what = header.asked_for();
    Some(format!(
        "run {run} by {user} (pid {pid} on {host}) works on the groups now, {what}: until it has ended \
         roll is refused, or waits with --lock-wait 10m"
    ))
}

/// A command of an earlier run that still works on a target.
fn beside(runs: &[Past], plan: &rollout::Plan) -> Option<String> {
    let ids = plan.targets().map(|target| target.id.clone()).collect();
    let Busy { what, .. } = anybody_at_work(runs, &ids)?;
    Some(format!("{what}: until it has ended roll is refused, or waits with --lock-wait 10m"))
}

/// What is run and asked, by the names of the flags.
fn in_words(jobs: &Jobs) -> Vec<(&'static str, String)> {
    let gate = |gate: &Gate| match &gate.ask {
        Ask::Url { url, status, .. } => format!("{url} answers {status}"),
        Ask::Command(command) => command.clone(),
        Ask::Listens => "something listens on the port".to_owned(),
    };
    let all = [
        ("deploy", Some(shell_words(&jobs.deploy))),
        ("ready", jobs.ready.as_ref().map(gate)),
        ("verify", jobs.verify.as_ref().map(gate)),
        ("rollback", jobs.rollback.clone()),
        ("before each batch", jobs.before_batch.clone()),
        ("after each batch", jobs.after_batch.clone()),
        ("at the end", jobs.on_finish.clone()),
    ];
    all.into_iter().filter_map(|(name, what)| Some((name, what?))).collect()
}

/// Where each value that is no default came from.
fn given(global: &Global) -> Vec<(String, String, String)> {
    let given = global.sources.iter().filter(|setting| setting.is_given());
    let told = given.filter_map(|setting| {
        Some((setting.key.clone(), setting.value.clone()?, setting.source.to_string()))
    });
    told.collect()
}
