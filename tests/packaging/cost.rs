//! What a hook costs the machine that it runs on, beside the waiting.

use std::fs;
use std::process::Stdio;

use elb_deploy::lab::exports::environment;
use elb_deploy::lab::fleet::Fleet;
use elb_deploy::lab::server::{LabServer, ServerOptions};
use tokio::process::Command;

use crate::archive::Root;
use crate::has;

/// 25 MB, as it is promised, in the kilobytes that `time` counts.
const MOST_MEMORY: u64 = 25_000;
/// 50 ms, as it is promised.
const MOST_CPU: f64 = 0.05;

const FLEET: &str = "
[[instance]]
id = 'i-0000000a'
zone = 'lab-1a'
address = '127.0.0.1'
[[group]]
name = 'web'
port = 8080
targets = ['i-0000000a']
[group.check]
path = '/health'
interval = '1s'
timeout = '500ms'
[group.attributes]
'deregistration_delay.timeout_seconds' = '6'
[[balancer]]
name = 'lab'
kind = 'application'
zones = ['lab-1a']
[[balancer.listener]]
port = 18080
group = 'web'
";

#[tokio::test]
#[ignore = "needs `make dist`: run `make dist-test`"]
async fn a_drain_of_this_instance_takes_little_memory_and_next_to_no_time() {
    if !has("time", "what a drain costs") {
        return;
    }
    let root = Root::installed();
    let fleet: Fleet = FLEET.parse().unwrap();
    let options = ServerOptions::FREE_PORTS;
    let lab = LabServer::start(fleet.model(), fleet.faults(), options).await.unwrap();
    let told = root.path("cost");
    let mut drain = Command::new("time");
    drain.args(["--format", "%M %U %S", "--output"]).arg(&told);
    drain.arg(root.path("usr/bin/elb-deploy"));
    drain.args(["drain", "--self", "--min-healthy", "0", "--state-dir"]).arg(root.path("state"));
    drain.env_clear().env("PATH", "/usr/bin:/bin").envs(environment(lab.api()));
    let own = lab.metadata()[0].address;
    drain.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{own}"));
    let ended = drain.stdin(Stdio::null()).output().await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && said.contains("1 target drained"), "{said}");
    let cost = fs::read_to_string(told).unwrap();
    let cost: Vec<&str> = cost.split_whitespace().collect();
    let memory: u64 = cost[0].parse().unwrap();
    assert!(memory < MOST_MEMORY, "{memory} kB of memory");
    let spent: f64 = cost[1..].iter().map(|it| it.parse::<f64>().unwrap()).sum();
    assert!(spent < MOST_CPU, "{spent} s of processor time");
}
