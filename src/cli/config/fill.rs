//! Puts what the file says into a command line, where nobody said it before. An option that
//! cannot stand beside one that was said is left out, as if that one had replaced it.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::keys::key;
use super::read::Layer;
use super::sources::Setting;
use super::values::{texts, typed};
use crate::cli::error::CliError;

/// Behind it stands the deploy command.
const ESCAPE: &str = "--";

/// A command line with what the file adds to it.
pub(super) struct Filled {
    pub(super) args: Vec<OsString>,
    /// What was added.
    pub(super) settings: Vec<Setting>,
}

/// # Errors
/// A value of another type than its flag's.
pub(super) fn fill(
    verb: &Command,
    given: &ArgMatches,
    args: &[OsString],
    layers: &[Layer<'_>],
) -> Result<Filled, CliError> {
    let said: Vec<_> = verb.get_arguments().filter(|arg| is_said(arg, given)).collect();
    let mut added = Added { said, ..Added::default() };
    for layer in layers {
        added.layer(verb, layer)?;
    }
    let escape = args.iter().position(|word| word == ESCAPE).unwrap_or(args.len());
    let (before, after) = args.split_at(escape);
    let flags = added.flags.into_iter().chain(added.names).map(OsString::from);
    let mut filled: Vec<_> = before.iter().cloned().chain(flags).collect();
    if !after.is_empty() || !added.command.is_empty() {
        filled.push(ESCAPE.into());
        filled.extend(after.iter().skip(1).cloned());
        filled.extend(added.command.into_iter().map(OsString::from));
    }
    Ok(Filled { args: filled, settings: added.settings })
}

#[derive(Default)]
struct Added<'a> {
    /// On the command line, in the environment, or in a layer before.
    said: Vec<&'a Arg>,
    flags: Vec<String>,
    /// What stands without a flag.
    names: Vec<String>,
    command: Vec<String>,
    settings: Vec<Setting>,
}

impl<'a> Added<'a> {
    fn layer(&mut self, verb: &'a Command, layer: &Layer<'_>) -> Result<(), CliError> {
        let mut said = Vec::new();
        for arg in verb.get_arguments() {
            let Some(key) = key(arg) else { continue };
            let Some(value) = layer.table.get(key) else { continue };
            if self.said.iter().any(|one| replaces(verb, one, arg)) {
                continue;
            }
            let texts = texts(arg, key, value).map_err(|wrong| wrong.of(layer))?;
            self.place(arg).extend(typed(arg, &texts));
            self.settings.push(Setting::new(arg, key, texts, layer.source.clone()));
            said.push(arg);
        }
        self.said.extend(said);
        Ok(())
    }

    fn place(&mut self, arg: &Arg) -> &mut Vec<String> {
        match arg {
            arg if arg.is_last_set() => &mut self.command,
            arg if arg.is_positional() => &mut self.names,
            _ => &mut self.flags,
        }
    }
}

fn is_said(arg: &Arg, given: &ArgMatches) -> bool {
    let source = given.value_source(arg.get_id().as_str());
    matches!(source, Some(ValueSource::CommandLine | ValueSource::EnvVariable))
}

/// Whether what was said leaves no room for another option.
fn replaces(verb: &Command, said: &Arg, other: &Arg) -> bool {
    let excludes = |one: &Arg, other: &Arg| {
        verb.get_arg_conflicts_with(one).iter().any(|it| it.get_id() == other.get_id())
    };
    said.get_id() == other.get_id() || excludes(said, other) || excludes(other, said)
}
