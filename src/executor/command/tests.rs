//! Real processes: every way they end, what they are told, and what becomes of what they print.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::*;
use crate::executor::{Executor, ExecutorError, Jobs, Machine, OutputLine, Work};
use crate::rollout::{GroupArn, Registration, Target, TargetId};

const SECOND: Duration = Duration::from_secs(1);

fn target() -> Target {
    let place = |group: &str, port| Registration {
        group: GroupArn::new(format!("arn:aws:elasticloadbalancing:r:1:targetgroup/{group}/0a")),
        id: TargetId::new("i-0abc"),
        port,
        zone: Some("eu-west-1a".to_owned()),
        quic_server_id: None,
    };
    Target::in_place(TargetId::new("i-0abc"), vec![place("web", 8080), place("api", 9090)])
}

struct Bench {
    folder: TempDir,
    jobs: Jobs,
    time_limit: Duration,
    options: CommandOptions,
}

impl Bench {
    fn new(words: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let deploy = words.iter().map(|&word| word.to_owned()).collect();
        let jobs = Jobs { deploy, ..Jobs::default() };
        let output_folder = folder.path().join("output");
        let options = CommandOptions {
            kill_grace: SECOND,
            run: "run-1".to_owned(),
            output_folder,
            ports: None,
        };
        Self { folder, jobs, time_limit: SECOND * 10, options }
    }

    fn sh(script: &str) -> Self {
        Self::new(&["sh", "-c", script])
    }

    fn limited(mut self, time_limit: Duration, kill_grace: Duration) -> Self {
        self.time_limit = time_limit;
        self.options.kill_grace = kill_grace;
        self
    }

    fn machine(&self) -> Machine {
        Machine::new(self.jobs.clone(), self.time_limit, self.options.clone())
    }

    async fn deploy_to(&self, output: mpsc::Sender<OutputLine>) -> Result<(), ExecutorError> {
        self.machine().run(Work::Deploy, &target(), output).await
    }

    async fn deploy(&self) -> (Result<(), ExecutorError>, Vec<String>) {
        self.run(Work::Deploy).await
    }

    async fn run(&self, work: Work) -> (Result<(), ExecutorError>, Vec<String>) {
        let (sender, mut lines) = mpsc::channel(1000);
        let result = self.machine().run(work, &target(), sender).await;
        let mut seen = Vec::new();
        while let Some(line) = lines.recv().await {
            seen.push(line.text);
        }
        (result, seen)
    }

    fn log(&self) -> std::path::PathBuf {
        self.folder.path().join("output/i-0abc.log")
    }

    fn logged(&self) -> Vec<u8> {
        fs::read(self.log()).unwrap()
    }
}

/// An orphan that has ended stays a zombie until init looks; that is not running.
fn is_running(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
}

async fn within(limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    while start.elapsed() < limit {
        if holds() {
            return true;
        }
        sleep(Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test]
async fn the_command_is_told_its_target_in_words_and_environment() {
    let script = "echo \"$1|$2\"; env | grep ^ELB_DEPLOY_ | sort";
    let (result, lines) =
        Bench::new(&["sh", "-c", script, "sh", "x-{target}", "{port}{"]).deploy().await;
    result.unwrap();
    assert_eq!(
        lines,
        [
            "x-i-0abc|8080{",
            "ELB_DEPLOY_GROUPS=web,api",
            "ELB_DEPLOY_GROUP_ARNS=arn:aws:elasticloadbalancing:r:1:targetgroup/web/0a,\
             arn:aws:elasticloadbalancing:r:1:targetgroup/api/0a",
            "ELB_DEPLOY_PORT=8080",
            "ELB_DEPLOY_PORTS=8080,9090",
            "ELB_DEPLOY_RUN=run-1",
            "ELB_DEPLOY_TARGET=i-0abc",
            "ELB_DEPLOY_WORK=deploy",
            "ELB_DEPLOY_ZONE=eu-west-1a",
        ]
    );
}

#[tokio::test]
async fn an_exit_code_comes_with_the_last_ten_lines_of_both_outputs() {
    let bench = Bench::sh("for n in $(seq 1 12); do echo $n; done; echo why >&2; exit 3");
    let (result, lines) = bench.deploy().await;
    let error = result.unwrap_err();
    assert!(matches!(error, ExecutorError::Exited { code: 3, .. }), "{error:?}");
    assert_eq!(error.last_lines(), ["4", "5", "6", "7", "8", "9", "10", "11", "12", "why"]);
    assert_eq!(lines.len(), 13);
}

#[tokio::test]
async fn a_signal_that_we_did_not_send_is_named() {
    let (result, _) = Bench::sh("echo now; kill -9 $$").deploy().await;
    let error = result.unwrap_err();
    assert!(matches!(error, ExecutorError::Signalled { signal: 9, .. }), "{error:?}");
    assert_eq!(error.last_lines(), ["now"]);
}

#[tokio::test]
async fn a_program_that_cannot_start_is_named_by_check_and_by_deploy() {
    let bench = Bench::new(&["./no-such-{target}"]);
    assert!(bench.jobs.check().is_empty());
    let error = bench.deploy().await.0.unwrap_err();
    assert!(error.to_string().contains("./no-such-i-0abc"), "{error}");
    assert!(!error.may_have_acted());
    let bench = Bench::new(&["no-such-program-as-this"]);
    for error in [bench.jobs.check().remove(0), bench.deploy().await.0.unwrap_err()] {
        assert!(matches!(error, ExecutorError::NotStarted { .. }), "{error:?}");
        assert!(error.hint().unwrap().contains("PATH"));
    }
}

#[tokio::test]
async fn work_that_nothing_does_is_done_at_once() {
    let mut bench = Bench::sh("exit 1");
    bench.jobs = Jobs::default();
    for work in [Work::Deploy, Work::Rollback, Work::Ready, Work::Verify] {
        let (result, lines) = bench.run(work).await;
        result.unwrap();
        assert!(lines.is_empty());
    }
    assert!(!bench.options.output_folder.exists());
}

#[tokio::test]
async fn a_string_is_run_by_a_shell_and_told_its_target_by_environment_alone() {
    let mut bench = Bench::sh("exit 1");
    bench.jobs.rollback =
        Some("echo {target} $ELB_DEPLOY_TARGET:$ELB_DEPLOY_PORTS $ELB_DEPLOY_WORK".to_owned());
    let (result, lines) = bench.run(Work::Rollback).await;
    result.unwrap();
    assert_eq!(lines, ["{target} i-0abc:8080,9090 rollback"]);
    let log = bench.options.output_folder.join("i-0abc.rollback.log");
    assert_eq!(fs::read_to_string(log).unwrap().trim_end(), lines[0]);
}

#[tokio::test]
async fn an_error_of_a_string_names_what_it_is_for() {
    let mut bench = Bench::sh("exit 1");
    bench.jobs.rollback = Some("echo gone; exit 3".to_owned());
    let error = bench.run(Work::Rollback).await.0.unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("the rollback command ended with exit code 3 after "), "{said}");
    assert_eq!(error.last_lines(), ["gone"]);
    assert!(error.hint().unwrap().contains("i-0abc.rollback.log"));
}

#[tokio::test]
async fn a_command_that_runs_is_known_by_what_it_is_for() {
    let mut bench = Bench::sh("exit 1");
    bench.jobs.rollback = Some("echo begun; sleep 30".to_owned());
    let (sender, mut lines) = mpsc::channel(10);
    let (machine, target) = (bench.machine(), target());
    let seen = async {
        lines.recv().await.unwrap();
        still_running(&bench.options.output_folder)
    };
    let running = tokio::select! {
        result = machine.run(Work::Rollback, &target, sender) => panic!("{result:?}"),
        running = seen => running,
    };
    assert_eq!(running.len(), 1);
    assert_eq!(running[0].to_string(), "the rollback command of i-0abc");
}

#[tokio::test]
async fn standard_input_is_empty_and_the_process_group_its_own() {
    let (result, lines) = Bench::sh("cat; echo $$; cut -d' ' -f5 /proc/$$/stat").deploy().await;
    result.unwrap();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], lines[1]);
}

#[tokio::test]
async fn past_its_time_limit_the_command_and_its_children_are_asked_to_end() {
    let script = "trap 'wait; echo ending; exit 0' TERM; sleep 30 & echo $!; wait";
    let limit = Duration::from_millis(200);
    let start = Instant::now();
    let (result, lines) = Bench::sh(script).limited(limit, SECOND * 60).deploy().await;
    let error = result.unwrap_err();
    assert!(matches!(error, ExecutorError::TimedOut { .. }), "{error:?}");
    assert_eq!(error.last_lines().last().unwrap(), "ending");
    assert!(!is_running(&lines[0]));
    assert!(start.elapsed() < SECOND * 5, "{:?}", start.elapsed());
}

#[tokio::test]
async fn what_does_not_end_when_asked_is_killed_with_its_children() {
    let script = "trap '' TERM; sleep 30 & echo $!; while :; do sleep 0.05; done";
    let short = Duration::from_millis(200);
    let (result, lines) = Bench::sh(script).limited(short, short).deploy().await;
    let ExecutorError::TimedOut { limit, ended } = result.unwrap_err() else { panic!() };
    assert_eq!(limit, short);
    assert!(ended.took >= short * 2 && ended.took < SECOND * 5, "{:?}", ended.took);
    // The signal is sent to all, but only the command is ours to wait for.
    assert!(within(SECOND * 5, || !is_running(&lines[0])).await, "{} still runs", lines[0]);
}

#[tokio::test]
async fn a_daemon_left_behind_delays_nothing_lives_on_and_can_still_print() {
    let mut bench = Bench::sh("");
    let go = bench.folder.path().join("go");
    bench.jobs.deploy[2] = format!(
        "(for n in $(seq 500); do [ -e {} ] && break; sleep 0.02; done; echo late) & echo $!",
        go.display()
    );
    let (result, lines) = bench.deploy().await;
    result.unwrap();
    assert_eq!(lines.len(), 1);
    assert!(is_running(&lines[0]));
    fs::write(go, "").unwrap();
    assert!(within(SECOND * 5, || bench.logged().ends_with(b"late\n")).await);
}

#[tokio::test]
async fn dropped_halfway_the_command_is_asked_to_end_and_reaped() {
    let bench = Bench::sh("sleep 30 & echo $$ $!; wait");
    let (sender, mut lines) = mpsc::channel(10);
    let pids = tokio::select! {
        result = bench.deploy_to(sender) => panic!("{result:?}"),
        line = lines.recv() => line.unwrap().text,
    };
    let (shell, child) = pids.split_once(' ').unwrap();
    assert!(
        within(SECOND * 5, || !Path::new("/proc").join(shell).exists()).await,
        "{shell} is a zombie"
    );
    assert!(within(SECOND * 5, || !is_running(child)).await, "{child} still runs");
}

#[tokio::test]
async fn lines_are_shown_while_the_command_runs() {
    let bench = Bench::sh("echo begun; sleep 30");
    let (sender, mut lines) = mpsc::channel(10);
    tokio::select! {
        result = bench.deploy_to(sender) => panic!("{result:?}"),
        line = lines.recv() => assert_eq!(line.unwrap().text, "begun"),
    }
}

#[tokio::test]
async fn a_flood_that_nobody_reads_blocks_nothing_and_is_kept_whole() {
    let bench = Bench::sh("yes 0123456789abcde | head -c 32000000");
    let (sender, lines) = mpsc::channel(1);
    bench.deploy_to(sender).await.unwrap();
    assert_eq!(fs::metadata(bench.log()).unwrap().len(), 32_000_000);
    drop(lines);
}

#[tokio::test]
async fn a_reader_that_is_gone_changes_nothing() {
    let bench = Bench::sh("echo one; echo two");
    let (sender, lines) = mpsc::channel(1);
    drop(lines);
    bench.deploy_to(sender).await.unwrap();
    assert_eq!(bench.logged(), b"one\ntwo\n");
}

#[tokio::test]
async fn the_log_has_every_byte_and_is_for_its_owner_only() {
    let bench = Bench::sh(r"printf 'a\377\r\n\000b'");
    let (result, lines) = bench.deploy().await;
    result.unwrap();
    assert_eq!(lines, ["a\u{fffd}", "\0b"]);
    assert_eq!(bench.logged(), b"a\xff\r\n\0b");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&bench.log()), 0o600);
    assert_eq!(mode(bench.log().parent().unwrap()), 0o700);
}

#[tokio::test]
async fn without_a_log_the_command_is_not_started() {
    let mut bench = Bench::sh("exit 0");
    let file = bench.folder.path().join("file");
    fs::write(&file, "").unwrap();
    let marker = bench.folder.path().join("marker");
    bench.jobs.deploy[2] = format!("touch {}", marker.display());
    bench.options.output_folder = file;
    let error = bench.deploy().await.0.unwrap_err();
    assert!(matches!(error, ExecutorError::Log { .. }), "{error:?}");
    assert!(!error.may_have_acted() && !marker.exists());
}
