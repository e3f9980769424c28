//! The flags of the gates: what a target passes beside the load balancer's own checks.

use clap::Args;

use crate::cli::config::Sources;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::typed::{Limit, Mistakes, Span, Typed};
use crate::executor::{
    Ask, DEFAULT_READY_INTERVAL, DEFAULT_READY_TIME_LIMIT, Gate, Statuses, host_is_target,
};
use crate::rollout::{Group, TargetType};

#[derive(Debug, Args)]
#[command(next_help_heading = "Gates")]
pub(in crate::cli) struct Gates {
    /// Ask the target itself at this URL until it is ready, before it is registered; {target}, {port}
    /// and {zone} are replaced. {target} is an address only in groups of addresses: of instances it
    /// is the id, so give a name by which this machine reaches them, or --ready-command
    #[arg(
        long,
        value_name = "URL",
        conflicts_with = "ready_command",
        env = "ELB_DEPLOY_READY",
        hide_env_values = true
    )]
    ready: Option<String>,
    /// The statuses with which a target answers that is ready
    #[arg(
        long,
        value_name = "STATUS,…",
        default_value_t = Typed::of(Statuses::default()),
        env = "ELB_DEPLOY_READY_STATUS",
        hide_env_values = true
    )]
    ready_status: Typed<Statuses>,
    /// What stands in the answer of a target that is ready
    #[arg(long, value_name = "TEXT", env = "ELB_DEPLOY_READY_BODY", hide_env_values = true)]
    ready_body: Option<String>,
    /// Run this with sh -c until it ends with 0, before the target is registered
    #[arg(long, value_name = "COMMAND", env = "ELB_DEPLOY_READY_COMMAND", hide_env_values = true)]
    ready_command: Option<String>,
    /// How long to rest before a target that is not ready is asked again
    #[arg(
        long,
        value_name = "DURATION",
        default_value_t = Typed::of(Limit(DEFAULT_READY_INTERVAL)),
        env = "ELB_DEPLOY_READY_INTERVAL",
        hide_env_values = true
    )]
    ready_interval: Typed<Limit>,
    /// How long a target may take to get ready
    #[arg(
        long,
        value_name = "DURATION",
        default_value_t = Typed::of(Limit(DEFAULT_READY_TIME_LIMIT)),
        env = "ELB_DEPLOY_READY_TIMEOUT",
        hide_env_values = true
    )]
    ready_timeout: Typed<Limit>,
    /// Run this with sh -c once the target is in service; if it does not end with 0, the target has
    /// failed
    #[arg(
        long,
        value_name = "COMMAND",
        conflicts_with = "verify_url",
        env = "ELB_DEPLOY_VERIFY",
        hide_env_values = true
    )]
    verify: Option<String>,
    /// Ask this URL once the target is in service; {target}, {port} and {zone} are replaced as in
    /// --ready
    #[arg(long, value_name = "URL", env = "ELB_DEPLOY_VERIFY_URL", hide_env_values = true)]
    verify_url: Option<String>,
    /// How long the verification may take [default: 5m for a command, 30s for a URL]
    #[arg(
        long,
        value_name = "DURATION",
        env = "ELB_DEPLOY_VERIFY_TIMEOUT",
        hide_env_values = true
    )]
    verify_timeout: Option<Typed<Limit>>,
    /// For how long a target has to stay in service before the next batch [default: not at all]
    #[arg(long, value_name = "DURATION", env = "ELB_DEPLOY_BAKE", hide_env_values = true)]
    bake: Option<Typed<Span>>,
}

/// What the flags of the gates mean.
pub(in crate::cli) struct Meant {
    pub(in crate::cli) ready: Option<Gate>,
    pub(in crate::cli) verify: Option<Gate>,
    pub(in crate::cli) bake: std::time::Duration,
}

impl Gates {
    /// What they mean; mistakes are noted.
    pub(in crate::cli) fn meant(&self, sources: &Sources, mistakes: &mut Mistakes) -> Meant {
        let bake = self.bake.as_ref().and_then(|time| mistakes.meant("--bake", time));
        Meant {
            ready: self.ready(sources, mistakes),
            verify: self.verify(sources, mistakes),
            bake: bake.map(|Span(time)| time).unwrap_or_default(),
        }
    }

    /// Why a URL could be asked of no target of these groups, if one is so.
    pub(in crate::cli) fn unaskable(&self, groups: &[Group]) -> Option<CliError> {
        let ready = self.ready.as_deref().map(|url| ("ready", "ready-command", url));
        let verify = self.verify_url.as_deref().map(|url| ("verify-url", "verify", url));
        let gates = ready.into_iter().chain(verify);
        gates.filter_map(|gate| by_id(gate, groups)).reduce(CliError::and)
    }

    fn ready(&self, sources: &Sources, mistakes: &mut Mistakes) -> Option<Gate> {
        let status = mistakes.meant("--ready-status", &self.ready_status).unwrap_or_default();
        let interval = mistakes.meant("--ready-interval", &self.ready_interval);
        let time_limit = mistakes.meant("--ready-timeout", &self.ready_timeout);
        let ask = match (&self.ready, &self.ready_command) {
            (Some(url), _) => Ask::Url { url: url.clone(), status, body: self.ready_body.clone() },
            (None, Some(command)) => {
                let of_answers = ["ready-body", "ready-status"].into_iter();
                let unused = of_answers.filter(|key| !sources.overrules("ready-command", key));
                without_use(
                    unused,
                    "is about an answer, and a command gives none",
                    sources,
                    mistakes,
                );
                Ask::Command(command.clone())
            }
            (None, None) => {
                let all = ["ready-body", "ready-status", "ready-interval", "ready-timeout"];
                without_use(
                    all.into_iter(),
                    "is about a question, and nothing is asked",
                    sources,
                    mistakes,
                );
                return None;
            }
        };
        let gate = Gate::ready(ask);
        let gate = Gate {
            interval: interval.map_or(gate.interval, |Limit(time)| time),
            time_limit: time_limit.map_or(gate.time_limit, |Limit(time)| time),
            ..gate
        };
        if gate.interval >= gate.time_limit {
            let what = format!(
                "--ready-interval {} is not shorter than --ready-timeout {}: a target that is not ready \
                 at once would never be asked again",
                self.ready_interval, self.ready_timeout
            );
            mistakes.note(alone(&what, "make --ready-timeout longer, or --ready-interval shorter"));
        }
        Some(gate)
    }

    fn verify(&self, sources: &Sources, mistakes: &mut Mistakes) -> Option<Gate> {
        let limit = self.verify_timeout.as_ref();
        let limit = limit.and_then(|limit| mistakes.meant("--verify-timeout", limit));
        let ask = match (&self.verify, &self.verify_url) {
            (Some(command), _) => Ask::Command(command.clone()),
            (None, Some(url)) => {
                Ask::Url { url: url.clone(), status: Statuses::default(), body: None }
            }
            (None, None) => {
                if sources.is_meant("verify-timeout") {
                    let what = "--verify-timeout limits a verification, and there is none";
                    mistakes.note(alone(what, "say what verifies with --verify or --verify-url"));
                }
                return None;
            }
        };
        let gate = Gate::verify(ask);
        Some(Gate { time_limit: limit.map_or(gate.time_limit, |Limit(time)| time), ..gate })
    }
}

/// A gate that would ask hosts that are named like instances.
fn by_id((flag, command, url): (&str, &str, &str), groups: &[Group]) -> Option<CliError> {
    let holds_instances = |group: &&Group| group.target_type == TargetType::Instance;
    let group = groups.iter().find(holds_instances).filter(|_| host_is_target(url))?;
    let what = format!(
        "--{flag} asks {url}, and group {} holds instances: {{target}} is an id there, and no address",
        group.name
    );
    let hint = format!(
        "give a name by which this machine reaches them, e.g. \
         http://{{target}}.eu-west-1.compute.internal:{{port}}/health; or ask with --{command}"
    );
    Some(CliError::new(Exit::Refused, what).hint(Some(hint)))
}

/// Notes each of these that somebody meant.
fn without_use<'a>(
    keys: impl Iterator<Item = &'a str>,
    why: &str,
    sources: &Sources,
    mistakes: &mut Mistakes,
) {
    for key in keys.filter(|key| sources.is_meant(key)) {
        let hint = "say what is asked with --ready URL";
        mistakes.note(alone(&format!("--{key} {why}"), hint));
    }
}

/// A flag that says nothing without another one.
pub(in crate::cli) fn alone(what: &str, hint: &str) -> CliError {
    CliError::new(Exit::Usage, what).hint(Some(hint))
}
