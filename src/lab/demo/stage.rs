//! The scene of a demo: a lab with four processes of the sample service, and a folder for both.

use std::ffi::OsString;
use std::fs;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Pid;
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::error::DemoError;
use super::processes::{Work, ask_to_end, gone};
use crate::journal::RunId;
use crate::lab::exports::environment;
use crate::lab::fleet::Fleet;
use crate::lab::model::{Instance, TargetHealth};
use crate::lab::server::{LabServer, ServerOptions};

const DEPLOY_SCRIPT: &str = include_str!("deploy.sh");
/// The groups of the ready-made fleet; both hold the same four targets.
pub(super) const GROUPS: [&str; 2] = ["web", "api"];
/// Every flag has a variable that begins so.
const SETTINGS: &str = "ELB_DEPLOY_";
/// These change what is seen, and nothing that is done.
const SHOWN_BY: [&str; 2] = ["ELB_DEPLOY_LOG", "ELB_DEPLOY_PROGRESS"];
const WANTED_PORT: u16 = 8080;
/// Long enough for four processes to boot on a busy machine.
const READY_LIMIT: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(50);

pub(super) struct Stage {
    pub(super) server: LabServer,
    pub(super) port: u16,
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
    pub(super) async fn set() -> Result<Self, DemoError> {
        let tool = std::env::current_exe().map_err(DemoError::new("find this program"))?;
        let targets = fleet(WANTED_PORT)?.model().instances().map(address).collect::<Vec<_>>();
        let port = free_port(&targets).map_err(DemoError::new("find a free port"))?;
        let fleet = fleet(port)?;
        let server = LabServer::start(fleet.model(), fleet.faults(), ServerOptions::FREE_PORTS)
            .await
            .map_err(DemoError::new("start the lab"))?;
        let folder = std::env::temp_dir().join(format!("elb-deploy-demo-{}", RunId::unique()));
        fs::create_dir(&folder).map_err(DemoError::new("make a folder for the demo"))?;
        let props = Props { folder, targets };
        Ok(Self { server, port, tool, props, at_work: None, apps: JoinSet::new() })
    }

    /// Starts the first version, and waits until every target is in service.
    pub(super) async fn open(&mut self) -> Result<(), DemoError> {
        self.write_files().map_err(DemoError::new("write the deploy script"))?;
        self.boot()?;
        self.in_service().await
    }

    pub(super) fn targets(&self) -> impl ExactSizeIterator<Item = &str> {
        self.props.targets.iter().map(|(id, _)| id.as_str())
    }

    pub(super) fn describe(&self) -> String {
        let listeners = self.server.listeners().iter().map(|at| format!("http://{}", at.address));
        format!(
            "{} targets behind {}, deployed by {}",
            self.targets().len(),
            listeners.collect::<Vec<_>>().join(" and "),
            self.script().display()
        )
    }

    /// Where the traffic goes.
    pub(super) fn entry(&self) -> Result<SocketAddr, DemoError> {
        let first = self.server.listeners().first().map(|listener| listener.address);
        first.ok_or("the fleet has no listener").map_err(DemoError::new("send traffic"))
    }

    /// The deploy script of the demo for one target; it ends when the new version serves.
    pub(super) fn deploy(&self, target: &str) -> Command {
        let mut command = Command::new(self.script());
        command.arg(target).arg(self.port.to_string()).arg("v2").stdout(Stdio::null());
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
            .arg(self.props.folder.join("state"));
        self.surround(&mut command);
        command
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

    pub(super) fn script(&self) -> PathBuf {
        self.props.folder.join("deploy.sh")
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
        fs::write(self.script(), DEPLOY_SCRIPT)?;
        fs::set_permissions(self.script(), fs::Permissions::from_mode(0o755))?;
        for (id, address) in &self.props.targets {
            fs::write(self.props.folder.join(format!("{id}.address")), address.to_string())?;
        }
        Ok(())
    }

    /// The first version runs as children of the demo, in groups of their own so that Ctrl-C does
    /// not reach them before the demo is over.
    fn boot(&mut self) -> Result<(), DemoError> {
        for (id, address) in &self.props.targets {
            let mut command = Command::new(&self.tool);
            let listen = SocketAddr::new(*address, self.port).to_string();
            command.args(["lab", "app", "--app-version", "v1", "--listen", &listen]);
            unset_settings(&mut command);
            command.process_group(0).kill_on_drop(true).stdin(Stdio::null());
            let mut app = command.spawn().map_err(DemoError::new("start the sample service"))?;
            let pid = app.id().map(|pid| pid.to_string()).unwrap_or_default();
            fs::write(self.props.folder.join(format!("{id}.pid")), pid)
                .map_err(DemoError::new("note a process"))?;
            self.apps.spawn(async move {
                app.wait().await.ok();
            });
        }
        Ok(())
    }
}

impl Props {
    /// The process of each target as it was noted last. What the deploy script started is nobody's
    /// child, so it is known by its number.
    fn apps(&self) -> Vec<Pid> {
        let noted = |(id, _): &(String, IpAddr)| {
            let pid = fs::read_to_string(self.folder.join(format!("{id}.pid"))).ok()?;
            Pid::from_raw(pid.trim().parse().ok()?)
        };
        self.targets.iter().filter_map(noted).collect()
    }
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

fn fleet(port: u16) -> Result<Fleet, DemoError> {
    let wanted = format!("port = {WANTED_PORT}");
    let text = Fleet::default_text().replace(&wanted, &format!("port = {port}"));
    text.parse().map_err(DemoError::new("read the ready-made fleet"))
}

fn address((id, instance): (&str, &Instance)) -> (String, IpAddr) {
    (id.to_owned(), instance.address)
}

/// The usual port if nobody has it on any target's address, otherwise one that is free.
fn free_port(targets: &[(String, IpAddr)]) -> std::io::Result<u16> {
    let is_free =
        |(_, address): &(String, IpAddr)| TcpListener::bind((*address, WANTED_PORT)).is_ok();
    if targets.iter().all(is_free) {
        return Ok(WANTED_PORT);
    }
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
