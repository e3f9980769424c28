//! What people see, as a whole: a change of it is seen in a review.

use insta::assert_snapshot;
use regex_lite::Regex;

use super::{fit, is_found, stop, unfit, with};
use crate::run::Ran;
use crate::stage::{A, B, C, Stage, bare, group};

/// What differs from run to run: a pattern, and what stands for it.
const DIFFERENT: [(&str, &str); 2] =
    [(r#""at": \d+"#, r#""at": [time]"#), (r"HTTP:\d+", "HTTP:[port]")];

fn settled(text: &str) -> String {
    DIFFERENT.iter().fold(text.to_owned(), |text, (pattern, stands_for)| {
        Regex::new(pattern).unwrap().replace_all(&text, *stands_for).into_owned()
    })
}

#[tokio::test]
async fn a_fleet_that_suits_a_deploy() {
    let stage = with(3, "good", &fit("good", &[A, B, C])).await;
    let ran = stage.run(&["verify", "good", "--within", "180s"]).await;
    is_found(&stage, &ran, 0);
    assert_snapshot!(settled(&ran.stdout));
}

#[tokio::test]
async fn a_fleet_with_much_to_say_against_it() {
    let more = unfit("bad", &[A, B, C]) + &group("idle", 8081, &[A]);
    let stage = with(3, "bad", &more).await;
    stop(&stage, B);
    let ran = stage.run(&["verify", "bad", "idle", "--within", "180s", "--settle", "5s"]).await;
    is_found(&stage, &ran, 3);
    assert_snapshot!(settled(&ran.stdout));
}

#[tokio::test]
async fn a_fleet_as_data() {
    let stage = with(2, "good", &fit("good", &[A, B])).await;
    let ran = stage.run(&["verify", "good", "--batch", "2", "--format", "json"]).await;
    is_found(&stage, &ran, 3);
    assert_eq!(ran.stdout.lines().count(), 1);
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_snapshot!(settled(&serde_json::to_string_pretty(&value).unwrap()));
}

#[tokio::test]
async fn the_only_target_of_a_group() {
    let stage = Stage::of(1).await;
    let ran = stage.run(&["verify", "web"]).await;
    is_found(&stage, &ran, 3);
    assert_snapshot!(settled(&ran.stdout));
}

#[tokio::test]
async fn the_help_of_verify() {
    let folder = tempfile::tempdir().unwrap();
    let ran = Ran::of(bare(folder.path(), &["verify", "--help"])).await;
    ran.ended(0);
    assert_snapshot!(ran.stdout);
}
