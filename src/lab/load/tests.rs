use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::*;
use crate::lab::app::{self, AppOptions};
use crate::lab::fresh;

async fn app() -> SocketAddr {
    let address = fresh::address();
    tokio::spawn(app::serve(AppOptions::new(address, "v1"), std::future::pending()));
    while tokio::net::TcpStream::connect(address).await.is_err() {
        sleep(Duration::from_millis(2)).await;
    }
    address
}

/// Answers each connection's first request with `answer` after `delay`, then closes it.
async fn server(answer: &'static str, delay: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut bytes = [0; 1024];
                let _ = stream.read(&mut bytes).await;
                sleep(delay).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    address
}

fn short(to: SocketAddr) -> LoadOptions {
    LoadOptions {
        rate: 200,
        duration: Duration::from_millis(200),
        slow_share: 0,
        ..LoadOptions::new(to)
    }
}

async fn only_failure(options: LoadOptions) -> String {
    let report = Load::start(options).unwrap().finished().await;
    assert_eq!(report.succeeded, 0, "{report:?}");
    assert_eq!(report.failed, 40);
    let mut kinds: Vec<_> = report.failures.into_keys().collect();
    assert_eq!(kinds.len(), 1, "{kinds:?}");
    kinds.remove(0)
}

#[tokio::test]
async fn sends_at_its_rate_and_counts_versions_by_the_second() {
    let report = Load::start(short(app().await)).unwrap().finished().await;
    assert_eq!((report.requests, report.succeeded, report.failed), (40, 40, 0), "{report:?}");
    assert_eq!(report.versions["v1"], 40);
    assert_eq!(report.seconds[0].versions["v1"], 40);
    assert!(report.elapsed_seconds >= 0.19, "{report:?}");
}

#[tokio::test]
async fn nobody_listening_counts_as_refused() {
    assert_eq!(only_failure(short(fresh::address())).await, "refused");
}

#[tokio::test]
async fn a_closed_connection_counts_as_reset() {
    let to = server("", Duration::ZERO).await;
    assert_eq!(only_failure(short(to)).await, "reset");
}

#[tokio::test]
async fn an_answer_cut_short_counts_as_cut_body() {
    let to = server("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok", Duration::ZERO).await;
    assert_eq!(only_failure(short(to)).await, "cut body");
}

#[tokio::test]
async fn a_502_is_told_apart_from_a_503() {
    let to = server("HTTP/1.1 502 Bad\r\ncontent-length: 0\r\n\r\n", Duration::ZERO).await;
    assert_eq!(only_failure(short(to)).await, "status 502");
    let to = server("HTTP/1.1 503 Bad\r\ncontent-length: 0\r\n\r\n", Duration::ZERO).await;
    assert_eq!(only_failure(short(to)).await, "status 503");
}

#[tokio::test]
async fn no_answer_in_time_counts_as_timed_out() {
    let to = server("", Duration::from_secs(30)).await;
    let mut options = short(to);
    options.timeout = Duration::from_millis(50);
    assert_eq!(only_failure(options).await, "timed out");
}

#[tokio::test]
async fn what_would_exceed_the_requests_in_flight_counts_as_failed() {
    let to = server("", Duration::from_secs(30)).await;
    let mut options = short(to);
    options.timeout = Duration::from_millis(300);
    options.in_flight = 10;
    let report = Load::start(options).unwrap().finished().await;
    assert_eq!(report.failures["not sent"], 30, "{report:?}");
    assert_eq!(report.failures["timed out"], 10);
}

#[tokio::test]
async fn a_slow_service_does_not_slow_the_arrivals() {
    let mut options = short(app().await);
    options.slow_share = 100;
    options.slowness = Duration::from_millis(300);
    let report = Load::start(options).unwrap().finished().await;
    assert_eq!((report.requests, report.failed), (40, 0));
    assert!(report.latency.p50_ms >= 300.0, "{report:?}");
    assert!(report.elapsed_seconds < 1.0, "one after another they would take 12 s");
}

#[tokio::test]
async fn a_stop_waits_for_what_is_in_flight_and_sends_nothing_more() {
    let mut options = short(app().await);
    options.duration = MAX_DURATION;
    options.slow_share = 100;
    let load = Load::start(options).unwrap();
    sleep(Duration::from_millis(100)).await;
    let report = load.stop().await;
    assert!((15..=25).contains(&report.succeeded), "{report:?}");
    assert_eq!(report.failed, 0, "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn latency_counts_from_when_the_request_should_have_been_sent() {
    let shared = Shared {
        options: LoadOptions::new("127.0.0.1:1".parse().unwrap()),
        started: Instant::now(),
        tally: Mutex::new(Tally::new().unwrap()),
    };
    sleep(Duration::from_millis(1500)).await;
    let intended = shared.options.intended(500);
    assert_eq!(intended, Duration::from_secs(1));
    let latency = (shared.started + intended).elapsed();
    shared.tally().served(intended, "v1", latency);
    let report = shared.report();
    assert!((499.0..502.0).contains(&report.latency.max_ms), "{report:?}");
    assert_eq!(report.seconds.len(), 2);
}

#[test]
fn intended_times_keep_the_rate_without_drift() {
    let mut options = LoadOptions::new("127.0.0.1:1".parse().unwrap());
    options.rate = 7;
    assert_eq!(options.intended(7 * 3600), Duration::from_secs(3600));
    assert!(options.intended(1) > options.intended(0));
}

#[test]
fn slow_requests_are_the_share_asked_for_and_spread_evenly() {
    let mut options = LoadOptions::new("127.0.0.1:1".parse().unwrap());
    for share in [0, 1, 5, 33, 100] {
        options.slow_share = share;
        let slow = (0..1000).filter(|n| options.is_slow(*n)).count();
        assert_eq!(slow, usize::from(share) * 10);
    }
    options.slow_share = 5;
    assert_eq!((0..20).filter(|n| options.is_slow(*n)).count(), 1);
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut tally = Tally::new().unwrap();
    for n in 0..100 {
        tally.served(Duration::from_secs(9_999_999), &format!("v{n}"), Duration::from_secs(9999));
        tally.failed(Duration::ZERO, Failure::timed_out());
    }
    let report = tally.report(Duration::from_secs(1));
    assert_eq!(report.versions.len(), 33);
    assert_eq!(report.samples.len(), 20);
    assert_eq!(report.seconds.len(), 3601);
    assert_eq!(report.failures["timed out"], 100);
}

#[tokio::test]
async fn aims_at_loopback_only() {
    let error = Load::start(short("192.0.2.1:80".parse().unwrap())).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn a_summary_names_versions_latency_and_the_first_failures() {
    let mut tally = Tally::new().unwrap();
    tally.served(Duration::ZERO, "v1", Duration::from_millis(2));
    tally.served(Duration::ZERO, "", Duration::from_millis(2));
    for second in 1..6 {
        tally.failed(Duration::from_secs(second), Failure::timed_out());
    }
    let summary = tally.report(Duration::from_secs(7)).to_string();
    assert_eq!(
        summary,
        "requests  7 in 7.0 s, 5 failed\n\
         versions  (none) 1, v1 1\n\
         latency   p50 2.0 ms, p99 2.0 ms, max 2.0 ms\n\
         failures  timed out 5\n          \
         at 1.0 s timed out: no whole answer in time\n          \
         at 2.0 s timed out: no whole answer in time\n          \
         at 3.0 s timed out: no whole answer in time"
    );
}
