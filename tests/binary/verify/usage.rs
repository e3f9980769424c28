//! What cannot be checked at all.

use crate::run::Ran;
use crate::stage::{Stage, bare};

#[tokio::test]
async fn a_command_line_that_makes_no_sense_is_refused_with_all_its_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    let ran = async |args: &[&str]| Ran::of(bare(folder.path(), args)).await;
    let both = ran(&["verify", "web", "--within", "soon", "--batch", "few"]).await;
    both.is_refusal(2, "--within soon: not a duration", "90s");
    both.is_refusal(2, "--batch few: neither", "25%");
    ran(&["verify", "web", "--within", "0s"]).await.is_refusal(2, "--within 0s", "90s");
    ran(&["verify"]).await.is_refusal(2, "not provided: <GROUP>", "--help");
    ran(&["verify", "web", "--target", ""]).await.is_refusal(2, "--target", "--help");
}

#[tokio::test]
async fn a_group_that_does_not_exist_is_named_with_the_one_that_may_be_meant() {
    let stage = Stage::of(1).await;
    let ran = stage.run(&["verify", "wbe"]).await;
    ran.is_refusal(3, "did you mean web", "the name");
}
