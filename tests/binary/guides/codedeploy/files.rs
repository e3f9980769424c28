//! The files of the examples: shown on the page as they are, with limits that fit what they wait for.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::agent::PREVIOUS;
use super::appspec::AppSpec;
use crate::guides::page::{Page, ROOT, examples};

/// All scripts of one event together.
const MOST_OF_AN_EVENT: u64 = 3600;
const PARSE: &str =
    "import sys, yaml; sys.exit(yaml.safe_load(open(sys.argv[1]))['version'] != 0.0)";

fn revisions() -> [(std::path::PathBuf, AppSpec); 2] {
    ["without-traffic-control", "with-traffic-control"].map(|name| {
        let folder = Path::new(ROOT).join("examples/codedeploy").join(name);
        let spec = AppSpec::of(&folder);
        (folder, spec)
    })
}

/// How long the waits in a script may take together.
fn waits(script: &str) -> Duration {
    let words: Vec<_> = script.split_whitespace().collect();
    let flags = ["--lock-wait", "--within", "--in-service-timeout", "--timeout"];
    let is_wait = |pair: &&[&str]| flags.contains(&pair[0]);
    let times = words.windows(2).filter(is_wait).map(|pair| humantime::parse_duration(pair[1]));
    times.map(Result::unwrap).sum()
}

#[test]
fn the_page_shows_the_files_as_they_are_and_hides_no_command() {
    let page = Page::of("codedeploy.md");
    let files = examples("codedeploy");
    for (path, text) in &files {
        assert!(page.shows(text), "docs/codedeploy.md does not show {path}");
    }
    page.hides_no_command(&files.into_iter().map(|(_, text)| text).collect::<Vec<_>>());
}

#[test]
fn every_script_is_there_can_be_run_and_has_a_limit_that_leaves_time_for_its_waits() {
    for (folder, spec) in revisions() {
        let mut events: BTreeMap<&str, u64> = BTreeMap::new();
        for script in &spec.scripts {
            let path = folder.join(&script.location);
            assert!(fs::metadata(&path).unwrap().permissions().mode() & 0o111 == 0o111);
            let waits = waits(&fs::read_to_string(&path).unwrap()).as_secs();
            assert!(waits + 30 <= script.timeout, "{}: {waits} s", path.display());
            *events.entry(&script.event).or_default() += script.timeout;
        }
        assert!(events.values().all(|sum| *sum <= MOST_OF_AN_EVENT), "{events:?}");
    }
    // It is tried again for five minutes more.
    let turn = Path::new(ROOT).join("examples/codedeploy/one-at-a-time/scripts/drain.sh");
    let waits = waits(&fs::read_to_string(turn).unwrap()).as_secs() + 20 * 15;
    let [(_, without), _] = revisions();
    let drain = without.scripts.iter().find(|script| script.location == "scripts/drain.sh");
    assert!(waits + 30 <= drain.unwrap().timeout, "{waits} s");
}

#[test]
fn no_script_runs_from_the_previous_revision() {
    for (folder, spec) in revisions() {
        let previous = spec.scripts.iter().find(|it| PREVIOUS.contains(&it.event.as_str()));
        assert!(previous.is_none(), "{}: {previous:?}", folder.display());
    }
}

#[test]
fn the_files_of_codedeploy_are_yaml() {
    let can = Command::new("python3").args(["-c", "import yaml"]).output();
    if !can.is_ok_and(|told| told.status.success()) {
        return;
    }
    for (folder, _) in revisions() {
        let mut parse = Command::new("python3");
        parse.args(["-c", PARSE]).arg(folder.join("appspec.yml"));
        let parsed = parse.output().unwrap();
        assert!(parsed.status.success(), "{parsed:?}");
    }
}
