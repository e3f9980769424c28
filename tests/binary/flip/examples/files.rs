//! The files of the examples: shown on the page as they are, and understood by what reads them where
//! that is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ROOT;

const DOC: &str = include_str!("../../../../docs/flip.md");
const PARSE: &str =
    "import sys, yaml; sys.exit('shop' not in yaml.safe_load(open(sys.argv[1]))['services'])";

fn example(path: &str) -> PathBuf {
    Path::new(ROOT).join("examples/flip").join(path)
}

#[test]
fn the_page_shows_the_scripts_as_they_are() {
    for folder in fs::read_dir(example("")).unwrap() {
        for file in fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            assert!(DOC.contains(text.trim_end()), "docs/flip.md does not show {}", path.display());
        }
    }
}

#[test]
fn systemd_understands_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let unit = fs::read_to_string(example("systemd/shop@.service")).unwrap();
    // That there is a java on this machine is not what is asked.
    let unit = unit.replace("=/usr/bin/java ", "=/bin/sh ");
    let file = folder.path().join("shop@8081.service");
    fs::write(&file, unit).unwrap();
    let Ok(told) = Command::new("systemd-analyze").arg("verify").arg(&file).output() else {
        return;
    };
    let said = String::from_utf8_lossy(&told.stderr);
    // It tells of this machine's other units, too.
    assert_eq!(said.lines().find(|line| line.contains("shop@")), None, "{said}");
}

#[test]
fn the_file_of_compose_is_yaml() {
    let can = Command::new("python3").args(["-c", "import yaml"]).output();
    if !can.is_ok_and(|told| told.status.success()) {
        return;
    }
    let file = example("compose/compose.yaml");
    let parsed = Command::new("python3").args(["-c", PARSE]).arg(file).output().unwrap();
    assert!(parsed.status.success(), "{parsed:?}");
}
