//! Which keys a file can have: the verbs' own flags, as they are defined, so that a new flag is a
//! key at once. What a key's value means is left to the flag.

use std::collections::BTreeMap;

use clap::{Arg, ArgMatches, Command};

use super::read::Layer;
use super::values;
use crate::alike;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// The flag by which a verb is known to be served by a file.
pub(super) const SERVICE: &str = "service";
/// Flags that are about one call, or about the file itself.
const NO_KEYS: [&str; 10] =
    ["service", "config", "help", "version", "verbose", "self", "group", "from", "back", "plan"];
/// What has no flag, because it is typed without one.
const WITHOUT_FLAG: [&str; 2] = ["groups", "command"];

/// What an argument is called in a file, if it can stand in one.
pub(super) fn key(arg: &Arg) -> Option<&str> {
    match arg.get_long() {
        Some(flag) => Some(flag).filter(|flag| !NO_KEYS.contains(flag)),
        None => Some(arg.get_id().as_str()).filter(|id| WITHOUT_FLAG.contains(id)),
    }
}

/// The verb that was typed, and what was typed of it.
pub(super) fn leaf<'a>(
    tool: &'a Command,
    matches: &'a ArgMatches,
) -> (&'a Command, &'a ArgMatches) {
    let below = matches.subcommand();
    match below.and_then(|(name, matches)| Some((tool.find_subcommand(name)?, matches))) {
        Some((verb, matches)) => leaf(verb, matches),
        None => (tool, matches),
    }
}

pub(super) fn is_served(verb: &Command) -> bool {
    verb.get_arguments().any(|arg| arg.get_id() == SERVICE)
}

/// Every key that some verb understands: one table serves several verbs.
fn known(tool: &Command) -> BTreeMap<&str, &Arg> {
    let verbs = tool.get_subcommands().filter(|verb| is_served(verb));
    let args = verbs.flat_map(Command::get_arguments);
    let mut known = BTreeMap::new();
    for (key, arg) in args.filter_map(|arg| Some((key(arg)?, arg))) {
        known.entry(key).or_insert(arg);
    }
    known
}

/// # Errors
/// All keys that no verb understands, and all values of another type than theirs.
pub(super) fn check(tool: &Command, layers: &[Layer<'_>]) -> Result<(), CliError> {
    let known = known(tool);
    let entries = layers.iter().flat_map(|layer| layer.table.iter().map(move |it| (layer, it)));
    let wrong = entries.filter_map(|(layer, (key, value))| match known.get(key.as_str()) {
        None => Some(unknown(layer, key, known.keys().copied())),
        Some(arg) => values::texts(arg, key, value).err().map(|wrong| wrong.of(layer)),
    });
    wrong.reduce(CliError::and).map_or(Ok(()), Err)
}

fn unknown<'a>(
    layer: &Layer<'_>,
    key: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> CliError {
    let what = format!("{}: unknown key {key}", layer.source);
    let hint = match alike::meant(key, known.clone()) {
        Some(meant) => format!("did you mean {meant} ?"),
        None => format!("the keys are {}", known.collect::<Vec<_>>().join(", ")),
    };
    CliError::new(Exit::Usage, what).hint(Some(hint))
}
