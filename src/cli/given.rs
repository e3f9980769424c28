//! What counts as given: an empty variable is none, since that is how CI systems write one that
//! is not set; an empty item of a list is none either. A list of nothing else is a mistake,
//! because no list at all means everything.

use std::env;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgMatches, Command, Error};

/// The command line without the variables that are set to nothing.
pub(super) fn without_empty_variables(command: Command) -> Command {
    command.mut_args(without_empty_variable).mut_subcommands(without_empty_variables)
}

fn without_empty_variable(arg: Arg) -> Arg {
    let is_empty = arg.get_env().and_then(env::var_os).is_some_and(|value| value.is_empty());
    if is_empty { arg.env(Resettable::Reset) } else { arg }
}

/// # Errors
/// A list is given, and every item of it is empty.
pub(super) fn check_lists(command: &Command, matches: &ArgMatches) -> Result<(), Error> {
    if let Some((name, matches)) = matches.subcommand() {
        return command.find_subcommand(name).map_or(Ok(()), |verb| check_lists(verb, matches));
    }
    let is_list = |arg: &&Arg| arg.get_value_delimiter().is_some();
    command.get_arguments().filter(is_list).try_for_each(|arg| check_list(command, arg, matches))
}

fn check_list(command: &Command, arg: &Arg, matches: &ArgMatches) -> Result<(), Error> {
    let Some(mut lists) = matches.get_raw_occurrences(arg.get_id().as_str()) else { return Ok(()) };
    match lists.any(|mut items| items.all(|item| item.is_empty())) {
        true => Err(names_nothing(command, arg)),
        false => Ok(()),
    }
}

fn names_nothing(command: &Command, arg: &Arg) -> Error {
    let mut error = Error::new(ErrorKind::InvalidValue).with_cmd(command);
    error.insert(ContextKind::InvalidArg, ContextValue::String(arg.to_string()));
    error.insert(ContextKind::InvalidValue, ContextValue::String(String::new()));
    error
}
