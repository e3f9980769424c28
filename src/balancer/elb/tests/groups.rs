//! Describing groups: how they are asked for, their settings, and which of them are missing.

use std::time::Duration;

use super::over;
use super::wire::{Answer, Wire, ok, refusal};
use crate::balancer::elb::connect::ASKING_ATTEMPTS;
use crate::balancer::{Balancer, ErrorKind};
use crate::rollout::{BalancerKind, HealthCheck, TargetType};

fn arn_of(name: &str) -> String {
    format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/{name}/0a1b2c")
}

fn group(name: &str, rest: &str) -> String {
    let arn = arn_of(name);
    format!(
        "<member><TargetGroupArn>{arn}</TargetGroupArn><TargetGroupName>{name}</TargetGroupName>\
         {rest}</member>"
    )
}

fn described(members: &str) -> Answer {
    ok("DescribeTargetGroups", &format!("<TargetGroups>{members}</TargetGroups>"))
}

fn page(members: &str, marker: &str) -> Answer {
    let list = format!("<TargetGroups>{members}</TargetGroups><NextMarker>{marker}</NextMarker>");
    ok("DescribeTargetGroups", &list)
}

fn delay(seconds: &str) -> Answer {
    let list = format!(
        "<Attributes><member><Key>stickiness.enabled</Key><Value>false</Value></member><member>\
         <Key>deregistration_delay.timeout_seconds</Key><Value>{seconds}</Value></member>\
         </Attributes>"
    );
    ok("DescribeTargetGroupAttributes", &list)
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_groups_settings_come_from_its_description_and_its_attributes() {
    let settings = "<Protocol>TCP</Protocol><TargetType>ip</TargetType>\
        <HealthCheckIntervalSeconds>10</HealthCheckIntervalSeconds>\
        <HealthyThresholdCount>3</HealthyThresholdCount>\
        <UnhealthyThresholdCount>4</UnhealthyThresholdCount>\
        <LoadBalancerArns><member>arn:lb/one</member></LoadBalancerArns>";
    let wire = Wire::new([described(&group("api", settings)), delay("45")]);
    let groups = over(&wire).await.groups(&texts(&["api"])).await.unwrap();
    let [api] = groups.as_slice() else { panic!("{groups:?}") };
    assert_eq!((api.name.as_str(), api.arn.as_str()), ("api", arn_of("api").as_str()));
    assert_eq!((api.target_type, api.kind), (TargetType::Ip, BalancerKind::Network));
    assert_eq!(api.balancers, ["arn:lb/one"]);
    assert_eq!(api.deregistration_delay, Duration::from_secs(45));
    let interval = Duration::from_secs(10);
    let check = HealthCheck { interval, healthy_threshold: 3, unhealthy_threshold: 4 };
    assert_eq!(api.health_check, check);
    assert_eq!(wire.sent()[0].field("Names.member.1"), Some("api"));
    assert_eq!(wire.sent()[1].field("TargetGroupArn"), Some(arn_of("api").as_str()));
}

#[tokio::test(start_paused = true)]
async fn the_protocol_tells_the_kind_of_load_balancer() {
    for (protocols, kind) in [
        (&["HTTP", "HTTPS"][..], BalancerKind::Application),
        (&["TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"], BalancerKind::Network),
        (&["GENEVE"], BalancerKind::Gateway),
    ] {
        for protocol in protocols {
            let settings = format!("<Protocol>{protocol}</Protocol>");
            let wire = Wire::new([described(&group("web", &settings)), delay("300")]);
            let groups = over(&wire).await.groups(&texts(&["web"])).await.unwrap();
            assert_eq!(groups[0].kind, kind, "{protocol}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_understood_is_named() {
    for (settings, seconds, word) in [
        ("<Protocol>CARRIER_PIGEON</Protocol>", "300", "CARRIER_PIGEON"),
        ("<TargetType>toaster</TargetType>", "300", "toaster"),
        ("", "soon", "soon"),
    ] {
        let wire = Wire::new([described(&group("web", settings)), delay(seconds)]);
        let error = over(&wire).await.groups(&texts(&["web"])).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unexpected);
        assert!(error.message.contains(word), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn names_and_arns_are_asked_apart_and_come_in_the_order_asked_each_once() {
    let wire = Wire::new([
        described(&(group("web", "") + &group("api", ""))),
        page(&group("web", ""), "more"),
        described(&group("auth", "")),
        delay("1"),
        delay("2"),
        delay("3"),
    ]);
    let asked = texts(&["api", &arn_of("web"), "web", &arn_of("auth"), "api"]);
    let groups = over(&wire).await.groups(&asked).await.unwrap();
    let names: Vec<_> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(names, ["api", "web", "auth"]);
    let sent = wire.sent();
    assert_eq!((sent[0].count("Names", ""), sent[0].count("TargetGroupArns", "")), (3, 0));
    assert_eq!((sent[1].count("Names", ""), sent[1].count("TargetGroupArns", "")), (0, 2));
    assert_eq!(sent[2].field("Marker"), Some("more"));
    assert_eq!(sent.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn forty_five_groups_are_asked_for_in_three_calls() {
    let names: Vec<_> = (0..45).map(|number| format!("g{number}")).collect();
    let members = |names: &[String]| names.iter().map(|name| group(name, "")).collect::<String>();
    let pages = names.chunks(20).map(|chunk| described(&members(chunk)));
    let delays = std::iter::repeat_with(|| delay("300")).take(45);
    let wire = Wire::new(pages.chain(delays));
    let groups = over(&wire).await.groups(&names).await.unwrap();
    assert_eq!(groups.len(), 45);
    let sizes: Vec<_> = wire.sent()[..3].iter().map(|sent| sent.count("Names", "")).collect();
    assert_eq!(sizes, [20, 20, 5]);
}

#[tokio::test(start_paused = true)]
async fn every_missing_group_is_named_with_the_one_it_was_taken_for() {
    let wire = Wire::new([
        refusal(400, "TargetGroupNotFound", "One or more target groups not found"),
        page(&group("web-prod", ""), "more"),
        described(&group("api", "")),
    ]);
    let old = arn_of("api").replace("0a1b2c", "9f9f9f");
    let asked = texts(&["web-pord", "api", "zebra", &old]);
    let error = over(&wire).await.groups(&asked).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::GroupNotFound);
    let expected = format!(
        "no such group in eu-west-1: web-pord (did you mean web-prod ?), zebra, \
         {old} (did you mean {} ?)",
        arn_of("api")
    );
    assert_eq!(error.message, expected);
}

#[tokio::test(start_paused = true)]
async fn when_the_list_of_groups_is_denied_the_asked_ones_are_named() {
    let wire = Wire::new([
        refusal(400, "TargetGroupNotFound", "not found"),
        refusal(403, "AccessDenied", "no"),
    ]);
    let error = over(&wire).await.groups(&texts(&["web", "api"])).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::GroupNotFound);
    assert_eq!(error.message, "TargetGroupNotFound: not found; one of web, api");
}

#[tokio::test(start_paused = true)]
async fn a_group_that_the_answer_leaves_out_is_missing_too() {
    let wire = Wire::new([described(&group("api", "")), described(&group("api", ""))]);
    let error = over(&wire).await.groups(&texts(&["api", "web"])).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::GroupNotFound);
    assert_eq!(error.message, "no such group in eu-west-1: web");
}

#[tokio::test(start_paused = true)]
async fn malformed_arns_are_refused_all_at_once_without_a_call() {
    let wire = Wire::default();
    let abroad = arn_of("web").replace("eu-west-1", "us-east-1");
    let error = over(&wire).await.groups(&texts(&["arn:cut", "web", &abroad])).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.message.contains("arn:cut") && error.message.contains("us-east-1"), "{error}");
    assert!(wire.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_short_name_with_two_letters_swapped_is_recognised() {
    for (asked, meant) in [("wbe", "web"), ("wb", "web"), ("xx", "xy"), ("api", "apis")] {
        let wire = Wire::new([
            refusal(400, "TargetGroupNotFound", "not found"),
            described(&group(meant, "")),
        ]);
        let error = over(&wire).await.groups(&texts(&[asked])).await.unwrap_err();
        let suggested = error.message.contains(&format!("did you mean {meant} ?"));
        assert_eq!(suggested, asked.len() > 2, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_before_the_run_is_given_up_within_seconds() {
    let broken = || Answer::Broken(std::io::ErrorKind::ConnectionRefused);
    let wire = Wire::new(std::iter::repeat_with(broken).take(20));
    let began = tokio::time::Instant::now();
    let error = over(&wire).await.groups(&texts(&["web"])).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert_eq!(wire.sent().len(), ASKING_ATTEMPTS as usize);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
