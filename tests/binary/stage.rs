//! A lab with real processes of the sample service behind it, and the tool pointed at it.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use elb_deploy::executor::command::still_running;
use elb_deploy::journal::{self, Recorded, RunFolder, RunId};
use elb_deploy::lab::app::{self, AppOptions};
use elb_deploy::lab::exports::environment;
use elb_deploy::lab::fleet::Fleet;
use elb_deploy::lab::model::{TargetHealth, TargetSpec};
use elb_deploy::lab::server::{LabServer, ServerOptions};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::bench::fresh_host;
use crate::run::{Ran, Running};

pub const TOOL: &str = env!("CARGO_BIN_EXE_elb-deploy");
pub const A: &str = "i-0000000a";
pub const B: &str = "i-0000000b";
pub const C: &str = "i-0000000c";
const IDS: [&str; 4] = [A, B, C, "i-0000000d"];
const ZONES: [&str; 2] = ["lab-1a", "lab-1b"];

const BASE: &str = "[lags]\nregistration = '300ms'\nregister = '50ms'\nderegister = '400ms'\n\
                    [faults]\nthrottling = false\n";

/// A deploy command that takes until it is let go, or its stage is gone.
pub const UNTIL_GO: [&str; 3] =
    ["sh", "-c", "until [ -e \"$STAGE/go\" ] || [ ! -d \"$STAGE\" ]; do sleep 0.05; done"];

const DEPLOY: &str = include_str!("deploy.sh");
/// Starting processes on a busy machine.
const READY_LIMIT: Duration = Duration::from_secs(60);
const GLANCE: Duration = Duration::from_millis(20);

/// Where a registration is: id, port and zone.
pub type Place = (String, u16, Option<String>);

pub struct Stage {
    pub server: LabServer,
    folder: TempDir,
    /// Waited for, so that the deploy script sees them end; killed when dropped.
    apps: JoinSet<()>,
}

/// The groups of a stage, with their ports; each is behind a listener and holds every target.
type Groups<'a> = &'a [(&'a str, u16)];

impl Stage {
    /// So many targets in service in the group `web`.
    pub async fn of(targets: usize) -> Self {
        Self::with(targets, &[("web", 8080)], "").await
    }

    /// A stage whose fleet file has something more.
    pub async fn with(targets: usize, groups: Groups<'_>, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hosts: Vec<_> = IDS[..targets].iter().map(|id| (*id, fresh_host())).collect();
        let fleet: Fleet = (fleet(&hosts, groups) + more).parse().unwrap();
        let options = ServerOptions::FREE_PORTS;
        let server = LabServer::start(fleet.model(), fleet.faults(), options).await.unwrap();
        fs::write(folder.path().join("deploy.sh"), DEPLOY).unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        let mut stage = Self { server, folder, apps: JoinSet::new() };
        for (id, host) in &hosts {
            fs::write(stage.path(&format!("{id}.address")), host.to_string()).unwrap();
            groups.iter().for_each(|(_, port)| stage.boot(id, *host, *port, &[]));
        }
        let names: Vec<_> = groups.iter().map(|(name, _)| *name).collect();
        stage.until_serving(&names, targets).await;
        stage
    }

    /// A stage of this fleet, with one service for all addresses and ports in this process. So many
    /// targets have to come into service in each group.
    pub async fn around(
        fleet: &str,
        services: &[(IpAddr, u16)],
        groups: &[&str],
        targets: usize,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("home")).unwrap();
        let fleet: Fleet = (BASE.to_owned() + fleet).parse().unwrap();
        let options = ServerOptions::FREE_PORTS;
        let server = LabServer::start(fleet.model(), fleet.faults(), options).await.unwrap();
        let mut stage = Self { server, folder, apps: JoinSet::new() };
        for (host, port) in services {
            let options = AppOptions::new(SocketAddr::new(*host, *port), "v1");
            stage.apps.spawn(async move {
                app::serve(options, std::future::pending()).await.unwrap();
            });
        }
        stage.until_serving(groups, targets).await;
        stage
    }

    /// Starts the sample service of a target, with these options.
    pub fn boot(&mut self, id: &str, host: IpAddr, port: u16, options: &[&str]) {
        let mut app = Command::new(TOOL);
        app.args(["lab", "app", "--listen", &format!("{host}:{port}")]).args(options);
        app.env_clear().stdin(Stdio::null()).kill_on_drop(true);
        let mut app = app.spawn().unwrap();
        fs::write(self.path(&format!("{id}-{port}.pid")), app.id().unwrap().to_string()).unwrap();
        self.apps.spawn(async move {
            app.wait().await.unwrap();
        });
    }

    /// Returns when so many targets receive traffic in each of these groups.
    pub async fn until_serving(&self, groups: &[&str], targets: usize) {
        let all = async {
            while groups.iter().any(|group| self.in_service(group).len() < targets) {
                sleep(GLANCE).await;
            }
        };
        timeout(READY_LIMIT, all).await.expect("the sample service never came into service");
    }

    fn health(&self, group: &str) -> Vec<TargetHealth> {
        self.server.lab().with_model(|model, now| {
            let arn = model.group_named(group).unwrap().arn.clone();
            model.target_health(now, &arn, &[], Duration::ZERO).unwrap()
        })
    }

    /// Who receives traffic in a group.
    pub fn in_service(&self, group: &str) -> Vec<String> {
        let healths = self.health(group).into_iter().filter(TargetHealth::in_service);
        healths.map(|health| health.target.id.to_string()).collect()
    }

    /// Returns when exactly these receive traffic: on a busy machine a check of one that nobody has
    /// touched can be late.
    pub async fn until_in_service(&self, group: &str, ids: &[&str]) {
        let serving = async {
            while self.in_service(group) != ids {
                sleep(GLANCE).await;
            }
        };
        let in_time = timeout(READY_LIMIT, serving).await;
        assert!(in_time.is_ok(), "{group}: {:?} and not {ids:?}", self.in_service(group));
    }

    /// What is registered in a group and does not drain, in order.
    pub fn registrations(&self, group: &str) -> Vec<Place> {
        let staying = |health: &TargetHealth| health.health.state.as_str() != "draining";
        let healths = self.health(group).into_iter().filter(staying);
        let place = |it: TargetHealth| (it.target.id.to_string(), it.target.port, it.zone);
        let mut places: Vec<_> = healths.map(place).collect();
        places.sort();
        places
    }

    /// Registers a target as an operator would.
    pub fn put_in(&self, group: &str, id: &str, port: u16) {
        self.server.lab().with_model(|model, now| {
            let arn = model.group_named(group).unwrap().arn.clone();
            model.register(now, &arn, &[TargetSpec::id(id).port(port)]).unwrap();
        });
    }

    /// The same, and waits until it serves.
    pub async fn put_back(&self, group: &str, id: &str, port: u16) {
        self.put_in(group, id, port);
        while !self.in_service(group).iter().any(|serving| serving == id) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Deregisters a target as an operator would, and waits until it is gone.
    pub async fn take_out(&self, group: &str, id: &str, port: u16) {
        self.server.lab().with_model(|model, now| {
            let arn = model.group_named(group).unwrap().arn.clone();
            model.deregister(now, &arn, &[TargetSpec::id(id).port(port)]).unwrap();
        });
        let is_it = |it: &TargetHealth| &*it.target.id == id && it.target.port == port;
        while self.health(group).iter().any(is_it) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The actions that would have changed something.
    pub fn mutating(&self) -> Vec<String> {
        let lab = self.server.lab();
        lab.with_calls(|calls| calls.mutating().into_iter().map(str::to_owned).collect())
    }

    /// Which version a target answers with, asked directly.
    pub async fn version(&self, id: &str, port: u16) -> String {
        let host = fs::read_to_string(self.path(&format!("{id}.address"))).unwrap();
        let url = format!("http://{host}:{port}/").parse().unwrap();
        let client =
            hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
                .build_http::<http_body_util::Empty<bytes::Bytes>>();
        let answer = client.get(url).await.unwrap();
        answer.headers()[elb_deploy::lab::VERSION_HEADER].to_str().unwrap().to_owned()
    }

    /// A file or folder of this stage.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn state(&self) -> PathBuf {
        self.path("state")
    }

    /// The words of a command that replaces a target's process by one with these options.
    pub fn replace(&self, options: &[&str]) -> Vec<String> {
        let script = self.path("deploy.sh").display().to_string();
        let words = ["sh", &script, "{target}", "{port}"].map(str::to_owned);
        words.into_iter().chain(options.iter().map(|word| (*word).to_owned())).collect()
    }

    /// The tool in an environment of its own, from which no real account can be reached.
    pub fn tool(&self, args: &[&str]) -> Command {
        let mut tool = bare(self.folder.path(), args);
        tool.envs(environment(self.server.api()));
        tool.env("STAGE", self.folder.path()).env("TOOL", TOOL);
        tool
    }

    /// The tool on an instance of the lab: its metadata service says who it is.
    pub fn on(&self, id: &str, args: &[&str]) -> Command {
        let services = self.server.metadata();
        let service = services.iter().find(|service| service.instance == id).unwrap();
        let mut tool = self.tool(args);
        tool.env_remove("AWS_EC2_METADATA_DISABLED");
        tool.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{}", service.address));
        tool
    }

    pub async fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.tool(args)).await
    }

    /// `roll web`, with short times, these options, and a command.
    pub fn rolling<S: AsRef<str>>(&self, options: &[&str], command: &[S]) -> Command {
        let command = command.iter().map(AsRef::as_ref);
        let args = ["roll", "web", "--settle", "1s"].into_iter();
        let args: Vec<_> =
            args.chain(options.iter().copied()).chain(["--"]).chain(command).collect();
        self.tool(&args)
    }

    pub async fn roll<S: AsRef<str>>(&self, options: &[&str], command: &[S]) -> Ran {
        Ran::of(self.rolling(options, command)).await
    }

    pub fn start<S: AsRef<str>>(&self, options: &[&str], command: &[S]) -> Running {
        Running::start(self.rolling(options, command))
    }

    /// A run whose first deploy takes until it is let go.
    pub async fn deploying(&self, options: &[&str]) -> Running {
        fs::remove_file(self.path("go")).ok();
        let mut run = self.start(options, &UNTIL_GO);
        run.until("deploy            started").await;
        run
    }

    /// Lets go what [`UNTIL_GO`] holds up, and whatever runs it from now on.
    pub fn go(&self) {
        fs::write(self.path("go"), "").unwrap();
    }

    /// Waits until nobody writes a journal, and the commands that outlived their run have ended.
    pub async fn until_let_go(&self) {
        self.go();
        self.until_unwritten().await;
        let is_running = |(_, run): &(RunId, RunFolder)| !still_running(&run.output()).is_empty();
        while self.runs().iter().any(is_running) {
            sleep(GLANCE).await;
        }
    }

    /// Waits until nobody writes a journal. A command that was just being started when its tool was
    /// killed has a copy of the open file for a moment.
    pub async fn until_unwritten(&self) {
        let is_held = |(_, run): &(RunId, RunFolder)| journal::is_being_written(&run.journal());
        while self.runs().iter().any(is_held) {
            sleep(GLANCE).await;
        }
    }

    /// The runs that have left something behind, oldest first.
    pub fn runs(&self) -> Vec<(RunId, RunFolder)> {
        RunFolder::all(&self.state()).unwrap()
    }

    /// The only run's folder and what its journal says.
    pub fn recorded(&self) -> (RunFolder, Recorded) {
        let mut runs = self.runs();
        assert_eq!(runs.len(), 1, "{runs:?}");
        let (run, folder) = runs.remove(0);
        let recorded = journal::read(&folder.journal()).unwrap();
        assert_eq!(recorded.header.run, run);
        assert!(!recorded.torn);
        (folder, recorded)
    }
}

impl Drop for Stage {
    /// What the deploy script started is nobody's child, so it is ended by its number.
    fn drop(&mut self) {
        let entries = fs::read_dir(self.folder.path()).unwrap().flatten();
        for pid in entries
            .map(|entry| entry.path())
            .filter(|path| path.extension() == Some("pid".as_ref()))
        {
            let pid = fs::read_to_string(pid).ok().and_then(|pid| pid.trim().parse().ok());
            if let Some(pid) = pid.and_then(Pid::from_raw) {
                kill_process(pid, Signal::KILL).ok();
            }
        }
    }
}

/// The tool without a region, credentials or an endpoint.
pub fn bare(folder: &Path, args: &[&str]) -> Command {
    let mut tool = Command::new(TOOL);
    tool.args(args).env_clear().current_dir(folder).kill_on_drop(true);
    tool.env("PATH", std::env::var_os("PATH").unwrap());
    tool.env("HOME", folder.join("home")).env("USER", "tester");
    tool.env("AWS_EC2_METADATA_DISABLED", "true");
    tool.env("ELB_DEPLOY_STATE_DIR", folder.join("state"));
    tool
}

fn fleet(hosts: &[(&str, IpAddr)], groups: Groups<'_>) -> String {
    let mut text = BASE.to_owned();
    for ((id, host), zone) in hosts.iter().zip(ZONES.iter().cycle()) {
        text += &instance(id, zone, *host);
    }
    let ids: Vec<_> = hosts.iter().map(|(id, _)| *id).collect();
    for (name, port) in groups {
        text += &group(name, *port, &ids);
    }
    text += &balancer(&groups.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    text
}

/// An instance of a fleet file.
pub fn instance(id: &str, zone: &str, host: IpAddr) -> String {
    format!("[[instance]]\nid = '{id}'\nzone = '{zone}'\naddress = '{host}'\n")
}

/// The balancer of a fleet file, with a listener for each of these groups.
pub fn balancer(groups: &[&str]) -> String {
    let mut text =
        "[[balancer]]\nname = 'lab'\nkind = 'application'\nzones = ['lab-1a', 'lab-1b']\n"
            .to_owned();
    for (port, group) in (81..).zip(groups) {
        text += &listener(port, group);
    }
    text
}

/// A group of a fleet file, with these targets. On a busy machine checks are late: only ten in a
/// row make a target unhealthy that was healthy.
pub fn group(name: &str, port: u16, ids: &[&str]) -> String {
    format!(
        "[[group]]\nname = '{name}'\nport = {port}\ntargets = {ids:?}\n\
         check = {{ path = '/health', interval = '200ms', timeout = '150ms', healthy = 2, unhealthy = 10 }}\n\
         attributes = {{ 'deregistration_delay.timeout_seconds' = '1' }}\n"
    )
}

/// A listener of a fleet file's last balancer.
pub fn listener(port: u16, group: &str) -> String {
    format!("[[balancer.listener]]\nport = {port}\ngroup = '{group}'\n")
}
