//! The adapter over a socket and the model asked directly say the same of a lab.

use std::sync::Arc;

use aws_config::Region;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use tokio::net::TcpListener;

use super::wire::{Answer, Wire};
use super::{ElbBalancer, over};
use crate::balancer::elb::connect;
use crate::balancer::{Balancer, ErrorKind};
use crate::lab::api;
use crate::lab::direct::Direct;
use crate::lab::faults::{FaultSettings, Faults};
use crate::lab::fleet::Fleet;
use crate::lab::state::Lab;
use crate::rollout::{Group, TargetType};

/// Whole seconds only: the wire has no others.
const FLEET: &str = r#"
[[instance]]
id = "i-1"
zone = "lab-1a"
address = "127.0.0.11"

[[group]]
name = "web"
port = 8080
targets = ["i-1"]

[group.attributes]
"slow_start.duration_seconds" = "30"
"stickiness.enabled" = "true"
"load_balancing.cross_zone.enabled" = "false"
"target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage" = "40"
"target_group_health.dns_failover.minimum_healthy_targets.count" = "off"

[[group]]
name = "flows"
kind = "ip"
protocol = "TCP"
port = 53
targets = ["127.0.0.12"]

[[group]]
name = "pay"
kind = "lambda"
targets = ["arn:aws:lambda:us-east-1:000000000000:function:pay"]

[[group]]
name = "inner"
kind = "alb"
port = 18080
targets = ["front"]

[[group]]
name = "idle"
port = 8080

[[balancer]]
name = "front"
kind = "application"
zones = ["lab-1a", "lab-1b"]

[[balancer.listener]]
port = 18080
group = "web"

[[balancer.listener.rule]]
priority = 20
paths = ["/pay"]
group = "pay"

[[balancer.listener.rule]]
priority = 10
paths = ["/x/*"]
group = "idle"

[[balancer]]
name = "net"
kind = "network"
zones = ["lab-1a"]
cross_zone = true

[[balancer.listener]]
port = 19053
group = "flows"

[[balancer.listener]]
port = 19080
group = "inner"
"#;

fn lab(settings: FaultSettings, seed: u64) -> Arc<Lab> {
    Arc::new(Lab::new(FLEET.parse::<Fleet>().unwrap().model(), Faults::new(settings, seed)))
}

/// A lab's model, and the adapter that asks it over loopback.
async fn both() -> (Direct, ElbBalancer) {
    let lab = lab(FaultSettings::NONE, 0);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(api::serve(listener, Arc::clone(&lab)));
    let key = Credentials::new("lab", "lab", None, None, "test");
    let config = connect::configured(connect::http_client())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(key))
        .load()
        .await;
    (Direct::new(lab), ElbBalancer::over(&config))
}

/// The same without a socket, which paused time would take for a slow one.
fn wire_to(lab: Arc<Lab>) -> Wire {
    Wire::answering(move |sent| {
        let mut form = form_urlencoded::Serializer::new(String::new());
        let answer = api::answer(&lab, form.extend_pairs(&sent.fields).finish().as_bytes());
        match answer.cut {
            true => Answer::Broken(std::io::ErrorKind::ConnectionReset),
            false => Answer::Http(answer.status, String::from_utf8(answer.body).unwrap()),
        }
    })
}

fn named<'a>(groups: &'a [Group], name: &str) -> &'a Group {
    groups.iter().find(|group| group.name == name).unwrap()
}

#[tokio::test]
async fn groups_and_fronts_are_the_same_over_the_wire_and_in_the_model() {
    let (model, wire) = both().await;
    let groups = wire.all_groups().await.unwrap();
    assert_eq!(groups, model.all_groups().await.unwrap());
    assert_eq!(groups.len(), 5);
    let names: Vec<_> = groups.iter().map(|group| group.name.clone()).collect();
    assert_eq!(wire.groups(&names).await.unwrap(), groups);

    let arns: Vec<_> = groups.iter().flat_map(|group| group.balancers.clone()).collect();
    let fronts = wire.fronts(&arns).await.unwrap();
    assert_eq!(fronts, model.fronts(&arns).await.unwrap());
    let mut uses: Vec<_> = fronts.iter().map(|front| (&*front.name, front.uses.len())).collect();
    uses.sort_unstable();
    assert_eq!(uses, [("front", 3), ("net", 2)]);
}

#[tokio::test]
async fn a_look_at_functions_is_an_error_in_both_and_at_balancers_is_not() {
    let (model, wire) = both().await;
    let groups = wire.all_groups().await.unwrap();
    let (pay, inner) = (named(&groups, "pay"), named(&groups, "inner"));
    assert_eq!((pay.target_type, pay.port), (TargetType::Lambda, None));
    for balancer in [&model as &dyn Balancer, &wire] {
        let error = balancer.look(&pay.arn, &[]).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
        assert!(error.message.contains("function:pay is a function: it has no port"), "{error}");
        let seen = balancer.look(&inner.arn, &[]).await.unwrap();
        assert!(seen[0].1.is_in_service(), "{seen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_comes_through_trouble_of_every_kind() {
    let trouble = FaultSettings {
        throttle_percent: 50.0,
        error_percent: 10.0,
        reset_percent: 5.0,
        cut_percent: 5.0,
        ..FaultSettings::NONE
    };
    for seed in 0..20 {
        let lab = lab(trouble, seed);
        let (model, wire) = (Direct::new(Arc::clone(&lab)), over(&wire_to(lab)).await);
        let groups = wire.all_groups().await.unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        assert_eq!(groups, model.all_groups().await.unwrap());
        let arns: Vec<_> = groups.iter().flat_map(|group| group.balancers.clone()).collect();
        let fronts = wire.fronts(&arns).await.unwrap_or_else(|why| panic!("seed {seed}: {why}"));
        assert_eq!(fronts, model.fronts(&arns).await.unwrap());
    }
}
