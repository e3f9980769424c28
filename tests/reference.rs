//! `docs/reference.md` is the help of every verb, made from the definitions that the tool parses by.
//! `INSTA_UPDATE=always cargo test --test reference` writes it anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{env, fs};

use clap::{Command, CommandFactory};
use elb_deploy::cli::Cli;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference.md");
/// What help is wrapped at where no terminal says otherwise.
const WIDTH: usize = 100;
const BEGINNING: &str = "\
# Reference

What `--help` says of each verb, written by `INSTA_UPDATE=always cargo test --test reference`. The
global options fit every verb and stand once, at the top. `elb-deploy man VERB` has the same as a
manual page.
";
const GLOBAL: &str = "\n\nGlobal options:\n";

/// The tool and its verbs, each with its full name; a verb that only has verbs is one too.
fn all(command: &Command) -> Vec<Command> {
    let below = command.get_subcommands().filter(|verb| verb.get_name() != "help");
    [command.clone()].into_iter().chain(below.flat_map(all)).collect()
}

fn page() -> String {
    let mut tool = Cli::command().term_width(WIDTH);
    tool.build();
    let sections = all(&tool).into_iter().map(|mut command| {
        let name = command.get_bin_name().unwrap_or("elb-deploy").to_owned();
        let help = command.render_long_help().to_string();
        let own = match name == "elb-deploy" {
            true => &help,
            // The last heading of a verb's help.
            false => help.split_once(GLOBAL).unwrap_or_else(|| panic!("{name}: {help}")).0,
        };
        let own: Vec<_> = own.lines().map(str::trim_end).collect();
        format!("\n## {name}\n\n```\n{}\n```\n", own.join("\n").trim_end())
    });
    BEGINNING.to_owned() + &sections.collect::<String>()
}

#[test]
fn the_reference_is_what_help_says() {
    let page = page();
    if env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(PATH, &page).unwrap();
    }
    let written = fs::read_to_string(PATH).unwrap();
    let differing = page.lines().zip(written.lines()).find(|(now, then)| now != then);
    assert!(
        page == written,
        "docs/reference.md is not what the tool says, first here: {differing:?}\n\
         write it anew with: INSTA_UPDATE=always cargo test --test reference"
    );
}

#[test]
fn verbs_stand_in_the_order_of_a_deploy_and_none_is_left_out() {
    let page = page();
    let headings: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let verbs: Vec<_> = headings
        .iter()
        .filter_map(|name| name.strip_prefix("elb-deploy ").filter(|verb| !verb.contains(' ')))
        .collect();
    let order = [
        "roll",
        "plan",
        "drain",
        "restore",
        "flip",
        "wait",
        "status",
        "verify",
        "resume",
        "runs",
        "lab",
        "completions",
        "man",
    ];
    assert_eq!(verbs, order);
    for name in ["elb-deploy", "elb-deploy wait in-service", "elb-deploy runs show"] {
        assert!(headings.contains(&name), "{name}");
    }
}

/// Whoever scripts a verb decides by its exit code.
#[test]
fn verbs_that_change_something_say_which_codes_they_end_with() {
    for (verb, codes) in [
        ("roll", &[0, 3, 4, 5, 6, 7][..]),
        ("plan", &[0, 3]),
        ("drain", &[0, 3, 4, 5, 6]),
        ("restore", &[0, 3, 5, 6]),
        ("flip", &[0, 3, 4, 6, 7]),
        ("resume", &[0, 3, 4, 5, 6, 7]),
    ] {
        let mut tool = Cli::command();
        let help = tool.find_subcommand_mut(verb).unwrap().render_long_help().to_string();
        let text = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let (_, ends) = text.split_once("Ends with ").unwrap_or_else(|| panic!("{verb}: {text}"));
        let ends = ends.split(" Usage: ").next().unwrap();
        let said: Vec<u8> = ends
            .split(|c: char| !c.is_ascii_digit())
            .filter(|number| !number.is_empty())
            .map(|number| number.parse().unwrap())
            .collect();
        assert!(codes.iter().all(|code| said.contains(code)), "{verb}: {said:?}");
        assert!(said.iter().all(|code| *code <= 7), "{verb}: {said:?}");
    }
}
