use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::sleep;

use super::*;
use crate::lab::fresh;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
const SHORT: &str = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok";

/// A server that answers every request with `answer` and counts the connections made to it.
async fn server(answer: &'static str, close: bool) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut bytes = [0; 1024];
                while stream.read(&mut bytes).await.is_ok_and(|n| n > 0) {
                    stream.write_all(answer.as_bytes()).await.unwrap();
                    if close {
                        break;
                    }
                }
            });
        }
    });
    (address, connections)
}

fn request() -> Request<Empty<Bytes>> {
    Request::get("/").header("host", "h").body(Empty::new()).unwrap()
}

async fn exchange(pool: &Arc<Pool<Empty<Bytes>>>) -> Result<Bytes, Unanswered> {
    let answer = pool.send(request()).await?;
    Ok(answer.into_body().collect().await?.to_bytes())
}

#[tokio::test]
async fn a_connection_serves_one_request_after_another() {
    let (address, connections) = server(OK, false).await;
    let pool = Pool::new(address);
    for _ in 0..5 {
        assert_eq!(exchange(&pool).await.unwrap(), "ok");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_connection_whose_answer_was_not_read_is_not_used_again() {
    let (address, connections) = server(OK, false).await;
    let pool = Pool::new(address);
    drop(pool.send(request()).await.unwrap());
    exchange(&pool).await.unwrap();
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_is_replaced() {
    let (address, connections) = server(OK, true).await;
    let pool = Pool::new(address);
    exchange(&pool).await.unwrap();
    sleep(Duration::from_millis(20)).await;
    exchange(&pool).await.unwrap();
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn nobody_listening_is_refused() {
    let error = exchange(&Pool::new(fresh::address())).await.unwrap_err();
    assert!(error.is_refused() && !error.is_reset(), "{error:?}");
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_is_a_reset() {
    let (address, connections) = server("", true).await;
    let error = exchange(&Pool::new(address)).await.unwrap_err();
    assert!(error.is_reset() && !error.is_refused(), "{error:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 1, "a failed request must not be sent again");
}

#[tokio::test]
async fn a_body_that_ends_early_is_an_error_of_the_body() {
    let (address, _) = server(SHORT, true).await;
    let answer = Pool::new(address).send(request()).await.unwrap();
    let error = answer.into_body().collect().await.unwrap_err();
    assert!(was_cut(&error), "{error:?}");
}

#[tokio::test]
async fn cutting_a_pool_ends_requests_in_flight_and_refuses_later_ones() {
    let (address, _) = server("HTTP/1.1 200 OK\r\n", false).await;
    let pool = Pool::new(address);
    let waiting = Arc::clone(&pool);
    let in_flight = tokio::spawn(async move { exchange(&waiting).await });
    sleep(Duration::from_millis(30)).await;
    pool.cut();
    assert!(in_flight.await.unwrap().unwrap_err().is_reset());
    assert!(exchange(&pool).await.unwrap_err().is_reset());
}

#[tokio::test]
async fn a_dropped_pool_closes_its_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let pool = Pool::new(listener.local_addr().unwrap());
    let sending = tokio::spawn(async move { exchange(&pool).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut bytes = [0; 1024];
    assert!(stream.read(&mut bytes).await.unwrap() > 0);
    sending.abort();
    let read = timeout(Duration::from_secs(1), stream.read(&mut bytes)).await.unwrap();
    assert!(matches!(read, Ok(0) | Err(_)));
}
