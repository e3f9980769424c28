//! `lab load` as a process against `lab app` as another: what it prints, and how it ends.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bench;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use bench::{PORT, fresh_host};
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

const PROMPT: Duration = Duration::from_secs(60);

fn tool(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_elb-deploy"));
    command.arg("lab").args(words).kill_on_drop(true);
    command
}

async fn app(listen: SocketAddr, folder: &Path) -> Child {
    let ready = folder.join("ready");
    let mut app = tool(&["app", "--app-version", "v9", "--ready-file"]);
    app.arg(&ready).args(["--listen", &listen.to_string()]);
    let app = app.spawn().unwrap();
    let serves = async {
        while !ready.exists() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PROMPT, serves).await.expect("the app does not serve");
    app
}

/// Half a second of traffic with these flags beside: what it prints, and how it ends.
async fn load(to: SocketAddr, flags: &[&str]) -> (String, Option<i32>) {
    let to = to.to_string();
    let mut load = tool(&["load", "--rate", "100", "--duration", "500ms", "--to", &to]);
    let ended = timeout(PROMPT, load.args(flags).output()).await.unwrap().unwrap();
    (String::from_utf8(ended.stdout).unwrap(), ended.status.code())
}

#[tokio::test]
async fn load_reports_what_the_traffic_met_and_fails_if_anything_was_lost() {
    let folder = tempfile::tempdir().unwrap();
    let to = SocketAddr::new(fresh_host(), PORT);
    let mut app = app(to, folder.path()).await;

    let (printed, code) = load(to, &["--json"]).await;
    let report: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!((&report["requests"], &report["failed"]), (&50.into(), &0.into()), "{printed}");
    assert_eq!(report["versions"]["v9"], 50, "{printed}");

    app.kill().await.unwrap();
    let (printed, code) = load(to, &[]).await;
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.starts_with("requests  50 in "), "{printed}");
    assert!(printed.contains("failures  refused 50"), "{printed}");

    let (_, code) = load("192.0.2.1:80".parse().unwrap(), &[]).await;
    assert_eq!(code, Some(2), "it must not aim at other machines");
}
