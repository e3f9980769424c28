//! The lab's metadata services on real sockets: asked by this tool, by the AWS SDK's own client, and by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "bench/mod.rs"]
mod bench;

use std::net::{IpAddr, SocketAddr};
use std::process::Stdio;
use std::time::Duration;

use aws_config::imds::Client;
use aws_config::provider_config::ProviderConfig;
use bench::{Bench, ZONE, id};
use elb_deploy::lab::faults::Faults;
use elb_deploy::lab::fleet::Fleet;
use elb_deploy::lab::server::{LabServer, ServerOptions};
use elb_deploy::metadata::{MetadataErrorKind, Myself, Surroundings, ask_in};
use elb_deploy::rollout::TargetId;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::time::timeout;

/// Long enough for a process to start on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(60);

fn at(address: SocketAddr) -> Surroundings {
    Surroundings { endpoint: Some(format!("http://{address}")), disabled: false }
}

fn service(bench: &Bench, index: usize) -> SocketAddr {
    let services = bench.server.metadata();
    services.iter().find(|service| service.instance == id(index)).unwrap().address
}

/// Sends lines as they are, and gives the status and the body.
async fn by_hand(address: SocketAddr, lines: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{lines}\r\nhost: x\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[tokio::test]
async fn every_instance_learns_from_its_own_address_who_it_is() {
    let bench = Bench::empty(2).await;
    for index in 0..2 {
        let address = service(&bench, index);
        assert_eq!(address.ip(), bench.addresses[index]);
        let expected = Myself {
            instance: TargetId::new(id(index)),
            addresses: vec![bench.addresses[index]],
            region: "us-east-1".to_owned(),
            vpc: Some("vpc-lab".to_owned()),
            zone: Some(ZONE.to_owned()),
        };
        assert_eq!(ask_in(&at(address)).await, Ok(expected));
    }
}

#[tokio::test]
async fn the_sdk_s_own_client_knows_no_difference() {
    let bench = Bench::empty(1).await;
    let http = aws_smithy_http_client::Builder::new().build_http();
    let around = ProviderConfig::without_region()
        .with_behavior_version(Some(aws_config::BehaviorVersion::latest()))
        .with_http_client(http);
    let endpoint = format!("http://{}", service(&bench, 0));
    let client = Client::builder().configure(&around).endpoint(endpoint).unwrap().build();
    let told = client.get("/latest/meta-data/instance-id").await.unwrap();
    assert_eq!(told.as_ref(), id(0));
    assert!(client.get("/latest/meta-data/iam/security-credentials/").await.is_err());
}

#[tokio::test]
async fn a_session_is_begun_by_hand_and_nothing_is_told_without_one() {
    let bench = Bench::empty(2).await;
    let path = "GET /latest/meta-data/instance-id HTTP/1.1";
    let (refused, body) = by_hand(service(&bench, 0), path).await;
    assert!(refused.starts_with("HTTP/1.1 401") && body.is_empty(), "{refused}");

    let begin = "PUT /latest/api/token HTTP/1.1";
    let (head, _) = by_hand(service(&bench, 0), begin).await;
    assert!(head.starts_with("HTTP/1.1 400"), "{head}");
    let with_ttl = format!("{begin}\r\nX-aws-ec2-metadata-token-ttl-seconds: 60");
    let (head, token) = by_hand(service(&bench, 0), &with_ttl).await;
    assert!(head.contains("x-aws-ec2-metadata-token-ttl-seconds: 60"), "{head}");
    let forwarded = format!("{with_ttl}\r\nX-Forwarded-For: 10.0.0.1");
    assert!(by_hand(service(&bench, 0), &forwarded).await.0.starts_with("HTTP/1.1 403"));

    let with_token = format!("{path}\r\nX-aws-ec2-metadata-token: {token}");
    assert_eq!(by_hand(service(&bench, 0), &with_token).await.1, id(0));
    let (elsewhere, _) = by_hand(service(&bench, 1), &with_token).await;
    assert!(elsewhere.starts_with("HTTP/1.1 401"), "{elsewhere}");
}

#[tokio::test]
async fn a_stopped_lab_tells_nothing_more() {
    let bench = Bench::empty(1).await;
    let address = service(&bench, 0);
    bench.server.stop().await;
    let error = ask_in(&at(address)).await.unwrap_err();
    assert_eq!(error.kind, MetadataErrorKind::NoAnswer, "{error}");
}

/// A lab without listeners, with its metadata on the usual ports of these addresses.
async fn on_usual_ports(addresses: &[IpAddr]) -> std::io::Result<LabServer> {
    let (mut model, _) = bench::model(addresses);
    let mut balancer = model.balancers()[0].clone();
    balancer.listeners.clear();
    model.add_balancer(balancer);
    let options = ServerOptions { free_ports: false, ..ServerOptions::FREE_PORTS };
    LabServer::start(model, Faults::default(), options).await
}

#[tokio::test]
async fn instances_that_share_an_address_get_one_port_after_the_other() {
    let host = bench::fresh_host();
    let server = on_usual_ports(&[host, bench::fresh_host(), host]).await.unwrap();
    let ports: Vec<_> = server.metadata().iter().map(|service| service.address.port()).collect();
    assert_eq!(ports, [1338, 1338, 1339]);
    for service in server.metadata() {
        let myself = ask_in(&at(service.address)).await.unwrap();
        assert_eq!(myself.instance.as_str(), service.instance);
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let host = bench::fresh_host();
    let _holder = TcpListener::bind((host, 1338)).await.unwrap();
    let error = on_usual_ports(&[host]).await.unwrap_err().to_string();
    assert!(error.contains(&format!("listen on {host}:1338: ")), "{error}");
}

#[tokio::test]
async fn the_served_lab_prints_what_makes_a_shell_be_on_an_instance_and_exports_none_of_it() {
    let host = bench::fresh_host();
    let folder = tempfile::tempdir().unwrap();
    let fleet = folder.path().join("fleet.toml");
    let text = Fleet::default_text().replace("127.0.0.13", &host.to_string());
    std::fs::write(&fleet, text).unwrap();
    let mut lab = Command::new(env!("CARGO_BIN_EXE_elb-deploy"))
        .args(["lab", "serve", "--listen", "127.0.0.1:0", "--free-ports", "--fleet"])
        .arg(&fleet)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(lab.stdout.take().unwrap()).lines();
    let mut told = Vec::new();
    while let Some(line) = timeout(START_LIMIT, lines.next_line()).await.unwrap().unwrap() {
        let is_last = line.contains("listens on");
        told.push(line);
        if is_last {
            break;
        }
    }
    let prefix = "# metadata of i-00000003: export AWS_EC2_METADATA_SERVICE_ENDPOINT=";
    let endpoint = told.iter().find_map(|line| line.strip_prefix(prefix)).unwrap();
    assert!(endpoint.starts_with(&format!("http://{host}:")), "{endpoint}");
    let surroundings = Surroundings { endpoint: Some(endpoint.to_owned()), disabled: false };
    let myself = ask_in(&surroundings).await.unwrap();
    assert_eq!(myself.instance, TargetId::new("i-00000003"));
    assert_eq!(myself.addresses, [host]);
    assert_eq!(myself.zone.as_deref(), Some("lab-1a"));
    assert_eq!(told.iter().filter(|line| line.starts_with("# metadata of ")).count(), 4);
    let exported = |line: &&String| line.starts_with("export ") && line.contains("METADATA");
    assert_eq!(told.iter().find(exported), None);
}
