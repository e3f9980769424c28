//! The scene of a demo: a lab with processes of the sample service, and a folder for both.

use std::ffi::OsString;
use std::fs;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::Strategy;
use super::error::DemoError;
use super::processes::{Work, ask_to_end, gone};
use super::upstream::Upstream;
use crate::journal::{RunFolder, RunId};
use crate::lab::exports::environment;
use crate::lab::fleet::Fleet;
use crate::lab::model::{Instance, TargetHealth};
use crate::lab::server::{LabServer, ServerOptions};

/// The scripts of a demo. Each is told the target and the port.
const SCRIPTS: [(&str, &str); 3] = [
    (DEPLOY_SCRIPT, include_str!("deploy.sh")),
    (START_SCRIPT, include_str!("start.sh")),
    (STOP_SCRIPT, include_str!("stop.sh")),
];
const DEPLOY_SCRIPT: &str = "deploy.sh";
/// Starts a version on a port.
pub(super) const START_SCRIPT: &str = "start.sh";
/// Stops what runs on a port.
pub(super) const STOP_SCRIPT: &str = "stop.sh";
/// The groups of the ready-made fleet; both hold the same four targets.
pub(super) const GROUPS: [&str; 2] = ["web", "api"];
/// Every flag has a variable that begins so.
const SETTINGS: &str = "ELB_DEPLOY_";
/// These change what is seen, and nothing that is done.
const SHOWN_BY: [&str; 3] = ["ELB_DEPLOY_LOG", "ELB_DEPLOY_LOG_FORMAT", "ELB_DEPLOY_PROGRESS"];
const DRAWING: &str = "draw the run";
const WANTED_PORT: u16 = 8080;
/// Long enough for the processes to boot on a busy machine.
const READY_LIMIT: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(50);

pub(super) struct Stage {
    pub(super) server: LabServer,
    /// The port that is registered at first, and two more.
    pub(super) ports: [u16; 3],
    /// A proxy on the target, which forwards from the registered port to the second one.
    pub(super) upstream: Option<Upstream>,
    tool: PathBuf,
    props: Props,
    /// Here and not with whoever waits for it, so that it can be ended when nobody waits any more.
    at_work: Option<Work>,
    /// Waited for, so that one that was stopped does not linger as a zombie; killed when aborted.
    apps: JoinSet<()>,
}

/// What would outlast the demo. Striking the stage sees to its end; a panic at least tells it to.
struct Props {
    folder: PathBuf,
    targets: Vec<(String, IpAddr)>,
}

impl Stage {
    /// Sets the scene; nobody is on it yet. Whatever becomes of it, it is to be struck.
    pub(super) async fn set(strategy: Strategy) -> Result<Self, DemoError> {
        let tool = std::env::current_exe().map_err(DemoError::new("find this program"))?;
        let targets = fleet(strategy, WANTED_PORT)?.model().instances().map(address).collect();
        let mut targets: Vec<_> = targets;
        targets.truncate(strategy.targets());
        let ports = free_ports(&targets).map_err(DemoError::new("find free ports"))?;
        let fleet = fleet(strategy, ports[0])?;
        let server = LabServer::start(fleet.model(), fleet.faults(), ServerOptions::FREE_PORTS)
            .await
            .map_err(DemoError::new("start the lab"))?;
        let folder = std::env::temp_dir().join(format!("elb-deploy-demo-{}", RunId::unique()));
        fs::create_dir(&folder).map_err(DemoError::new("make a folder for the demo"))?;
        let props = Props { folder, targets };
        let (at_work, apps, upstream) = (None, JoinSet::new(), None);
        Ok(Self { server, ports, upstream, tool, props, at_work, apps })
    }

    /// Starts the first version, and waits until every target is in service.
    pub(super) async fn open(&mut self) -> Result<(), DemoError> {
        self.write_files().map_err(DemoError::new("write the scripts"))?;
        self.boot(self.ports[0])?;
        self.in_service().await
    }

    /// The same, with the first version behind a proxy on its target.
    pub(super) async fn open_behind_proxy(&mut self) -> Result<(), DemoError> {
        self.write_files().map_err(DemoError::new("write the scripts"))?;
        let [front, first, _] = self.ports;
        self.boot(first)?;
        let starting = DemoError::new("start the proxy");
        let front = self.address_of_first(front).ok_or("no target").map_err(starting)?;
        let upstream = Upstream::start(front, first).await;
        self.upstream = Some(upstream.map_err(DemoError::new("start the proxy"))?);
        self.in_service().await
    }

    /// The first target at this port.
    pub(super) fn address_of_first(&self, port: u16) -> Option<SocketAddr> {
        self.props.targets.first().map(|(_, host)| SocketAddr::new(*host, port))
    }

    /// Kills what runs on a port of the first target, whatever it does.
    pub(super) fn kill(&self, port: u16) {
        let target = self.targets().next().unwrap_or_default();
        if let Some(pid) = noted(&self.props.folder.join(format!("{target}-{port}.pid"))) {
            kill_process(pid, Signal::KILL).ok();
        }
    }

    pub(super) fn targets(&self) -> impl ExactSizeIterator<Item = &str> {
        self.props.targets.iter().map(|(id, _)| id.as_str())
    }

    pub(super) fn describe(&self) -> String {
        let listeners = self.server.listeners().iter().map(|at| format!("http://{}", at.address));
        let targets = match self.targets().len() {
            1 => "1 target".to_owned(),
            count => format!("{count} targets"),
        };
        let listeners = listeners.collect::<Vec<_>>().join(" and ");
        format!(
            "{targets} behind {listeners}, deployed by scripts in {}",
            self.props.folder.display()
        )
    }

    /// Where the traffic goes.
    pub(super) fn entry(&self) -> Result<SocketAddr, DemoError> {
        let first = self.server.listeners().first().map(|listener| listener.address);
        first.ok_or("the fleet has no listener").map_err(DemoError::new("send traffic"))
    }

    /// The deploy script of the demo for one target; it ends when the new version serves.
    pub(super) fn deploy(&self, target: &str) -> Command {
        self.by_script(DEPLOY_SCRIPT, target, self.ports[0])
    }

    /// A script that brings the new version to a target and port.
    pub(super) fn by_script(&self, name: &str, target: &str, port: u16) -> Command {
        let mut command = Command::new(self.script(name));
        command.arg(target).arg(port.to_string()).arg("v2").stdout(Stdio::null());
        self.surround(&mut command);
        command
    }

    /// This program with other arguments, its environment pointing at the lab.
    pub(super) fn tool(&self) -> Command {
        let mut command = Command::new(&self.tool);
        command
            .envs(environment(self.server.api()))
            .arg("--endpoint-url")
            .arg(format!("http://{}", self.server.api()))
            .arg("--state-dir")
            .arg(self.state());
        self.surround(&mut command);
        command
    }

    fn state(&self) -> PathBuf {
        self.props.folder.join("state")
    }

    /// Has this program draw the run that it has made here.
    pub(super) async fn draw(&mut self, into: &Path) -> Result<(), DemoError> {
        let runs = RunFolder::all(&self.state()).map_err(DemoError::new(DRAWING))?;
        let none = || DemoError::new(DRAWING)("there is none");
        let (run, _) = runs.first().ok_or_else(none)?;
        let mut command = self.tool();
        command.args(["runs", "show", &run.to_string(), "--svg"]).arg(into).stdout(Stdio::null());
        self.perform(DRAWING, command).await
    }

    /// Runs a command to its end. Whoever stops waiting leaves it to [`Self::strike`].
    pub(super) async fn perform(
        &mut self,
        doing: &'static str,
        mut command: Command,
    ) -> Result<(), DemoError> {
        let work = Work::start(&mut command).map_err(DemoError::new(doing))?;
        let ended = self.at_work.insert(work).ended().await;
        self.at_work = None;
        let status = ended.map_err(DemoError::new(doing))?;
        let failed = || DemoError::new(doing)(format!("it ended with {status}"));
        status.success().then_some(()).ok_or_else(failed)
    }

    /// The script that deploys a target.
    pub(super) fn deploy_script(&self) -> PathBuf {
        self.script(DEPLOY_SCRIPT)
    }

    pub(super) fn script(&self, name: &str) -> PathBuf {
        self.props.folder.join(name)
    }

    /// Waits until every target is in service in every group.
    async fn in_service(&self) -> Result<(), DemoError> {
        let ready = async {
            while self.serving() < self.targets().len() * GROUPS.len() {
                sleep(GLANCE).await;
            }
        };
        timeout(READY_LIMIT, ready).await.map_err(|_| {
            DemoError::new("start the sample service")(format!(
                "not in service after {READY_LIMIT:?}"
            ))
        })
    }

    fn serving(&self) -> usize {
        self.server.lab().with_model(|model, now| {
            let arns: Vec<_> = model.groups().map(|group| group.arn.clone()).collect();
            let health =
                |arn| model.target_health(now, arn, &[], Duration::ZERO).unwrap_or_default();
            arns.iter().flat_map(|arn| health(arn)).filter(TargetHealth::in_service).count()
        })
    }

    /// Ends everything and leaves nothing behind; the end is within seconds of the call.
    pub(super) async fn strike(mut self) {
        if let Some(work) = self.at_work.take() {
            work.stop().await;
        }
        let apps = self.props.apps();
        ask_to_end(&apps);
        gone(&apps).await;
        self.apps.shutdown().await;
        drop(self.props);
        self.server.stop().await;
    }

    fn surround(&self, command: &mut Command) {
        unset_settings(command);
        command.env("DEMO", &self.props.folder).env("DEMO_TOOL", &self.tool);
    }

    fn write_files(&self) -> std::io::Result<()> {
        for (name, text) in SCRIPTS {
            fs::write(self.script(name), text)?;
            fs::set_permissions(self.script(name), fs::Permissions::from_mode(0o755))?;
        }
        for (id, address) in &self.props.targets {
            fs::write(self.props.folder.join(format!("{id}.address")), address.to_string())?;
        }
        Ok(())
    }

    /// The first version runs as children of the demo, in groups of their own so that Ctrl-C does
    /// not reach them before the demo is over.
    fn boot(&mut self, port: u16) -> Result<(), DemoError> {
        for (id, address) in &self.props.targets {
            let mut command = Command::new(&self.tool);
            let listen = SocketAddr::new(*address, port).to_string();
            command.args(["lab", "app", "--app-version", "v1", "--listen", &listen]);
            unset_settings(&mut command);
            command.process_group(0).kill_on_drop(true).stdin(Stdio::null());
            let mut app = command.spawn().map_err(DemoError::new("start the sample service"))?;
            let pid = app.id().map(|pid| pid.to_string()).unwrap_or_default();
            fs::write(self.props.folder.join(format!("{id}-{port}.pid")), pid)
                .map_err(DemoError::new("note a process"))?;
            self.apps.spawn(async move {
                app.wait().await.ok();
            });
        }
        Ok(())
    }
}

impl Props {
    /// The process of each target and port as it was noted last. What a script started is nobody's
    /// child, so it is known by its number.
    fn apps(&self) -> Vec<Pid> {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let notes = files.map(|file| file.path());
        let notes = notes.filter(|path| path.extension().is_some_and(|ending| ending == "pid"));
        notes.filter_map(|path| noted(&path)).collect()
    }
}

fn noted(path: &Path) -> Option<Pid> {
    Pid::from_raw(fs::read_to_string(path).ok()?.trim().parse().ok()?)
}

impl Drop for Props {
    fn drop(&mut self) {
        ask_to_end(&self.apps());
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// What is set for real runs must not steer this one: least of all at a real account.
fn unset_settings(command: &mut Command) {
    let is_setting = |name: &OsString| {
        name.to_str().is_some_and(|name| name.starts_with(SETTINGS) && !SHOWN_BY.contains(&name))
    };
    for name in std::env::vars_os().map(|(name, _)| name).filter(is_setting) {
        command.env_remove(name);
    }
}

/// The ready-made fleet, registered with this port; of what is not needed nothing is registered.
fn fleet(strategy: Strategy, port: u16) -> Result<Fleet, DemoError> {
    let wanted = format!("port = {WANTED_PORT}");
    let text = Fleet::default_text().replace(&wanted, &format!("port = {port}"));
    let some = |line: &str| match line.strip_prefix("targets = [") {
        Some(ids) => {
            let ids: Vec<_> =
                ids.trim_end_matches(']').split(", ").take(strategy.targets()).collect();
            format!("targets = [{}]\n", ids.join(", "))
        }
        None => format!("{line}\n"),
    };
    let text: String = text.lines().map(some).collect();
    text.parse().map_err(DemoError::new("read the ready-made fleet"))
}

fn address((id, instance): (&str, &Instance)) -> (String, IpAddr) {
    (id.to_owned(), instance.address)
}

/// The usual ports if nobody has them on any target's address, otherwise some that are free.
fn free_ports(targets: &[(String, IpAddr)]) -> std::io::Result<[u16; 3]> {
    let usual = [WANTED_PORT, WANTED_PORT + 1, WANTED_PORT + 2];
    let is_free =
        |port: u16| targets.iter().all(|(_, address)| TcpListener::bind((*address, port)).is_ok());
    if usual.into_iter().all(is_free) {
        return Ok(usual);
    }
    // Held until all are found, or they would be one.
    let held = [(); 3].map(|()| TcpListener::bind(("127.0.0.1", 0)));
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(held) {
        *port = listener?.local_addr()?.port();
    }
    Ok(ports)
}
