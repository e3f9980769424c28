//! The flags that say between which ports a flip goes, and what starts and stops a release.

use clap::Args;

use super::port::{From, Two};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::typed::{Mistakes, Span, Typed};
use crate::executor::command::{names_color, unknown_placeholders};
use crate::rollout::{self, Before, Ports, Turn};

#[derive(Debug, Args)]
pub(super) struct Turning {
    /// The two ports between which the target goes; the first one is blue, the other one green
    #[arg(long, value_name = "A,B", env = "ELB_DEPLOY_FLIP_PORTS", hide_env_values = true)]
    ports: Option<Typed<Two>>,
    /// What starts the new release on {port}, for sh -c; it ends and leaves the release running
    #[arg(long, value_name = "COMMAND", env = "ELB_DEPLOY_START", hide_env_values = true)]
    start: Option<String>,
    /// What stops whatever release runs on {port}, for sh -c
    #[arg(long, value_name = "COMMAND", env = "ELB_DEPLOY_STOP", hide_env_values = true)]
    stop: Option<String>,
    /// Which port is live, if both are registered or neither; none if it is the first deploy
    #[arg(long, value_name = "PORT|none", env = "ELB_DEPLOY_FROM", hide_env_values = true)]
    from: Option<Typed<From>>,
    /// Leave the old release running, out of service, for `flip --back`
    #[arg(long, env = "ELB_DEPLOY_KEEP_OLD", hide_env_values = true)]
    keep_old: bool,
    /// Leave the old release running for so long before it is stopped [default: stop it once it is
    /// drained]
    #[arg(
        long,
        value_name = "DURATION",
        conflicts_with = "keep_old",
        env = "ELB_DEPLOY_STOP_OLD_AFTER",
        hide_env_values = true
    )]
    stop_old_after: Option<Typed<Span>>,
    /// Go back to the release that --keep-old has left running: nothing is started
    #[arg(long, env = "ELB_DEPLOY_BACK", hide_env_values = true)]
    back: bool,
}

/// What the flags mean.
pub(super) struct Asked {
    /// None if it is a mistake, which is noted.
    pub(super) turn: Option<Turn>,
    pub(super) flip: rollout::Flip,
    pub(super) start: Option<String>,
    pub(super) stop: Option<String>,
}

impl Turning {
    /// What they mean; mistakes are noted.
    pub(super) fn meant(&self, mistakes: &mut Mistakes) -> Asked {
        let ports = match &self.ports {
            Some(ports) => mistakes.meant("--ports", ports),
            None => {
                mistakes.note(no_ports());
                None
            }
        };
        if self.start.is_none() && !self.back {
            let hint = "say what does with --start, e.g. --start './start.sh {port}'";
            mistakes.note(missing("nothing starts the new release", hint));
        }
        if self.stop.is_none() {
            let hint = "say what does with --stop, e.g. --stop './stop.sh {port}'";
            mistakes.note(missing("nothing stops a release", hint));
        }
        let from = self.from.as_ref().and_then(|from| mistakes.meant("--from", from));
        let after = self.stop_old_after.as_ref();
        let after = after.and_then(|time| mistakes.meant("--stop-old-after", time));
        if let (Some(Two(ports)), Some(From(Before::Port(port)))) = (&ports, &from) {
            self.note_no_color(*ports, *port, mistakes);
        }
        let flip = rollout::Flip {
            starts: !self.back,
            stops: !self.keep_old,
            stop_after: after.map(|Span(time)| time).unwrap_or_default(),
            ..rollout::Flip::default()
        };
        let from = from.map(|From(before)| before);
        Asked {
            turn: ports.map(|Two(ports)| Turn { ports, from }),
            flip,
            start: self.start.clone().filter(|_| !self.back),
            stop: self.stop.clone(),
        }
    }
}

impl Turning {
    /// What is left has to be stopped by its color, and a port that is neither of the two has none.
    fn note_no_color(&self, ports: Ports, from: u16, mistakes: &mut Mistakes) {
        let goes_by_color = self.stop.as_deref().is_some_and(names_color) && !self.keep_old;
        if !goes_by_color || ports.color(from).is_some() {
            return;
        }
        let what = format!(
            "--from {from} is neither of the two ports: it has no color, and --stop goes by that"
        );
        let hint = "leave what runs there running with --keep-old, or go by {port} in --stop";
        mistakes.note(missing(&what, hint));
    }

    /// What stays in the commands as it is, though it looks as if it were replaced.
    pub(super) fn notes(&self) -> Vec<String> {
        let commands = [("--start", &self.start), ("--stop", &self.stop)].into_iter();
        let note = |(flag, command): (&str, &Option<String>)| {
            let unknown = unknown_placeholders(command.as_deref()?).join(", ");
            let known = "{target}, {port}, {old_port}, {zone} and {color} are replaced";
            (!unknown.is_empty())
                .then(|| format!("{flag} has {unknown}, which stays as it is: {known}"))
        };
        commands.filter_map(note).collect()
    }
}

/// A flip goes between two ports.
pub(super) fn no_ports() -> CliError {
    missing("no ports are given", "say between which two it goes, e.g. --ports 8081,8082")
}

fn missing(what: &str, hint: &str) -> CliError {
    CliError::new(Exit::Usage, what).hint(Some(hint))
}
