//! What ran here, as the real binary tells it; it needs no network for that.

use std::fs;
use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::Value;

use crate::golden::settled;
use crate::run::{Ran, Running};
use crate::stage::{A, B, Stage, bare};

async fn runs(stage: &Stage, args: &[&str]) -> Ran {
    let args: Vec<_> = ["runs"].into_iter().chain(args.iter().copied()).collect();
    // Without a region, credentials or an endpoint.
    Ran::of(bare(&stage.path(""), &args)).await
}

#[tokio::test]
async fn a_halted_run_is_listed_and_shown_with_the_way_back() {
    let stage = Stage::of(3).await;
    stage.roll(&["--target", B], &["true"]).await.ended(0);
    stage.roll(&[], &["sh", "-c", "echo unpacking; exit 7"]).await.ended(5);
    let list = runs(&stage, &[]).await;
    list.ended(0);
    assert_eq!(list.stderr, "");
    assert!(list.stdout.contains(&format!("    held out: {A}:8080 in web (since ")), "{list:#?}");

    let run = stage.runs().pop().unwrap().0.to_string();
    assert!(
        list.stdout.contains(&format!("elb-deploy restore --run {run} --state-dir ")),
        "{list:#?}"
    );
    for prefix in [&run[..], &run[..run.len() - 1]] {
        let shown = runs(&stage, &["show", prefix]).await;
        shown.ended(0);
        for part in ["| unpacking", "failed after ", "ended with exit code 7"] {
            assert!(shown.stdout.contains(part), "{part}: {shown:#?}");
        }
    }
}

#[tokio::test]
async fn a_run_is_drawn_into_a_file_and_shown_all_the_same() {
    let stage = Stage::of(2).await;
    stage.roll(&[], &["true"]).await.ended(0);
    let run = stage.recorded().1.header.run.to_string();
    let file = stage.path("run.svg").display().to_string();
    let (shown, drawn) =
        (runs(&stage, &["show", &run]).await, runs(&stage, &["show", &run, "--svg", &file]).await);
    drawn.ended(0);
    assert_eq!(drawn.stdout, shown.stdout);
    let svg = fs::read_to_string(&file).unwrap();
    for part in [&run, A, B, "await drained", "done after "] {
        assert!(svg.contains(part), "no {part} in {svg}");
    }
    assert_eq!(svg.matches("<g class=\"step ").count(), 10, "{svg}");
    let nowhere = stage.path("no/such/run.svg").display().to_string();
    let failed = runs(&stage, &["show", &run, "--svg", &nowhere]).await;
    failed.ended(1);
    assert!(failed.stdout.is_empty(), "{failed:#?}");
    failed.says(&format!("error: failed to write {nowhere}: "));
}

#[tokio::test]
async fn both_are_json_too_wherever_the_flag_stands() {
    let stage = Stage::of(2).await;
    stage.roll(&[], &["true"]).await.ended(0);
    let run = stage.recorded().1.header.run.to_string();
    let ways: [&[&str]; 4] = [
        &["--format", "json"],
        &["show", &run, "--format", "json"],
        &["--format", "json", "show", &run],
        &["show", "--format=json", &run],
    ];
    for way in ways {
        let ran = runs(&stage, way).await;
        ran.ended(0);
        let told: Value = serde_json::from_str(&ran.stdout).unwrap();
        let shown = if way.contains(&"show") { &told } else { &told["runs"][0] };
        assert_eq!((&told["v"], &shown["run"]), (&1.into(), &run.clone().into()), "{way:?}");
        assert_eq!(shown["ending"]["how"], "done", "{way:?}");
    }
}

#[tokio::test]
async fn a_run_is_under_way_until_it_is_killed() {
    let stage = Stage::of(2).await;
    let run = stage.deploying(&[]).await;
    let pid = run.pid().as_raw_nonzero();
    let list = runs(&stage, &[]).await;
    assert!(list.stdout.contains(&format!("under way, pid {pid}\n")), "{list:#?}");
    run.kill().await;
    let list = runs(&stage, &[]).await;
    assert!(list.stdout.contains(&format!("during 'deploy' of {A}\n")), "{list:#?}");
    assert!(list.stdout.contains("go on: elb-deploy resume "), "{list:#?}");
}

#[tokio::test]
async fn an_unknown_run_is_refused_in_one_line_with_a_hint() {
    let stage = Stage::of(1).await;
    let ran = runs(&stage, &["show", "0198ffff"]).await;
    ran.is_refusal(3, "failed to find run '0198ffff'", "elb-deploy runs");
    let none = runs(&stage, &[]).await;
    none.ended(0);
    assert!(none.stdout.starts_with("no run is recorded in "), "{none:#?}");
    assert!(!stage.state().exists(), "reading made the folder");
}

#[tokio::test]
async fn a_reader_that_has_enough_is_no_error() {
    let stage = Stage::of(1).await;
    let mut tool = bare(&stage.path(""), &["runs"]);
    tool.stdin(Stdio::null());
    assert_eq!(Running::start(tool).close_readers().await, 0);
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_is_listed_with_what_can_be_saved_of_it() {
    let stage = Stage::of(2).await;
    let run = stage.deploying(&[]).await;
    run.kill().await;
    let journal = stage.recorded().0.journal();
    let text = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, text.replacen("\"fact\":\"finished\"", "\"fa", 1)).unwrap();
    let list = runs(&stage, &[]).await;
    list.ended(0);
    let run = stage.runs()[0].0.to_string();
    assert!(list.stdout.contains("  unreadable\n"), "{list:#?}");
    let shown = runs(&stage, &["show", &run]).await;
    shown.ended(0);
    let put_back = format!("--targets Id={A},Port=8080\n");
    assert!(shown.stdout.contains("line 3 is damaged"), "{shown:#?}");
    assert!(shown.stdout.contains(&put_back), "{shown:#?}");
}

#[tokio::test]
async fn the_help_of_runs() {
    let stage = Stage::of(1).await;
    let help = runs(&stage, &["--help"]).await;
    let show = runs(&stage, &["show", "--help"]).await;
    assert_snapshot!(settled(&stage, &(help.stdout + "\n" + &show.stdout)));
}
