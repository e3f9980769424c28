//! What a verb that deploys would do, told before anything is done. No lock is taken and nothing is
//! written.

use super::asked::Ground;
use super::deploying::Deploying;
use super::search::{Search, taken_in};
use super::window::{closing, opening};
use crate::cli::Global;
use crate::cli::busy::Busy;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::hold;
use crate::cli::holding::seen_of;
use crate::cli::reach::Reach;
use crate::cli::shown::Talk;
use crate::cli::still_running::anybody_at_work;
use crate::cli::unfinished::{IfHeldOut, none_held_out};
use crate::executor::{Ask, Gate, Jobs};
use crate::report::plan::{Planned, document, page};
use crate::report::{Access, shell_words};
use crate::rollout::{GroupArn, Moment, Outlook, Plan, Policy, Snapshot};
use crate::runs::{Past, usual_deploy};
use crate::state_dir::{fits, known_state_dir};

impl Deploying<'_> {
    /// What it would do, and what is worth knowing of it.
    ///
    /// # Errors
    /// Every reason for which it would be refused.
    pub(in crate::cli) async fn preview(
        self,
        reach: Reach,
        (global, talk): (&Global, &Talk),
        format: Format,
        plan: impl AsyncFn(Ground<'_>, &Snapshot, &Access) -> Result<(Plan, Vec<String>), CliError>,
    ) -> Result<String, CliError> {
        let Self { verb, chosen, named, policy, jobs, .. } = self;
        let (named, access) = (&named[..], global.access());
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
        let busy = under_way(verb, &runs, &arns);
        let (held, away) = match chosen.if_held_out {
            IfHeldOut::Fail => (none_held_out(&state_dir, &here, &access), Vec::new()),
            IfHeldOut::Ignore => (Ok(Vec::new()), Past::away(&runs)),
        };
        notes.extend(times(verb, &policy, reach.clock.now()));
        let ground = Ground { named, found, holds, away, policy, runs: &runs };
        let held = match fits(&state_dir) {
            Ok(()) => held,
            Err(error) => {
                let error = CliError { kind: Exit::Refused, ..error.into() };
                Err(held.err().map_or(error.clone(), |held| held.and(error)))
            }
        };
        let plan = match (held, plan(ground, &here, &access).await) {
            (Ok(more), Ok((plan, of_plan))) => {
                notes.extend(more.into_iter().chain(of_plan));
                notes.extend(busy.or_else(|| beside(verb, &runs, &plan)));
                plan
            }
            // What speaks against it may be the work of a run that has not ended.
            (Err(error), Err(other)) => return Err(error.and(other).hint(busy)),
            (Err(error), _) | (_, Err(error)) => return Err(error.hint(busy)),
        };
        let outlook = Outlook::of(&plan, &here, usual_deploy(&runs, &arns));
        let (jobs, given) = (in_words(&jobs), given(global));
        let planned =
            Planned { plan: &plan, outlook: &outlook, jobs: &jobs, given: &given, notes: &notes };
        Ok(match format {
            Format::Table => page(&planned),
            Format::Json => document(&planned, reach.clock.now()),
        })
    }
}

/// What the window means for who would begin now: a plan is made beforehand, and not refused for that.
fn times(verb: &str, policy: &Policy, now: Moment) -> Option<String> {
    let window = policy.window.as_ref()?;
    let opens = || opening(window, now).unwrap_or_default();
    let shut =
        || format!("the window {window} is not open now, and {verb} is refused; {}", opens());
    closing(policy, now).or_else(|| Some(shut()))
}

/// A run that works on the groups now: the verb would wait for it, or be refused.
fn under_way(verb: &str, runs: &[Past], groups: &[&GroupArn]) -> Option<String> {
    let busy = runs.iter().filter(|past| past.under_way);
    let mut busy = busy
        .filter_map(|past| past.told.as_ref().ok())
        .filter(|told| told.header.plan.groups.iter().any(|group| groups.contains(&&group.arn)));
    let header = &busy.next()?.header;
    let (run, user, host, pid) = (header.run, &header.user, &header.host, header.pid);
    let what = header.asked_for();
    Some(format!(
        "run {run} by {user} (pid {pid} on {host}) works on the groups now, {what}: until it has ended \
         {verb} is refused, or waits with --lock-wait 10m"
    ))
}

/// A command of an earlier run that still works on a target.
fn beside(verb: &str, runs: &[Past], plan: &Plan) -> Option<String> {
    let ids = plan.targets().map(|target| target.id.clone()).collect();
    let Busy { what, .. } = anybody_at_work(runs, &ids)?;
    Some(format!("{what}: until it has ended {verb} is refused, or waits with --lock-wait 10m"))
}

/// What is run and asked, by the names of the flags.
fn in_words(jobs: &Jobs) -> Vec<(&'static str, String)> {
    let gate = |gate: &Gate| match &gate.ask {
        Ask::Url { url, status, .. } => format!("{url} answers {status}"),
        Ask::Command(command) => command.clone(),
        Ask::Listens => "something listens on the port".to_owned(),
    };
    let all = [
        ("deploy", Some(shell_words(&jobs.deploy)).filter(|command| !command.is_empty())),
        ("start", jobs.start.clone()),
        ("stop", jobs.stop.clone()),
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
