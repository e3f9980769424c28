//! The checks that are written here.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::venv;

const FOLDER: &str = ".venv-terraform";

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The schema that `make test` makes out of the provider's package.
fn schema() -> PathBuf {
    let schema = repository().join(FOLDER).join("provider.json");
    assert!(schema.exists(), "{} is missing: run `make test`", schema.display());
    schema
}

fn python(arguments: &[&str]) -> Output {
    let mut command = Command::new(venv::tool(FOLDER, include_str!("requirements.txt"), "python"));
    // Nothing may be left in the work tree.
    command.env("PYTHONDONTWRITEBYTECODE", "1").env("PROVIDER_SCHEMA", schema());
    command.current_dir(repository()).args(arguments).output().unwrap()
}

#[test]
fn the_checks_find_everything_that_is_broken_on_purpose() {
    let ended = python(&["-m", "unittest", "discover", "--start-directory", "tests/terraform"]);
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{told}");
    let ran = told.lines().find_map(|line| line.strip_prefix("Ran ")).expect(&told);
    let ran: usize = ran.split(' ').next().unwrap().parse().unwrap();
    assert!(ran > 25, "{told}");
}

#[test]
fn every_module_fits_the_pinned_provider_and_every_policy_its_service() {
    let schema = schema();
    let ended = python(&["tests/terraform/check.py", schema.to_str().unwrap(), "terraform", "iam"]);
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success(), "{told}");
    let seen: Value = serde_json::from_slice(&ended.stdout).unwrap();
    let count = |what: &str| seen[what].as_u64().unwrap();
    assert_eq!(count("faults"), 0, "{told}");
    // The module and its examples, and a policy for each role: they are really read.
    assert!(count("modules") >= 5 && count("resources") > 20 && count("policies") == 7, "{seen}");
}
