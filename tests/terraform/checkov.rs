//! checkov, in an environment of its own: it pins old versions of what the other tools need.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::venv;

/// What checkov found in a folder. It downloads nothing, and writes to no home.
fn found_in(folder: &Path) -> Value {
    let home = tempfile::tempdir().unwrap();
    let mut command =
        Command::new(venv::tool(".venv-checkov", include_str!("checkov.txt"), "checkov"));
    command.env("HOME", home.path()).env("PYTHONDONTWRITEBYTECODE", "1");
    command.args(["--framework", "terraform", "--output", "json", "--skip-download"]);
    let ended = command.arg("--directory").arg(folder).current_dir(home.path()).output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    serde_json::from_slice(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {told}"))
}

fn failed(found: &Value) -> Vec<&str> {
    let failed = found["results"]["failed_checks"].as_array().unwrap();
    failed.iter().map(|check| check["check_id"].as_str().unwrap()).collect()
}

#[test]
fn checkov_finds_nothing_that_is_not_passed_over_with_a_reason() {
    let found = found_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("terraform"));
    assert_eq!(failed(&found), [""; 0], "{found:#}");
    let summary = &found["summary"];
    assert_eq!(summary["parsing_errors"], 0, "{summary}");
    assert!(summary["passed"].as_u64().unwrap() > 100, "{summary}");
}

#[test]
fn checkov_finds_what_is_broken_on_purpose() {
    let folder = tempfile::tempdir().unwrap();
    let broken = r#"resource "aws_instance" "this" {
  ami           = "ami-1"
  instance_type = "t4g.nano"
}
"#;
    fs::write(folder.path().join("main.tf"), broken).unwrap();
    // The instance metadata service answers without a token.
    assert!(failed(&found_in(folder.path())).contains(&"CKV_AWS_79"));
}
