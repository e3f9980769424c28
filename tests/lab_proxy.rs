//! What the lab's proxy and health checks do with requests, one at a time, over real connections.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bench;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bench::{App, Bench, LAG, LIMIT};
use bytes::Bytes;
use elb_deploy::lab::app::AppOptions;
use elb_deploy::lab::faults::Faults;
use elb_deploy::lab::model::{HealthState, Model, Protocol};
use elb_deploy::lab::pool::Pool;
use elb_deploy::lab::server::{LabServer, ServerOptions};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

async fn get(to: SocketAddr, path: &str) -> (u16, String) {
    exchange(&Pool::new(to), path, Bytes::new()).await
}

async fn exchange(pool: &Arc<Pool<Full<Bytes>>>, path: &str, body: Bytes) -> (u16, String) {
    let method = if body.is_empty() { "GET" } else { "POST" };
    let request = Request::builder().method(method).uri(path).header("host", "lab");
    let answer = pool.send(request.body(Full::new(body)).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// A target that answers its first request with `answer`, gives the request back, and closes.
async fn raw_target(bench: &Bench, answer: &'static str) -> tokio::task::JoinHandle<String> {
    let listener = TcpListener::bind(bench.target(0)).await.unwrap();
    let serving = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 4096];
            let read = stream.read(&mut bytes).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&bytes[..read]).into_owned();
            if request.starts_with("GET /health") {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
            } else if !request.is_empty() {
                let _ = stream.write_all(answer.as_bytes()).await;
                return request;
            }
        }
    });
    bench.register(0);
    bench.healthy(0).await;
    serving
}

#[tokio::test]
async fn without_a_target_the_answer_is_503() {
    let bench = Bench::empty(1).await;
    assert_eq!(get(bench.traffic(), "/").await.0, 503);
}

#[tokio::test]
async fn requests_take_turns_between_the_targets_on_kept_connections() {
    let bench = Bench::empty(2).await;
    let _apps = [bench.app(0, "a").await, bench.app(1, "b").await];
    for index in 0..2 {
        bench.register(index);
        bench.healthy(index).await;
    }
    let pool = Pool::new(bench.traffic());
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(exchange(&pool, "/", Bytes::new()).await.1);
    }
    let one_way = ["a\n", "b\n", "a\n", "b\n", "a\n", "b\n"];
    let other_way = ["b\n", "a\n", "b\n", "a\n", "b\n", "a\n"];
    assert!(answers == one_way || answers == other_way, "{answers:?}");
}

#[tokio::test]
async fn bodies_go_both_ways_whole() {
    let (bench, _apps) = Bench::in_service(1).await;
    let sent = "0123456789".repeat(200_000);
    let (status, body) =
        exchange(&Pool::new(bench.traffic()), "/", Bytes::from(sent.clone())).await;
    assert_eq!(status, 200);
    assert!(body == sent, "{} of {} bytes came back", body.len(), sent.len());
}

#[tokio::test]
async fn a_body_is_passed_on_before_it_has_ended() {
    let (bench, _apps) = Bench::in_service(1).await;
    let mut stream = TcpStream::connect(bench.traffic()).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: lab\r\ncontent-length: 10\r\n\r\nfirst";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut seen = String::new();
    let reading = async {
        let mut bytes = [0; 1024];
        while !seen.ends_with("first") {
            let read = stream.read(&mut bytes).await.unwrap();
            assert!(read > 0, "closed after {seen:?}");
            seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    };
    timeout(LIMIT, reading).await.unwrap();
}

#[tokio::test]
async fn the_target_sees_who_asks_and_no_header_of_the_clients_connection() {
    let bench = Bench::empty(1).await;
    let target = raw_target(&bench, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let mut stream = TcpStream::connect(bench.traffic()).await.unwrap();
    let request = "GET /a?b=c HTTP/1.1\r\nhost: shop\r\nconnection: x-mine\r\nx-mine: 1\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let seen = target.await.unwrap().to_lowercase();
    assert!(seen.starts_with("get /a?b=c http/1.1\r\n"), "{seen}");
    assert!(seen.contains("x-forwarded-for: 127.0.0.1\r\n"), "{seen}");
    assert!(seen.contains("host: shop\r\n"), "{seen}");
    assert!(!seen.contains("x-mine"), "{seen}");
}

#[tokio::test]
async fn a_target_that_refuses_means_502_and_no_other_target_is_tried() {
    let (bench, mut apps) = Bench::in_service(2).await;
    apps.remove(0).kill().await;
    let pool = Pool::new(bench.traffic());
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(exchange(&pool, "/", Bytes::new()).await.0);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 502).count(), 2, "{statuses:?}");
}

#[tokio::test]
async fn a_target_that_closes_before_it_answers_means_502() {
    let bench = Bench::empty(1).await;
    let _target = raw_target(&bench, "").await;
    assert_eq!(get(bench.traffic(), "/").await.0, 502);
}

#[tokio::test]
async fn a_silent_target_means_504() {
    let options =
        ServerOptions { idle_timeout: Duration::from_millis(100), ..ServerOptions::FREE_PORTS };
    let bench = Bench::with(1, options).await;
    let _app = bench.app(0, "v1").await;
    bench.register(0);
    bench.healthy(0).await;
    let (status, reason) = get(bench.traffic(), "/?ms=1000").await;
    assert_eq!(status, 504, "{reason}");
}

#[tokio::test]
async fn an_answer_that_the_target_cuts_is_cut_for_the_client_too() {
    let bench = Bench::empty(1).await;
    let _target = raw_target(&bench, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok").await;
    let pool = Pool::new(bench.traffic());
    let request = Request::get("/").header("host", "lab").body(Full::<Bytes>::default());
    let answer = pool.send(request.unwrap()).await.unwrap();
    assert!(answer.into_body().collect().await.is_err());
}

#[tokio::test]
async fn a_target_that_falls_silent_within_its_answer_does_not_hold_the_client() {
    let options =
        ServerOptions { idle_timeout: Duration::from_millis(100), ..ServerOptions::FREE_PORTS };
    let bench = Bench::with(1, options).await;
    let listener = TcpListener::bind(bench.target(0)).await.unwrap();
    tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = [0; 4096];
            let _ = stream.read(&mut bytes).await;
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok";
            let _ = stream.write_all(answer).await;
            open.push(stream);
        }
    });
    bench.register(0);
    bench.healthy(0).await;
    let pool = Pool::new(bench.traffic());
    let asking = async {
        let request = Request::get("/").header("host", "lab").body(Full::<Bytes>::default());
        pool.send(request.unwrap()).await.unwrap().into_body().collect().await
    };
    assert!(timeout(LIMIT, asking).await.unwrap().is_err());
}

#[tokio::test]
async fn a_draining_target_finishes_what_is_in_flight_and_gets_nothing_new() {
    let (bench, _apps) = Bench::in_service(1).await;
    let traffic = bench.traffic();
    let in_flight = tokio::spawn(async move { get(traffic, "/?ms=800").await });
    sleep(Duration::from_millis(50)).await;
    bench.deregister(0);
    assert_eq!(get(traffic, "/").await.0, 200, "the data plane lags behind");
    sleep(LAG + Duration::from_millis(20)).await;
    assert_eq!(bench.health(0).0, HealthState::Draining);
    assert_eq!(get(traffic, "/").await.0, 503);
    assert_eq!(in_flight.await.unwrap().0, 200);
}

#[tokio::test]
async fn what_is_in_flight_when_draining_ends_is_cut() {
    let (bench, _apps) = Bench::in_service(1).await;
    let traffic = bench.traffic();
    let in_flight = tokio::spawn(async move { get(traffic, "/?ms=60000").await });
    sleep(Duration::from_millis(50)).await;
    bench.deregister(0);
    let cut = timeout(LIMIT, in_flight).await.expect("it is not cut");
    assert_eq!(cut.unwrap().0, 502);
    assert_eq!(bench.health(0).0, HealthState::Unused, "not before the end of draining");
}

#[tokio::test]
async fn registering_again_starts_with_fresh_connections() {
    let bench = Bench::empty(1).await;
    let listener = TcpListener::bind(bench.target(0)).await.unwrap();
    let (accepted, mut connections) = tokio::sync::mpsc::channel(64);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let accepted = accepted.clone();
            tokio::spawn(async move {
                let mut bytes = [0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut bytes).await {
                    if !bytes[..read].starts_with(b"GET /health") {
                        let _ = accepted.try_send(stream.peer_addr().unwrap());
                    }
                    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                    let _ = stream.write_all(answer).await;
                }
            });
        }
    });
    let mut seen = Vec::new();
    for come_back_at in [HealthState::Draining, HealthState::Unused, HealthState::Unused] {
        bench.register(0);
        bench.healthy(0).await;
        assert_eq!(get(bench.traffic(), "/").await.0, 200);
        seen.push(connections.recv().await.unwrap());
        bench.deregister(0);
        bench.until(0, come_back_at).await;
    }
    assert_ne!(seen[0], seen[1], "it came back while it drained");
    assert_ne!(seen[1], seen[2], "it came back once it was drained");
}

#[tokio::test]
async fn the_reason_of_a_failed_check_is_what_really_happened() {
    let bench = Bench::empty(2).await;
    let mut bad = AppOptions::new(bench.target(0), "v1");
    bad.unhealthy_status = Some(503);
    let _bad = App::start(bad).await;
    let _silent = TcpListener::bind(bench.target(1)).await.unwrap();
    for index in 0..2 {
        bench.register(index);
        bench.until(index, HealthState::Unhealthy).await;
    }
    assert_eq!(bench.health(0).1, "Health checks failed with these codes: [503]");
    assert_eq!(bench.health(1).1, "Request timed out");
}

#[tokio::test]
async fn a_stopped_lab_has_finished_what_was_in_flight_and_listens_no_more() {
    let (bench, _apps) = Bench::in_service(1).await;
    let traffic = bench.traffic();
    let idle = Pool::new(traffic);
    exchange(&idle, "/", Bytes::new()).await;
    let in_flight = tokio::spawn(async move { get(traffic, "/?ms=300").await });
    sleep(Duration::from_millis(50)).await;
    let lab = Arc::downgrade(bench.server.lab());
    timeout(LIMIT, bench.server.stop()).await.unwrap();
    assert_eq!(in_flight.await.unwrap().0, 200);
    assert!(TcpStream::connect(traffic).await.is_err());
    assert!(lab.upgrade().is_none(), "a task outlived the lab");
}

#[tokio::test]
async fn the_model_is_told_the_ports_that_its_listeners_really_have() {
    let bench = Bench::empty(1).await;
    let address = &bench.server.listeners()[0];
    assert_eq!((address.balancer.as_str(), address.declared_port), ("lab", 80));
    let port = |model: &mut Model, _| model.balancers()[0].listeners[0].port;
    assert_eq!(bench.server.lab().with_model(port), address.address.port());
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let holder = TcpListener::bind((bench::fresh_host(), 0)).await.unwrap();
    let taken = holder.local_addr().unwrap();
    let (mut model, group) = bench::model(&[]);
    let mut balancer = model.balancers()[0].clone();
    balancer.listeners.clear();
    balancer.listen(taken.port(), Protocol::Http, group);
    model.add_balancer(balancer);
    let options =
        ServerOptions { listeners: taken.ip(), free_ports: false, ..ServerOptions::FREE_PORTS };
    let started = LabServer::start(model, Faults::default(), options).await;
    let error = started.unwrap_err().to_string();
    assert!(error.contains(&taken.to_string()), "{error}");
}

#[tokio::test]
async fn a_target_deregistered_over_the_api_drains_and_the_exports_name_that_api() {
    let (bench, _apps) = Bench::in_service(1).await;
    let api = bench.server.api();
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("Action", "DeregisterTargets")
        .append_pair("Version", "2015-12-01")
        .append_pair("TargetGroupArn", &bench.group)
        .append_pair("Targets.member.1.Id", &bench::id(0))
        .finish();
    let (status, answer) = exchange(&Pool::new(api), "/", Bytes::from(form)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(bench.health(0).0, HealthState::Draining);
    assert!(bench.server.exports().contains(&format!("=http://{api}\n")));
}
