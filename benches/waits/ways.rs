//! The ways to wait that are measured on the same drains and starts.

use std::process::Stdio;
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::client::Waiters;
use aws_sdk_elasticloadbalancingv2::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_elasticloadbalancingv2::types::{TargetDescription, TargetHealthStateEnum as State};
use tokio::time::sleep;

use crate::stage::{Stage, Tools, id};

/// Longer than anything here takes.
const LONG: Duration = Duration::from_secs(600);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    Deregistered,
    InService,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    ElbDeploy,
    AwsCli,
    RustSdk,
    EachSecond,
}

impl Way {
    pub const fn name(self) -> &'static str {
        match self {
            Self::ElbDeploy => "elb-deploy wait",
            Self::AwsCli => "aws elbv2 wait",
            Self::RustSdk => "the Rust SDK's waiter",
            Self::EachSecond => "a look each second",
        }
    }

    /// Waits for the first target of a stage; what it says if it ends without that.
    pub async fn wait(self, tools: &Tools, stage: &Stage, goal: Goal) -> Option<String> {
        let target = id(0);
        let reached = match self {
            Self::ElbDeploy => return ours(tools, stage, goal, &[target], 0).await,
            Self::AwsCli => {
                let waiter = match goal {
                    Goal::Deregistered => "target-deregistered",
                    Goal::InService => "target-in-service",
                };
                let mut command = tools.aws(stage);
                command.args(["elbv2", "wait", waiter, "--target-group-arn", stage.group()]);
                command.args(["--targets", &format!("Id={target}")]);
                command.status().await.unwrap().success()
            }
            Self::RustSdk => sdk(stage, goal, &target).await,
            Self::EachSecond => each_second(stage, goal, &target).await,
        };
        (!reached).then(|| "it failed".to_owned())
    }
}

/// Our own wait; what it says if it does not end with this code.
pub async fn ours(
    tools: &Tools,
    stage: &Stage,
    goal: Goal,
    targets: &[String],
    code: i32,
) -> Option<String> {
    let verb = match goal {
        Goal::Deregistered => "deregistered",
        Goal::InService => "in-service",
    };
    let mut command = tools.elb_deploy(stage);
    command.args(["wait", verb, stage.group()]).args(targets);
    let ended = command.stderr(Stdio::piped()).output().await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    let words = || {
        let error = said.lines().find(|line| line.contains("error:"));
        format!("{}: {}", ended.status, error.unwrap_or(&said))
    };
    (ended.status.code() != Some(code)).then(words)
}

fn client(stage: &Stage) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("lab", "lab", None, None, "bench"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(format!("http://{}", stage.api()))
        .build();
    Client::from_conf(config)
}

fn description(target: &str) -> TargetDescription {
    TargetDescription::builder().id(target).build()
}

async fn sdk(stage: &Stage, goal: Goal, target: &str) -> bool {
    let (client, target) = (client(stage), description(target));
    match goal {
        Goal::Deregistered => {
            let wait = client.wait_until_target_deregistered().target_group_arn(stage.group());
            wait.targets(target).wait(LONG).await.is_ok()
        }
        Goal::InService => {
            let wait = client.wait_until_target_in_service().target_group_arn(stage.group());
            wait.targets(target).wait(LONG).await.is_ok()
        }
    }
}

/// As Ansible's `elb_target` does it.
async fn each_second(stage: &Stage, goal: Goal, target: &str) -> bool {
    let client = client(stage);
    let wanted = match goal {
        Goal::Deregistered => State::Unused,
        Goal::InService => State::Healthy,
    };
    loop {
        let ask = client.describe_target_health().target_group_arn(stage.group());
        let told = ask.targets(description(target)).send().await.unwrap();
        let states = told.target_health_descriptions().iter();
        let mut states = states.filter_map(|line| line.target_health()?.state());
        if states.all(|state| *state == wanted) {
            return true;
        }
        sleep(Duration::from_secs(1)).await;
    }
}
