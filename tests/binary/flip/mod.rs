//! `flip` with real processes: one instance, two ports, and never nobody in service.

mod crash;
mod examples;
mod failed;
mod good;
mod load;
mod lost;
mod plan;
mod refused;
mod several;
mod signals;
mod standing_by;

use std::fs;
use std::net::{IpAddr, SocketAddr, TcpStream};

use elb_deploy::rollout::{Fact, Side};
use elb_deploy::{journal, rollout};
use tokio::process::Command;

use crate::bench::fresh_host;
use crate::run::{Ran, Running};
use crate::stage::{A, Stage, balancer, group, instance};

const BLUE: u16 = 8081;
const GREEN: u16 = 8082;
const START: &str = include_str!("start.sh");
const STOP: &str = include_str!("stop.sh");

/// One instance on which nothing runs yet, and groups in which nothing is registered.
pub struct Site {
    pub stage: Stage,
    host: IpAddr,
    groups: Vec<&'static str>,
}

impl Site {
    pub async fn of(groups: &[&'static str]) -> Self {
        let text: String = groups.iter().map(|name| group(name, 8080, &[])).collect();
        Self::with(groups, text).await
    }

    /// With groups that are described so.
    async fn with(groups: &[&'static str], described: String) -> Self {
        let host = fresh_host();
        let fleet = instance(A, "lab-1a", host) + &described + &balancer(groups);
        let stage = Stage::around(&fleet, &[], groups, 0).await;
        fs::write(stage.path(&format!("{A}.address")), host.to_string()).unwrap();
        fs::write(stage.path("start.sh"), START).unwrap();
        fs::write(stage.path("stop.sh"), STOP).unwrap();
        Self { stage, host, groups: groups.to_vec() }
    }

    /// One group in which this version serves on the blue port.
    pub async fn serving(version: &str) -> Self {
        let site = Self::of(&["web"]).await;
        site.flip(&[], &["--app-version", version]).await.ended(0);
        site
    }

    /// `flip --self` with short times and these options, to an app with those.
    pub fn flipping(&self, options: &[&str], app: &[&str]) -> Command {
        let start = format!("sh start.sh {{target}} {{port}} {}", app.join(" "));
        let fixed = ["--self", "--settle", "1s", "--ports", "8081,8082", "--start", &start];
        let stop = ["--stop", "sh stop.sh {target} {port}"];
        let args = [&["flip"], &self.groups[..], &fixed, &stop, options].concat();
        self.stage.on(A, &args)
    }

    pub async fn flip(&self, options: &[&str], app: &[&str]) -> Ran {
        Ran::of(self.flipping(options, app)).await
    }

    pub fn start(&self, options: &[&str], app: &[&str]) -> Running {
        Running::start(self.flipping(options, app))
    }

    pub fn listens(&self, port: u16) -> bool {
        TcpStream::connect(SocketAddr::new(self.host, port)).is_ok()
    }

    /// The only port that is registered, in all groups alike, and that receives traffic there.
    pub async fn serves(&self, port: u16) {
        for group in &self.groups {
            let places: Vec<_> = self.stage.registrations(group);
            let ports: Vec<_> = places.iter().map(|(id, port, _)| (id.as_str(), *port)).collect();
            assert_eq!(ports, [(A, port)], "{group}");
            self.stage.until_in_service(group, &[A]).await;
        }
    }

    pub async fn version(&self, port: u16) -> String {
        self.stage.version(A, port).await
    }

    /// What the start and the stop command were run for, in order: `start 8081`.
    fn told(&self) -> Vec<String> {
        let told = fs::read_to_string(self.stage.path("told")).unwrap_or_default();
        let line = |line: &str| {
            let (word, base) = line.split_once(' ').unwrap();
            format!("{word} {}", base.rsplit_once('-').unwrap().1)
        };
        told.lines().map(line).collect()
    }

    fn forget_told(&self) {
        fs::remove_file(self.stage.path("told")).unwrap();
    }

    /// The steps that the latest run has finished, in order.
    fn finished(&self) -> Vec<String> {
        let (_, folder) = self.stage.runs().pop().unwrap();
        let facts = journal::read(&folder.journal()).unwrap().facts;
        let step = |dated: rollout::Dated| match dated.fact {
            Fact::Finished { step, .. } => {
                let side = if step.side == Side::Old { "old" } else { "new" };
                Some(format!("{step} {side}"))
            }
            _ => None,
        };
        facts.into_iter().filter_map(step).collect()
    }
}
