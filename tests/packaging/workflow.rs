//! The workflow that releases: it is read as YAML, runs only what is pinned, and calls what there is.

use std::process::Command;

use regex_lite::Regex;
use serde_json::Value;

use crate::{manifest, path, said, text, venv};

const FILE: &str = ".github/workflows/release.yml";

fn workflow() -> Value {
    let python = venv::tool(".venv", include_str!("../foreign/requirements.txt"), "python");
    // BaseLoader takes every value for a text, `on` too.
    let read = "import json, sys, yaml; json.dump(yaml.load(open(sys.argv[1]), yaml.BaseLoader), sys.stdout)";
    let told = said(Command::new(python).args(["-c", read]).arg(path(FILE)));
    serde_json::from_str(&told).unwrap()
}

fn steps(workflow: &Value) -> Vec<&Value> {
    let jobs = workflow["jobs"].as_object().unwrap();
    jobs.values().flat_map(|job| job["steps"].as_array().unwrap()).collect()
}

fn scripts(workflow: &Value) -> Vec<&str> {
    steps(workflow).into_iter().filter_map(|step| step["run"].as_str()).collect()
}

#[test]
fn it_runs_when_a_version_is_tagged_and_writes_nothing_but_the_release() {
    let workflow = workflow();
    assert_eq!(workflow["on"], serde_json::json!({"push": {"tags": ["v*"]}}));
    assert_eq!(workflow["permissions"], serde_json::json!({}));
    for job in workflow["jobs"].as_object().unwrap().values() {
        assert_eq!(job["permissions"], serde_json::json!({"contents": "write"}));
        assert!(job["timeout-minutes"].is_string(), "{job:#}");
    }
    assert_eq!(
        workflow["env"]["RUST"],
        format!("{}.0", manifest()["package"]["rust-version"].as_str().unwrap())
    );
}

#[test]
fn every_action_is_pinned_by_its_commit() {
    let pinned = Regex::new("^[a-z-]+/[a-z-]+@[0-9a-f]{40}$").unwrap();
    let workflow = workflow();
    let actions: Vec<_> =
        steps(&workflow).into_iter().filter_map(|step| step["uses"].as_str()).collect();
    assert!(!actions.is_empty());
    let loose: Vec<_> = actions.iter().filter(|action| !pinned.is_match(action)).collect();
    assert!(loose.is_empty(), "{loose:?}");
}

/// What stands in `${{ }}` is put into a script before the shell reads it.
#[test]
fn no_script_has_an_expression_in_it() {
    let workflow = workflow();
    let scripts = scripts(&workflow);
    assert!(scripts.len() > 5);
    let found: Vec<_> = scripts.iter().filter(|script| script.contains("${{")).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn it_makes_what_the_makefile_can_make() {
    let makefile = text("Makefile");
    let workflow = workflow();
    let made = scripts(&workflow).into_iter().filter_map(|script| script.strip_prefix("make "));
    let mut made: Vec<_> = made.flat_map(str::split_whitespace).collect();
    made.sort_unstable();
    assert_eq!(made, ["deny", "deny-advisories", "dist", "dist-static", "dist-test"]);
    for goal in made {
        assert!(makefile.contains(&format!("\n{goal}:")), "there is no `make {goal}`");
    }
}

#[test]
fn the_tag_has_to_be_the_version_of_the_manifest() {
    let workflow = workflow();
    let check = steps(&workflow).into_iter().find(|step| {
        step["name"].as_str().is_some_and(|name| name.contains("the tag is the version"))
    });
    let script = check.unwrap()["run"].as_str().unwrap();
    let version = manifest()["package"]["version"].as_str().unwrap().to_owned();
    let passes = |tag: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).current_dir(env!("CARGO_MANIFEST_DIR"));
        shell.env("GITHUB_REF_NAME", tag).status().unwrap().success()
    };
    assert!(passes(&format!("v{version}")));
    assert!(!passes("v0.0.0") && !passes(&version));
}
