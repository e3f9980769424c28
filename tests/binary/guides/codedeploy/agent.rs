//! What the agent of CodeDeploy does on an instance in an in-place deployment: the order of the events, whose
//! revision each script comes from, and what it runs in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use rustix::process::{Signal, kill_process_group};
use tokio::process::Command;

use super::Site;
use super::appspec::{AppSpec, Script};
use crate::run::Running;
use crate::stage::A;

/// The events in their order; those around traffic are there only if CodeDeploy knows the load balancer.
const EVENTS: [&str; 13] = [
    "BeforeBlockTraffic",
    "BlockTraffic",
    "AfterBlockTraffic",
    "ApplicationStop",
    "DownloadBundle",
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "ApplicationStart",
    "ValidateService",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
];
/// Their scripts are those of the revision that was deployed last with success.
pub const PREVIOUS: [&str; 3] = ["BeforeBlockTraffic", "AfterBlockTraffic", "ApplicationStop"];

/// Where a deployment is cut off: in this script, once it has said this.
#[derive(Clone, Copy)]
pub struct Cut {
    pub script: &'static str,
    pub line: &'static str,
    pub by: By,
}

#[derive(Clone, Copy)]
pub enum By {
    /// The script's limit: SIGTERM to its process group, and nobody listens any more.
    Limit,
    /// The machine or the agent dies, and the script with it.
    Death,
}

pub struct Agent<'a> {
    site: &'a Site,
    traffic: bool,
    previous: Option<PathBuf>,
    deployments: u32,
    /// Events and scripts that were run.
    pub ran: Vec<String>,
}

impl<'a> Agent<'a> {
    /// Its deployment group has no load balancer.
    pub fn of(site: &'a Site) -> Self {
        Self { site, traffic: false, previous: None, deployments: 0, ran: Vec::new() }
    }

    /// Its deployment group has one, so that CodeDeploy blocks and allows traffic.
    pub fn with_traffic_control(site: &'a Site) -> Self {
        Self { traffic: true, ..Self::of(site) }
    }

    /// Which script failed, if one did.
    pub async fn deploy(&mut self, revision: &Path) -> Result<(), String> {
        self.deploy_until(revision, None).await
    }

    pub async fn deploy_until(&mut self, revision: &Path, cut: Option<Cut>) -> Result<(), String> {
        self.deployments += 1;
        let deployment = format!("d-{:09}", self.deployments);
        let archive =
            self.site.stage.path(&format!("deployment-root/{deployment}/deployment-archive"));
        for event in EVENTS {
            let is_traffic = event.ends_with("Traffic");
            match event {
                _ if is_traffic && !self.traffic => {}
                "BlockTraffic" => self.site.stage.take_out("web", A, 8080).await,
                "AllowTraffic" => self.site.stage.put_back("web", A, 8080).await,
                "DownloadBundle" => copy(revision, &archive),
                "Install" => self.install(&archive),
                _ => {
                    let current = Some(archive.clone());
                    let from =
                        if PREVIOUS.contains(&event) { self.previous.clone() } else { current };
                    let Some(from) = from else { continue };
                    let scripts = AppSpec::of(&from).scripts.into_iter();
                    for script in scripts.filter(|script| script.event == event) {
                        self.run(&from, &deployment, &script, cut).await?;
                    }
                }
            }
        }
        self.previous = Some(archive);
        Ok(())
    }

    fn install(&self, archive: &Path) {
        for (source, destination) in AppSpec::of(archive).files {
            let destination = self.site.stage.path(destination.trim_start_matches('/'));
            copy(&archive.join(source.trim_start_matches('/')), &destination);
        }
    }

    async fn run(
        &mut self,
        archive: &Path,
        deployment: &str,
        script: &Script,
        cut: Option<Cut>,
    ) -> Result<(), String> {
        let path = archive.join(&script.location);
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        self.ran.push(format!("{} {name}", script.event));
        let command = self.hook(&path, deployment, &script.event);
        let mut running = Running::start(command);
        match cut.filter(|cut| cut.script == name) {
            None => {
                let ran = running.end().await;
                if ran.code == 0 { Ok(()) } else { Err(name) }
            }
            Some(Cut { line, by, .. }) => {
                running.until(line).await;
                match by {
                    By::Limit => {
                        kill_process_group(running.pid(), Signal::TERM).unwrap();
                        running.close_readers().await;
                    }
                    By::Death => {
                        kill_process_group(running.pid(), Signal::KILL).unwrap();
                        running.kill().await;
                    }
                }
                Err(name)
            }
        }
    }

    /// In a process group of its own, not in the revision's folder, and without a standard input.
    fn hook(&self, script: &Path, deployment: &str, event: &str) -> Command {
        let mut hook = self.site.command("sh".as_ref());
        hook.args(["-c", "exec \"$0\" <&-"]).arg(script);
        hook.current_dir("/").process_group(0);
        hook.env("LIFECYCLE_EVENT", event).env("DEPLOYMENT_ID", deployment);
        hook.env("APPLICATION_NAME", "shop").env("DEPLOYMENT_GROUP_NAME", "production");
        hook.env("DEPLOYMENT_GROUP_ID", "b1a2189b-dd90-4ef5-8f40-4c1c5example");
        hook
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let copied = process::Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status();
    assert!(copied.unwrap().success(), "{}", from.display());
}
