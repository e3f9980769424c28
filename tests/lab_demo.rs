//! `lab demo` as a process, cut short in the middle: whatever ends it, nothing of it is left.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

/// One target's way through a rolling deploy, on a machine that is busy with everything else.
const LIMIT: Duration = Duration::from_secs(180);

struct Demo {
    /// The demo's folder for temporary files, and the mark by which its processes are known.
    temp: TempDir,
    child: Child,
    heard: Lines<BufReader<ChildStderr>>,
    /// Makes the demos that run at the same time take ports of their own.
    _usual_port: Option<TcpListener>,
}

impl Demo {
    /// In a process group of its own, as a terminal starts it.
    fn start() -> Self {
        Self::start_with(&[], &[])
    }

    fn start_with(options: &[&str], environment: &[(&str, &str)]) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let usual_port = TcpListener::bind("127.0.0.11:8080").ok();
        let mut command = Command::new(env!("CARGO_BIN_EXE_elb-deploy"));
        command.args(["lab", "demo", "--requests", "100", "--rate", "50"]).args(options);
        command.envs(environment.iter().copied());
        command.env("TMPDIR", temp.path()).process_group(0).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let heard = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { temp, child, heard, _usual_port: usual_port }
    }

    async fn until(&mut self, part: &str) {
        let mut said = String::new();
        let found = async {
            while let Some(line) = self.heard.next_line().await.unwrap() {
                said += &format!("{line}\n");
                if line.contains(part) {
                    return true;
                }
            }
            false
        };
        let found = timeout(LIMIT, found).await;
        assert_eq!(found, Ok(true), "never said {part:?}:\n{said}");
    }

    /// What Ctrl-C at the terminal does: everything in the foreground gets it.
    fn signal(&self, signal: Signal) {
        let group = Pid::from_raw(self.child.id().unwrap().try_into().unwrap()).unwrap();
        kill_process_group(group, signal).unwrap();
    }

    /// What it showed: little enough to wait in its pipe until it has ended.
    async fn shown(&mut self) -> String {
        let mut shown = String::new();
        self.child.stdout.as_mut().unwrap().read_to_string(&mut shown).await.unwrap();
        shown
    }

    /// How it ended, and the rest of what it said.
    async fn end(&mut self) -> (Option<i32>, String) {
        let status = timeout(LIMIT, self.child.wait()).await.expect("it hangs").unwrap();
        // Whoever is left would hold the pipe open.
        self.leaves_nothing();
        let mut said = String::new();
        self.heard.get_mut().read_to_string(&mut said).await.unwrap();
        (status.code(), said)
    }

    fn leaves_nothing(&self) {
        let left: Vec<_> = self.processes().iter().map(|(_, command)| command.clone()).collect();
        assert_eq!(left, [""; 0], "processes are left");
        let files: Vec<_> = fs::read_dir(&self.temp).unwrap().map(|file| file.unwrap()).collect();
        assert!(files.is_empty(), "files are left: {files:?}");
    }

    /// Every living process that was started with the demo's folder in its environment.
    fn processes(&self) -> Vec<(Pid, String)> {
        let mark = format!("TMPDIR={}", self.temp.path().display());
        let known = |pid: &Pid| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
        };
        let all = fs::read_dir("/proc").unwrap();
        let pids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let pids = pids.filter_map(Pid::from_raw).filter(known);
        pids.map(|pid| {
            let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            (pid, command.replace('\0', " "))
        })
        .collect()
    }

    fn runs(&self, part: &str) -> usize {
        self.processes().iter().filter(|(_, command)| command.contains(part)).count()
    }

    fn deploy_script(&self) -> PathBuf {
        let folder = fs::read_dir(&self.temp).unwrap().next().expect("the demo has no folder");
        folder.unwrap().path().join("deploy.sh")
    }
}

/// A test that fails leaves nothing behind either.
impl Drop for Demo {
    fn drop(&mut self) {
        for (pid, _) in self.processes() {
            rustix::process::kill_process(pid, Signal::KILL).ok();
        }
    }
}

#[tokio::test]
async fn ctrl_c_in_the_middle_of_a_deploy_leaves_nothing_behind() {
    let mut demo = Demo::start();
    demo.until("deploy            started").await;
    // A command that is just being started still looks like the tool.
    assert!(demo.runs(" roll ") > 0 && demo.runs("lab app") > 2);
    demo.signal(Signal::INT);
    assert_eq!(demo.end().await.0, Some(130));
}

#[tokio::test]
async fn sigterm_with_both_versions_in_service_leaves_nothing_behind() {
    let mut demo = Demo::start();
    demo.until("register          started").await;
    assert_eq!((demo.runs("--app-version v1"), demo.runs("--app-version v2")), (3, 1));
    demo.signal(Signal::TERM);
    assert_eq!(demo.end().await.0, Some(143));
}

#[tokio::test]
async fn a_flip_of_one_target_loses_nothing_is_drawn_and_leaves_nothing_behind() {
    let drawn = tempfile::tempdir().unwrap();
    let file = drawn.path().join("flip.svg");
    let options = ["--strategy", "flip", "--svg", file.to_str().unwrap()];
    let mut demo = Demo::start_with(&options, &[]);
    demo.until("deregister        started").await;
    assert_eq!((demo.runs("--app-version v1"), demo.runs("--app-version v2")), (1, 1));
    demo.until("stop              done").await;
    let (code, said) = demo.end().await;
    assert_eq!(code, Some(0), "{said}");
    let svg = fs::read_to_string(&file).unwrap();
    for part in ["<svg ", ">flip web api<", "await ready :", "done after "] {
        assert!(svg.contains(part), "no {part} in {svg}");
    }
}

/// Whether the old ways lose requests is a matter of chance where there are few: the exit code says so.
#[tokio::test]
async fn a_flip_beside_the_old_ways_is_compared_and_leaves_nothing_behind() {
    let mut demo = Demo::start_with(&["--strategy", "flip", "--compare"], &[]);
    let (code, said) = demo.end().await;
    let shown = demo.shown().await;
    let (_, compared) = shown.rsplit_once("failed  of requests").expect("a comparison");
    let failed = |way: &str| -> u64 {
        let row = compared.lines().find_map(|line| line.strip_prefix(way));
        let row = row.unwrap_or_else(|| panic!("nothing of {way:?}: {shown}"));
        row.split_whitespace().next().unwrap().parse().unwrap()
    };
    assert_eq!(failed("elb-deploy flip"), 0, "{shown}");
    let old = ["start, reload a proxy, kill -9", "kill and restart"].map(failed);
    let all_lose = old.iter().all(|failed| *failed > 0);
    assert_eq!(code, Some(if all_lose { 0 } else { 1 }), "{shown}{said}");
}

#[tokio::test]
async fn a_part_that_fails_is_named_and_nothing_is_left_behind() {
    let mut demo = Demo::start();
    demo.until("await drained     started").await;
    fs::write(demo.deploy_script(), "#!/bin/sh\nexit 7\n").unwrap();
    let (code, said) = demo.end().await;
    assert_eq!(code, Some(1), "{said}");
    let error = "error: failed to deploy with elb-deploy roll: it ended with exit status: 5\n";
    assert!(said.ends_with(error), "{said}");
}

#[tokio::test]
async fn settings_meant_for_real_runs_do_not_reach_the_demo() {
    let mut demo = Demo::start_with(
        &[],
        &[
            ("ELB_DEPLOY_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("ELB_DEPLOY_PROFILE", "production"),
            ("ELB_DEPLOY_TARGETS", "i-0abc"),
            ("ELB_DEPLOY_APP_UNHEALTHY_STATUS", "500"),
            ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
        ],
    );
    demo.until("draining, Target.DeregistrationInProgress").await;
    demo.signal(Signal::INT);
    assert_eq!(demo.end().await.0, Some(130));
}
