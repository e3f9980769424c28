//! `docs/hooks.md` is held by what hooks are really told: its examples are what a hook finds.
//! `INSTA_UPDATE=always cargo test --test hooks_doc` writes them anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod pages;

use std::collections::BTreeSet;
use std::time::Duration;
use std::{env, fs};

use clap::{Command, CommandFactory};
use elb_deploy::cli::{Cli, Exit};
use elb_deploy::executor::command::CommandOptions;
use elb_deploy::executor::{Briefing, DEFAULT_HOOK_TIME_LIMIT, Hook, Occasion};
use elb_deploy::journal::Recorded;
use elb_deploy::report::{Summary, around_batch, at_the_end};
use elb_deploy::rollout::{self, Fact, Rollout};
use pages::{block, keys, recorded};
use serde_json::Value;
use tokio::sync::mpsc;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/hooks.md");
const EVENTS: &str = include_str!("../docs/events.md");
const SAMPLE: &str = include_str!("../docs/elb-deploy.toml");
const FENCE: &str = "```text\n";
const OURS: &str = "ELB_DEPLOY_";
/// What the page says that a hook has run.
const TELL: &str = "env | grep ^ELB_DEPLOY_ | sort; cat";
/// A hook prints a few lines here.
const UNREAD: usize = 1000;

fn page() -> String {
    fs::read_to_string(PATH).unwrap()
}

/// What each hook is told in that run: around the batch whose deploy failed, and at the end then.
fn briefings() -> [(Occasion, Briefing); 3] {
    let Recorded { header, facts, .. } = recorded();
    let failed = facts.iter().position(|it| matches!(it.fact, Fact::Failed { .. })).unwrap();
    let facts = &facts[..=failed];
    let rollout = Rollout::recover(header.plan.clone(), header.at, facts).unwrap();
    let summary = Summary::of(&rollout, header.at, facts);
    let ended = ("interrupted", Exit::HaltedOut.code());
    let around = |hook| around_batch(&rollout, hook, 1);
    [
        (Occasion::BeforeBatch(1), around(rollout::Hook::BeforeBatch)),
        (Occasion::AfterBatch(1), around(rollout::Hook::AfterBatch)),
        (Occasion::OnFinish, at_the_end(header.run, &summary, ended)),
    ]
}

/// What a real hook finds, line by line; the last line is the document.
async fn found(occasion: Occasion, briefing: Briefing) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let options = CommandOptions {
        kill_grace: Duration::from_secs(1),
        run: recorded().header.run.to_string(),
        output_folder: folder.path().to_owned(),
        ports: None,
    };
    let (command, time_limit) = (TELL.to_owned(), DEFAULT_HOOK_TIME_LIMIT);
    let hook = Hook { occasion, command, briefing, time_limit };
    let (sender, mut lines) = mpsc::channel(UNREAD);
    hook.run(&options, sender).await.unwrap();
    let lines = std::iter::from_fn(|| lines.try_recv().ok()).map(|line| line.text);
    let is_inherited = |line: &String| {
        let name = line.split_once('=').filter(|_| line.starts_with(OURS));
        name.is_some_and(|(name, _)| env::var_os(name).is_some())
    };
    lines.filter(|line| !is_inherited(line)).collect()
}

async fn all() -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for (occasion, briefing) in briefings() {
        all.push(found(occasion, briefing).await);
    }
    all
}

fn names(found: &[Vec<String>]) -> BTreeSet<&str> {
    let lines = found.iter().flatten().filter(|line| line.starts_with(OURS));
    lines.map(|line| line.split_once('=').unwrap().0).collect()
}

#[tokio::test]
async fn the_examples_are_what_a_hook_finds() {
    let told: Vec<_> = all().await.iter().map(|lines| lines.join("\n") + "\n").collect();
    let told = told.join("\n");
    assert!(page().contains(&format!("`{TELL}`")));
    if env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let page = page();
        let (before, rest) = page.split_once(FENCE).unwrap();
        let (_, after) = rest.split_once("```").unwrap();
        fs::write(PATH, format!("{before}{FENCE}{told}```{after}")).unwrap();
    }
    assert_eq!(block(&page(), "text"), told, "INSTA_UPDATE=always cargo test --test hooks_doc");
}

#[tokio::test]
async fn every_variable_and_every_field_has_a_meaning() {
    let (page, all) = (page(), all().await);
    let (prose, _) = page.split_once(FENCE).unwrap();
    for name in names(&all) {
        assert!(prose.contains(&format!("\n| `{name}` | ")), "{name}");
    }
    let (events, _) = EVENTS.split_once("```jsonl\n").unwrap();
    for document in all.iter().map(|lines| lines.last().unwrap()) {
        let document: Value = serde_json::from_str(document).unwrap();
        assert!(prose.contains(&format!("| the version, {}.", document["v"])));
        let mut found = BTreeSet::new();
        keys(&document, &mut found);
        let is_named =
            |key: &&String| [prose, events].iter().any(|it| it.contains(&format!("`{key}`")));
        let unnamed: Vec<_> = found.iter().filter(|key| !is_named(key)).collect();
        assert!(unnamed.is_empty(), "fields that no sentence names: {unnamed:?}");
    }
}

/// A verb that is run by a hook would take what the hook is told for its own.
#[tokio::test]
async fn what_a_hook_is_told_is_the_variable_of_no_flag() {
    fn variables(command: &Command, found: &mut BTreeSet<String>) {
        let envs = command.get_arguments().filter_map(|arg| arg.get_env());
        found.extend(envs.map(|name| name.to_str().unwrap().to_owned()));
        command.get_subcommands().for_each(|verb| variables(verb, found));
    }
    let mut flags = BTreeSet::new();
    variables(&Cli::command(), &mut flags);
    assert!(flags.contains("ELB_DEPLOY_STATUS_EXIT_CODE"), "{flags:?}");
    let all = all().await;
    let both: Vec<_> = names(&all).into_iter().filter(|name| flags.contains(*name)).collect();
    assert!(both.is_empty(), "{both:?}");
}

#[test]
fn the_limit_is_told_wherever_hooks_are() {
    let limit = humantime::format_duration(DEFAULT_HOOK_TIME_LIMIT).to_string();
    assert!(page().contains(&format!("not within {limit}")));
    let mut tool = Cli::command();
    let roll = tool.find_subcommand_mut("roll").unwrap();
    for key in ["before-batch", "after-batch", "on-finish"] {
        let arg = roll.get_arguments().find(|arg| arg.get_long() == Some(key)).unwrap();
        let help = arg.get_help().unwrap().to_string();
        assert!(help.contains(&format!("longer than {limit}")), "{key}: {help}");
    }
    assert_eq!(SAMPLE.matches(&format!("longer than {limit}")).count(), 3);
}
