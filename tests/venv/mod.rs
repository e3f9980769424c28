//! Programs of the virtual environments that `make test` makes, each from its pins.

use std::fs;
use std::path::{Path, PathBuf};

/// The path of a program of the environment in this folder, made from these pins.
///
/// # Panics
/// Names `make test` if it is not there, or is not of the pinned version.
pub fn tool(folder: &str, pins: &str, name: &str) -> PathBuf {
    tool_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), pins, name)
        .unwrap_or_else(|why| panic!("{why}"))
}

/// The pins are copied beside what was installed from them as the last thing of the installation.
fn tool_in(venv: &Path, pins: &str, name: &str) -> Result<PathBuf, String> {
    let tool = venv.join("bin").join(name);
    let installed = fs::read_to_string(venv.join("pins")).unwrap_or_default();
    if tool.exists() && installed == pins {
        return Ok(tool);
    }
    Err(format!(
        "{name} is missing or not the pinned one: run `make test`, it makes {}",
        venv.display()
    ))
}

#[test]
fn missing_or_outdated_programs_fail_with_one_line_that_names_make_test() {
    const PINS: &str = "awscli==1.46.2\n";
    let venv = tempfile::tempdir().unwrap();
    let aws = venv.path().join("bin/aws");
    let refusal = || tool_in(venv.path(), PINS, "aws").unwrap_err();
    assert!(refusal().contains("run `make test`"));
    assert_eq!(refusal().lines().count(), 1);

    fs::create_dir(venv.path().join("bin")).unwrap();
    fs::write(&aws, "").unwrap();
    assert!(refusal().contains("run `make test`"), "an installation that was cut short");
    fs::write(venv.path().join("pins"), "awscli==1.0\n").unwrap();
    assert!(refusal().contains("run `make test`"), "other pins");
    fs::write(venv.path().join("pins"), PINS).unwrap();
    assert_eq!(tool_in(venv.path(), PINS, "aws"), Ok(aws));
}
