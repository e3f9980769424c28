//! Where CodeDeploy itself blocks and allows traffic, the hooks only look: whether it really is out, and back.

use super::Site;
use super::agent::Agent;
use crate::run::Ran;
use crate::stage::{A, B};

const WITH: [&str; 1] = ["with-traffic-control"];

#[tokio::test]
async fn the_hooks_wait_and_change_nothing() {
    let site = Site::of(&[B]).await;
    let mut agent = Agent::with_traffic_control(&site);
    for version in ["v1", "v2"] {
        agent.deploy(&site.revision(version, &WITH, version)).await.unwrap();
        site.serves(version, &[A, B]).await;
    }
    let once = ["BeforeInstall out.sh", "BeforeInstall stop.sh"];
    let once = [&once[..], &["ApplicationStart start.sh", "AfterAllowTraffic in.sh"]].concat();
    assert_eq!(agent.ran, [&once[..], &once].concat());
    // What stands for CodeDeploy's own calls is not made over the API.
    assert!(site.stage.mutating().is_empty());
}

#[tokio::test]
async fn an_instance_that_still_serves_is_not_stopped() {
    let site = Site::of(&[B]).await;
    let mut agent = Agent::with_traffic_control(&site);
    agent.deploy(&site.revision("v1", &WITH, "v1")).await.unwrap();
    // A deployment group that lost its load balancer: nobody blocks traffic.
    let script = site.revision("v2", &WITH, "v2").join("scripts/out.sh");
    let ran = Ran::of(site.command(&script)).await;
    ran.ended(4);
    site.serves("v1", &[A, B]).await;
}
