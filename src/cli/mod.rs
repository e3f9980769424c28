//! What a person types. One file per verb; its doc comment is its help.

mod begin;
mod beside;
mod busy;
mod chosen;
mod completions;
mod config;
mod drain;
mod elsewhere;
mod error;
mod exit;
mod file_limit;
mod finish;
mod flip;
mod format;
mod given;
mod hold;
mod holding;
mod in_service;
mod lab;
mod lock_wait;
mod log;
mod man;
mod one_line;
mod place;
mod plan;
mod reach;
mod restore;
mod resume;
mod roll;
mod run;
mod runs;
mod shown;
mod signals;
mod standing_by;
mod state_folder;
mod status;
mod stdout;
mod still_running;
mod stopped;
mod sure;
mod typed;
mod unfinished;
mod unread;
mod usage;
mod verify;
mod wait;
mod whom;

use std::ffi::OsString;
use std::path::{PathBuf, absolute};

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

pub use error::CliError;
pub use exit::Exit;
pub use log::{Log, LogFormat};
pub use unread::Unread;

use crate::balancer::elb::ConnectOptions;
use crate::report::Access;
use crate::state_dir::{known_state_dir, not_below_a_file};

/// What the tool is called.
const NAME: &str = "elb-deploy";

/// Takes a target out of its AWS load balancer, deploys it, and puts it back.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = exit::HELP)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Roll(Box<roll::Roll>),
    Plan(Box<plan::Plan>),
    Drain(Box<drain::Drain>),
    Restore(Box<restore::Restore>),
    Flip(Box<flip::Flip>),
    #[command(subcommand)]
    Wait(wait::Wait),
    Status(status::Status),
    Verify(Box<verify::Verify>),
    Resume(resume::Resume),
    Runs(runs::Runs),
    #[command(subcommand)]
    Lab(lab::Lab),
    Completions(completions::Completions),
    Man(man::Man),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// The AWS region [default: from the AWS configuration]
    #[arg(long, global = true, value_parser = NonEmptyStringValueParser::new(), env = "ELB_DEPLOY_REGION", hide_env_values = true)]
    region: Option<String>,
    /// The profile in the AWS configuration
    #[arg(long, global = true, value_parser = NonEmptyStringValueParser::new(), env = "ELB_DEPLOY_PROFILE", hide_env_values = true)]
    profile: Option<String>,
    /// Another address for the Elastic Load Balancing API, such as the lab's
    #[arg(
        long,
        global = true,
        value_name = "URL",
        value_parser = NonEmptyStringValueParser::new(),
        env = "ELB_DEPLOY_ENDPOINT_URL",
        hide_env_values = true
    )]
    endpoint_url: Option<String>,
    /// Where journals and locks are kept [default: /var/lib/elb-deploy for root, else the XDG state folder]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "ELB_DEPLOY_STATE_DIR",
        hide_env_values = true
    )]
    state_dir: Option<PathBuf>,
    /// Log what is asked and answered (-v), or every detail (-vv), on stderr
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// How the log is written: text, or one JSON object a line
    #[arg(
        long,
        global = true,
        value_name = "HOW",
        value_enum,
        default_value = "text",
        env = "ELB_DEPLOY_LOG_FORMAT",
        hide_env_values = true
    )]
    log_format: LogFormat,
    /// Where each option of the verb came from.
    #[arg(skip)]
    sources: config::Sources,
}

impl Global {
    /// What a pasted AWS CLI command needs to reach the same account.
    fn access(&self) -> Access {
        Access {
            region: self.region.clone(),
            profile: self.profile.clone(),
            endpoint_url: self.endpoint_url.clone(),
            state_dir: self.state_dir.clone().map(|path| absolute(&path).unwrap_or(path)),
        }
    }

    fn connect_options(&self) -> ConnectOptions {
        ConnectOptions {
            region: self.region.clone(),
            profile: self.profile.clone(),
            endpoint: self.endpoint_url.clone(),
        }
    }
}

impl Cli {
    /// Reads a command line, the program's name first; what it does not say is read from the
    /// environment, where a variable that is empty counts as not set, and then from the file of
    /// the service that is named.
    ///
    /// # Errors
    /// What is wrong with it or the file; a question for help or the version is one too.
    pub fn read(args: impl IntoIterator<Item = OsString>) -> Result<Self, Unread> {
        let mut command = given::without_empty_variables(Self::command());
        let args: Vec<_> = args.into_iter().collect();
        let (mut matches, sources) = config::parse(&command, &args)?;
        let mut cli =
            Self::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))?;
        cli.global.sources = sources;
        match &mut cli.verb {
            Verb::Plan(plan) => plan.asked.chosen.drop_empty_items(),
            Verb::Roll(roll) => roll.asked.chosen.drop_empty_items(),
            Verb::Flip(flip) => flip.chosen.drop_empty_items(),
            Verb::Verify(verify) => verify.chosen.drop_empty_items(),
            Verb::Drain(drain) => drain.drop_empty_items(),
            Verb::Runs(runs) => runs.drop_empty_items(),
            Verb::Restore(_)
            | Verb::Resume(_)
            | Verb::Status(_)
            | Verb::Wait(_)
            | Verb::Lab(_)
            | Verb::Completions(_)
            | Verb::Man(_) => {}
        }
        Ok(cli)
    }

    /// Whether the work spreads over processors; a run mostly waits.
    pub fn is_busy(&self) -> bool {
        matches!(self.verb, Verb::Lab(_))
    }

    /// Begins to log as was asked for.
    pub fn log(&self) -> Log {
        Log::start(self.global.verbose, self.global.log_format)
    }

    /// A folder that is named and cannot be one is told before anything else, and alike by every
    /// verb. One that nobody named stops only those that need it: some users have no home.
    fn check_state_folder(&self) -> Result<(), CliError> {
        let named = self.global.state_dir.clone();
        let path = named.and_then(|path| known_state_dir(Some(path)));
        match self.verb {
            Verb::Plan(_)
            | Verb::Roll(_)
            | Verb::Drain(_)
            | Verb::Restore(_)
            | Verb::Flip(_)
            | Verb::Status(_)
            | Verb::Verify(_)
            | Verb::Resume(_)
            | Verb::Runs(_) => Ok(path.as_deref().map_or(Ok(()), not_below_a_file)?),
            Verb::Wait(_) | Verb::Lab(_) | Verb::Completions(_) | Verb::Man(_) => Ok(()),
        }
    }

    /// Does what was asked.
    ///
    /// # Errors
    /// What failed, in words, with the exit code.
    pub async fn run(self) -> Result<Exit, CliError> {
        file_limit::fail_past_file_limit();
        self.check_state_folder()?;
        self.global.sources.log();
        let ended = self.verb.run(&self.global).await;
        ended.map_err(|error| self.global.sources.blame(error))
    }
}

impl Verb {
    async fn run(self, global: &Global) -> Result<Exit, CliError> {
        // Boxed: a run is so many futures in each other that a compiler without the results of an
        // earlier build refuses to lay them out in one.
        match self {
            Verb::Plan(plan) => Box::pin(plan.run(global)).await,
            Verb::Roll(roll) => Box::pin(roll.run(global)).await,
            Verb::Drain(drain) => Box::pin(drain.run(global)).await,
            Verb::Restore(restore) => Box::pin(restore.run(global)).await,
            Verb::Flip(flip) => Box::pin(flip.run(global)).await,
            Verb::Resume(resume) => Box::pin(resume.run(global)).await,
            Verb::Verify(verify) => verify.run(global).await,
            Verb::Wait(wait) => wait.run(global).await,
            Verb::Status(status) => status.run(global).await,
            Verb::Runs(runs) => runs.run(global),
            Verb::Lab(lab) => lab.run().await,
            Verb::Completions(completions) => completions.run(),
            Verb::Man(man) => man.run(),
        }
    }
}
