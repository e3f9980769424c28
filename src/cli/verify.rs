//! `verify`: what stands in the way of a deploy, before anything is touched.

mod ask;
mod beside;
mod held_out;

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use clap::Args;

use self::ask::{Known, ask};
use super::Global;
use super::chosen::Chosen;
use super::error::CliError;
use super::exit::Exit;
use super::format::Format;
use super::reach::Reach;
use super::roll::Bounds;
use super::signals::{stop_signals, unless_stopped};
use super::typed::{Limit, Mistakes, Typed};
use crate::clock::Clock;
use crate::report::findings::{json, table};
use crate::report::{Access, Paint};
use crate::rollout::preflight::{Finding, Level, Subject, check, names};
use crate::rollout::{Policy, Request};
use crate::runs::Past;
use crate::state_dir::known_state_dir;

/// Find everything that would make a deploy of groups slow, unsafe or impossible
///
/// Looks at the groups as `roll` would, with the same options, and changes nothing. Each check is
/// told as ok, warn or fail, with its number and with what would change it. What `roll` would
/// refuse is a fail, in the same words. Ends with exit code 3 if a check fails, otherwise with 0.
///
/// With --within, each of the two waits is held against the time limit of a hook that does it:
/// one hook drains, another one waits until the target is in service.
#[derive(Debug, Args)]
pub(super) struct Verify {
    #[command(flatten)]
    pub(super) chosen: Chosen,
    /// The time limit of a hook that holds one of the two waits, e.g. 180s
    #[arg(long, value_name = "DURATION", env = "ELB_DEPLOY_WITHIN", hide_env_values = true)]
    within: Option<Typed<Limit>>,
    /// A table, or one JSON document: `v`, `at`, `fail`, `warn`, `ok`, `findings`
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
    bounds: Bounds,
}

impl Verify {
    pub(super) async fn run(self, global: &Global) -> Result<Exit, CliError> {
        let mut signals = stop_signals()?;
        let (policy, within) = self.meant()?;
        let reach = Reach::new(global).await?;
        let known = unless_stopped(&mut signals, ask(&reach, &self.chosen)).await?;
        let findings = self.findings(known, policy, within, global);
        say(&self.written(&findings, &global.access(), reach.clock)?)?;
        let fails = findings.iter().any(|finding| finding.level == Level::Fail);
        Ok(if fails { Exit::Refused } else { Exit::Done })
    }

    /// What the command line says, if nothing in it is wrong.
    fn meant(&self) -> Result<(Policy, Option<Duration>), CliError> {
        let mut mistakes = Mistakes::default();
        let policy = self.bounds.policy(&mut mistakes);
        let within = self.within.as_ref().and_then(|limit| mistakes.meant("--within", limit));
        mistakes.none().map(|()| (policy, within.map(|Limit(time)| time)))
    }

    fn findings(
        &self,
        known: Known,
        policy: Policy,
        within: Option<Duration>,
        global: &Global,
    ) -> Vec<Finding> {
        if known.groups.is_empty() {
            return known.unasked;
        }
        let told = beside::findings(&known, &self.chosen);
        let holds = known.refused_holds(&self.chosen);
        let Known { groups, named, seen, elsewhere, fronts, unasked, .. } = known;
        // That they cannot be read is a finding.
        let runs = known_state_dir(global.state_dir.clone())
            .and_then(|state_dir| Past::all(&state_dir).ok());
        let away = runs.as_deref().map(Past::away).unwrap_or_default();
        let request = self.chosen.request(groups, away, policy);
        let request = self.chosen.of_named_only(request, &named, &seen);
        let was_searched = elsewhere.is_some();
        let elsewhere = elsewhere.unwrap_or_default();
        let request = Request { elsewhere, holds, ..request };
        let fronts = fronts.as_deref();
        let subject = Subject { request: &request, seen: &seen, fronts, within };
        let mut findings = check(&subject);
        let is_of = |check: &'static str| move |finding: &Finding| finding.check == check;
        if was_searched && !findings.iter().any(is_of(names::ELSEWHERE)) {
            findings.push(beside::nowhere_else());
        }
        findings.extend(told);
        if unasked.iter().any(is_of(names::PERMISSIONS)) {
            findings.retain(|finding| !is_of(names::PERMISSIONS)(finding));
        }
        findings.extend(unasked);
        findings.extend(held_out::findings(&seen, self.chosen.if_held_out, global));
        findings
    }

    fn written(
        &self,
        findings: &[Finding],
        access: &Access,
        clock: Clock,
    ) -> Result<String, CliError> {
        match self.format {
            Format::Table => Ok(table(findings, access, Paint::on(io::stdout().is_terminal()))),
            Format::Json => json(findings, access, clock.now())
                .map(|document| document + "\n")
                .map_err(|error| unwritten(&error)),
        }
    }
}

/// A reader that has enough is no error.
fn say(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritten(&error)),
        _ => Ok(()),
    }
}

fn unwritten(error: &dyn std::error::Error) -> CliError {
    CliError::new(Exit::Unexpected, format!("failed to write the findings: {error}"))
}
