//! The lab as a process of its own, with sample apps behind it, seen through its export lines only.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::aws::Aws;
use crate::bench::{PORT, fresh_host};
use crate::process::{GLANCE, START_LIMIT, Server};

/// Two instances in service behind a balancer, and a third that runs but is not registered.
const FLEET: &str = include_str!("fleet.toml");

pub struct Lab {
    pub aws: Aws,
    /// Where its balancer takes requests.
    pub listener: String,
    server: Server,
    _apps: [Child; 3],
    _folder: TempDir,
}

impl Lab {
    /// `registration` is the time from RegisterTargets to the first health check, and `drain` the
    /// deregistration delay.
    pub async fn serve(registration: Duration, drain: Duration) -> Self {
        let hosts = [fresh_host(), fresh_host(), fresh_host()];
        let apps = hosts.map(app);
        for host in hosts {
            listens(host).await;
        }
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        fs::create_dir(&home).unwrap();
        let fleet = folder.path().join("fleet.toml");
        fs::write(&fleet, fleet_file(&hosts, registration, drain)).unwrap();
        let mut command = tool();
        command.args(["lab", "serve", "--listen", "127.0.0.1:0", "--free-ports", "--fleet"]);
        command.arg(&fleet);
        let server = Server::start(command, &folder.path().join("lab"), "listens on").await;
        let printed = server.printed();
        let (_, listener) = printed.trim_end().rsplit_once("http://").unwrap();
        Self {
            aws: Aws::new(&home, exports(&printed)),
            listener: listener.to_owned(),
            server,
            _apps: apps,
            _folder: folder,
        }
    }

    /// How often an action was called so far.
    pub async fn calls(&self, action: &str) -> u64 {
        let printed = self.server.printed();
        let (_, rest) = printed.split_once("=http://").unwrap();
        let mut stream = TcpStream::connect(rest.lines().next().unwrap()).await.unwrap();
        let request = "GET /lab/calls HTTP/1.1\r\nhost: lab\r\nconnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str::<Value>(body).unwrap()[action].as_u64().unwrap_or(0)
    }

    /// The URL of an instance's metadata service.
    pub fn metadata_of(&self, instance: &str) -> String {
        let printed = self.server.printed();
        let (_, rest) = printed.split_once(&format!("# metadata of {instance}: export ")).unwrap();
        rest.lines().next().unwrap().split_once('=').unwrap().1.to_owned()
    }

    /// The ARN of a group of the fleet.
    pub async fn group(&self, name: &str) -> String {
        let words = format!("elbv2 describe-target-groups --names {name}");
        let described = self.aws.json(&words).await;
        described["TargetGroups"][0]["TargetGroupArn"].as_str().unwrap().to_owned()
    }
}

/// This tool; for the lab and its apps it matters not what is in the environment.
fn tool() -> Command {
    Command::new(env!("CARGO_BIN_EXE_elb-deploy"))
}

fn app(host: IpAddr) -> Child {
    let listen = SocketAddr::new(host, PORT).to_string();
    tool().args(["lab", "app", "--listen", &listen]).kill_on_drop(true).spawn().unwrap()
}

/// A first failed check would cost seconds, and a waiter its 15 s pause.
async fn listens(host: IpAddr) {
    let connected = async {
        while TcpStream::connect((host, PORT)).await.is_err() {
            sleep(GLANCE).await;
        }
    };
    timeout(START_LIMIT, connected).await.expect("an app does not listen");
}

/// What a shell would make of the lines.
fn exports(printed: &str) -> Vec<(String, String)> {
    let lines = printed.lines().filter_map(|line| line.strip_prefix("export "));
    let pairs = lines.map(|line| line.split_once('=').unwrap());
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn fleet_file(hosts: &[IpAddr; 3], registration: Duration, drain: Duration) -> String {
    let mut text = FLEET
        .replace("REGISTRATION", &humantime::format_duration(registration).to_string())
        .replace("DRAIN", &drain.as_secs().to_string());
    for (index, host) in hosts.iter().enumerate() {
        text = text.replace(&format!("HOST{}", index + 1), &host.to_string());
    }
    text
}
