//! What stays on disk while things go wrong with the disk, and who waits for whom.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use elb_deploy::journal;
use elb_deploy::rollout::{Act, Fact};
use rustix::process::Signal;

use crate::limits::{BLOCK, limited};
use crate::run::Ran;
use crate::stage::{A, B, Stage};

/// The actions that a run was about to make.
fn calls(stage: &Stage) -> Vec<String> {
    let facts = stage.recorded().1.facts;
    let calls = facts.iter().filter_map(|dated| match &dated.fact {
        Fact::Started { step, .. } if step.act == Act::Deregister => Some("DeregisterTargets"),
        Fact::Started { step, .. } if step.act == Act::Register => Some("RegisterTargets"),
        _ => None,
    });
    calls.map(str::to_owned).collect()
}

#[tokio::test]
async fn wherever_the_disk_is_full_no_call_is_made_that_is_not_in_the_journal() {
    let whole = {
        let stage = Stage::of(2).await;
        stage.roll(&["--target", A], &["true"]).await.ended(0);
        fs::read_to_string(stage.recorded().0.journal()).unwrap()
    };
    let header = whole.lines().next().unwrap().len();
    for blocks in header / BLOCK + 1..=whole.len() / BLOCK {
        let stage = Stage::of(2).await;
        let ran = Ran::of(limited(&stage, blocks)).await;
        assert!(ran.told("error: failed to write to ")[0].contains("journal.ndjson"), "{ran:#?}");
        let (made, recorded) = (stage.mutating(), calls(&stage));
        assert!(made.iter().all(|call| recorded.contains(call)), "{made:?}, {recorded:?}");
        let is_out = stage.registrations("web").len() == 1;
        assert!(!is_out || ran.code == 5, "{ran:#?}");
        let named = ["out of service now:", "registered again, but not seen in service:"];
        let is_named = named.iter().any(|named| ran.stderr.contains(named));
        assert_eq!(is_named, ran.code == 5, "{ran:#?}");
    }
}

#[tokio::test]
async fn a_run_whose_state_folder_is_removed_stops_before_its_next_call_and_names_what_is_out() {
    for harm in ["rm -rf \"$ELB_DEPLOY_STATE_DIR\"", "mv \"$ELB_DEPLOY_STATE_DIR\" elsewhere"] {
        let stage = Stage::of(2).await;
        let ran = stage.roll(&[], &["sh", "-c", harm]).await;
        ran.ended(5);
        ran.says("was deleted or moved while its run was under way");
        ran.says(&format!("out of service now:\n  {A}:8080 in web\n"));
        ran.says("put it back with:\n  aws elbv2 register-targets ");
        assert!(!ran.stderr.contains("elb-deploy restore"), "no journal tells it: {ran:#?}");
        assert_eq!(stage.mutating(), ["DeregisterTargets"], "{harm}");
    }
}

#[tokio::test]
async fn a_run_that_cannot_record_its_end_tells_the_time_that_it_took_all_the_same() {
    let stage = Stage::of(2).await;
    let mut run = stage.start(&[], &["true"]);
    run.until("await drained     started").await;
    fs::remove_dir_all(stage.state()).unwrap();
    let ran = run.end().await;
    ran.ended(5);
    let times =
        regex_lite::Regex::new("halted after ([1-9].*)s, least possible ([1-9].*)s").unwrap();
    assert!(times.is_match(&ran.stderr), "{ran:#?}");
}

#[tokio::test]
async fn a_state_folder_that_others_can_write_to_is_refused() {
    let stage = Stage::of(1).await;
    fs::create_dir(stage.state()).unwrap();
    fs::set_permissions(stage.state(), fs::Permissions::from_mode(0o777)).unwrap();
    let ran = stage.roll(&[], &["true"]).await;
    ran.is_refusal(6, "others can write to it (mode 0777)", "chmod go-w ");
    let plan = stage.run(&["plan", "web", "--min-healthy", "0", "--", "true"]).await;
    plan.is_refusal(3, "others can write to it (mode 0777)", "chmod go-w ");
    assert_eq!(stage.mutating(), [""; 0]);
}

#[tokio::test]
async fn a_second_run_waits_for_the_first_if_told_to_and_says_once_for_whom() {
    let stage = Stage::of(2).await;
    let first = stage.deploying(&["--target", A]).await;
    let refused = stage.roll(&["--target", B, "--lock-wait", "1ms"], &["true"]).await;
    refused.ended(6);
    refused.says("hint: wait until it has ended, for example with --lock-wait 10m");

    let mut second = stage.start(&["--target", B, "--lock-wait", "60s"], &["true"]);
    second.until("waiting up to 1m ").await;
    stage.go();
    let second = second.end().await;
    second.ended(0);
    let waiting = "waiting up to 1m to lock group web: held by tester (pid ";
    let told: Vec<_> = second.stderr.lines().filter(|line| line.contains(waiting)).collect();
    assert!(matches!(told[..], [once] if once.contains("for roll web, run ")), "{second:#?}");
    assert!(!second.stderr.contains("took over"), "{second:#?}");
    first.end().await.ended(0);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn who_waits_for_a_lock_ends_at_once_when_told_to() {
    let stage = Stage::of(2).await;
    let first = stage.deploying(&["--target", A]).await;
    let mut second = stage.start(&["--target", B, "--lock-wait", "10m"], &["true"]);
    second.until("waiting up to 10m to lock group web").await;
    second.signal(Signal::TERM);
    let ended = second.end().await;
    ended.ended(143);
    ended.says("before anything was changed");
    stage.go();
    first.end().await.ended(0);
}

#[tokio::test]
async fn old_runs_are_forgotten_when_a_new_one_begins() {
    let stage = Stage::of(2).await;
    stage.roll(&["--target", A], &["true"]).await.ended(0);
    let folder = stage.recorded().0;
    // As if it had run a year ago.
    let text = fs::read_to_string(folder.journal()).unwrap();
    let aged = text.replace("\"at\":1", "\"at\":");
    fs::write(folder.journal(), aged).unwrap();
    assert!(journal::read(&folder.journal()).is_ok(), "{}", folder.journal().display());
    let ran: Ran = stage.roll(&["--target", B], &["true"]).await;
    ran.ended(0);
    assert!(!folder.path().exists());
    assert_eq!(stage.runs().len(), 1);
}
