//! A role that may not ask everything: the lab behind a gate that denies some actions, as the
//! service does.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const DENIED: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                      <Message>User is not authorized to perform this</Message></Error>\
                      <RequestId>4f2a</RequestId></ErrorResponse>";

/// Passes calls on to the lab, and denies those of these actions.
pub async fn gate(lab: SocketAddr, denied: &'static [&'static str]) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((caller, _)) = listener.accept().await {
            tokio::spawn(answer(caller, lab, denied));
        }
    });
    url
}

/// One call a connection.
async fn answer(mut caller: TcpStream, lab: SocketAddr, denied: &[&str]) {
    let Some((head, body)) = request(&mut caller).await else { return };
    let action = body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap();
    if denied.contains(&action) {
        let length = DENIED.len();
        let head = format!(
            "HTTP/1.1 403 Forbidden\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
        );
        caller.write_all((head + DENIED).as_bytes()).await.unwrap();
        return;
    }
    let mut lab = TcpStream::connect(lab).await.unwrap();
    let head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    lab.write_all((head + &body).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    lab.read_to_end(&mut answer).await.unwrap();
    caller.write_all(&answer).await.unwrap();
}

/// Head and body; none if the caller thinks better of it.
async fn request(caller: &mut TcpStream) -> Option<(String, String)> {
    let mut read = Vec::new();
    loop {
        if caller.read_buf(&mut read).await.unwrap() == 0 {
            return None;
        }
        let text = String::from_utf8(read.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lower = head.to_ascii_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() == length.parse::<usize>().unwrap() {
            return Some((format!("{head}\r\n\r\n"), body.to_owned()));
        }
    }
}
