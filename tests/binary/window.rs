//! A window: a run outside of it is refused and told when it opens, and one that it cuts off is taken up
//! within it. What is done at its end is shown in simulated time.

use std::fs;
use std::time::{Duration, SystemTime};

use crate::run::Ran;
use crate::stage::{A, B, Stage};

/// A window around now, or one that is over: from so many hours after now to so many.
pub fn window(from: i64, until: i64) -> String {
    let [from, until] = [from, until].map(time_of_day);
    format!("{from}-{until}@UTC")
}

#[expect(clippy::disallowed_methods, reason = "the tool that is run asks the system, too")]
fn time_of_day(hours: i64) -> String {
    let later = Duration::from_secs(3600 * u64::try_from(hours.rem_euclid(24)).unwrap());
    let at = humantime::format_rfc3339_seconds(SystemTime::now() + later).to_string();
    at["2026-11-28T".len().."2026-11-28T02:00".len()].to_owned()
}

/// Writes another window into the only run's journal, as if time had passed.
pub fn change_window(stage: &Stage, from: &str, to: &str) {
    let (folder, _) = stage.recorded();
    let text = fs::read_to_string(folder.journal()).unwrap();
    let said = |window: &str| format!("\"window\":\"{window}\"");
    assert!(text.contains(&said(from)), "{text}");
    fs::write(folder.journal(), text.replace(&said(from), &said(to))).unwrap();
}

#[tokio::test]
async fn outside_of_it_a_roll_is_refused_beside_the_other_reasons_and_told_when_it_opens() {
    let stage = Stage::of(1).await;
    let shut = window(2, 3);
    let ran = stage.roll(&["--window", &shut], &["true"]).await;
    ran.is_refusal(3, &format!("the window {shut} is not open now"), "it opens at ");
    ran.says("below the floor of 1");
    assert_eq!(stage.mutating(), [""; 0]);
    assert!(stage.runs().is_empty(), "a run that is refused has no journal");
}

#[tokio::test]
async fn a_plan_is_made_before_it_opens_and_says_so() {
    let stage = Stage::of(2).await;
    let (shut, open) = (window(2, 3), window(-2, 2));
    let ran = stage.run(&["plan", "web", "--window", &shut, "--", "true"]).await;
    ran.ended(0);
    let note =
        format!("note: the window {shut} is not open now, and roll is refused; it opens at ");
    assert!(ran.stdout.contains(&note), "{}", ran.stdout);
    assert!(ran.stdout.contains(&format!("  window = {shut} (")), "{}", ran.stdout);
    let mut plan = stage.tool(&["plan", "web", "--", "true"]);
    plan.env("ELB_DEPLOY_WINDOW", &open);
    let ran = Ran::of(plan).await;
    ran.ended(0);
    assert!(ran.stdout.contains(&format!("note: the window {open} closes at ")), "{}", ran.stdout);
}

#[tokio::test]
async fn inside_of_it_a_roll_says_until_when_it_takes_anybody_out() {
    let stage = Stage::of(2).await;
    let open = window(-2, 2);
    let ran = stage.roll(&["--window", &open], &["true"]).await;
    ran.ended(0);
    ran.says(&format!("the window {open} closes at "));
}

#[tokio::test]
async fn what_is_no_window_is_a_mistake() {
    let stage = Stage::of(1).await;
    let ran = stage.roll(&["--window", "02:00-05:00@Mars"], &["true"]).await;
    let hint = "write it as a window such as 02:00-05:00@Asia/Seoul";
    ran.is_refusal(2, "--window 02:00-05:00@Mars: no time zone is called \"Mars\"", hint);
}

#[tokio::test]
async fn a_run_that_is_taken_up_outside_of_it_brings_back_whom_it_has_out_and_goes_on_inside_of_it()
{
    let stage = Stage::of(2).await;
    let (open, shut) = (window(-2, 2), window(2, 3));
    stage.deploying(&["--window", &open]).await.kill().await;
    stage.until_let_go().await;
    change_window(&stage, &open, &shut);
    let carried = stage.run(&["resume"]).await;
    carried.ended(7);
    carried
        .says(&format!("the window {shut} is not open now: what is begun is carried to its end"));
    carried.says("the window is over: nothing more is taken out");
    carried.says("halted by the end of its window after ");
    carried.says("once the window is open again, go on with:\n  elb-deploy resume ");
    stage.until_in_service("web", &[A, B]).await;
    let listed = stage.run(&["runs"]).await;
    assert!(listed.stdout.contains("halted by the end of its window"), "{}", listed.stdout);
    let refused = stage.run(&["resume"]).await;
    refused.is_refusal(3, "is not open now", "go on with the run then, with: elb-deploy resume ");
    change_window(&stage, &shut, &open);
    stage.run(&["resume"]).await.ended(0);
}
