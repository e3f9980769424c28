use super::*;
use crate::lab::faults::FaultSettings;
use crate::lab::model::{Balancer, BalancerKind, Group, Lags, Protocol, TargetKind};

fn lab(faults: Faults) -> Lab {
    let mut model = Model::new(Lags::NONE);
    for name in ["web", "api", "spare"] {
        let kind = TargetKind::Ip;
        model.add_group(Group::new(name, kind, Protocol::Http, 80, "vpc-1"));
    }
    let arn = |name| model.group_named(name).unwrap().arn.clone();
    let mut balancer = Balancer::new("lab", BalancerKind::Application, "vpc-1", vec!["a".into()]);
    balancer.listen(18080, Protocol::Http, arn("web"));
    balancer.rule(18080, 10, vec!["/api/*".into()], arn("api"));
    model.add_balancer(balancer);
    Lab::new(model, faults)
}

fn calm() -> Lab {
    lab(Faults::none())
}

fn arn(lab: &Lab, name: &str) -> String {
    lab.with_model(|model, _| model.group_named(name).unwrap().arn.to_string())
}

fn ask(lab: &Lab, body: &str) -> (u16, String) {
    let answer = answer(lab, body.as_bytes());
    (answer.status, String::from_utf8(answer.body).unwrap())
}

fn code_of(lab: &Lab, body: &str) -> String {
    let (_, body) = ask(lab, body);
    let (_, rest) = body.split_once("<Code>").unwrap_or(("", &body));
    rest.split("</Code>").next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn an_error_has_the_shape_and_the_code_without_exception() {
    let lab = calm();
    let body = "Action=DescribeTargetHealth&Version=2015-12-01&TargetGroupArn=none";
    let (status, body) = ask(&lab, body);
    assert_eq!(status, 400);
    let expected = "<Error><Type>Sender</Type><Code>TargetGroupNotFound</Code>\
        <Message>One or more target groups not found</Message></Error><RequestId>";
    assert!(body.contains(expected), "{body}");
    assert!(body.starts_with("<ErrorResponse xmlns="), "{body}");
}

#[tokio::test]
async fn an_unknown_action_or_version_is_invalid_action() {
    let lab = calm();
    for body in ["Action=RunInstances", "Action=DescribeTags&Version=2012-06-01"] {
        assert_eq!(code_of(&lab, body), "InvalidAction", "{body}");
    }
    assert_eq!(code_of(&lab, ""), "MissingAction");
}

#[tokio::test]
async fn each_refusal_has_the_code_of_the_real_service() {
    let lab = calm();
    let web = arn(&lab, "web");
    for (body, code) in [
        ("Action=DescribeLoadBalancers&Names.member.1=x".into(), "LoadBalancerNotFound"),
        ("Action=DescribeTargetGroups&Names.member.1=x".into(), "TargetGroupNotFound"),
        ("Action=DescribeTargetGroups&LoadBalancerArn=x".into(), "LoadBalancerNotFound"),
        ("Action=DescribeListeners&ListenerArns.member.1=x".into(), "ListenerNotFound"),
        ("Action=DescribeListeners".into(), "ValidationError"),
        ("Action=DescribeRules&RuleArns.member.1=x".into(), "RuleNotFound"),
        ("Action=DescribeTags&ResourceArns.member.1=x".into(), "ValidationError"),
        (format!("Action=RegisterTargets&TargetGroupArn={web}"), "ValidationError"),
        (format!("Action=RegisterTargets&TargetGroupArn={web}&Targets.member.1.Id=nonsense"), "ValidationError"),
        (format!("Action=RegisterTargets&TargetGroupArn={web}&Targets.member.1.Id=127.0.0.1&Targets.member.1.Port=0"), "ValidationError"),
        (format!("Action=DeleteTargetGroup&TargetGroupArn={web}"), "ResourceInUse"),
        ("Action=CreateTargetGroup&Name=web&Protocol=HTTP&Port=81&VpcId=v".into(), "DuplicateTargetGroupName"),
        ("Action=CreateTargetGroup&Name=-_&Protocol=HTTP&Port=81&VpcId=v".into(), "ValidationError"),
        ("Action=CreateTargetGroup&Name=x&Protocol=HTTP&Port=81&VpcId=v&HealthCheckIntervalSeconds=4".into(), "ValidationError"),
    ] {
        assert_eq!(code_of(&lab, &body), code, "{body}");
    }
}

#[tokio::test]
async fn throttling_is_http_400_rate_exceeded_and_changes_nothing() {
    let lab = lab(Faults::default());
    let web = arn(&lab, "web");
    let register = |n: u8| {
        ask(
            &lab,
            &format!("Action=RegisterTargets&TargetGroupArn={web}&Targets.member.1.Id=127.0.1.{n}"),
        )
    };
    let answers: Vec<_> = (0..60).map(register).collect();
    let throttled = answers.iter().filter(|(status, _)| *status == 400).count();
    assert!((35..=40).contains(&throttled), "{throttled}");
    let (_, body) = answers.last().unwrap();
    assert!(body.contains("<Code>Throttling</Code><Message>Rate exceeded</Message>"));
    let registered = lab.with_model(|model, now| {
        model.target_health(now, &web, &[], Duration::ZERO).unwrap().len()
    });
    assert_eq!(registered, 60 - throttled);
}

#[tokio::test]
async fn every_call_is_counted_also_a_refused_one() {
    let lab = calm();
    ask(&lab, "Action=DescribeTags&ResourceArns.member.1=x");
    ask(&lab, "Action=DescribeTargetGroups");
    ask(&lab, "Action=DescribeTargetGroups");
    lab.with_calls(|calls| {
        assert_eq!((calls.of("DescribeTags"), calls.of("DescribeTargetGroups")), (1, 2));
        assert!(calls.mutating().is_empty());
    });
    ask(&lab, "Action=DeregisterTargets");
    lab.with_calls(|calls| assert_eq!(calls.mutating(), ["DeregisterTargets"]));
}

#[tokio::test]
async fn a_cut_call_has_done_its_work() {
    let settings = FaultSettings { cut_percent: 100.0, ..FaultSettings::NONE };
    let lab = lab(Faults::new(settings, 0));
    let web = arn(&lab, "web");
    let body = format!("Action=RegisterTargets&TargetGroupArn={web}&Targets.member.1.Id=127.0.1.1");
    assert!(answer(&lab, body.as_bytes()).cut);
    let listed = lab.with_model(|model, now| model.target_health(now, &web, &[], Duration::ZERO));
    assert_eq!(listed.unwrap().len(), 1);
}

#[tokio::test]
async fn group_pages_follow_each_other_by_marker() {
    let lab = calm();
    let mut names = Vec::new();
    let mut marker = String::new();
    loop {
        let (_, body) = ask(&lab, &format!("Action=DescribeTargetGroups&PageSize=2{marker}"));
        let parts = body.split("<TargetGroupName>").skip(1);
        names.extend(parts.map(|part| part.split('<').next().unwrap().to_owned()));
        let Some((_, next)) = body.split_once("<NextMarker>") else {
            break;
        };
        marker = format!("&Marker={}", next.split('<').next().unwrap());
    }
    names.sort();
    assert_eq!(names, ["api", "spare", "web"]);
}

#[tokio::test]
async fn control_changes_faults_and_powers_while_running() {
    let lab = calm();
    let (status, _) = control::control(&lab, "PUT", "faults", br#"{"latency_ms": 5}"#);
    assert_eq!(status, 200);
    let (_, faults) = control::control(&lab, "GET", "faults", b"");
    assert_eq!(faults["latency_ms"], 5);
    assert_eq!(answer(&lab, b"Action=DescribeTargetGroups").delay, Duration::from_millis(5));
    let refused = control::control(&lab, "PUT", "faults", b"{\"x\": 1}");
    assert_eq!(refused.0, 400);
    assert_eq!(control::control(&lab, "POST", "instances/i-9/stop", b"").0, 404);
    assert_eq!(control::control(&lab, "GET", "nothing", b"").0, 404);
}
