//! The real HTTP client against real sockets: every way in which a metadata service is not there.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

use super::{LIMIT, MetadataError, MetadataErrorKind, Myself, Surroundings, ask_in};
use crate::rollout::TargetId;

const TOKEN: &str = "PUT /latest/api/token";
const INSTANCE: &str = "GET /latest/meta-data/instance-id";
const REGION: &str = "GET /latest/meta-data/placement/region";
const ADDRESS: &str = "GET /latest/meta-data/local-ipv4";
const MAC: &str = "GET /latest/meta-data/mac";
const IPV6S: &str = "GET /latest/meta-data/network/interfaces/macs/02:00:0a:00:00:07/ipv6s";
const VPC: &str = "GET /latest/meta-data/network/interfaces/macs/02:00:0a:00:00:07/vpc-id";

/// A metadata service as it is on an instance, but for what is said about single requests.
#[derive(Clone, Default)]
struct Service {
    answers: BTreeMap<&'static str, Vec<u8>>,
    delay: Duration,
    closes: bool,
    asked: Arc<AtomicUsize>,
}

fn answer(status: u16, body: impl AsRef<[u8]>) -> Vec<u8> {
    let ttl = if status == 200 { "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\n" } else { "" };
    let length = body.as_ref().len();
    let head = format!("HTTP/1.1 {status} X\r\n{ttl}content-length: {length}\r\n\r\n");
    [head.as_bytes(), body.as_ref()].concat()
}

impl Service {
    fn new() -> Self {
        let all = [
            (TOKEN, "secret=="),
            (INSTANCE, "i-0a"),
            (REGION, "eu-west-1"),
            ("GET /latest/meta-data/placement/availability-zone", "eu-west-1a"),
            (ADDRESS, "10.0.0.7"),
            (MAC, "02:00:0a:00:00:07"),
            (VPC, "vpc-0a"),
            (IPV6S, "fd00::7\n2600:1f13::8"),
        ];
        let answers = all.map(|(request, body)| (request, answer(200, body))).into();
        Self { answers, ..Self::default() }
    }

    fn with(mut self, request: &'static str, answer: impl Into<Vec<u8>>) -> Self {
        self.answers.insert(request, answer.into());
        self
    }

    async fn serve(self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(self.clone().connection(stream));
            }
        });
        address
    }

    async fn connection(self, mut stream: TcpStream) -> Option<()> {
        loop {
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                head.push(stream.read_u8().await.ok()?.into());
            }
            self.asked.fetch_add(1, Ordering::Relaxed);
            sleep(self.delay).await;
            let request = head.rsplit_once(" HTTP/1.1")?.0;
            let may = head.starts_with("PUT") || head.contains("metadata-token: secret==");
            let unknown = answer(404, "");
            let told = match may {
                true => self.answers.get(request).unwrap_or(&unknown),
                false => &answer(401, ""),
            };
            stream.write_all(told).await.ok()?;
            if self.closes {
                return None;
            }
        }
    }

    async fn ask(self) -> Result<Myself, MetadataError> {
        ask_at(self.serve().await).await
    }

    async fn fails(self) -> MetadataError {
        self.ask().await.unwrap_err()
    }
}

async fn ask_at(address: SocketAddr) -> Result<Myself, MetadataError> {
    let endpoint = Some(format!("http://{address}"));
    ask_in(&Surroundings { endpoint, disabled: false }).await
}

#[tokio::test]
async fn an_instance_learns_its_id_addresses_region_vpc_and_zone() {
    let myself = Service::new().ask().await.unwrap();
    assert_eq!(
        myself,
        Myself {
            instance: TargetId::new("i-0a"),
            addresses: ["10.0.0.7", "fd00::7", "2600:1f13::8"].map(|it| it.parse().unwrap()).into(),
            region: "eu-west-1".to_owned(),
            vpc: Some("vpc-0a".to_owned()),
            zone: Some("eu-west-1a".to_owned()),
        }
    );
}

#[tokio::test]
async fn what_an_instance_need_not_have_may_be_missing() {
    let missing = [ADDRESS, MAC].into_iter();
    let service = missing.fold(Service::new(), |all, path| all.with(path, answer(404, "")));
    let myself = service.ask().await.unwrap();
    assert_eq!((myself.addresses, myself.vpc), (Vec::new(), None));
    let missing = [VPC, IPV6S].into_iter();
    let service = missing.fold(Service::new(), |all, path| all.with(path, answer(404, "")));
    let myself = service.ask().await.unwrap();
    assert_eq!((myself.addresses, myself.vpc), (vec![IpAddr::from([10, 0, 0, 7])], None));
}

#[tokio::test]
async fn what_every_instance_has_may_not_be_missing() {
    for path in [TOKEN, INSTANCE, REGION] {
        let error = Service::new().with(path, answer(404, "")).fails().await;
        assert_eq!(error.kind, MetadataErrorKind::NotFound, "{path}: {error}");
    }
}

#[tokio::test]
async fn a_service_that_is_forbidden_to_ask_is_not_asked() {
    let service = Service::new();
    let asked = Arc::clone(&service.asked);
    let endpoint = Some(format!("http://{}", service.serve().await));
    let error = ask_in(&Surroundings { endpoint, disabled: true }).await.unwrap_err();
    assert_eq!(error.kind, MetadataErrorKind::SwitchedOff);
    assert!(error.to_string().contains("AWS_EC2_METADATA_DISABLED is true"), "{error}");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn nobody_there_is_told_at_once_with_url_and_cause() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let error = ask_at(address).await.unwrap_err();
    let expected = format!(
        "ask the instance metadata service at http://{address}: no answer: connection refused"
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.kind, MetadataErrorKind::NoAnswer);
}

/// As in a container whose answers are dropped after the first hop.
#[tokio::test(start_paused = true)]
async fn silence_is_no_answer_within_the_limit() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let began = Instant::now();
    let error = ask_at(silent.local_addr().unwrap()).await.unwrap_err();
    assert_eq!(error.kind, MetadataErrorKind::NoAnswer, "{error}");
    assert!(began.elapsed() < LIMIT, "{:?}", began.elapsed());
    assert_eq!(error.to_string().lines().count(), 1);
}

#[tokio::test]
async fn a_connection_that_is_closed_once_is_tried_again() {
    let service = Service::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        drop(listener.accept().await.unwrap());
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(service.clone().connection(stream));
        }
    });
    assert_eq!(ask_at(address).await.unwrap().instance, TargetId::new("i-0a"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_service_is_waited_for() {
    let slow = Service { delay: Duration::from_millis(900), ..Service::new() };
    assert_eq!(slow.ask().await.unwrap().instance, TargetId::new("i-0a"));
}

#[tokio::test]
async fn an_answer_cut_short_is_no_answer() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\ni-0a";
    let error = Service { closes: true, ..Service::new().with(INSTANCE, cut) }.fails().await;
    assert_eq!(error.kind, MetadataErrorKind::NoAnswer, "{error}");
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_ends_is_given_up_at_the_limit() {
    let endless = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\neu-west-1";
    let began = Instant::now();
    let error = Service::new().with(REGION, endless).fails().await;
    assert_eq!(error.kind, MetadataErrorKind::NoAnswer, "{error}");
    assert!(began.elapsed() <= LIMIT, "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_refusal_says_how_to_turn_the_service_on() {
    for path in [TOKEN, INSTANCE, VPC] {
        let error = Service::new().with(path, answer(403, "")).fails().await;
        assert_eq!(error.kind, MetadataErrorKind::Denied, "{path}: {error}");
        assert!(error.message.contains("HTTP 403"), "{error}");
        assert!(error.hint().contains("--http-endpoint enabled"), "{}", error.hint());
    }
}

#[tokio::test]
async fn a_service_that_cannot_answer_is_asked_twice() {
    let service = Service::new().with(TOKEN, answer(503, ""));
    let asked = Arc::clone(&service.asked);
    let error = service.fails().await;
    assert_eq!(error.kind, MetadataErrorKind::Unavailable, "{error}");
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn an_answer_that_no_instance_gives_is_named() {
    let page = "<html><body>Welcome! Please log in to this network.</body></html>";
    let garbage =
        [(INSTANCE, page), (REGION, ""), (ADDRESS, "::1"), (MAC, "../../x"), (IPV6S, "10.0.0.7")];
    for (path, body) in garbage {
        let error = Service::new().with(path, answer(200, body)).fails().await;
        assert_eq!(error.kind, MetadataErrorKind::Garbage, "{path}: {error}");
        assert!(error.message.contains(path.strip_prefix("GET ").unwrap()), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_text_is_garbage() {
    let error = Service::new().with(INSTANCE, answer(200, [0xff, 0xfe])).fails().await;
    assert_eq!(error.kind, MetadataErrorKind::Garbage, "{error}");
}

#[tokio::test]
async fn what_is_no_metadata_service_is_garbage() {
    let no_session = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_vec();
    let no_http = b"SSH-2.0-OpenSSH_9.6\r\n".to_vec();
    for answer in [no_session, no_http, answer(200, "\u{7}"), answer(405, "")] {
        let error = Service::new().with(TOKEN, answer).fails().await;
        assert_eq!(error.kind, MetadataErrorKind::Garbage, "{error}");
        assert_eq!(error.to_string().lines().count(), 1, "{error}");
    }
}
