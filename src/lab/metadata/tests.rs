use std::time::Duration;

use super::answer::{Answer, Asked, Service};
use super::facts::facts;
use crate::lab::model::{Instance, Power};

const NOW: Duration = Duration::from_secs(7);

fn service(address: &str) -> Service {
    let address = address.parse().unwrap();
    let instance = Instance { zone: "lab-1a".to_owned(), address, power: Power::Running };
    Service::new(facts("i-0a", &instance, Some("vpc-lab")))
}

fn begin(service: &mut Service, ttl: Option<&str>) -> Answer {
    let path = "/latest/api/token";
    service.answer(NOW, &Asked { method: "PUT", path, ttl, ..Asked::default() })
}

fn get(service: &mut Service, path: &str) -> (u16, String) {
    let token = begin(service, Some("60")).body;
    let asked = Asked { method: "GET", path, token: Some(&token), ..Asked::default() };
    let answer = service.answer(NOW, &asked);
    (answer.status.as_u16(), answer.body)
}

#[test]
fn an_instance_is_told_who_it_is() {
    let mut service = service("127.0.0.11");
    for (path, value) in [
        ("instance-id", "i-0a"),
        ("local-ipv4", "127.0.0.11"),
        ("placement/region", "us-east-1"),
        ("placement/availability-zone", "lab-1a"),
        ("mac", "02:00:7f:00:00:0b"),
        ("network/interfaces/macs/02:00:7f:00:00:0b/vpc-id", "vpc-lab"),
    ] {
        for path in [format!("/latest/meta-data/{path}"), format!("/latest/meta-data/{path}/")] {
            assert_eq!(get(&mut service, &path), (200, value.to_owned()), "{path}");
        }
    }
}

#[test]
fn folders_are_listed_with_a_slash_behind_those_inside() {
    let mut service = service("127.0.0.11");
    let all = "instance-id\nlocal-ipv4\nmac\nnetwork/\nplacement/".to_owned();
    assert_eq!(get(&mut service, "/latest/meta-data"), (200, all.clone()));
    assert_eq!(get(&mut service, "/latest/meta-data/"), (200, all));
    let placement = "availability-zone\nregion".to_owned();
    assert_eq!(get(&mut service, "/latest/meta-data/placement/"), (200, placement));
}

#[test]
fn what_there_is_not_is_not_found() {
    let mut service = service("127.0.0.11");
    for path in [
        "/",
        "/latest/user-data",
        "/latest/meta-datainstance-id",
        "/latest/meta-data/iam/security-credentials/",
        "/latest/meta-data/plac",
    ] {
        assert_eq!(get(&mut service, path), (404, String::new()), "{path}");
    }
}

#[test]
fn an_instance_without_an_ipv4_address_has_none() {
    let mut service = service("::1");
    assert_eq!(get(&mut service, "/latest/meta-data/local-ipv4").0, 404);
    let ipv6s = "/latest/meta-data/network/interfaces/macs/02:00:00:00:00:01/ipv6s";
    assert_eq!(get(&mut service, ipv6s), (200, "::1".to_owned()));
    assert_eq!(get(&mut service, "/latest/meta-data/mac").1, "02:00:00:00:00:01");
}

#[test]
fn nothing_is_told_without_a_token_or_with_one_that_is_over() {
    let mut service = service("127.0.0.11");
    let token = begin(&mut service, Some("60")).body;
    let mut status = |now, token| {
        let path = "/latest/meta-data/instance-id";
        let asked = Asked { method: "GET", path, token, ..Asked::default() };
        service.answer(now, &asked).status.as_u16()
    };
    assert_eq!(status(NOW, Some(&token)), 200);
    for token in [None, Some(""), Some("secret==")] {
        assert_eq!(status(NOW, token), 401, "{token:?}");
    }
    assert_eq!(status(NOW + Duration::from_secs(60), Some(&token)), 401);
}

#[test]
fn a_token_of_another_instance_is_none() {
    let token = begin(&mut service("127.0.0.12"), Some("60")).body;
    let path = "/latest/meta-data/instance-id";
    let asked = Asked { method: "GET", path, token: Some(&token), ..Asked::default() };
    assert_eq!(service("127.0.0.11").answer(NOW, &asked).status.as_u16(), 401);
}

#[test]
fn a_session_lasts_as_long_as_asked_between_a_second_and_six_hours() {
    let mut service = service("127.0.0.11");
    for ttl in ["1", "21600"] {
        let answer = begin(&mut service, Some(ttl));
        assert_eq!((answer.status.as_u16(), answer.ttl), (200, ttl.parse().ok()));
        assert!(!answer.body.is_empty());
    }
    for ttl in [None, Some(""), Some("0"), Some("21601"), Some("-1"), Some("soon")] {
        assert_eq!(begin(&mut service, ttl).status.as_u16(), 400, "{ttl:?}");
    }
}

#[test]
fn who_comes_through_a_proxy_gets_no_token() {
    let (path, ttl) = ("/latest/api/token", Some("60"));
    let asked = Asked { method: "PUT", path, ttl, forwarded: true, ..Asked::default() };
    assert_eq!(service("127.0.0.11").answer(NOW, &asked).status.as_u16(), 403);
}

#[test]
fn only_tokens_are_put_and_everything_else_is_got() {
    let mut service = service("127.0.0.11");
    for (method, path) in [
        ("POST", "/latest/api/token"),
        ("PUT", "/latest/meta-data/instance-id"),
        ("DELETE", "/latest/meta-data/"),
    ] {
        let asked = Asked { method, path, ttl: Some("60"), ..Asked::default() };
        assert_eq!(service.answer(NOW, &asked).status.as_u16(), 405, "{method} {path}");
    }
}
