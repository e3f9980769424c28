//! What follows a failure: the run that is taken up again once the release is mended, the undoing
//! that fails itself, and hooks that fail.

use crate::ends::{End, OnFailure, Place, Runs};
use crate::run::Ran;
use crate::site::{BAD, OLD, Site};

/// Accepts a release once a person has.
const ACCEPTED: &str = "test -e \"$STAGE/accepted\"";

/// A run that releases on all targets.
async fn released(site: &Site, options: &[&str]) -> Ran {
    site.stage.roll(options, &site.release(&["--app-version", BAD])).await
}

#[tokio::test]
async fn a_mended_release_is_resumed_to_its_end() {
    for policy in OnFailure::ALL {
        let site = Site::under_load().await;
        let rollback = site.rollback();
        let mut options = vec!["--verify", ACCEPTED, "--on-failure", policy.word()];
        if policy == OnFailure::Rollback {
            options.extend(["--rollback", &rollback]);
        }
        let ran = released(&site, &options).await;
        ran.ended(if policy == OnFailure::Hold { 5 } else { 4 });
        site.touched_only(&site.hosts[..1]);
        std::fs::write(site.stage.path("accepted"), "").unwrap();
        site.stage.run(&["resume"]).await.ended(0);
        site.all_serve().await;
        for host in &site.hosts {
            assert_eq!(site.version(host).await.as_deref(), Some(BAD));
        }
        site.nothing_lost().await;
    }
}

#[tokio::test]
async fn a_rollback_that_fails_leaves_the_target_out_for_a_person() {
    let site = Site::under_load().await;
    let options =
        ["--verify", "exit 1", "--on-failure", "rollback", "--rollback", "echo gone; exit 3"];
    let ran = released(&site, &options).await;
    ran.ended(5);
    let failed = &site.hosts[0];
    ran.says(&format!("{failed}: undoing that failed too, at roll back: "));
    ran.says("  | gone\n");
    ran.says(&format!("  a person has to see to {failed} before it is deployed again\n"));
    site.is_left(End { place: Place::Out, runs: Runs::Bad, code: 5 }).await;
    site.mend().await;
    site.restore().await.ended(0);
    site.all_serve().await;
    site.nothing_lost().await;
}

#[tokio::test]
async fn a_hook_that_fails_before_a_batch_leaves_everything_as_it_is() {
    let site = Site::under_load().await;
    let ran = released(&site, &["--before-batch", "echo frozen; exit 1"]).await;
    ran.ended(4);
    ran.says("batch 1: before-batch failed: ");
    ran.says("  | frozen\n");
    assert_eq!(site.stage.mutating(), [""; 0]);
    site.all_serve().await;
    site.nothing_lost().await;
}

#[tokio::test]
async fn a_hook_that_fails_after_a_batch_ends_the_run_behind_it() {
    let site = Site::under_load().await;
    let ran = released(&site, &["--after-batch", "exit 1"]).await;
    ran.ended(4);
    ran.says("batch 1: after-batch failed: ");
    site.touched_only(&site.hosts[..1]);
    site.all_serve().await;
    let [first, others @ ..] = &site.hosts;
    assert_eq!(site.version(first).await.as_deref(), Some(BAD));
    for other in others {
        assert_eq!(site.version(other).await.as_deref(), Some(OLD));
    }
    site.nothing_lost().await;
}
