//! The way from the sample scripts of CodeDeploy, as docs/migrating.md has it: the one deploy in which the old
//! script still takes the instance out, and the new ones are there already.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::agent::Agent;
use super::{FIRST, Site};
use crate::stage::{A, B};

/// What the sample scripts do, in short: each asks the load balancer, and then until it says so.
const OLD: &str = r#"#!/bin/sh
set -eu
ask() {
    curl --silent --fail --data "Action=$1&Version=2015-12-01&TargetGroupArn=ARN&Targets.member.1.Id=i-0000000a" \
        "$AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2/"
}
ask ACTION
until ask DescribeTargetHealth | grep -q '<State>STATE</State>'; do sleep 1; done
"#;

const BEFORE: &str = "version: 0.0\nos: linux\nfiles:\n  - source: /shop\n    destination: /srv/shop\nhooks:\n\
                      \x20 ApplicationStop:\n    - location: scripts/deregister_from_elb.sh\n      timeout: 180\n\
                      \x20 ApplicationStart:\n    - location: scripts/start.sh\n\
                      \x20   - location: scripts/register_with_elb.sh\n      timeout: 180\n";

fn add_old_scripts(site: &Site, revision: &Path) {
    let arn = site.stage.server.lab().with_model(|model, _| {
        let group = model.group_named("web").unwrap();
        group.arn.to_string()
    });
    for (name, action, state) in [
        ("deregister_from_elb.sh", "DeregisterTargets", "unused"),
        ("register_with_elb.sh", "RegisterTargets", "healthy"),
    ] {
        let text = OLD.replace("ARN", &arn).replace("ACTION", action).replace("STATE", state);
        let path = revision.join("scripts").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[tokio::test]
async fn the_deploy_in_between_ends_well_with_the_old_script_for_registering_before_the_new_one() {
    let site = Site::of(&[B]).await;
    let mut agent = Agent::of(&site);
    let old = site.revision("v1", &[FIRST], "v1");
    add_old_scripts(&site, &old);
    fs::write(old.join("appspec.yml"), BEFORE).unwrap();
    agent.deploy(&old).await.unwrap();
    site.serves("v1", &[A, B]).await;

    let between = site.revision("v2", &[FIRST], "v2");
    add_old_scripts(&site, &between);
    let spec = fs::read_to_string(between.join("appspec.yml")).unwrap();
    let kept = "  ValidateService:\n    - location: scripts/register_with_elb.sh\n";
    fs::write(between.join("appspec.yml"), spec.replace("  ValidateService:\n", kept)).unwrap();
    agent.ran.clear();
    agent.deploy(&between).await.unwrap();
    assert_eq!(
        agent.ran[..2],
        ["ApplicationStop deregister_from_elb.sh", "BeforeInstall drain.sh"]
    );
    site.serves("v2", &[A, B]).await;
    assert!(site.stage.runs().is_empty(), "the old scripts have done it");

    agent.deploy(&site.revision("v3", &[FIRST], "v3")).await.unwrap();
    site.serves("v3", &[A, B]).await;
    assert_eq!(site.stage.runs().len(), 2, "a drain and a restore");
}
