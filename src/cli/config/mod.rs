//! `elb-deploy.toml`: a service's named set of options, for what neither the command line nor the
//! environment says. It is put into the command line and parsed like it, so that a value means the
//! same wherever it stands. Unless a service is named, no file is looked for.

mod blame;
mod fill;
mod find;
mod keys;
mod read;
mod sources;
mod values;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, Resettable};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use self::fill::Filled;
use self::keys::{SERVICE, leaf};
use self::read::File;
pub(super) use self::sources::Sources;
use super::NAME;
use super::error::CliError;
use super::exit::Exit;
use super::given::check_lists;
use super::unread::Unread;

/// Which service is meant, and where it is described.
#[derive(Debug, Args)]
struct Wanted {
    /// Take what is not given, also what is required, from this service's table in elb-deploy.toml
    #[arg(
        long,
        value_name = "NAME",
        value_parser = NonEmptyStringValueParser::new(),
        env = "ELB_DEPLOY_SERVICE",
        hide_env_values = true
    )]
    service: Option<String>,
    /// The file that describes the service [default: elb-deploy.toml in the working folder, or in
    /// the nearest one above it]
    #[arg(long, value_name = "FILE", env = "ELB_DEPLOY_CONFIG", hide_env_values = true)]
    config: Option<PathBuf>,
}

/// The flags of a verb that a file can serve; a verb that has them is served.
pub(super) fn flags() -> Vec<Arg> {
    let flags = Wanted::augment_args(Command::new(NAME));
    // In the verb's help they stand where they are added.
    flags.get_arguments().map(|arg| arg.clone().display_order(Resettable::Reset)).collect()
}

/// Parses a command line, with what the file says where it says nothing itself; and tells where
/// each value came from.
///
/// # Errors
/// What the parser says, or what is wrong with the file; a question for help is one too.
pub(super) fn parse(tool: &Command, args: &[OsString]) -> Result<(ArgMatches, Sources), Unread> {
    // No file puts anything else right.
    let typed = match matched(tool, args) {
        Err(error) if error.kind() != ErrorKind::MissingRequiredArgument => {
            return Err(error.into());
        }
        typed => typed,
    };
    let built = built(tool);
    let lenient = tool.clone().ignore_errors(true).try_get_matches_from(args)?;
    let (verb, given) = leaf(&built, &lenient);
    if !keys::is_served(verb) {
        return Ok((typed?, Sources::default()));
    }
    let Wanted { service, config } = Wanted::from_arg_matches(given)?;
    let Some(service) = service else {
        no_file_without_service(given)?;
        let matches = typed?;
        let sources = Sources::of(verb, leaf(&built, &matches).1, Vec::new());
        return Ok((matches, sources));
    };
    let file = File::read(find::find(config)?)?;
    let layers = file.layers(&service)?;
    keys::check(&built, &layers)?;
    let Filled { args, settings } = fill::fill(verb, given, args, &layers)?;
    match matched(tool, &args) {
        Ok(matches) => {
            let sources = Sources::of(verb, leaf(&built, &matches).1, settings);
            Ok((matches, sources))
        }
        Err(error) => {
            let is_missing = error.kind() == ErrorKind::MissingRequiredArgument;
            let hint = is_missing.then(|| file.can_say(&service));
            Err(Unread::Refused(blame::blame(&settings, CliError::usage(error)).hint(hint)))
        }
    }
}

fn matched(tool: &Command, args: &[OsString]) -> Result<ArgMatches, clap::Error> {
    let mut tool = tool.clone();
    let matches = tool.try_get_matches_from_mut(args)?;
    check_lists(&tool, &matches).map(|()| matches)
}

/// With every argument where it can be asked for.
fn built(tool: &Command) -> Command {
    let mut built = tool.clone();
    built.build();
    built
}

/// A variable may be set for other calls; a flag is meant.
fn no_file_without_service(given: &ArgMatches) -> Result<(), CliError> {
    if given.value_source("config") != Some(ValueSource::CommandLine) {
        return Ok(());
    }
    let what = "--config names a file, and no service in it is named";
    Err(CliError::new(Exit::Usage, what).hint(Some(format!("name one with --{SERVICE}"))))
}

#[cfg(test)]
mod tests;
