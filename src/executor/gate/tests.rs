//! Real sockets and real processes: what opens a gate, what keeps it closed, and what is said.

use std::fs;
use std::net::TcpListener as Blocking;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::*;
use crate::executor::command::CommandOptions;
use crate::executor::{Executor, Jobs, Machine, Work};
use crate::rollout::{GroupArn, Registration, Target, TargetId};

const SECOND: Duration = Duration::from_secs(1);
const SHORT: Duration = Duration::from_millis(300);
/// Nothing here is to take so long, however busy the machine.
const LONG: Duration = Duration::from_secs(60);

fn target(ports: &[u16]) -> Target {
    let id = TargetId::new("127.0.0.1");
    let place = |&port: &u16| Registration {
        group: GroupArn::new(format!("arn:x:targetgroup/web-{port}/0a")),
        id: id.clone(),
        port,
        zone: None,
        quic_server_id: None,
    };
    Target::in_place(id.clone(), ports.iter().map(place).collect())
}

/// A service that gives its answers one after the other, the last one again and again. An empty
/// answer is a connection that is closed.
struct Service {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Service {
    async fn of(answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let answers: Vec<_> = answers.iter().map(|&answer| answer.to_owned()).collect();
        let count = Arc::clone(&asked);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let nth = count.fetch_add(1, Ordering::SeqCst);
                let answer = answers[nth.min(answers.len() - 1)].clone();
                tokio::spawn(async move {
                    let mut head = [0; 4096];
                    if stream.read(&mut head).await.is_ok_and(|read| read > 0) {
                        stream.write_all(answer.as_bytes()).await.ok();
                    }
                });
            }
        });
        Self { port, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn answer(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

/// A port at which nothing listens.
fn closed_port() -> u16 {
    Blocking::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn url(body: Option<&str>) -> Ask {
    let url = "http://{target}:{port}/health".to_owned();
    Ask::Url { url, status: Statuses::default(), body: body.map(str::to_owned) }
}

fn often(ask: Ask, time_limit: Duration) -> Gate {
    Gate { ask, interval: SHORTEST, time_limit }
}

const SHORTEST: Duration = super::until::SHORTEST_INTERVAL;

async fn pass(
    work: Work,
    gate: Gate,
    ports: &[u16],
    folder: &TempDir,
) -> (Result<(), ExecutorError>, Vec<String>) {
    let output_folder = folder.path().to_owned();
    let options =
        CommandOptions { kill_grace: SECOND, run: "run-1".to_owned(), output_folder, ports: None };
    let jobs = match work {
        Work::Ready => Jobs { ready: Some(gate), ..Jobs::default() },
        _ => Jobs { verify: Some(gate), ..Jobs::default() },
    };
    let (sender, mut lines) = mpsc::channel(10_000);
    let result = Machine::new(jobs, LONG, options).run(work, &target(ports), sender).await;
    let lines = std::iter::from_fn(|| lines.try_recv().ok()).map(|line| line.text);
    (result, lines.collect())
}

async fn ask(work: Work, gate: Gate, ports: &[u16]) -> (Result<(), ExecutorError>, Vec<String>) {
    pass(work, gate, ports, &tempfile::tempdir().unwrap()).await
}

/// The first that is said of a gate that stays closed.
async fn first_line(gate: Gate, port: u16) -> String {
    let jobs = Jobs { ready: Some(gate), ..Jobs::default() };
    let (folder, target) = (tempfile::tempdir().unwrap(), target(&[port]));
    let output_folder = folder.path().to_owned();
    let options =
        CommandOptions { kill_grace: SECOND, run: "run-1".to_owned(), output_folder, ports: None };
    let machine = Machine::new(jobs, LONG, options);
    let (sender, mut lines) = mpsc::channel(10);
    tokio::select! {
        result = machine.run(Work::Ready, &target, sender) => panic!("{result:?}"),
        line = lines.recv() => line.unwrap().text,
    }
}

/// What comes within a time limit: a short one, and on a busy machine a longer one.
async fn in_time<T>(within: impl AsyncFn(Duration) -> Option<T>) -> T {
    for limit in [SHORT, SECOND * 3, SECOND * 10, LONG] {
        if let Some(found) = within(limit).await {
            return found;
        }
    }
    panic!("not within {LONG:?}");
}

#[tokio::test]
async fn a_target_is_ready_once_its_answer_fits_and_changes_are_told_once() {
    let (bad, good) = (answer(503, ""), answer(200, ""));
    let service = Service::of(&["", "", &bad, &bad, &bad, &good]).await;
    let (result, lines) = ask(Work::Ready, often(url(None), LONG), &[service.port]).await;
    result.unwrap();
    assert_eq!(service.asked(), 6);
    let url = format!("waiting: http://127.0.0.1:{}/health", service.port);
    let told = [
        format!("{url} closed the connection before it had answered"),
        format!("{url} answered 503 Service Unavailable, not 200-299"),
    ];
    assert_eq!(lines, told);
}

#[tokio::test]
async fn one_that_never_is_ready_says_its_last_answer_and_how_often_it_was_asked() {
    let service = Service::of(&[&answer(302, "")]).await;
    let (error, asked) = in_time(async |limit| {
        let error = ask(Work::Ready, often(url(None), limit), &[service.port]).await.0.unwrap_err();
        let ExecutorError::Unfit { asked, .. } = error else { panic!("{error:?}") };
        (asked > 1).then_some((error, asked))
    })
    .await;
    let said = format!(
        "http://127.0.0.1:{}/health answered 302 Found, not 200-299, the last time; \
         it was asked {asked} times in ",
        service.port
    );
    assert!(error.to_string().starts_with(&said), "{error}");
    assert!(error.hint().unwrap().contains("redirect"));
    assert!(!error.may_have_acted());
}

#[tokio::test]
async fn where_nothing_listens_the_connection_is_refused() {
    let said = first_line(often(url(None), LONG), closed_port()).await;
    assert!(said.ends_with("/health refused the connection"), "{said}");
}

#[tokio::test]
async fn what_never_answers_ends_at_the_time_limit() {
    let listener = Blocking::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (result, _) = ask(Work::Verify, often(url(None), SHORT), &[port]).await;
    let said = result.unwrap_err().to_string();
    assert!(said.ends_with("/health gave no whole answer within 300ms"), "{said}");
}

#[tokio::test]
async fn what_does_not_speak_http_says_so() {
    let service = Service::of(&["SSH-2.0-OpenSSH_9.9\r\n"]).await;
    let said = first_line(often(url(None), LONG), service.port).await;
    assert!(said.ends_with("/health did not answer in HTTP"), "{said}");
}

#[tokio::test]
async fn the_body_has_to_contain_the_text() {
    let service = Service::of(&[&answer(200, "booting"), &answer(200, "all is ready.")]).await;
    let gate = often(url(Some("ready")), LONG);
    let (result, lines) = ask(Work::Ready, gate, &[service.port]).await;
    result.unwrap();
    let said = "answered 200 OK, but the body has no \"ready\" in its first 1 MiB";
    assert!(lines.len() == 1 && lines[0].ends_with(said), "{lines:?}");
}

#[tokio::test]
async fn a_text_is_found_across_pieces_and_sought_no_further_than_the_limit() {
    let body = |at: usize| answer(200, &format!("{}ready", "x".repeat(at)));
    for (at, fits) in [(300_000, true), (1024 * 1024 - 2, false), (3_000_000, false)] {
        let service = Service::of(&[&body(at)]).await;
        let gate = often(url(Some("ready")), LONG);
        let (result, _) = ask(Work::Verify, gate, &[service.port]).await;
        assert_eq!(result.is_ok(), fits, "{at}: {result:?}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_answer() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nrea";
    let service = Service::of(&[cut, &answer(200, "ready")]).await;
    let gate = often(url(Some("ready")), LONG);
    let (result, lines) = ask(Work::Verify, gate, &[service.port]).await;
    result.unwrap();
    assert_eq!((service.asked(), lines.len()), (2, 1), "{lines:?}");
}

#[tokio::test]
async fn verify_fails_at_the_first_answer_that_does_not_fit_and_waits_out_none() {
    let service = Service::of(&["", &answer(500, ""), &answer(200, "")]).await;
    let (result, _) = ask(Work::Verify, often(url(None), LONG), &[service.port]).await;
    let said = result.unwrap_err().to_string();
    assert!(said.contains("answered 500 Internal Server Error, not 200-299"), "{said}");
    assert_eq!(service.asked(), 2);
}

#[tokio::test]
async fn every_port_has_to_answer() {
    let (good, bad) = (answer(200, ""), answer(500, ""));
    let (one, other) = (Service::of(&[&good]).await, Service::of(&[&bad, &good]).await);
    let ports = [one.port, other.port, one.port];
    ask(Work::Ready, often(url(None), LONG), &ports).await.0.unwrap();
    assert_eq!((one.asked(), other.asked()), (1, 2));
    let broken = Service::of(&[&bad]).await;
    let error = ask(Work::Verify, often(url(None), LONG), &[one.port, broken.port]).await.0;
    assert!(error.unwrap_err().to_string().contains(&broken.port.to_string()));
}

#[tokio::test]
async fn a_url_with_tls_is_asked_with_tls() {
    let plain = Service::of(&[&answer(200, "")]).await;
    let secure = |port| {
        let url = format!("https://127.0.0.1:{port}/");
        Ask::Url { url, status: Statuses::default(), body: None }
    };
    let said = first_line(often(secure(closed_port()), LONG), 80).await;
    assert!(said.ends_with("/ refused the connection"), "{said}");
    first_line(often(secure(plain.port), LONG), 80).await;
}

#[tokio::test]
async fn a_ready_command_is_run_until_it_ends_with_0_and_changes_are_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let tries = folder.path().join("tries");
    let script = format!(
        "echo x >> {0}; n=$(wc -l < {0}); echo $ELB_DEPLOY_WORK; \
         [ $n -gt 4 ] || {{ echo booting; exit 1; }}",
        tries.display()
    );
    let gate = often(Ask::Command(script), LONG);
    let (result, lines) = pass(Work::Ready, gate, &[80], &folder).await;
    result.unwrap();
    assert_eq!(fs::read_to_string(tries).unwrap().lines().count(), 5);
    assert_eq!(lines, ["waiting: the ready command says 1: booting"]);
    let log = fs::read_to_string(folder.path().join("127.0.0.1.ready.log")).unwrap();
    assert_eq!(log, "ready\n", "the last try only");
}

#[tokio::test]
async fn a_ready_command_that_never_ends_with_0_says_how_it_ended_and_how_often_it_ran() {
    let script = "echo not yet; exit 4".to_owned();
    let error = in_time(async |limit| {
        let gate = often(Ask::Command(script.clone()), limit);
        let error = ask(Work::Ready, gate, &[80]).await.0.unwrap_err();
        let says = error.to_string().contains("the ready command ended with exit code 4");
        (says && matches!(error, ExecutorError::NeverReady { .. })).then_some(error)
    })
    .await;
    assert_eq!(error.last_lines(), ["not yet"]);
    assert!(error.hint().unwrap().contains("127.0.0.1.ready.log"));
}

#[tokio::test]
async fn a_ready_command_that_hangs_is_stopped_at_the_time_limit() {
    let error = in_time(async |limit| {
        let gate = often(Ask::Command("echo hangs; sleep 600".to_owned()), limit);
        let error = ask(Work::Ready, gate, &[80]).await.0.unwrap_err();
        (!error.last_lines().is_empty()).then_some(error)
    })
    .await;
    assert!(matches!(error, ExecutorError::TimedOut { .. }), "{error:?}");
    assert_eq!(error.last_lines(), ["hangs"]);
}

#[tokio::test]
async fn a_verify_command_is_run_once() {
    let folder = tempfile::tempdir().unwrap();
    let gate = often(Ask::Command("echo broken; exit 1".to_owned()), LONG);
    let (result, lines) = pass(Work::Verify, gate, &[80], &folder).await;
    let said = result.unwrap_err().to_string();
    assert!(said.starts_with("the verify command ended with exit code 1"), "{said}");
    assert_eq!(lines, ["broken"]);
}

/// The memory that this process has at most had, in KiB (proc(5): `status`, VmHWM).
fn most_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

#[tokio::test]
async fn a_flood_from_a_gate_command_blocks_nothing_and_is_kept_on_disk_only() {
    const FLOOD: &str = "yes 0123456789abcde | head -c 50000000";
    for work in [Work::Ready, Work::Verify] {
        let folder = tempfile::tempdir().unwrap();
        let before = most_memory();
        let gate = often(Ask::Command(FLOOD.to_owned()), LONG);
        pass(work, gate, &[80], &folder).await.0.unwrap();
        let grown = most_memory() - before;
        let log = folder.path().join(format!("127.0.0.1.{work}.log"));
        assert_eq!(fs::metadata(log).unwrap().len(), 50_000_000);
        // Other tests run beside this one; none of them needs nearly as much.
        assert!(grown < 40_000, "{grown} KiB");
    }
}

#[tokio::test]
async fn a_reader_that_is_gone_closes_no_gate() {
    let service = Service::of(&["", &answer(200, "")]).await;
    let jobs = Jobs { ready: Some(often(url(None), LONG)), ..Jobs::default() };
    let folder = tempfile::tempdir().unwrap();
    let output_folder = folder.path().to_owned();
    let options =
        CommandOptions { kill_grace: SECOND, run: "run-1".to_owned(), output_folder, ports: None };
    let (sender, lines) = mpsc::channel(1);
    drop(lines);
    let machine = Machine::new(jobs, LONG, options);
    machine.run(Work::Ready, &target(&[service.port]), sender).await.unwrap();
}
