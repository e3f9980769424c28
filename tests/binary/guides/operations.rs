//! docs/operations.md: what is typed there does what the page says, and what the page quotes is said.

use std::fs;

use elb_deploy::lab::model::Power;
use rustix::process::Signal;

use super::page::{Page, shell};
use crate::bench::fresh_host;
use crate::run::{Ran, Running};
use crate::stage::{Stage, UNTIL_GO, balancer, group, instance};

/// The instances that the page speaks of.
const ABC: &str = "i-0abc";
const DEF: &str = "i-0def";

async fn stage() -> Stage {
    let hosts = [(ABC, fresh_host()), (DEF, fresh_host())];
    let fleet: String = hosts.iter().map(|(id, host)| instance(id, "lab-1a", *host)).collect();
    let fleet = fleet + &group("web", 8080, &[ABC, DEF]) + &balancer(&["web"]);
    let services = hosts.map(|(_, host)| (host, 8080));
    Stage::around(&fleet, &services, &["web"], 2).await
}

/// The report of a target that is put back and does not pass its checks.
const NOT_IN_SERVICE: &str = include_str!(
    "../../../src/report/closing/snapshots/elb_deploy__report__closing__tests__not_in_service.snap"
);

/// A command of the page, typed as it stands there.
async fn typed(page: &Page, stage: &Stage, command: &str) -> Ran {
    page.tells(&format!("`{command}`"));
    Ran::of(shell(stage, ABC, command)).await
}

/// What the page quotes is what was said.
fn said(page: &Page, ran: &Ran, words: &str) {
    page.tells(&format!("`{words}`"));
    assert!(ran.stderr.contains(words) || ran.stdout.contains(words), "{words}: {ran:#?}");
}

async fn all_serve(stage: &Stage) {
    assert_eq!(stage.registrations("web").len(), 2);
    stage.until_in_service("web", &[ABC, DEF]).await;
}

#[tokio::test]
async fn the_commands_of_the_page_run_in_its_order() {
    let stage = stage().await;
    let mut page = Page::of("operations.md");
    page.hides_no_command(&[]);
    page.run(&stage, ABC, "elb-deploy status").await.ended(0);
    page.run(&stage, ABC, "elb-deploy drain i-0abc").await.ended(0);
    stage.until_in_service("web", &[DEF]).await;
    let runs = stage.run(&["runs"]).await.stdout;
    assert!(runs.contains("reason: swap the disk, alice\n"), "{runs}");
    page.run(&stage, ABC, "elb-deploy restore i-0abc").await.ended(0);
    all_serve(&stage).await;
    stage.run(&["drain", ABC, "--settle", "1s"]).await.ended(0);
    page.run(&stage, ABC, "elb-deploy restore").await.ended(0);
    all_serve(&stage).await;
    page.is_through();
}

#[tokio::test]
async fn the_page_knows_every_exit_code() {
    let stage = stage().await;
    let page = Page::of("operations.md");
    let help = stage.run(&["--help"]).await.stdout;
    let (_, codes) = help.split_once("Exit codes:\n").unwrap();
    for line in codes.lines() {
        let (codes, _) = line.trim().split_once("  ").unwrap();
        page.tells(&format!("\n| {codes} | "));
    }
}

#[tokio::test]
async fn what_is_out_is_told_and_put_right() {
    let stage = stage().await;
    let page = Page::of("operations.md");
    let lost = typed(&page, &stage, "elb-deploy restore").await;
    lost.ended(3);
    said(&page, &lost, "there is no state folder");
    stage.run(&["drain", ABC, "--settle", "1s"]).await.ended(0);
    let floor = stage.run(&["drain", DEF]).await;
    floor.ended(3);
    said(&page, &floor, "below the floor of");
    typed(&page, &stage, "elb-deploy status web").await.ended(0);
    let left = stage.roll(&[], &["true"]).await;
    left.ended(3);
    said(&page, &left, "took out and did not put back");
    typed(&page, &stage, "elb-deploy restore i-0abc").await.ended(0);
    all_serve(&stage).await;
    said(&page, &stage.run(&["restore"]).await, "there is nothing to restore");
    stage.take_out("web", ABC, 8080).await;
    typed(&page, &stage, "elb-deploy restore --group web --port 8080 i-0abc").await.ended(0);
    all_serve(&stage).await;
}

#[tokio::test]
async fn a_run_that_is_under_way_or_has_died_is_told_and_put_right() {
    let stage = stage().await;
    let page = Page::of("operations.md");
    let roll = stage.deploying(&["--target", ABC]).await;
    let locked = stage.run(&["drain", DEF]).await;
    locked.ended(6);
    said(&page, &locked, "failed to lock group");
    let busy = stage.run(&["restore", ABC]).await;
    busy.ended(6);
    said(&page, &busy, "works on i-0abc");
    roll.kill().await;
    stage.until_unwritten().await;
    said(&page, &stage.run(&["runs"]).await, "died after");
    let beside = typed(&page, &stage, "elb-deploy restore").await;
    beside.ended(6);
    said(&page, &beside, "still running, and nothing is done beside it");
    stage.until_let_go().await;
    typed(&page, &stage, "elb-deploy resume").await.ended(0);
    all_serve(&stage).await;
}

#[tokio::test]
async fn who_waits_for_a_lock_gets_it() {
    let stage = stage().await;
    let page = Page::of("operations.md");
    let roll = stage.deploying(&["--target", ABC]).await;
    let command = "elb-deploy drain i-0def --lock-wait 10m";
    page.tells(&format!("`{command}`"));
    let mut drain = Running::start(shell(&stage, DEF, command));
    drain.until("waiting up to 10m to lock group web").await;
    stage.go();
    roll.end().await.ended(0);
    drain.end().await.ended(0);
    stage.run(&["restore"]).await.ended(0);
    all_serve(&stage).await;
}

#[tokio::test]
async fn one_signal_carries_what_is_out_to_its_end() {
    let stage = stage().await;
    let roll = stage.deploying(&[]).await;
    roll.signal(Signal::TERM);
    stage.go();
    roll.end().await.ended(143);
    all_serve(&stage).await;
}

#[tokio::test]
async fn a_failed_deploy_is_reported_as_the_page_shows_it() {
    let stage = stage().await;
    let page = Page::of("operations.md");
    let bad = ["sh", "-c", "echo no such release; [ -e \"$STAGE/mended\" ] || exit 3"];
    let ran = stage.roll(&["--target", ABC], &bad).await;
    ran.ended(5);
    said(&page, &ran, "deploy failed");
    let report = page.block("held out: deploy failed");
    let is_ours =
        |line: &&str| line.ends_with(':') || line.contains("no such") || line.contains("in web");
    for line in report.lines().filter(is_ours) {
        assert!(ran.stderr.contains(&format!("{line}\n")), "{line}: {ran:#?}");
    }
    fs::write(stage.path("mended"), "").unwrap();
    typed(&page, &stage, "elb-deploy resume").await.ended(0);
    all_serve(&stage).await;
}

#[test]
fn who_does_not_come_into_service_is_told_in_the_words_of_the_report() {
    let words = "registered again, but not seen in service";
    Page::of("operations.md").tells(&format!("`{words}`"));
    assert!(NOT_IN_SERVICE.contains(words));
}

#[tokio::test]
async fn what_will_never_come_back_is_given_up() {
    let stage = stage().await;
    let page = Page::of("operations.md");
    stage.run(&["drain", ABC, "--settle", "1s"]).await.ended(0);
    stage.server.lab().with_model(|model, _| model.power(ABC, Power::Terminated));
    let gone = stage.run(&["restore", ABC]).await;
    gone.ended(5);
    said(&page, &gone, "is gone for good");
    typed(&page, &stage, "elb-deploy runs forget i-0abc").await.ended(0);
    said(&page, &stage.run(&["restore"]).await, "there is nothing to restore");
}

#[tokio::test]
async fn a_group_on_hold_is_told() {
    let stage = stage().await;
    let page = Page::of("operations.md");
    stage.run(&["drain", ABC, "--settle", "1s"]).await.ended(0);
    stage.server.lab().with_model(|model, _| {
        let arn = model.group_named("web").unwrap().arn.clone();
        let tag = (elb_deploy::rollout::HOLD_TAG.to_owned(), "migration, ask ann".to_owned());
        model.add_tags(&arn, &[tag]).unwrap();
    });
    let refused = stage.roll(&["--if-held-out", "ignore", "--min-healthy", "0"], &UNTIL_GO).await;
    refused.ended(3);
    said(&page, &refused, "is on hold");
    typed(&page, &stage, "elb-deploy restore i-0abc").await.ended(0);
    all_serve(&stage).await;
}
