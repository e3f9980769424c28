//! A role that may not ask everything: the lab behind a gate that denies some actions, as the
//! service does.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{fit, is_found, with};
use crate::run::Ran;
use crate::stage::{A, B, Stage};

const DENIED: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                      <Message>User is not authorized to perform this</Message></Error>\
                      <RequestId>4f2a</RequestId></ErrorResponse>";

/// Passes calls on to the lab, and denies those of these actions.
async fn gate(lab: SocketAddr, denied: &'static [&'static str]) -> String {
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

async fn verified(stage: &Stage, denied: &'static [&'static str]) -> Ran {
    let url = gate(stage.server.api(), denied).await;
    stage.run(&["verify", "good", "--endpoint-url", &url]).await
}

#[tokio::test]
async fn each_denied_call_is_told_with_what_to_allow_and_the_rest_is_checked() {
    let stage = with(2, "good", &fit("good", &[A, B])).await;
    for (denied, code, level, told, checked) in [
        (&[][..], 0, "ok", "all that was asked is allowed", &["health", "listener", "delay"][..]),
        (&["DescribeRules"], 0, "warn", "DescribeRules: AccessDenied", &["health", "delay"]),
        (&["DescribeLoadBalancers"], 0, "warn", "DescribeLoadBalancers: Acc", &["floor", "time"]),
        (&["DescribeTargetHealth"], 3, "fail", "DescribeTargetHealth: Acc", &["delay", "listener"]),
        (&["DescribeTargetGroups"], 3, "fail", "DescribeTargetGroups: AccessDenied", &[]),
        (&["DescribeTargetGroupAttributes"], 3, "fail", "DescribeTargetGroupAttributes: A", &[]),
    ] {
        let ran = verified(&stage, denied).await;
        is_found(&stage, &ran, code);
        let lines = |check: &str| -> Vec<_> {
            ran.stdout.lines().filter(|line| line.contains(&format!("  {check} "))).collect()
        };
        let permissions = lines("permissions");
        assert_eq!(permissions.len(), 1, "{}", ran.stdout);
        assert!(permissions[0].starts_with(level), "{}", ran.stdout);
        assert!(permissions[0].contains(told), "{}", ran.stdout);
        for check in checked {
            assert_eq!(lines(check).len(), 1, "{check} in\n{}", ran.stdout);
        }
        for action in denied {
            let allow = format!("elasticloadbalancing:{action}");
            assert!(ran.stdout.contains(&allow), "{allow} in\n{}", ran.stdout);
        }
    }
}

#[tokio::test]
async fn without_looks_no_target_is_called_missing() {
    let stage = with(2, "good", &fit("good", &[A, B])).await;
    let ran = verified(&stage, &["DescribeTargetHealth"]).await;
    let fails = ran.stdout.lines().filter(|line| line.starts_with("fail"));
    assert_eq!(fails.count(), 1, "{}", ran.stdout);
}
