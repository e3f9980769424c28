//! The policies in `iam/` are what the commands call: each call of a command is allowed by every policy
//! that is said to be for it, and nothing is allowed that none of them calls.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use elb_deploy::lab::api::Calls;
use serde_json::Value;

use crate::flip::Site;
use crate::stage::{A, Stage};

type Actions = BTreeSet<String>;

/// What the policies allow, by their file.
fn policies() -> BTreeMap<String, Actions> {
    let iam = Path::new(env!("CARGO_MANIFEST_DIR")).join("iam");
    let names = ["status", "hook", "roll", "flip", "by-tag/hook", "by-tag/roll", "by-tag/flip"];
    let allowed = |name: &&str| {
        let text = fs::read_to_string(iam.join(format!("{name}.json"))).unwrap();
        let policy: Value = serde_json::from_str(&text).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        assert!(statements.iter().all(|statement| statement["Effect"] == "Allow"));
        let actions =
            statements.iter().flat_map(|statement| statement["Action"].as_array().unwrap());
        let named = actions.map(|action| {
            action.as_str().unwrap().strip_prefix("elasticloadbalancing:").unwrap().to_owned()
        });
        ((*name).to_owned(), named.collect())
    };
    names.iter().map(allowed).collect()
}

/// What the README of `iam/` says a policy is for, by its file.
fn meant_for() -> BTreeMap<String, BTreeSet<String>> {
    let rows = include_str!("../../iam/README.md").lines().filter(|line| line.contains(".json`]("));
    let cells = rows.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    let policy = |cell: &str| cell.split('`').nth(1).unwrap().trim_end_matches(".json").to_owned();
    cells.map(|cells| (policy(cells[1]), quoted(cells[3]))).collect()
}

/// The calls since it was last asked.
fn called(stage: &Stage) -> Actions {
    stage.server.lab().with_calls(|calls| {
        let counted = serde_json::to_value(std::mem::take::<Calls>(calls)).unwrap();
        counted.as_object().unwrap().keys().cloned().collect()
    })
}

/// What each command called, over runs that do all that it does.
async fn calls_of_each_command() -> BTreeMap<&'static str, Actions> {
    let mut of = BTreeMap::<_, Actions>::new();
    let stage = Stage::of(2).await;
    called(&stage);
    for (command, rest) in [
        ("status", &["web"][..]),
        ("verify", &["web"]),
        ("plan", &["web"]),
        ("wait", &["in-service", "web", A]),
        ("wait", &["deregistered", "web", "i-0000000000000000f"]),
        ("drain", &[A, "--settle", "1s"]),
        ("restore", &[]),
        ("roll", &["web", "--settle", "1s", "--", "true"]),
    ] {
        stage.run(&[&[command], rest].concat()).await;
        of.entry(command).or_default().extend(called(&stage));
    }
    stage.deploying(&[]).await.kill().await;
    stage.until_let_go().await;
    called(&stage);
    stage.run(&["resume"]).await.ended(0);
    of.entry("resume").or_default().extend(called(&stage));
    let site = Site::serving("v1").await;
    site.flip(&[], &["--app-version", "v2"]).await.ended(0);
    of.entry("flip").or_default().extend(called(&site.stage));
    of
}

#[tokio::test]
async fn every_call_of_a_command_is_allowed_and_every_action_that_is_allowed_is_called() {
    let (policies, meant_for) = (policies(), meant_for());
    let calls = calls_of_each_command().await;
    assert!(!calls["roll"].is_empty() && calls["status"].len() > 4, "{calls:#?}");
    for (policy, allowed) in &policies {
        let role = policy.trim_start_matches("by-tag/");
        let commands = &meant_for[role];
        let mut used = Actions::new();
        for command in commands {
            let called = &calls[command.as_str()];
            let denied: Vec<_> = called.difference(allowed).collect();
            assert!(denied.is_empty(), "{policy}.json denies {command} {denied:?}");
            used.extend(called.iter().cloned());
        }
        let unused: Vec<_> = allowed.difference(&used).collect();
        assert!(unused.is_empty(), "none of {commands:?} calls {unused:?} of {policy}.json");
    }
    let told: BTreeSet<_> = meant_for.values().flatten().map(String::as_str).collect();
    assert_eq!(told, calls.keys().copied().collect(), "each command has its policy");
    the_table_is_true(&calls);
}

/// Each action of the table of the README names all commands that call it.
fn the_table_is_true(calls: &BTreeMap<&'static str, Actions>) {
    let rows = include_str!("../../iam/README.md").lines();
    let rows = rows.filter(|line| line.starts_with("| `De") || line.starts_with("| `Register"));
    let mut told = Actions::new();
    for row in rows {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let commands = match cells[3] {
            "all" => calls.keys().map(|command| (*command).to_owned()).collect(),
            cell => quoted(cell),
        };
        for action in quoted(cells[1]) {
            let callers = calls.iter().filter(|(_, called)| called.contains(&action));
            let callers: BTreeSet<_> = callers.map(|(command, _)| (*command).to_owned()).collect();
            assert!(callers.is_subset(&commands), "{action}: {callers:?} and not {commands:?}");
            told.insert(action);
        }
    }
    assert_eq!(told, calls.values().flatten().cloned().collect(), "every action has its row");
}

/// What stands in backquotes.
fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
