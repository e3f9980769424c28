//! Three ways to deploy the same four targets.

use std::fmt;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::sleep;

use super::error::DemoError;
use super::stage::{GROUPS, Stage};
use crate::lab::model::TargetSpec;

/// Longer than the lab's data plane lags behind its API (2 s), and shorter than the real ones'.
const SETTLE: &str = "4s";
/// What the old way sleeps instead of waiting: shorter than the lag, as a fixed sleep sooner or
/// later is.
const FIXED_SLEEP: Duration = Duration::from_secs(1);

/// How the demo deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// With this tool.
    Roll,
    /// Kill and start, and let the load balancer find out.
    Restart,
    /// Deregister, sleep a fixed time, restart, register, do not wait.
    SleepAndHope,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Roll => "elb-deploy roll",
            Self::Restart => "kill and restart",
            Self::SleepAndHope => "deregister, sleep 1s, restart, register",
        })
    }
}

impl Way {
    pub(super) async fn deploy(self, stage: &mut Stage) -> Result<(), DemoError> {
        if self == Self::Roll {
            return stage.perform("deploy with elb-deploy roll", roll(stage)).await;
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
    command.arg(stage.script()).args(["{target}", "{port}", "v2"]);
    command
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
