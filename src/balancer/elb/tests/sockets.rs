//! The real HTTP client against real sockets: the errors that a network makes, and not only those
//! that we imagine.

use std::net::SocketAddr;

use aws_config::Region;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{ElbBalancer, arn};
use crate::balancer::elb::connect;
use crate::balancer::{Balancer, BalancerError, ErrorKind};

const EMPTY: &str = "<DescribeTargetHealthResponse><DescribeTargetHealthResult>\
    <TargetHealthDescriptions/></DescribeTargetHealthResult></DescribeTargetHealthResponse>";

/// Answers one request with these bytes and closes.
async fn answering(bytes: String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 8192];
        let _ = stream.read(&mut request).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
    });
    address
}

async fn look_at(endpoint: &str) -> Result<usize, BalancerError> {
    let key = Credentials::new("AKIDEXAMPLE", "secret", None, None, "test");
    let config = connect::configured(connect::http_client())
        .region(Region::new("eu-west-1"))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(key))
        .load()
        .await;
    Ok(ElbBalancer::over(&config).look(&arn(), &[]).await?.len())
}

async fn failure_of(bytes: String) -> BalancerError {
    look_at(&format!("http://{}", answering(bytes).await)).await.unwrap_err()
}

#[tokio::test]
async fn an_endpoint_may_be_plain_http() {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", EMPTY.len());
    let endpoint = format!("http://{}", answering(head + EMPTY).await);
    assert_eq!(look_at(&endpoint).await.unwrap(), 0);
}

#[tokio::test]
async fn a_refused_connection_names_endpoint_and_cause() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let error = look_at(&endpoint).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert_eq!(error.message, format!("no answer from {endpoint}: connection refused"));
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_unreachable_over_https() {
    let address = answering("HTTP/1.1 400 Bad Request\r\n\r\n".to_owned()).await;
    let error = look_at(&format!("https://{address}")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable, "{error}");
    assert_eq!(error.message.lines().count(), 1);
}

#[tokio::test]
async fn a_connection_closed_before_or_within_the_answer_is_unreachable() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n<Describe".to_owned();
    for bytes in [String::new(), "HTTP/1.1 200".to_owned(), cut] {
        let error = failure_of(bytes.clone()).await;
        assert_eq!(error.kind, ErrorKind::Unreachable, "{bytes:?}: {error}");
    }
}

#[tokio::test]
async fn what_is_no_http_at_all_is_unexpected() {
    let error = failure_of("SSH-2.0-OpenSSH_9.6\r\n".to_owned()).await;
    assert_eq!(error.kind, ErrorKind::Unexpected, "{error}");
}
