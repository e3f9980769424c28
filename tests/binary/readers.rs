//! Whoever reads the progress may go away, or never read: the run goes on.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::sleep;

use crate::run::Ran;
use crate::stage::{A, B, Stage, TOOL};

#[tokio::test]
async fn readers_that_go_away_in_the_middle_do_not_stop_the_run() {
    let stage = Stage::of(2).await;
    for how in ["lines", "ndjson"] {
        let options = ["--progress", how, "--target", A, "-v"];
        let mut run = stage.start(&options, &["echo", "hello"]);
        if how == "lines" {
            run.until("await drained     started").await;
        }
        assert_eq!(run.close_readers().await, 0, "{how}");
        stage.until_in_service("web", &[A, B]).await;
    }
}

#[tokio::test]
async fn a_reader_that_stands_still_does_not_stop_the_run() {
    let stage = Stage::of(2).await;
    // Far more than a pipe holds.
    let flood = ["sh", "-c", "seq -f '%0100g' 5000"];
    let run = stage.start(&["--target", A, "-v"], &flood);
    assert_eq!(run.stall_readers().await, 0);
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn closed_streams_do_not_stop_the_run() {
    let stage = Stage::of(2).await;
    let line = format!("exec {TOOL} roll web --settle 1s --target {A} -- echo hello <&- >&- 2>&-");
    let mut shell = stage.tool(&[]);
    shell.kill_on_drop(true);
    let envs: Vec<_> =
        shell.as_std().get_envs().map(|(k, v)| (k.to_owned(), v.map(|v| v.to_owned()))).collect();
    let mut closed = tokio::process::Command::new("sh");
    closed.args(["-c", &line]).env_clear();
    closed.envs(envs.into_iter().filter_map(|(k, v)| Some((k, v?))));
    let ran = Ran::of(closed).await;
    ran.ended(0);
    assert_eq!(ran.stderr, "");
    stage.until_in_service("web", &[A, B]).await;
}

#[tokio::test]
async fn help_into_a_closed_pipe_is_no_error() {
    let stage = Stage::of(0).await;
    let mut help = stage.tool(&["roll", "--help"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    help.stdout(writer).stderr(Stdio::piped()).stdin(Stdio::null());
    let ended = help.spawn().unwrap().wait_with_output().await.unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(ended.stderr, b"");
}

/// 100 KB/s, as over a slow line.
async fn read_slowly(mut stream: impl AsyncRead + Unpin) -> String {
    let (mut all, mut piece) = (Vec::new(), [0; 5_000]);
    loop {
        match stream.read(&mut piece).await.unwrap() {
            0 => return String::from_utf8(all).unwrap(),
            count => all.extend(&piece[..count]),
        }
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_slow_reader_loses_output_and_not_how_the_run_ended() {
    let stage = Stage::of(2).await;
    let flood = "i=0; while [ $i -lt 12000 ]; do i=$((i+1)); echo \"layer $i is unpacked\"; done; \
                 exit 7";
    let mut roll = stage.rolling(&["--progress", "lines", "--target", A], &["sh", "-c", flood]);
    roll.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = roll.spawn().unwrap();
    let stderr = read_slowly(child.stderr.take().unwrap()).await;
    let code = child.wait().await.unwrap().code().unwrap();
    let ran = Ran { code, stdout: String::new(), stderr };
    ran.ended(5);
    ran.says("deploy            failed: ");
    ran.says("lines of output are left out here");
    ran.says(&format!("out of service now:\n  {A}:8080 in web\n"));
    ran.says(&format!("put it back with:\n  elb-deploy restore {A} --state-dir "));
}
