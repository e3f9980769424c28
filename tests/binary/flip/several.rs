//! Several instances in one flip: each ends on exactly one port, and serves there.

use std::fs;
use std::net::{IpAddr, SocketAddr, TcpStream};

use rustix::process::Signal;
use tokio::process::Command;

use super::{BLUE, GREEN, START, STOP};
use crate::bench::fresh_host;
use crate::run::{Ran, Running};
use crate::stage::{A, B, C, Stage, balancer, group, instance};

/// Instances that serve version v1 from the blue port in the group `web`.
struct Several {
    stage: Stage,
    hosts: Vec<(&'static str, IpAddr)>,
}

impl Several {
    async fn of(ids: &[&'static str]) -> Self {
        let hosts: Vec<_> = ids.iter().map(|id| (*id, fresh_host())).collect();
        let instances = hosts.iter().zip(["lab-1a", "lab-1b"].iter().cycle());
        let fleet: String = instances.map(|((id, host), zone)| instance(id, zone, *host)).collect();
        let fleet = fleet + &group("web", 8080, &[]) + &balancer(&["web"]);
        let stage = Stage::around(&fleet, &[], &["web"], 0).await;
        for (id, host) in &hosts {
            fs::write(stage.path(&format!("{id}.address")), host.to_string()).unwrap();
        }
        fs::write(stage.path("start.sh"), START).unwrap();
        fs::write(stage.path("stop.sh"), STOP).unwrap();
        let several = Self { stage, hosts };
        several.flip(&["--from", "none", "--batch", "100%"], "v1").await.ended(0);
        several.serve(&[BLUE, BLUE, BLUE][..ids.len()]).await;
        several
    }

    fn flipping(&self, options: &[&str], version: &str) -> Command {
        let start = format!("sh start.sh {{target}} {{port}} --app-version {version}");
        let whom: Vec<_> = self.hosts.iter().flat_map(|(id, _)| ["--target", *id]).collect();
        let fixed = ["--settle", "1s", "--ports", "8081,8082", "--start", &start];
        let stop = ["--stop", "sh stop.sh {target} {port}"];
        self.stage.tool(&[&["flip", "web"], &whom[..], &fixed, &stop, options].concat())
    }

    async fn flip(&self, options: &[&str], version: &str) -> Ran {
        Ran::of(self.flipping(options, version)).await
    }

    /// Each instance is registered with its one of these ports alone and receives traffic there, and
    /// nothing runs on its other one.
    async fn serve(&self, ports: &[u16]) {
        let places = self.stage.registrations("web");
        let places: Vec<_> = places.iter().map(|(id, port, _)| (id.as_str(), *port)).collect();
        let ids: Vec<_> = self.hosts.iter().map(|(id, _)| *id).collect();
        let expected: Vec<_> = ids.iter().copied().zip(ports.iter().copied()).collect();
        assert_eq!(places, expected);
        self.stage.until_in_service("web", &ids).await;
        for ((id, host), port) in self.hosts.iter().zip(ports) {
            let idle = if *port == BLUE { GREEN } else { BLUE };
            let listens = TcpStream::connect(SocketAddr::new(*host, idle)).is_ok();
            assert!(!listens, "something is left on port {idle} of {id}");
        }
    }

    async fn versions(&self, ports: &[u16]) -> Vec<String> {
        let mut versions = Vec::new();
        for ((id, _), port) in self.hosts.iter().zip(ports) {
            versions.push(self.stage.version(id, *port).await);
        }
        versions
    }
}

#[tokio::test]
async fn several_instances_flip_one_after_the_other_or_at_once() {
    let several = Several::of(&[A, B, C]).await;
    several.flip(&[], "v2").await.ended(0);
    several.serve(&[GREEN, GREEN, GREEN]).await;
    assert_eq!(several.versions(&[GREEN, GREEN, GREEN]).await, ["v2", "v2", "v2"]);
    several.flip(&["--batch", "2"], "v3").await.ended(0);
    several.serve(&[BLUE, BLUE, BLUE]).await;
    assert_eq!(several.versions(&[BLUE, BLUE, BLUE]).await, ["v3", "v3", "v3"]);
}

#[tokio::test]
async fn a_failed_instance_stays_on_its_port_and_the_others_go_on_if_that_is_said() {
    let several = Several::of(&[A, B]).await;
    let verify = format!("[ \"$ELB_DEPLOY_TARGET\" != {A} ]");
    let options = ["--verify", &verify, "--on-failure", "rollback", "--order", "as-given"];
    let ran = several.flip(&options, "v2").await;
    ran.ended(4);
    ran.says("verify failed");
    several.serve(&[BLUE, BLUE]).await;
    let options = [&options[..], &["--max-failures", "1"]].concat();
    let ran = several.flip(&options, "v2").await;
    ran.ended(4);
    several.serve(&[BLUE, GREEN]).await;
    assert_eq!(several.versions(&[BLUE, GREEN]).await, ["v1", "v2"]);
    // Each goes on from its own port.
    several.flip(&[], "v3").await.ended(0);
    several.serve(&[GREEN, BLUE]).await;
    assert_eq!(several.versions(&[GREEN, BLUE]).await, ["v3", "v3"]);
}

#[tokio::test]
async fn a_signal_lets_the_instance_under_way_come_to_its_end_and_begins_no_other() {
    let several = Several::of(&[A, B]).await;
    let mut flip = Running::start(several.flipping(&["--order", "as-given"], "v2"));
    flip.until("register          started").await;
    flip.signal(Signal::TERM);
    let ran = flip.end().await;
    ran.ended(143);
    ran.says(&format!("not begun: {B}"));
    several.serve(&[GREEN, BLUE]).await;
    several.stage.run(&["resume"]).await.ended(0);
    several.serve(&[GREEN, GREEN]).await;
    assert_eq!(several.versions(&[GREEN, GREEN]).await, ["v2", "v2"]);
}
