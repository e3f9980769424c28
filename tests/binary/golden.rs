//! What people see, as a whole: a change of it is seen in a review.

use insta::assert_snapshot;
use regex_lite::Regex;

use crate::run::Ran;
use crate::stage::{Stage, bare};

/// What differs from run to run: a pattern, and what stands for it.
const DIFFERENT: [(&str, &str); 9] = [
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[run]"),
    (r"\d\d:\d\d:\d\dZ", "[time]"),
    // A look that comes a millisecond after the expected moment is late.
    (r" fails at \d+:\d\d|, fails at \d+:\d\d", ""),
    (r"\d+:\d\d of ", "[m:ss] of "),
    (r"\d+\.\ds", "#.#s"),
    (r"\d+ looks?", "[n] looks"),
    (r"\(\d+\.\d\dx\)", "([ratio])"),
    (r"after \d+m?s", "after [span]"),
    (r"127\.\d+\.\d+\.\d+", "[address]"),
];

pub fn settled(stage: &Stage, text: &str) -> String {
    let known = text.replace(&stage.path("").display().to_string(), "[stage]/");
    DIFFERENT.iter().fold(known, |text, (pattern, stands_for)| {
        Regex::new(pattern).unwrap().replace_all(&text, *stands_for).into_owned()
    })
}

#[tokio::test]
async fn a_good_run_in_lines() {
    let stage = Stage::of(2).await;
    let ran = stage.roll(&["--progress", "lines"], &["echo", "deployed {target}"]).await;
    ran.ended(0);
    assert_snapshot!(settled(&stage, &ran.stderr));
}

#[tokio::test]
async fn a_failed_run_in_lines() {
    let stage = Stage::of(3).await;
    let fail = ["sh", "-c", "echo unpacking; echo no space left >&2; exit 7"];
    let ran = stage.roll(&["--progress", "lines"], &fail).await;
    ran.ended(5);
    assert_snapshot!(settled(&stage, &ran.stderr));
}

async fn help(args: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let ran = Ran::of(bare(folder.path(), args)).await;
    ran.ended(0);
    assert_eq!(ran.stderr, "");
    ran.stdout
}

#[tokio::test]
async fn the_help() {
    assert_snapshot!(help(&["--help"]).await);
}

#[tokio::test]
async fn the_help_of_roll() {
    assert_snapshot!(help(&["roll", "--help"]).await);
}

#[tokio::test]
async fn the_help_of_lab() {
    assert_snapshot!(help(&["lab", "--help"]).await);
}
