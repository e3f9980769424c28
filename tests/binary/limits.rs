//! What the system grants a process may run out in the middle of a run.

use std::fs;

use tokio::process::Command;

use crate::run::Ran;
use crate::stage::{A, Stage, TOOL};

/// What `ulimit -f` counts in, in a POSIX shell.
pub const BLOCK: usize = 512;

/// A run of one target in a process whose files may have so many blocks.
pub fn limited(stage: &Stage, blocks: usize) -> Command {
    let rolling = stage.rolling(&["--target", A], &["true"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -f {blocks}; exec \"$@\""), "sh", TOOL]);
    shell.args(rolling.as_std().get_args()).env_clear().kill_on_drop(true);
    shell.envs(rolling.as_std().get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

#[tokio::test]
async fn a_journal_that_may_not_grow_ends_the_run_as_a_full_disk_does() {
    let stage = Stage::of(2).await;
    stage.roll(&["--target", A], &["true"]).await.ended(0);
    let journal = fs::read_to_string(stage.recorded().0.journal()).unwrap();
    let header = journal.lines().next().unwrap().len();
    let blocks = header / BLOCK + 1;
    assert!(blocks * BLOCK < journal.len(), "the whole journal would fit");

    let ran = Ran::of(limited(&stage, blocks)).await;
    assert!(ran.told("error: failed to write to ")[0].contains("journal.ndjson"), "{ran:#?}");
    assert!(ran.told("hint: ")[0].contains("ulimit -f"), "{ran:#?}");
    let is_out = stage.registrations("web").len() == 1;
    ran.ended(if is_out { 5 } else { 6 });
    assert_eq!(ran.stderr.contains("out of service now:"), is_out, "{ran:#?}");
}

#[tokio::test]
async fn a_lock_that_cannot_be_written_is_refused_with_what_makes_room() {
    let stage = Stage::of(2).await;
    let ran = Ran::of(limited(&stage, 0)).await;
    ran.is_refusal(6, ".lock: File too large", "raise the limit on the size of a file (ulimit -f)");
    assert_eq!(stage.mutating(), [""; 0]);
}
