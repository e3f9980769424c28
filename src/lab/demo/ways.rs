//! Ways to deploy the same targets: this tool's and the old ones.

use std::fmt;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::sleep;

use super::error::DemoError;
use super::stage::{GROUPS, START_SCRIPT, STOP_SCRIPT, Stage};
use crate::lab::model::TargetSpec;

/// Longer than the lab's data plane lags behind its API (2 s), and shorter than the real ones'.
const SETTLE: &str = "4s";
/// What the old way sleeps instead of waiting: shorter than the lag, as a fixed sleep sooner or
/// later is.
const FIXED_SLEEP: Duration = Duration::from_secs(1);
const GLANCE: Duration = Duration::from_millis(50);

/// How the demo deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// With this tool, out of service.
    Roll,
    /// With this tool, from port to port.
    Flip,
    /// Kill and start, and let the load balancer find out.
    Restart,
    /// Start on another port, let a proxy on the target forward there, and kill the old one.
    ProxyReload,
    /// Deregister, sleep a fixed time, restart, register, do not wait.
    SleepAndHope,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Roll => "elb-deploy roll",
            Self::Flip => "elb-deploy flip",
            Self::ProxyReload => "start, reload a proxy, kill -9",
            Self::Restart => "kill and restart",
            Self::SleepAndHope => "deregister, sleep 1s, restart, register",
        })
    }
}

impl Way {
    pub(super) async fn deploy(self, stage: &mut Stage) -> Result<(), DemoError> {
        match self {
            Self::Roll => {
                return stage.perform("deploy with elb-deploy roll", roll(stage)).await;
            }
            Self::Flip => {
                return stage.perform("deploy with elb-deploy flip", flip(stage)).await;
            }
            Self::ProxyReload => return reload(stage).await,
            Self::Restart | Self::SleepAndHope => {}
        }
        let targets: Vec<_> = stage.targets().map(ToOwned::to_owned).collect();
        for target in &targets {
            if self == Self::SleepAndHope {
                deregister(stage, target);
                sleep(FIXED_SLEEP).await;
            }
            stage.perform("run the deploy script", stage.deploy(target)).await?;
            if self == Self::SleepAndHope {
                register(stage, target)?;
            }
        }
        Ok(())
    }
}

fn roll(stage: &Stage) -> Command {
    let mut command = stage.tool();
    command.arg("roll").args(GROUPS).args(["--settle", SETTLE, "--"]);
    command.arg(stage.deploy_script()).args(["{target}", "{port}", "v2"]);
    command
}

/// The scripts stand in a folder that the environment of both commands names.
fn flip(stage: &Stage) -> Command {
    let [blue, green, _] = stage.ports;
    let host = stage.address_of_first(green).map(|at| at.ip().to_string()).unwrap_or_default();
    let mut command = stage.tool();
    command.arg("flip").args(GROUPS).args(["--settle", SETTLE]);
    command.args(["--ports", &format!("{blue},{green}")]);
    command.args(stage.targets().flat_map(|target| ["--target", target]));
    command.args(["--start", &format!("\"$DEMO/{START_SCRIPT}\" {{target}} {{port}} v2")]);
    command.args(["--stop", &format!("\"$DEMO/{STOP_SCRIPT}\" {{target}} {{port}}")]);
    command.args(["--ready", &format!("http://{host}:{{port}}/health")]);
    command
}

/// As scripts around nginx do it: whoever is still served by the old process is cut off.
async fn reload(stage: &mut Stage) -> Result<(), DemoError> {
    let [_, old, new] = stage.ports;
    let Some(target) = stage.targets().next().map(ToOwned::to_owned) else { return Ok(()) };
    let start = stage.by_script(START_SCRIPT, &target, new);
    stage.perform("run the start script", start).await?;
    while let Some(at) = stage.address_of_first(new)
        && TcpStream::connect(at).await.is_err()
    {
        sleep(GLANCE).await;
    }
    if let Some(upstream) = &stage.upstream {
        upstream.reload(new);
    }
    stage.kill(old);
    Ok(())
}

fn deregister(stage: &Stage, target: &str) {
    for arn in arns(stage) {
        stage.server.lab().with_model(|model, now| {
            // One that is gone already is no error, and the groups are the lab's own.
            model.deregister(now, &arn, &[TargetSpec::id(target)]).ok();
        });
    }
}

fn register(stage: &Stage, target: &str) -> Result<(), DemoError> {
    for arn in arns(stage) {
        stage
            .server
            .lab()
            .with_model(|model, now| model.register(now, &arn, &[TargetSpec::id(target)]))
            .map_err(DemoError::new("register a target"))?;
    }
    Ok(())
}

fn arns(stage: &Stage) -> Vec<crate::lab::model::Arn> {
    stage
        .server
        .lab()
        .with_model(|model, _| model.groups().map(|group| group.arn.clone()).collect())
}
