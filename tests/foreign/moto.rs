//! This tool on moto's server, which knows nothing of it: other states, other gaps than the lab's.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::aws::Aws;
use crate::process::{Server, run};
use crate::venv;

/// An image that moto has from the start.
const IMAGE: &str = "ami-12c6146b";

struct Moto {
    aws: Aws,
    folder: TempDir,
    _server: Server,
}

impl Moto {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(venv::tool("moto_server"));
        command.args(["-H", "127.0.0.1", "-p", "0"]);
        let server = Server::start(command, &folder.path().join("moto"), "Running on").await;
        let printed = server.printed();
        let url = printed.split_whitespace().find(|word| word.starts_with("http://")).unwrap();
        let environment = [
            ("AWS_ENDPOINT_URL", url),
            ("AWS_REGION", "us-east-1"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "moto"),
            ("AWS_SECRET_ACCESS_KEY", "moto"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { aws: Aws::new(folder.path(), environment), folder, _server: server }
    }

    /// The one word that a command answers with.
    async fn word(&self, words: &str, query: &str) -> String {
        let answer = self.aws.json(&format!("{words} --query {query}")).await;
        answer.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// A group behind a balancer with two targets, one of them with a port of its own; its ARN.
    async fn group(&self) -> String {
        let vpc = self.word("ec2 create-vpc --cidr-block 10.0.0.0/16", "Vpc.VpcId").await;
        let mut subnets = Vec::new();
        for (number, zone) in ["us-east-1a", "us-east-1b"].iter().enumerate() {
            let words = format!(
                "ec2 create-subnet --vpc-id {vpc} --cidr-block 10.0.{number}.0/24 --availability-zone {zone}"
            );
            subnets.push(self.word(&words, "Subnet.SubnetId").await);
        }
        let words = format!(
            "ec2 run-instances --image-id {IMAGE} --count 2 --subnet-id {} --query Instances[].InstanceId",
            subnets[0]
        );
        let instances = self.aws.json(&words).await;
        let [one, other] = [0, 1].map(|index| instances[index].as_str().unwrap());
        let words = format!(
            "elbv2 create-target-group --name web --protocol HTTP --port 8080 --vpc-id {vpc}"
        );
        let group = self.word(&words, "TargetGroups[0].TargetGroupArn").await;
        let words = format!("elbv2 create-load-balancer --name lb --subnets {}", subnets.join(" "));
        let balancer = self.word(&words, "LoadBalancers[0].LoadBalancerArn").await;
        for words in [
            format!(
                "create-listener --load-balancer-arn {balancer} --protocol HTTP --port 80 --default-actions Type=forward,TargetGroupArn={group}"
            ),
            format!(
                "modify-target-group-attributes --target-group-arn {group} --attributes Key=deregistration_delay.timeout_seconds,Value=1"
            ),
            format!(
                "register-targets --target-group-arn {group} --targets Id={one} Id={other},Port=9090"
            ),
        ] {
            self.aws.json(&format!("elbv2 {words}")).await;
        }
        group
    }

    /// What is registered, in no order that moto would keep.
    async fn registrations(&self, group: &str) -> Vec<String> {
        let words = format!("elbv2 describe-target-health --target-group-arn {group}");
        let told = self.aws.json(&words).await;
        let lines = told["TargetHealthDescriptions"].as_array().unwrap();
        let mut lines: Vec<_> = lines.iter().map(Value::to_string).collect();
        lines.sort();
        lines
    }
}

/// A deploy command that asks the AWS CLI what has become of the target that it deploys.
fn witness(aws: &Path, group: &str, noted: &Path) -> String {
    format!(
        "'{}' elbv2 describe-target-health --target-group-arn {group} \
         --targets Id=$ELB_DEPLOY_TARGET,Port=$ELB_DEPLOY_PORT \
         --query TargetHealthDescriptions[0].TargetHealth.Reason --output text >> '{}'",
        aws.display(),
        noted.display()
    )
}

#[tokio::test]
async fn a_group_on_moto_is_rolled_and_stands_as_before() {
    let moto = Moto::start().await;
    let group = moto.group().await;
    let before = moto.registrations(&group).await;
    assert_eq!(before.len(), 2, "{before:?}");
    assert!(before.iter().any(|line| line.contains("9090")), "{before:?}");

    let noted = moto.folder.path().join("noted");
    let mut roll = moto.aws.surrounded(env!("CARGO_BIN_EXE_elb-deploy"));
    roll.arg("--state-dir").arg(moto.folder.path().join("state"));
    roll.args(["roll", "web", "--settle", "1s", "--", "/bin/sh", "-c"]);
    roll.arg(witness(&venv::tool("aws"), &group, &noted));
    let ended = run(roll).await;
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);

    let seen = fs::read_to_string(&noted).unwrap();
    assert_eq!(seen, "Target.NotRegistered\n".repeat(2), "what was out while it was deployed");
    assert_eq!(moto.registrations(&group).await, before);
}
