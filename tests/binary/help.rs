//! What the tool says of itself is what it does.

use std::iter::successors;

use clap::{Command, CommandFactory};
use elb_deploy::cli::{Cli, Exit};

use crate::run::Ran;
use crate::stage::bare;

/// All exit codes there are: a new one does not compile until it has its place here.
fn next(exit: &Exit) -> Option<Exit> {
    match exit {
        Exit::Done => Some(Exit::Unexpected),
        Exit::Unexpected => Some(Exit::Usage),
        Exit::Usage => Some(Exit::Refused),
        Exit::Refused => Some(Exit::HaltedInService),
        Exit::HaltedInService => Some(Exit::HaltedOut),
        Exit::HaltedOut => Some(Exit::Journal),
        Exit::Journal => Some(Exit::WindowClosed),
        Exit::WindowClosed => Some(Exit::Interrupted),
        Exit::Interrupted => Some(Exit::Terminated),
        Exit::Terminated => None,
    }
}

async fn said(args: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let ran = Ran::of(bare(folder.path(), args)).await;
    ran.ended(0);
    ran.stdout
}

#[tokio::test]
async fn the_table_of_exit_codes_is_the_codes_there_are() {
    let help = said(&["--help"]).await;
    let (_, table) = help.split_once("Exit codes:\n").unwrap();
    let numbers = table.lines().flat_map(|line| {
        let listed = line.split("  ").find(|part| !part.is_empty()).unwrap_or_default();
        listed.split(", ").map(|code| code.trim().parse::<u8>().unwrap()).collect::<Vec<_>>()
    });
    let codes = successors(Some(Exit::Done), next).map(Exit::code);
    assert_eq!(numbers.collect::<Vec<_>>(), codes.collect::<Vec<_>>());
}

#[tokio::test]
async fn the_readme_gives_the_exit_codes_the_same_meanings() {
    let readme = include_str!("../../README.md");
    let help = said(&["--help"]).await;
    let (_, table) = help.split_once("Exit codes:\n").unwrap();
    for (code, meaning) in table.lines().filter_map(|line| line.trim().split_once("  ")) {
        let row = format!("| {code} | {meaning} |\n");
        assert!(readme.contains(&row), "{row:?} is not in README.md");
    }
}

#[tokio::test]
async fn the_version_is_the_packages() {
    assert_eq!(said(&["--version"]).await, concat!("elb-deploy ", env!("CARGO_PKG_VERSION"), "\n"));
}

/// A value may be a secret, and help is pasted into issues.
#[test]
fn no_help_shows_what_stands_in_an_environment_variable() {
    fn showing(command: &Command) -> Vec<String> {
        let shown = command
            .get_arguments()
            .filter(|argument| argument.get_env().is_some() && !argument.is_hide_env_values_set());
        let named = shown.map(|argument| format!("{} {}", command.get_name(), argument.get_id()));
        named.chain(command.get_subcommands().flat_map(showing)).collect()
    }
    assert_eq!(showing(&Cli::command()), [""; 0]);
}
