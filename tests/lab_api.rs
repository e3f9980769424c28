//! The real SDK against the lab's API over a loopback socket: each action, each error that matters.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::config::retry::RetryConfig;
use aws_sdk_elasticloadbalancingv2::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_elasticloadbalancingv2::error::ProvideErrorMetadata;
use aws_sdk_elasticloadbalancingv2::operation::RequestId;
use aws_sdk_elasticloadbalancingv2::types::{
    ActionTypeEnum, DescribeTargetHealthInputIncludeEnum, ProtocolEnum, Tag, TargetDescription,
    TargetGroup, TargetGroupAttribute, TargetHealthDescription, TargetHealthReasonEnum,
    TargetHealthStateEnum, TargetTypeEnum,
};
use elb_deploy::lab::api::serve;
use elb_deploy::lab::faults::{FaultSettings, Faults};
use elb_deploy::lab::fleet::Fleet;
use elb_deploy::lab::model::{CheckResult, Power};
use elb_deploy::lab::state::Lab;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

struct Bench {
    lab: Arc<Lab>,
    client: Client,
    address: std::net::SocketAddr,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn bench(faults: Faults) -> Bench {
    serving(Fleet::default_text(), faults).await
}

async fn serving(fleet: &str, faults: Faults) -> Bench {
    let fleet: Fleet = fleet.parse().unwrap();
    let lab = Arc::new(Lab::new(fleet.model(), faults));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(serve(listener, Arc::clone(&lab)));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(format!("http://{address}"))
        .credentials_provider(Credentials::new("lab", "lab", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Bench { lab, client: Client::from_conf(config), address, serving }
}

async fn calm() -> Bench {
    bench(Faults::none()).await
}

impl Bench {
    fn arn(&self, name: &str) -> String {
        self.lab.with_model(|model, _| model.group_named(name).unwrap().arn.to_string())
    }

    fn pass_all_checks(&self) {
        self.lab.with_model(|model, now| {
            for check in model.checks(now + Duration::from_secs(5)) {
                model.checked(now, &check, CheckResult::Code(200));
            }
        });
    }

    async fn health(&self, group: &str) -> Vec<TargetHealthDescription> {
        let call = self.client.describe_target_health();
        let answer = call.target_group_arn(self.arn(group)).send().await;
        answer.unwrap().target_health_descriptions.unwrap()
    }

    async fn states(&self, group: &str) -> Vec<(String, String)> {
        let lines = self.health(group).await;
        lines.iter().map(state_of).collect()
    }

    /// One request as it goes over the wire, for what no SDK would send or see.
    async fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn http(&self, method: &str, path: &str, body: &str) -> String {
        let length = body.len();
        self.raw(&format!(
            "{method} {path} HTTP/1.1\r\nhost: lab\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
        .await
    }
}

fn state_of(line: &TargetHealthDescription) -> (String, String) {
    let id = line.target.as_ref().unwrap().id.clone().unwrap();
    let state = line.target_health.as_ref().unwrap().state.clone().unwrap();
    (id, state.as_str().to_owned())
}

fn target(id: &str) -> TargetDescription {
    TargetDescription::builder().id(id).build()
}

fn code(error: &impl ProvideErrorMetadata) -> (&str, &str) {
    (error.code().unwrap_or_default(), error.message().unwrap_or_default())
}

#[tokio::test]
async fn describe_target_groups_tells_every_setting() {
    let bench = calm().await;
    let call = bench.client.describe_target_groups().names("web");
    let answer = call.send().await.unwrap();
    assert!(answer.request_id().is_some_and(|id| !id.is_empty()));
    let [group]: [TargetGroup; 1] = answer.target_groups.unwrap().try_into().unwrap();
    assert_eq!(group.target_group_arn, Some(bench.arn("web")));
    assert_eq!(group.target_group_name.as_deref(), Some("web"));
    assert_eq!(group.protocol, Some(ProtocolEnum::Http));
    assert_eq!(group.port, Some(8080));
    assert_eq!(group.vpc_id.as_deref(), Some("vpc-lab"));
    assert_eq!(group.health_check_port.as_deref(), Some("traffic-port"));
    assert_eq!(group.health_check_path.as_deref(), Some("/health"));
    assert_eq!(group.health_check_interval_seconds, Some(1));
    assert_eq!(group.health_check_timeout_seconds, Some(1));
    assert_eq!(group.healthy_threshold_count, Some(3));
    assert_eq!(group.unhealthy_threshold_count, Some(2));
    assert_eq!(group.health_check_enabled, Some(true));
    assert_eq!(group.matcher.unwrap().http_code.as_deref(), Some("200"));
    assert_eq!(group.target_type, Some(TargetTypeEnum::Instance));
    assert_eq!(group.load_balancer_arns.unwrap().len(), 1);
}

#[tokio::test]
async fn describe_target_groups_pages_and_filters() {
    let bench = calm().await;
    let call = bench.client.describe_target_groups().page_size(1);
    let mut pages = call.into_paginator().send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        let [group]: [TargetGroup; 1] = page.unwrap().target_groups.unwrap().try_into().unwrap();
        names.push(group.target_group_name.unwrap());
    }
    names.sort();
    assert_eq!(names, ["api", "web"]);
    let balancers = bench.client.describe_load_balancers().send().await.unwrap();
    let balancer = balancers.load_balancers()[0].load_balancer_arn().unwrap();
    for (call, groups) in [
        (bench.client.describe_target_groups().load_balancer_arn(balancer), 2),
        (bench.client.describe_target_groups().target_group_arns(bench.arn("api")), 1),
    ] {
        assert_eq!(call.send().await.unwrap().target_groups().len(), groups);
    }
    let missing = bench.client.describe_target_groups().names("none").send().await;
    assert!(missing.unwrap_err().into_service_error().is_target_group_not_found_exception());
}

#[tokio::test]
async fn attributes_are_described_and_modified_within_their_ranges() {
    let bench = calm().await;
    let modify = |value: &str| {
        let attribute = TargetGroupAttribute::builder()
            .key("deregistration_delay.timeout_seconds")
            .value(value)
            .build();
        let call = bench.client.modify_target_group_attributes();
        call.target_group_arn(bench.arn("web")).attributes(attribute).send()
    };
    assert!(!modify("17").await.unwrap().attributes().is_empty());
    let call = bench.client.describe_target_group_attributes();
    let answer = call.target_group_arn(bench.arn("web")).send().await.unwrap();
    let value = |key: &str| {
        let mut all = answer.attributes().iter();
        all.find(|each| each.key() == Some(key)).and_then(|each| each.value())
    };
    assert_eq!(value("deregistration_delay.timeout_seconds"), Some("17"));
    assert_eq!(value("slow_start.duration_seconds"), Some("0"));
    let refused = modify("3601").await.unwrap_err().into_service_error();
    assert_eq!(code(&refused).0, "ValidationError");
}

#[tokio::test]
async fn a_target_goes_out_and_comes_back() {
    let bench = calm().await;
    bench.pass_all_checks();
    let lines = bench.health("web").await;
    assert_eq!(lines.len(), 4);
    let first = &lines[0];
    let zone = first.target.as_ref().unwrap().availability_zone.as_deref();
    assert_eq!(zone, Some("lab-1a"));
    assert_eq!(first.health_check_port.as_deref(), Some("8080"));
    let health = first.target_health.as_ref().unwrap();
    assert_eq!(health.state, Some(TargetHealthStateEnum::Healthy));
    assert_eq!((&health.reason, &health.description), (&None, &None));

    let deregister = bench.client.deregister_targets().target_group_arn(bench.arn("web"));
    deregister.targets(target("i-00000001")).send().await.unwrap();
    let out = &bench.health("web").await[0];
    let health = out.target_health.as_ref().unwrap();
    assert_eq!(health.state, Some(TargetHealthStateEnum::Draining));
    assert_eq!(health.reason, Some(TargetHealthReasonEnum::DeregistrationInProgress));

    let register = bench.client.register_targets().target_group_arn(bench.arn("web"));
    register.targets(target("i-00000001")).send().await.unwrap();
    let back = &bench.states("web").await[0];
    assert_eq!(back, &("i-00000001".into(), "initial".into()));
}

#[tokio::test]
async fn targets_asked_by_name_may_be_unregistered_and_have_a_port() {
    let bench = calm().await;
    let call = bench.client.describe_target_health().target_group_arn(bench.arn("web"));
    let other_port = TargetDescription::builder().id("i-00000001").port(1).build();
    let answer = call
        .targets(target("i-none"))
        .targets(other_port)
        .targets(target("i-00000002"))
        .include(DescribeTargetHealthInputIncludeEnum::All)
        .send()
        .await
        .unwrap();
    let lines = answer.target_health_descriptions();
    let reasons: Vec<_> =
        lines.iter().map(|line| line.target_health().unwrap().reason().unwrap().as_str()).collect();
    let gone = "Target.NotRegistered";
    assert_eq!(reasons, [gone, gone, "Elb.RegistrationInProgress"]);
    assert_eq!(lines[1].target().unwrap().port(), Some(1));
    assert_eq!(lines[2].target().unwrap().port(), Some(8080));
    assert!(lines[2].anomaly_detection().is_some());
}

#[tokio::test]
async fn a_refused_target_is_an_invalid_target_exception() {
    let bench = calm().await;
    bench.lab.with_model(|model, _| model.power("i-00000004", Power::Stopped));
    for id in ["i-00000004", "i-none"] {
        let call = bench.client.register_targets().target_group_arn(bench.arn("web"));
        let error = call.targets(target(id)).send().await.unwrap_err();
        assert!(error.into_service_error().is_invalid_target_exception(), "{id}");
    }
    let call = bench.client.deregister_targets().target_group_arn("arn:none");
    let error = call.targets(target("i-00000001")).send().await.unwrap_err();
    assert!(error.into_service_error().is_target_group_not_found_exception());
}

#[tokio::test]
async fn balancers_listeners_and_rules_lead_to_the_groups() {
    let bench = calm().await;
    let balancers = bench.client.describe_load_balancers().names("lab").send().await.unwrap();
    let balancer = &balancers.load_balancers()[0];
    assert_eq!(balancer.r#type().unwrap().as_str(), "application");
    assert_eq!(balancer.state().unwrap().code().unwrap().as_str(), "active");
    assert!(balancer.created_time().is_some());
    let zones = balancer.availability_zones().iter();
    let zones: Vec<_> = zones.filter_map(|zone| zone.zone_name()).collect();
    assert_eq!(zones, ["lab-1a", "lab-1b"]);

    let call = bench.client.describe_listeners();
    let arn = balancer.load_balancer_arn().unwrap();
    let listeners = call.load_balancer_arn(arn).send().await.unwrap();
    let listener = &listeners.listeners()[0];
    assert_eq!((listeners.listeners().len(), listener.port()), (2, Some(18080)));
    assert_eq!(listener.protocol(), Some(&ProtocolEnum::Http));
    let action = &listener.default_actions()[0];
    assert_eq!(action.r#type(), Some(&ActionTypeEnum::Forward));
    assert_eq!(action.target_group_arn(), Some(bench.arn("web").as_str()));

    let call = bench.client.describe_rules();
    let rules = call.listener_arn(listener.listener_arn().unwrap()).send().await.unwrap();
    let [rule, default] = rules.rules() else {
        panic!("{rules:?}");
    };
    assert_eq!((rule.priority(), rule.is_default()), (Some("10"), Some(false)));
    assert_eq!(rule.conditions()[0].values(), ["/api/*"]);
    let forwarded = rule.actions()[0].forward_config().unwrap().target_groups();
    assert_eq!(forwarded[0].target_group_arn(), Some(bench.arn("api").as_str()));
    assert_eq!((default.priority(), default.is_default()), (Some("default"), Some(true)));

    let missing = bench.client.describe_load_balancers().names("none").send().await;
    let error = missing.unwrap_err().into_service_error();
    assert!(error.is_load_balancer_not_found_exception());
}

#[tokio::test]
async fn tags_are_added_described_and_removed() {
    let bench = calm().await;
    let web = bench.arn("web");
    let tag = Tag::builder().key("team").value("a & b <c>").build();
    let add = bench.client.add_tags().resource_arns(&web).tags(tag);
    add.send().await.unwrap();
    let tags = || async {
        let answer = bench.client.describe_tags().resource_arns(&web).send().await.unwrap();
        let tags = answer.tag_descriptions()[0].tags().iter();
        tags.map(|tag| format!("{}={}", tag.key().unwrap(), tag.value().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(tags().await, ["service=web", "team=a & b <c>"]);
    let remove = bench.client.remove_tags().resource_arns(&web).tag_keys("team");
    remove.send().await.unwrap();
    assert_eq!(tags().await, ["service=web"]);
}

#[tokio::test]
async fn a_group_is_created_in_no_listener_and_deleted() {
    let bench = calm().await;
    let create = |port| {
        let call = bench.client.create_target_group().name("new").port(port);
        let call = call.protocol(ProtocolEnum::Http).vpc_id("vpc-lab");
        call.health_check_interval_seconds(7)
            .tags(Tag::builder().key("k").value("v").build())
            .send()
    };
    let created = create(80).await.unwrap();
    let group = &created.target_groups()[0];
    assert_eq!(group.health_check_interval_seconds(), Some(7));
    assert!(group.load_balancer_arns().is_empty());
    let duplicate = create(81).await.unwrap_err().into_service_error();
    assert!(duplicate.is_duplicate_target_group_name_exception());

    let arn = group.target_group_arn().unwrap();
    let register = bench.client.register_targets().target_group_arn(arn);
    register.targets(target("i-00000001")).send().await.unwrap();
    let health = &bench.health("new").await[0];
    let reason = health.target_health().unwrap().reason();
    assert_eq!(reason, Some(&TargetHealthReasonEnum::NotInUse));

    let delete = |arn: String| bench.client.delete_target_group().target_group_arn(arn).send();
    delete(arn.to_owned()).await.unwrap();
    let in_use = delete(bench.arn("web")).await.unwrap_err().into_service_error();
    assert!(in_use.is_resource_in_use_exception());
}

#[tokio::test]
async fn throttling_and_failures_have_the_codes_of_the_real_service() {
    let bench = bench(Faults::default()).await;
    let mut throttled = None;
    for _ in 0..100 {
        if let Err(error) = bench.client.describe_target_groups().send().await {
            throttled = Some(error);
            break;
        }
    }
    let error = throttled.expect("a hundred calls at once must be throttled");
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 400);
    assert_eq!(code(&error), ("Throttling", "Rate exceeded"));

    let always = FaultSettings { error_percent: 100.0, ..FaultSettings::NONE };
    bench.lab.with_faults(|faults, _| faults.set(always));
    let error = bench.client.describe_target_groups().send().await.unwrap_err();
    assert!(error.raw_response().unwrap().status().as_u16() >= 500);
    assert!(["ServiceUnavailable", "InternalFailure"].contains(&code(&error).0));
}

#[tokio::test]
async fn a_cut_connection_is_a_dispatch_failure_though_the_work_is_done() {
    let cut = FaultSettings { cut_percent: 100.0, ..FaultSettings::NONE };
    let bench = bench(Faults::new(cut, 1)).await;
    let call = bench.client.deregister_targets().target_group_arn(bench.arn("web"));
    let error = call.targets(target("i-00000001")).send().await.unwrap_err();
    assert!(error.as_service_error().is_none() && error.raw_response().is_none(), "{error:?}");
    bench.lab.with_faults(|faults, _| faults.set(FaultSettings::NONE));
    assert_eq!(bench.states("web").await[0].1, "draining");
}

#[tokio::test]
async fn a_reset_connection_is_one_on_the_wire_and_nothing_is_done() {
    let reset = FaultSettings { reset_percent: 100.0, ..FaultSettings::NONE };
    let bench = bench(Faults::new(reset, 1)).await;
    let call = bench.client.deregister_targets().target_group_arn(bench.arn("web"));
    let error = call.targets(target("i-00000001")).send().await.unwrap_err();
    assert!(error.as_service_error().is_none(), "{error:?}");
    let mut stream = TcpStream::connect(bench.address).await.unwrap();
    let request =
        "POST / HTTP/1.1\r\nhost: lab\r\ncontent-length: 26\r\n\r\nAction=DescribeTargetGroups";
    stream.write_all(request.as_bytes()).await.unwrap();
    let error = stream.read_to_end(&mut Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    bench.lab.with_faults(|faults, _| faults.set(FaultSettings::NONE));
    assert_eq!(bench.states("web").await[0].1, "initial");
}

#[tokio::test]
async fn half_of_all_calls_can_be_throttled_whatever_the_rates_say() {
    let half = FaultSettings { throttle_percent: 50.0, ..FaultSettings::NONE };
    let bench = bench(Faults::new(half, 1)).await;
    let mut throttled = 0;
    for _ in 0..200 {
        if let Err(error) = bench.client.describe_target_groups().send().await {
            assert_eq!(error.raw_response().unwrap().status().as_u16(), 400);
            assert_eq!(code(&error), ("Throttling", "Rate exceeded"));
            throttled += 1;
        }
    }
    assert!((70..130).contains(&throttled), "{throttled} of 200");
}

#[tokio::test]
async fn functions_and_balancers_as_targets_are_described_as_by_the_real_service() {
    let text = Fleet::default_text().to_owned()
        + r#"
[[group]]
name = "pay"
kind = "lambda"
targets = ["arn:aws:lambda:us-east-1:000000000000:function:pay"]

[[group]]
name = "inner"
kind = "alb"
port = 18080
targets = ["lab"]

[[balancer]]
name = "outer"
kind = "network"
zones = ["lab-1a"]
cross_zone = true

[[balancer.listener]]
port = 20080
group = "inner"
"#;
    let bench = serving(&text, Faults::none()).await;
    let call = bench.client.describe_target_groups().names("pay").names("inner");
    let [pay, inner]: [TargetGroup; 2] =
        call.send().await.unwrap().target_groups.unwrap().try_into().unwrap();
    assert_eq!(pay.target_type, Some(TargetTypeEnum::Lambda));
    assert_eq!((&pay.protocol, pay.port, &pay.vpc_id), (&None, None, &None));
    assert_eq!((&pay.health_check_protocol, &pay.health_check_port), (&None, &None));
    assert_eq!(pay.health_check_enabled, Some(false));
    assert_eq!(
        (pay.health_check_interval_seconds, pay.health_check_timeout_seconds),
        (Some(35), Some(30))
    );
    assert_eq!(inner.target_type, Some(TargetTypeEnum::Alb));
    assert_eq!((inner.protocol, inner.port), (Some(ProtocolEnum::Tcp), Some(18080)));
    assert_eq!(inner.health_check_protocol, Some(ProtocolEnum::Http));

    let unused = &bench.health("pay").await[0];
    assert_eq!(unused.target_health().unwrap().reason(), Some(&TargetHealthReasonEnum::NotInUse));
    let web = bench.lab.with_model(|model, _| {
        let pay = model.group_named("pay").unwrap().arn.clone();
        let mut lab = model.balancers()[0].clone();
        lab.rule(18080, 20, vec!["/pay".into()], pay);
        model.add_balancer(lab.clone());
        lab.arn
    });
    let function = &bench.health("pay").await[0];
    let place = function.target().unwrap();
    assert_eq!(place.id(), Some("arn:aws:lambda:us-east-1:000000000000:function:pay"));
    assert_eq!((place.port(), function.health_check_port()), (None, None));
    let health = function.target_health().unwrap();
    assert_eq!(health.state(), Some(&TargetHealthStateEnum::Unavailable));
    assert_eq!(health.reason(), Some(&TargetHealthReasonEnum::HealthCheckDisabled));
    let balancer = &bench.health("inner").await[0];
    assert_eq!(balancer.target().unwrap().id(), Some(&*web));
    assert_eq!(state_of(balancer).1, "healthy");

    let register = |group: &str, id: &str| {
        let call = bench.client.register_targets().target_group_arn(bench.arn(group));
        call.targets(target(id)).send()
    };
    let error = register("pay", "i-00000001").await.unwrap_err();
    assert_eq!(code(&error).0, "ValidationError");
    let error = register("inner", "arn:aws:none").await.unwrap_err();
    assert!(error.into_service_error().is_invalid_target_exception());
    let other = register("pay", "arn:aws:lambda:us-east-1:000000000000:function:other").await;
    assert!(other.unwrap_err().into_service_error().is_too_many_targets_exception());
}

#[tokio::test]
async fn a_balancers_attributes_are_described() {
    let bench = calm().await;
    let balancers = bench.client.describe_load_balancers().send().await.unwrap();
    let arn = balancers.load_balancers()[0].load_balancer_arn().unwrap();
    let call = bench.client.describe_load_balancer_attributes().load_balancer_arn(arn);
    let answer = call.send().await.unwrap();
    let value = |key: &str| {
        let mut all = answer.attributes().iter();
        all.find(|each| each.key() == Some(key)).and_then(|each| each.value())
    };
    assert_eq!(value("load_balancing.cross_zone.enabled"), Some("true"));
    assert_eq!(value("idle_timeout.timeout_seconds"), Some("60"));
    let missing = bench.client.describe_load_balancer_attributes().load_balancer_arn("none").send();
    let error = missing.await.unwrap_err().into_service_error();
    assert!(error.is_load_balancer_not_found_exception());
}

#[tokio::test]
async fn latency_delays_the_answer() {
    let slow = FaultSettings { latency_ms: 150, ..FaultSettings::NONE };
    let bench = bench(Faults::new(slow, 1)).await;
    let started = tokio::time::Instant::now();
    bench.client.describe_target_groups().send().await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn the_control_tells_calls_and_changes_faults_and_power_over_http() {
    let bench = calm().await;
    bench.client.describe_target_groups().send().await.unwrap();
    let calls = bench.http("GET", "/lab/calls", "").await;
    assert!(calls.ends_with(r#"{"DescribeTargetGroups":1}"#), "{calls}");
    let faults = bench.http("PUT", "/lab/faults", r#"{"error_percent":100}"#).await;
    assert!(faults.starts_with("HTTP/1.1 200"), "{faults}");
    assert!(bench.client.describe_target_groups().send().await.is_err());
    bench.http("POST", "/lab/faults", r#"{"error_percent":0}"#).await;

    let stopped = bench.http("POST", "/lab/instances/i-00000002/stop", "").await;
    assert!(stopped.starts_with("HTTP/1.1 200"), "{stopped}");
    assert_eq!(bench.states("web").await[1].1, "unused");
    bench.http("POST", "/lab/instances/i-00000002/start", "").await;
    assert_eq!(bench.states("web").await[1].1, "initial");
    let shifted = bench.http("POST", "/lab/zones/lab-1a/shift", "").await;
    assert!(shifted.starts_with("HTTP/1.1 200"), "{shifted}");
    let health = &bench.health("web").await[0];
    let shift = health.administrative_override().unwrap();
    assert_eq!(shift.state().unwrap().as_str(), "zonal_shift_active");
}

#[tokio::test]
async fn what_is_no_call_is_refused_and_the_server_lives_on() {
    let bench = calm().await;
    assert!(bench.http("GET", "/", "").await.starts_with("HTTP/1.1 404"));
    assert!(bench.http("POST", "/", "").await.contains("<Code>MissingAction</Code>"));
    let huge = "x".repeat(2 * 1024 * 1024);
    let length = huge.len();
    let mut stream = TcpStream::connect(bench.address).await.unwrap();
    let head = format!("POST / HTTP/1.1\r\nhost: lab\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server may close before all of it is written.
    let _ = stream.write_all(huge.as_bytes()).await;
    let mut nonsense = TcpStream::connect(bench.address).await.unwrap();
    nonsense.write_all(b"\0\x01\x02\r\n\r\n").await.unwrap();
    bench.client.describe_target_groups().send().await.unwrap();
}

#[tokio::test]
async fn a_listener_that_others_can_reach_is_refused() {
    let fleet: Fleet = Fleet::default_text().parse().unwrap();
    let lab = Arc::new(Lab::new(fleet.model(), Faults::none()));
    let Ok(listener) = TcpListener::bind("0.0.0.0:0").await else {
        return;
    };
    let error = serve(listener, lab).await.unwrap_err();
    assert!(error.to_string().contains("no loopback address"), "{error}");
}
