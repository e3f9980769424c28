//! Three targets behind the lab's load balancer, under load for as long as the test takes.

use std::fs;
use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use elb_deploy::lab::VERSION_HEADER;
use elb_deploy::lab::load::{Load, LoadHandle, LoadOptions, LoadReport};
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::process::Command;

use crate::bench::fresh_host;
use crate::ends::{End, Place, Runs};
use crate::run::Ran;
use crate::stage::{self, Stage, balancer};

pub const PORT: u16 = 8080;
/// Requests per second.
pub const RATE: u32 = 500;
/// A request that is slow because the machine is busy has not failed.
const PATIENCE: Duration = Duration::from_secs(60);
const ZONE: &str = "all";

const RELEASE: &str = include_str!("release.sh");
/// The URL at which the tool asks a target whether it is ready.
pub const READY_URL: &str = "http://{target}:{port}/health";
/// What runs before anything is deployed.
pub const OLD: &str = "old";
/// What the bad release calls itself.
pub const BAD: &str = "bad";
/// What a person deploys once it is mended.
pub const MENDED: &str = "mended";

pub struct Site {
    pub stage: Stage,
    load: LoadHandle,
    /// Addresses, which are the targets' ids, in the order in which they are deployed.
    pub hosts: [String; 3],
    before: Vec<stage::Place>,
}

impl Site {
    pub async fn under_load() -> Self {
        raise_file_limit();
        let hosts = [fresh_host(), fresh_host(), fresh_host()];
        let mut stage = Stage::around(&fleet(&hosts), &[], &["web"], 0).await;
        fs::write(stage.path("release.sh"), RELEASE).unwrap();
        for host in hosts {
            stage.boot(&host.to_string(), host, PORT, &["--app-version", OLD]);
        }
        stage.until_serving(&["web"], hosts.len()).await;
        let listener = stage.server.listeners()[0].address;
        let load = Load::start(LoadOptions {
            rate: RATE,
            timeout: PATIENCE,
            in_flight: usize::try_from(RATE).unwrap() * 10,
            ..LoadOptions::new(listener)
        });
        let before = stage.registrations("web");
        Self { load: load.unwrap(), hosts: hosts.map(|host| host.to_string()), before, stage }
    }

    /// The words that release a version with these options on a target.
    pub fn release(&self, options: &[&str]) -> Vec<String> {
        let script = self.stage.path("release.sh").display().to_string();
        let words = ["sh", &script, "{target}", "{port}"].map(str::to_owned);
        words.into_iter().chain(options.iter().map(|word| (*word).to_owned())).collect()
    }

    /// What brings the old version back, for `sh -c`.
    pub fn rollback(&self) -> String {
        let script = self.stage.path("release.sh").display().to_string();
        format!("sh {script} $ELB_DEPLOY_TARGET $ELB_DEPLOY_PORT --app-version {OLD}")
    }

    /// A person releases a version that works on the target that failed.
    pub async fn mend(&self) {
        let mut release = Command::new("sh");
        release.arg(self.stage.path("release.sh")).args([&self.hosts[0], &PORT.to_string()]);
        release.args(["--app-version", MENDED]);
        release.env("STAGE", self.stage.path("")).env("TOOL", stage::TOOL);
        assert!(release.status().await.unwrap().success());
    }

    /// The target that failed is exactly so, and the others are as they were.
    pub async fn is_left(&self, end: End) {
        let [failed, others @ ..] = &self.hosts;
        let registered = self.stage.registrations("web");
        match end.place {
            Place::Out => assert_eq!(registered, self.before[1..]),
            Place::NotInService | Place::InService => assert_eq!(registered, self.before),
        }
        match end.place {
            Place::InService => self.all_serve().await,
            Place::Out | Place::NotInService => {
                let others = others.each_ref().map(String::as_str);
                self.stage.until_in_service("web", &others).await;
            }
        }
        let answers = self.version(failed).await;
        let runs = match answers.as_deref() {
            None => Runs::Nothing,
            Some(OLD) => Runs::Old,
            Some(BAD) => Runs::Bad,
            Some(other) => panic!("{failed} answers with {other}"),
        };
        assert_eq!(runs, end.runs);
        for other in others {
            assert_eq!(self.version(other).await.as_deref(), Some(OLD));
        }
    }

    /// Everything is registered as it was before, and in service.
    pub async fn all_serve(&self) {
        assert_eq!(self.stage.registrations("web"), self.before);
        self.stage.until_in_service("web", &self.hosts.each_ref().map(String::as_str)).await;
    }

    /// Which version serves at a target's address; none if nobody does.
    pub async fn version(&self, host: &str) -> Option<String> {
        let url = format!("http://{host}:{PORT}/").parse().unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
        let answer = client.get(url).await.ok().filter(|answer| answer.status().is_success())?;
        Some(answer.headers()[VERSION_HEADER].to_str().unwrap().to_owned())
    }

    /// The journals name only these targets in what was done.
    pub fn touched_only(&self, hosts: &[String]) {
        for (_, folder) in self.stage.runs() {
            let recorded = elb_deploy::journal::read(&folder.journal()).unwrap();
            let facts = serde_json::to_string(&recorded.facts).unwrap();
            for host in self.hosts.iter().filter(|host| !hosts.contains(host)) {
                assert!(!facts.contains(&format!("\"{host}\"")), "{facts}");
            }
        }
    }

    /// `restore`, with nothing to say about who or where.
    pub async fn restore(&self) -> Ran {
        self.stage.run(&["restore"]).await
    }

    /// Ends the load, and tells what it met.
    pub async fn quiet(self) -> (LoadReport, Stage) {
        (self.load.stop().await, self.stage)
    }

    /// Ends the load: not one request was lost.
    pub async fn nothing_lost(self) {
        let (report, _stage) = self.quiet().await;
        assert_eq!(report.failed, 0, "{report}");
    }
}

fn fleet(hosts: &[IpAddr]) -> String {
    let targets: Vec<_> =
        hosts.iter().map(|host| format!("{{ id = '{host}', zone = '{ZONE}' }}")).collect();
    format!(
        "[[group]]\nname = 'web'\nport = {PORT}\nkind = 'ip'\ntargets = [{}]\n\
         check = {{ path = '/health', interval = '400ms', timeout = '390ms', healthy = 2, unhealthy = 10 }}\n\
         attributes = {{ 'deregistration_delay.timeout_seconds' = '1' }}\n{}",
        targets.join(", "),
        balancer(&["web"])
    )
}

/// Each request holds up to three connections of this process.
fn raise_file_limit() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}
