//! What is packed and released, held to what there is. The package itself takes a release build, so that
//! the tests of it are run by `make dist-test` alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod archive;
mod assets;
mod cost;
mod package;
mod sources;
mod units;
#[path = "../venv/mod.rs"]
mod venv;
mod workflow;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const TOOL: &str = env!("CARGO_BIN_EXE_elb-deploy");

/// From the crate's root.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn text(name: &str) -> String {
    let path = path(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn manifest() -> toml::Table {
    text("Cargo.toml").parse().unwrap()
}

/// What a command says that ends well.
fn said(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let told = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?} ended with {status}: {told}");
    String::from_utf8(stdout).unwrap() + &told
}

/// Whether a program of the system is there. Where it is not, what it is for is said past the tests'
/// captured output; in CI it has to be there.
fn has(program: &str, otherwise: &str) -> bool {
    let there = std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    });
    if !there {
        assert!(std::env::var_os("CI").is_none(), "{program} is missing: {otherwise}");
        let said = format!("NOT TESTED, {program} is missing: {otherwise}\n");
        io::stderr().write_all(said.as_bytes()).unwrap();
    }
    there
}
