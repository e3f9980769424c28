//! docs/scheduled.md: rounds by the clock.

use std::fs;
use std::process;

use tokio::process::Command;

use super::blocks::Page;
use super::{example, has, program, unpack};
use crate::run::{Ran, Running};
use crate::stage::{A, B, Stage, UNTIL_GO};
use crate::window::{change_window, window};

/// A round of the group web with these options, and what deploys one target.
fn round(stage: &Stage, options: &[&str], command: &[&str]) -> Command {
    let script = unpack(stage, "scheduled").join("round.sh");
    program(stage, script, &[&["web"], options, &["--"], command].concat())
}

#[test]
fn the_page_shows_the_files_as_they_are() {
    Page::of("scheduled.md", "scheduled").shows_everything_as_it_is();
}

#[tokio::test]
async fn the_commands_of_the_page_do_what_it_says() {
    let stage = Stage::of(2).await;
    stage.roll(&[], &["true"]).await.ended(0);
    let page = Page::of("scheduled.md", "scheduled");
    let [plan, runs] = &page.run(&stage, ("/opt/shop/restart.sh", "true")).await[..] else {
        panic!("other blocks")
    };
    plan.ended(0);
    assert!(plan.stdout.contains("note: the window 02:00-05:00@Asia/Seoul "), "{}", plan.stdout);
    runs.ended(0);
    assert!(runs.stdout.contains("done"), "{}", runs.stdout);
}

#[tokio::test]
async fn a_round_goes_on_with_what_the_last_one_left_and_then_begins_anew() {
    let stage = Stage::of(2).await;
    let (open, shut) = (window(-2, 2), window(2, 3));
    let mut killed = Running::start(round(&stage, &["--window", &open], &UNTIL_GO));
    killed.until("deploy            started").await;
    killed.kill().await;
    stage.until_let_go().await;
    change_window(&stage, &open, &shut);
    let other = ["--window", &open];
    Ran::of(round(&stage, &other, &["true"])).await.ended(7);
    stage.until_in_service("web", &[A, B]).await;
    Ran::of(round(&stage, &other, &["true"])).await.ended(3);
    assert_eq!(stage.runs().len(), 1, "nothing is begun beside what is left");
    change_window(&stage, &shut, &open);
    let ran = Ran::of(round(&stage, &other, &["true"])).await;
    ran.ended(0);
    ran.says("taken up again");
    Ran::of(round(&stage, &other, &["true"])).await.ended(0);
    assert_eq!(stage.runs().len(), 2, "nothing was left, so that the last one has begun anew");
}

#[tokio::test]
async fn a_round_leaves_alone_what_runs_of_other_groups_left() {
    let stage = Stage::with(2, &[("web", 8080), ("api", 8081)], "").await;
    let other = ["roll", "web", "api", "--settle", "1s", "--", "false"];
    stage.run(&other).await.ended(5);
    stage.run(&["restore"]).await.ended(0);
    let ran = Ran::of(round(&stage, &["--all-groups"], &["true"])).await;
    ran.ended(0);
    assert!(!ran.stderr.contains("taken up again"), "{}", ran.stderr);
}

#[tokio::test]
async fn a_round_outside_of_the_window_changes_nothing() {
    let stage = Stage::of(2).await;
    let ran = Ran::of(round(&stage, &["--window", &window(2, 3)], &["true"])).await;
    ran.ended(3);
    ran.says("it opens at ");
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn under_cron_somebody_is_told_how_it_ended() {
    let stage = Stage::of(2).await;
    let script = unpack(&stage, "scheduled").join("cron.sh");
    let alert = stage.path("alert");
    fs::write(&alert, "#!/bin/sh\necho \"$*\" >>\"$STAGE/alerts\"\n").unwrap();
    let made = process::Command::new("chmod").arg("+x").arg(&alert).status().unwrap();
    assert!(made.success());
    let (open, shut) = (window(-2, 2), window(2, 3));
    for (window, command, code) in [(&shut, "true", 3), (&open, "true", 0), (&open, "false", 5)] {
        let mut cron = program(&stage, &script, &["web", "--window", window, "--", command]);
        cron.env("JITTER", "0").env("ALERT", &alert).current_dir("/");
        Ran::of(cron).await.ended(code);
    }
    let told = fs::read_to_string(stage.path("alerts")).unwrap();
    let told: Vec<_> = told.lines().collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("daemon.notice") && told[0].contains("(exit code 3)"), "{told:?}");
    assert!(
        told[1].contains("daemon.crit") && told[1].contains("may be out of service"),
        "{told:?}"
    );
}

#[test]
fn only_what_needs_a_person_gets_one_out_of_bed() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("alert.sh");
    fs::write(&script, example("scheduled/alert.sh")).unwrap();
    for (code, severity) in [
        ("0", ""),
        ("7", ""),
        ("3", "notice"),
        ("6", "notice"),
        ("4", "warning"),
        ("143", "warning"),
        ("5", "crit"),
        ("1", "crit"),
        ("KILL", "crit"),
    ] {
        let mut alert = process::Command::new("sh");
        alert.arg(&script).env("ALERT", "echo").env("MONITOR_UNIT", "shop.service");
        let told = alert.env("MONITOR_EXIT_STATUS", code).output().unwrap();
        let told = String::from_utf8(told.stdout).unwrap();
        match severity {
            "" => assert_eq!(told, "", "{code}"),
            _ => assert!(told.contains(&format!("daemon.{severity} ")), "{code}: {told}"),
        }
    }
}

/// What the unit and the table of cron run is what the scripts are for.
#[test]
fn the_timer_and_cron_run_the_same_round() {
    let round = "web --window 02:00-05:00@Asia/Seoul -- /opt/shop/restart.sh {target}";
    let unit = example("scheduled/shop-restart.service");
    assert!(unit.contains(&format!("\nExecStart=/opt/shop/round.sh {round}\n")), "{unit}");
    let cron = example("scheduled/shop.cron");
    assert!(cron.contains(&format!(" root /opt/shop/cron.sh {round}\n")), "{cron}");
    let fields = cron.lines().last().unwrap().split(' ').take(5);
    assert!(fields.map(str::to_owned).eq(["5", "2", "*", "*", "*"]), "{cron}");
}

#[test]
fn systemd_understands_the_units() {
    if !has("systemd-analyze") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let units = ["shop-restart.service", "shop-restart.timer", "alert@.service"];
    for name in units {
        // That the scripts are on this machine is not what is asked.
        let unit = example(&format!("scheduled/{name}"));
        let unit = unit
            .replace("=/opt/shop/round.sh ", "=/bin/sh ")
            .replace("/opt/shop/alert.sh", "/bin/sh");
        fs::write(folder.path().join(name), unit).unwrap();
    }
    let mut verify = process::Command::new("systemd-analyze");
    verify
        .arg("verify")
        .args(["shop-restart.timer", "shop-restart.service"].map(|it| folder.path().join(it)));
    let told = verify.output().unwrap();
    let said = String::from_utf8_lossy(&told.stderr);
    // It tells of this machine's other units, too.
    assert_eq!(
        said.lines().find(|line| line.contains("shop-") || line.contains("alert@")),
        None,
        "{said}"
    );
    let timer = example("scheduled/shop-restart.timer");
    let time = timer.lines().find_map(|line| line.strip_prefix("OnCalendar=")).unwrap();
    let told = process::Command::new("systemd-analyze").args(["calendar", time]).output().unwrap();
    assert!(told.status.success() && String::from_utf8_lossy(&told.stdout).contains("Next elapse"));
}
