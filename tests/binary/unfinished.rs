//! A run that died or halted left targets out: the next one must not pass over that.

use rustix::process::Signal;

use elb_deploy::lab::faults::FaultSettings;

use crate::stage::{A, B, Stage, TOOL};

/// A run that is killed while its first target is out.
async fn killed(stage: &Stage) {
    let run = stage.deploying(&[]).await;
    run.kill().await;
    // Its command may or may not have been begun by then.
    stage.until_let_go().await;
    stage.until_in_service("web", &[B]).await;
}

#[tokio::test]
async fn what_a_killed_run_holds_out_stops_every_next_run_and_is_named_with_the_way_back() {
    let stage = Stage::of(2).await;
    killed(&stage).await;
    let changes = stage.mutating();
    for _ in 0..2 {
        let ran = stage.roll(&[], &["true"]).await;
        ran.is_refusal(
            3,
            &format!("took out and did not put back: {A}:8080 in web"),
            "put it back",
        );
        ran.says("hint: or go on without it: --if-held-out ignore");
        assert!(!ran.stderr.contains("forget"), "that is not done in a hurry: {}", ran.stderr);
    }
    assert_eq!(stage.mutating(), changes, "nothing was changed");
}

#[tokio::test]
async fn it_can_be_left_out_on_purpose() {
    let stage = Stage::of(2).await;
    killed(&stage).await;
    let options = ["--if-held-out", "ignore", "--min-healthy", "0"];
    let ran = stage.roll(&options, &["true"]).await;
    ran.ended(0);
    ran.says("took over the lock on group web of a run that died");
    stage.until_in_service("web", &[B]).await;
}

#[tokio::test]
async fn what_is_left_out_on_purpose_counts_in_the_share_that_stays_in_service() {
    let stage = Stage::of(4).await;
    let half = ["--min-healthy", "50%"];
    for target in [A, B] {
        stage.run(&[&["drain", target, "--settle", "1s"], &half[..]].concat()).await.ended(0);
    }
    let below = "below the floor of 2";
    let options = ["--if-held-out", "ignore", "--min-healthy", "50%"];
    stage.roll(&options, &["true"]).await.is_refusal(3, below, "--min-healthy");
    let verified = stage.run(&[&["verify", "web"], &options[..]].concat()).await;
    assert!(verified.stdout.contains(below), "{}", verified.stdout);
}

#[tokio::test]
async fn what_was_put_back_since_stops_nobody() {
    let stage = Stage::of(2).await;
    killed(&stage).await;
    stage.put_back("web", A, 8080).await;
    let ran = stage.roll(&["--target", A], &["true"]).await;
    ran.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn what_a_later_run_found_registered_again_is_settled_for_good() {
    let stage = Stage::of(2).await;
    killed(&stage).await;
    stage.put_back("web", A, 8080).await;
    stage.roll(&["--target", A], &["true"]).await.ended(0);
    stage.take_out("web", A, 8080).await;
    stage.roll(&["--min-healthy", "0"], &["true"]).await.ended(0);
}

#[tokio::test]
async fn a_signal_before_anything_is_changed_ends_the_run_at_once() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let stage = Stage::of(0).await;
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let rolling = stage.tool(&["roll", "web", "--endpoint-url", &endpoint, "--", TOOL]);
    let run = crate::run::Running::start(rolling);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    run.signal(Signal::INT);
    let ran = run.end().await;
    ran.ended(130);
    ran.says("error: stopped by SIGINT before anything was changed");
}

#[tokio::test]
async fn a_terminal_that_goes_away_leaves_no_target_out() {
    let stage = Stage::of(2).await;
    let mut run = stage.start(&[], &["true"]);
    run.until("await drained     started").await;
    run.signal(Signal::HUP);
    run.end().await.ended(143);
    stage.until_in_service("web", &[A, B]).await;
}

/// Answers are three seconds old from now on.
fn stale(stage: &Stage) {
    let settings = FaultSettings::NONE.with(br#"{"health_age_ms": 3000}"#).unwrap();
    stage.server.lab().with_faults(|faults, _| faults.set(settings));
}

#[tokio::test]
async fn an_answer_from_before_a_dead_run_took_it_out_puts_nothing_right() {
    let stage = Stage::of(2).await;
    let before = stage.registrations("web");
    stale(&stage);
    killed(&stage).await;
    let ran = stage.roll(&[], &["true"]).await;
    ran.ended(3);
    ran.says(&format!("took out and did not put back: {A}:8080 in web"));
    assert_eq!(stage.registrations("web"), before[1..]);
    let restored = stage.run(&["restore"]).await;
    restored.ended(0);
    assert_eq!(stage.registrations("web"), before);
    assert!(stage.in_service("web").contains(&A.to_owned()), "it really is, not by an old answer");
}
