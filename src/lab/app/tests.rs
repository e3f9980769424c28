use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, StatusCode};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::lab::pool::{Pool, Unanswered};
use crate::lab::{VERSION_HEADER, fresh};

type Client = Arc<Pool<Full<Bytes>>>;

struct Running {
    client: Client,
    stop: oneshot::Sender<()>,
    app: JoinHandle<io::Result<()>>,
}

fn start(options: AppOptions) -> Running {
    let (stop, stopped) = oneshot::channel();
    let client = Pool::new(options.listen);
    let app = tokio::spawn(serve(options, async {
        let _ = stopped.await;
    }));
    Running { client, stop, app }
}

async fn start_and_wait(options: AppOptions) -> Running {
    let address = options.listen;
    let running = start(options);
    while TcpStream::connect(address).await.is_err() {
        sleep(Duration::from_millis(2)).await;
    }
    running
}

async fn ask(
    client: &Client,
    path: &str,
    body: &str,
) -> Result<(StatusCode, String, String), Unanswered> {
    let method = if body.is_empty() { "GET" } else { "POST" };
    let request = Request::builder().method(method).uri(path).header("host", "app");
    let request = request.body(Full::from(body.to_owned())).unwrap();
    let answer = client.send(request).await?;
    let version = answer.headers()[VERSION_HEADER].to_str().unwrap().to_owned();
    let status = answer.status();
    let body = answer.into_body().collect().await?.to_bytes();
    Ok((status, version, String::from_utf8(body.to_vec()).unwrap()))
}

#[tokio::test]
async fn says_its_version_in_header_and_body() {
    let running = start_and_wait(AppOptions::new(fresh::address(), "v7")).await;
    let (status, version, body) = ask(&running.client, "/", "").await.unwrap();
    assert_eq!((status.as_u16(), version.as_str(), body.as_str()), (200, "v7", "v7\n"));
}

#[tokio::test]
async fn gives_a_posted_body_back() {
    let running = start_and_wait(AppOptions::new(fresh::address(), "v1")).await;
    let sent = "x".repeat(300_000);
    let (_, _, body) = ask(&running.client, "/", &sent).await.unwrap();
    assert_eq!(body, sent);
}

#[tokio::test]
async fn a_bad_release_fails_its_health_check_and_nothing_else() {
    let mut options = AppOptions::new(fresh::address(), "v1");
    options.unhealthy_status = Some(500);
    let running = start_and_wait(options).await;
    assert_eq!(ask(&running.client, "/health", "").await.unwrap().0, 500);
    assert_eq!(ask(&running.client, "/", "").await.unwrap().0, 200);
}

#[tokio::test]
async fn goes_bad_once_its_file_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad");
    let mut options = AppOptions::new(fresh::address(), "v1");
    options.unhealthy_file = Some(file.clone());
    let running = start_and_wait(options).await;
    assert_eq!(ask(&running.client, "/health", "").await.unwrap().0, 200);
    std::fs::write(file, []).unwrap();
    assert_eq!(ask(&running.client, "/health", "").await.unwrap().0, 503);
    assert_eq!(ask(&running.client, "/", "").await.unwrap().0, 200);
}

#[tokio::test]
async fn crashes_when_it_is_told_to_and_loses_what_is_in_flight() {
    let mut options = AppOptions::new(fresh::address(), "v1");
    options.die_after = Some(Duration::from_millis(200));
    let running = start_and_wait(options).await;
    ask(&running.client, "/?ms=60000", "").await.unwrap_err();
    running.app.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn answers_as_slowly_as_the_query_asks() {
    let running = start_and_wait(AppOptions::new(fresh::address(), "v1")).await;
    let asked = Instant::now();
    ask(&running.client, "/?a=b&ms=120", "").await.unwrap();
    assert!(asked.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn refuses_connections_until_it_has_booted() {
    let mut options = AppOptions::new(fresh::address(), "v1");
    options.boot_time = Duration::from_millis(150);
    let began = Instant::now();
    let running = start(options);
    assert!(ask(&running.client, "/", "").await.unwrap_err().is_refused());
    while ask(&running.client, "/", "").await.is_err() {
        sleep(Duration::from_millis(5)).await;
    }
    assert!(began.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn answers_503_while_booting_when_told_to_listen_early() {
    let mut options = AppOptions::new(fresh::address(), "v1");
    options.boot_time = Duration::from_millis(200);
    options.boot = Boot::Unready;
    let running = start_and_wait(options).await;
    assert_eq!(ask(&running.client, "/health", "").await.unwrap().0, 503);
    sleep(Duration::from_millis(200)).await;
    assert_eq!(ask(&running.client, "/health", "").await.unwrap().0, 200);
}

#[tokio::test]
async fn a_graceful_stop_finishes_requests_in_flight_and_closes_idle_connections() {
    let address = fresh::address();
    let running = start_and_wait(AppOptions::new(address, "v1")).await;
    ask(&running.client, "/", "").await.unwrap();
    let client = Arc::clone(&running.client);
    let slow = tokio::spawn(async move { ask(&client, "/?ms=200", "").await });
    sleep(Duration::from_millis(50)).await;
    running.stop.send(()).unwrap();
    sleep(Duration::from_millis(50)).await;
    assert!(TcpStream::connect(address).await.is_err());
    assert_eq!(slow.await.unwrap().unwrap().0, 200);
    timeout(Duration::from_secs(1), running.app).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn an_abrupt_stop_loses_requests_in_flight() {
    let mut options = AppOptions::new(fresh::address(), "v1");
    options.stop = Stop::Abrupt;
    let running = start_and_wait(options).await;
    let client = Arc::clone(&running.client);
    let slow = tokio::spawn(async move { ask(&client, "/?ms=500", "").await });
    sleep(Duration::from_millis(50)).await;
    running.stop.send(()).unwrap();
    assert!(slow.await.unwrap().unwrap_err().is_reset());
}

#[tokio::test]
async fn a_graceful_stop_that_takes_too_long_is_finished_by_force() {
    let mut options = AppOptions::new(fresh::address(), "v1");
    options.grace = Duration::from_millis(50);
    let running = start_and_wait(options).await;
    let client = Arc::clone(&running.client);
    let slow = tokio::spawn(async move { ask(&client, "/?ms=5000", "").await });
    sleep(Duration::from_millis(50)).await;
    running.stop.send(()).unwrap();
    timeout(Duration::from_secs(1), running.app).await.unwrap().unwrap().unwrap();
    assert!(slow.await.unwrap().is_err());
}

#[tokio::test]
async fn a_restart_takes_the_same_port_at_once() {
    let options = AppOptions::new(fresh::address(), "v1");
    for _ in 0..3 {
        let running = start_and_wait(options.clone()).await;
        ask(&running.client, "/", "").await.unwrap();
        running.stop.send(()).unwrap();
        running.app.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn listens_on_loopback_only() {
    let options = AppOptions::new("0.0.0.0:0".parse().unwrap(), "v1");
    let error = serve(options, std::future::pending()).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn the_default_on_the_command_line_is_a_good_release() {
    use clap::{Args, FromArgMatches};
    let command = AppOptions::augment_args(clap::Command::new("app"));
    let matches = command.try_get_matches_from(["app"]).unwrap();
    let typed = AppOptions::from_arg_matches(&matches).unwrap();
    let made = AppOptions::new("127.0.0.1:8080".parse().unwrap(), "v1");
    assert_eq!(format!("{typed:?}"), format!("{made:?}"));
}
