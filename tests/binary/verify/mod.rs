//! `verify`, the real binary against the lab. What each check finds is held against data at a lower
//! level, in `rollout/preflight`.

mod denied;
mod found;
mod golden;
mod held_out;
mod usage;

use std::time::Duration;

use elb_deploy::lab::model::Power;
use tokio::time::{sleep, timeout};

use crate::bench::fresh_host;
use crate::run::Ran;
use crate::stage::{A, B, C, Stage, balancer, instance, listener};

const IDS: [&str; 3] = [A, B, C];

/// Registered, checked and answered for.
const READY_LIMIT: Duration = Duration::from_secs(60);

/// A group whose settings suit a deploy, for a fleet file.
fn fit(name: &str, ids: &[&str]) -> String {
    format!(
        "[[group]]\nname = '{name}'\nport = 8080\ntargets = {ids:?}\n\
         check = {{ path = '/health', interval = '2s', timeout = '1s', healthy = 2 }}\n\
         attributes = {{ 'deregistration_delay.timeout_seconds' = '30' }}\n"
    )
}

/// A group with much to say against it.
fn unfit(name: &str, ids: &[&str]) -> String {
    format!(
        "[[group]]\nname = '{name}'\nport = 8080\ntargets = {ids:?}\n\
         check = {{ path = '/health', interval = '30s', timeout = '25s', healthy = 5 }}\n\
         [group.attributes]\n\
         'deregistration_delay.timeout_seconds' = '300'\n\
         'slow_start.duration_seconds' = '60'\n\
         'stickiness.enabled' = 'true'\n\
         'load_balancing.cross_zone.enabled' = 'false'\n\
         'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count' = '3'\n"
    )
}

/// So many targets in service in a group that is described so, and in no other.
async fn with(targets: usize, name: &str, group: &str) -> Stage {
    let hosts: Vec<_> = IDS[..targets].iter().map(|id| (*id, fresh_host())).collect();
    let zoned = hosts.iter().zip(["lab-1a", "lab-1b"].iter().cycle());
    let instances = zoned.map(|((id, host), zone)| instance(id, zone, *host));
    let fleet = instances.collect::<String>() + group + &balancer(&[name]);
    let services: Vec<_> = hosts.iter().map(|(_, host)| (*host, 8080)).collect();
    Stage::around(&fleet, &services, &[name], targets).await
}

/// The same, and in `web` too.
async fn with_web(targets: usize, name: &str, group: &str) -> Stage {
    let more = listener(9090, name) + group;
    let stage = Stage::with(targets, &[("web", 8080)], &more).await;
    let serving = async {
        while stage.in_service(name).len() < targets {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(READY_LIMIT, serving).await.expect("it never came into service");
    stage
}

/// Pulls a target's plug.
fn stop(stage: &Stage, id: &str) {
    assert!(stage.server.lab().with_model(|model, _| model.power(id, Power::Stopped)));
}

/// Ended with this code and without a word to the person, having changed nothing.
#[track_caller]
fn is_found(stage: &Stage, ran: &Ran, code: i32) {
    ran.ended(code);
    assert_eq!(ran.stderr, "");
    assert_eq!(stage.mutating(), [""; 0]);
}
