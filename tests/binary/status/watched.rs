//! A status that is looked at again and again, until somebody ends it.

use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use tokio::time::{sleep, timeout};

use super::{asked, stop};
use crate::stage::{B, Stage};

/// Two passes on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

struct Watching {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watching {
    fn start(stage: &Stage, args: &[&str]) -> Self {
        let mut tool = stage.tool(&[&["status", "web", "--watch"], args].concat());
        tool.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = tool.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    async fn until(&mut self, part: &str) -> String {
        let found = async {
            while let Some(line) = self.lines.next_line().await.unwrap() {
                if line.contains(part) {
                    return line;
                }
            }
            panic!("it ended without {part:?}");
        };
        timeout(LIMIT, found).await.unwrap_or_else(|_| panic!("never said {part:?}"))
    }

    async fn stopped_by(mut self, signal: Signal) -> (Option<i32>, String) {
        let pid = Pid::from_raw(self.child.id().unwrap().try_into().unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).await.unwrap();
        let status = timeout(LIMIT, self.child.wait()).await.expect("it hangs").unwrap();
        (status.code(), said)
    }
}

#[tokio::test]
async fn changes_are_printed_as_they_are_seen_until_ctrl_c_ends_it_quietly() {
    let stage = Stage::of(2).await;
    let mut lines = Watching::start(&stage, &[]);
    let mut json = Watching::start(&stage, &["--format", "json"]);
    lines.until("web  2 of 2 in service, 1 can be taken out").await;
    json.until(r#""in_service":2"#).await;
    stop(&stage, B);
    let change = lines.until("-> unused").await;
    assert!(change.contains(&format!("Z  web {B}:8080  ")), "{change}");
    json.until(r#""in_service":1"#).await;
    assert_eq!(lines.stopped_by(Signal::INT).await, (Some(130), String::new()));
    assert_eq!(json.stopped_by(Signal::TERM).await, (Some(143), String::new()));
}

#[tokio::test]
async fn a_reader_that_stands_still_does_not_keep_ctrl_c_from_ending_it() {
    let stage = Stage::of(0).await;
    let (reader, writer) = std::io::pipe().unwrap();
    let mut filler = writer.try_clone().unwrap();
    // More than any pipe holds: it is full from here on, until the reader is dropped.
    let filling = std::thread::spawn(move || filler.write_all(&vec![b'.'; 4 << 20]));
    let mut tool = stage.tool(&["status", "--watch"]);
    tool.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
    let child = tool.spawn().unwrap();
    drop(tool);
    let looked = async {
        while !asked(&stage, "DescribeTargetHealth") {
            sleep(Duration::from_millis(20)).await;
        }
        sleep(Duration::from_millis(200)).await;
    };
    timeout(LIMIT, looked).await.expect("it never looked");
    let pid = Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let ended = timeout(LIMIT, child.wait_with_output()).await.expect("it hangs").unwrap();
    assert_eq!((ended.status.code(), ended.stderr), (Some(130), Vec::new()));
    drop(reader);
    assert!(filling.join().unwrap().is_err());
}
