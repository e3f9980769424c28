//! The systemd units, as systemd itself reads them.

use std::fs;
use std::process::Command;

use crate::{TOOL, has, said, text};

const SERVICE: &str = "packaging/systemd/elb-deploy-roll@.service";
const TIMER: &str = "packaging/systemd/elb-deploy-roll@.timer";

/// What systemd finds wrong with the units of a service named `web`.
fn faults(service: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let unit = |end: &str| folder.path().join(format!("elb-deploy-roll@web.{end}"));
    fs::write(unit("service"), service.replace("/usr/bin/elb-deploy", TOOL)).unwrap();
    fs::write(unit("timer"), text(TIMER)).unwrap();
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--man=no"]).arg(unit("timer")).arg(unit("service"));
    let ended = verify.output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    // It also tells of what is wrong with the machine's own units, and of what it only passes over.
    let about_ours = told.lines().any(|line| line.contains("elb-deploy-roll@"));
    if about_ours || !ended.status.success() { Err(told) } else { Ok(()) }
}

#[test]
fn systemd_finds_nothing_wrong_with_the_units() {
    if has("systemd-analyze", "whether systemd takes the units") {
        assert_eq!(faults(&text(SERVICE)), Ok(()));
        let slipped = text(SERVICE).replace("KillMode=mixed", "KillMode=mixd");
        assert!(faults(&slipped).unwrap_err().contains("mixd"), "a slip is found");
    }
}

#[test]
fn the_time_of_the_timer_is_one() {
    let timer = text(TIMER);
    let time = timer.lines().find_map(|line| line.strip_prefix("OnCalendar=")).unwrap();
    if has("systemd-analyze", "whether systemd takes the timer's time") {
        let told = said(Command::new("systemd-analyze").args(["calendar", time]));
        assert!(told.contains("Next elapse"), "{told}");
    }
}

/// Systemd makes the state folder as the tool does: others neither read nor write there.
#[test]
fn the_state_folder_is_where_the_tool_looks_for_it_and_for_its_owner_alone() {
    let service = text(SERVICE);
    let said = |line: &str| assert!(service.lines().any(|it| it == line), "{line}");
    said("StateDirectory=elb-deploy");
    said("StateDirectoryMode=0700");
    assert!(text("src/state_dir.rs").contains("\"/var/lib/elb-deploy\""));
}
