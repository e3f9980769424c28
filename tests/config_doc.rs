//! `docs/elb-deploy.toml` is the reference of the file: it says every key that there is, with the
//! meaning and the default that `--help` says of the flag.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;

use clap::{Arg, Command, CommandFactory};
use elb_deploy::cli::{Cli, Unread};
use toml::Table;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/elb-deploy.toml");
const SAMPLE: &str = include_str!("../docs/elb-deploy.toml");
/// Flags that the sample says are no keys, and those that are about the file.
const NO_KEYS: [&str; 10] =
    ["service", "config", "help", "version", "verbose", "self", "group", "from", "back", "plan"];
const WITHOUT_FLAG: [&str; 2] = ["groups", "command"];

/// The verbs that a file serves.
fn verbs(tool: &Command) -> impl Iterator<Item = &Command> {
    tool.get_subcommands().filter(|verb| verb.get_arguments().any(|arg| arg.get_id() == "service"))
}

fn tool() -> Command {
    let mut tool = Cli::command();
    tool.build();
    tool
}

/// Every key, by the first verb that has it.
fn keys(tool: &Command) -> BTreeMap<String, &Arg> {
    let mut keys = BTreeMap::new();
    for arg in verbs(tool).flat_map(Command::get_arguments) {
        let id = arg.get_id().as_str();
        let named = arg.get_long().or(Some(id).filter(|id| WITHOUT_FLAG.contains(id)));
        if let Some(key) = named.filter(|key| !NO_KEYS.contains(key)) {
            keys.entry(key.to_owned()).or_insert(arg);
        }
    }
    keys
}

/// What stands in the sample of a key.
struct Entry {
    key: String,
    /// As TOML.
    line: String,
    /// Whether it is shown only, and in force without being said.
    is_shown_only: bool,
    /// The comment right above.
    meaning: String,
}

fn entries() -> Vec<Entry> {
    let (mut entries, mut meaning) = (Vec::new(), Vec::new());
    for line in SAMPLE.lines() {
        let bare = line.strip_prefix('#').unwrap_or(line);
        let key = bare.split_once(" = ").map(|(key, _)| key);
        let is_key = |key: &&str| key.chars().all(|sign| sign.is_ascii_lowercase() || sign == '-');
        if let Some(key) = key.filter(is_key) {
            let (key, line, is_shown_only) = (key.to_owned(), bare.to_owned(), bare != line);
            let meaning = std::mem::take(&mut meaning).join(" ");
            entries.push(Entry { key, line, is_shown_only, meaning });
        } else if let Some(text) = line.strip_prefix("# ") {
            meaning.push(text);
        } else {
            meaning.clear();
        }
    }
    entries
}

fn help(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    help.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn default(arg: &Arg) -> Option<String> {
    let texts: Vec<_> = arg.get_default_values().iter().map(|it| it.to_str().unwrap()).collect();
    (!texts.is_empty()).then(|| texts.join(","))
}

/// A value of the file, as it would be typed.
fn text(line: &str) -> String {
    match line.parse::<Table>().unwrap().into_iter().next().unwrap().1 {
        toml::Value::String(text) => text,
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Boolean(is_on) => is_on.to_string(),
        other => panic!("{line}: {other:?}"),
    }
}

/// What reading a service of this file says is wrong, for every verb that can.
fn wrong(path: &str, service: &str) -> Vec<String> {
    let tool = tool();
    let wrong = verbs(&tool).filter_map(|verb| {
        let words = ["elb-deploy", verb.get_name(), "--service", service, "--config", path];
        match Cli::read(words.map(Into::into)) {
            Ok(_) => None,
            Err(Unread::Refused(error)) => Some(format!("{} {service}: {error}", verb.get_name())),
            Err(Unread::Asked(answer)) => panic!("{answer}"),
        }
    });
    wrong.collect()
}

#[test]
fn the_sample_is_read_by_every_verb_for_every_service() {
    let sample: Table = SAMPLE.parse().unwrap();
    let services: Vec<_> = sample["service"].as_table().unwrap().keys().collect();
    assert_eq!(services, ["web", "worker"]);
    let wrong: Vec<_> = services.iter().flat_map(|service| wrong(PATH, service)).collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn what_is_only_shown_could_be_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("elb-deploy.toml");
    for Entry { line, .. } in entries().iter().filter(|entry| entry.is_shown_only) {
        let needed = "groups = ['web']\ncommand = ['true']";
        fs::write(&path, format!("[service.web]\n{needed}\n{line}\n")).unwrap();
        let mut wrong = wrong(path.to_str().unwrap(), "web");
        // An example of a flag that goes with another one.
        wrong.retain(|error| !error.contains("required arguments were not provided"));
        assert_eq!(wrong, [""; 0], "{line}");
    }
}

/// Whoever adds a flag writes what this test prints into the sample.
#[test]
fn every_key_stands_in_the_sample() {
    let (tool, entries) = (tool(), entries());
    let missing =
        keys(&tool).into_iter().filter(|(key, _)| !entries.iter().any(|it| it.key == *key));
    let missing = missing.map(|(key, arg)| {
        format!("\n# {}\n#{key} = {:?}\n", help(arg), default(arg).unwrap_or("…".to_owned()))
    });
    let missing: String = missing.collect();
    assert!(missing.is_empty(), "docs/elb-deploy.toml says nothing of\n{missing}");
}

#[test]
fn the_sample_says_of_each_key_what_help_says_of_the_flag() {
    let tool = tool();
    let keys = keys(&tool);
    for Entry { key, meaning, .. } in entries() {
        let arg = keys.get(&key).unwrap_or_else(|| panic!("{key} is no key"));
        let help = help(arg);
        // Said once, where the key stands first.
        let is_said = meaning.is_empty() || meaning.contains(&help);
        assert!(is_said, "of {key} docs/elb-deploy.toml says\n{meaning}\nand --help\n{help}");
        let choices = arg.get_possible_values().into_iter().map(|it| it.get_name().to_owned());
        let choices: Vec<_> = choices.filter(|_| arg.get_action().takes_values()).collect();
        let is_told = |choice: &String| meaning.is_empty() || mentions(&meaning, choice);
        let untold: Vec<_> = choices.iter().filter(|choice| !is_told(choice)).collect();
        assert!(untold.is_empty(), "of {key} docs/elb-deploy.toml does not name {untold:?}");
    }
    let explained = entries().into_iter().filter(|entry| !entry.meaning.is_empty());
    let explained: Vec<_> = explained.map(|entry| entry.key).collect();
    let unexplained: Vec<_> = keys.keys().filter(|key| !explained.contains(key)).collect();
    assert!(unexplained.is_empty(), "docs/elb-deploy.toml explains nowhere {unexplained:?}");
}

/// Also where it is written with a capital.
fn mentions(text: &str, word: &str) -> bool {
    text.to_lowercase()
        .split(|sign: char| !sign.is_alphanumeric() && sign != '-')
        .any(|it| it == word)
}

#[test]
fn a_default_that_is_shown_is_the_default() {
    let tool = tool();
    let keys = keys(&tool);
    for Entry { key, line, is_shown_only, .. } in entries() {
        let Some(default) = keys.get(&key).and_then(|arg| default(arg)) else { continue };
        assert!(!is_shown_only || text(&line) == default, "{line}, but the default is {default}");
    }
}
