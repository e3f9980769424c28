//! Describing groups: how they are asked for, their settings, and which of them are missing.

use std::time::Duration;

use super::over;
use super::wire::{Answer, Wire, ok, refusal};
use crate::balancer::tries::TRIES_WITHOUT_ANSWER;
use crate::balancer::{Balancer, ErrorKind};
use crate::rollout::{BalancerKind, HealthCheck, Minimum, TargetType};

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
        <HealthCheckPort>8443</HealthCheckPort>\
        <LoadBalancerArns><member>arn:lb/one</member></LoadBalancerArns>";
    let wire = Wire::new([described(&group("api", settings)), delay("45")]);
    let groups = over(&wire).await.groups(&texts(&["api"])).await.unwrap();
    let [api] = groups.as_slice() else { panic!("{groups:?}") };
    assert_eq!((api.name.as_str(), api.arn.as_str()), ("api", arn_of("api").as_str()));
    assert_eq!((api.target_type, api.kind), (TargetType::Ip, BalancerKind::Network));
    assert_eq!(api.balancers, ["arn:lb/one"]);
    assert_eq!(api.deregistration_delay, Duration::from_secs(45));
    let interval = Duration::from_secs(10);
    let check = HealthCheck {
        interval,
        timeout: Duration::from_secs(5),
        healthy_threshold: 3,
        unhealthy_threshold: 4,
        port: Some(8443),
    };
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
async fn an_arn_of_another_account_names_both_accounts_however_the_api_words_it() {
    let abroad = arn_of("web").replace("123456789012", "210987654321");
    for (code, words) in [
        ("TargetGroupNotFound", "One or more target groups not found"),
        ("ValidationError", "'arn' is not a valid target group ARN"),
    ] {
        let wire = Wire::new([refusal(400, code, words), described(&group("api", ""))]);
        let error = over(&wire).await.groups(&texts(&[&abroad])).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Elsewhere, "{error}");
        let expected = format!("{abroad} is of account 210987654321, but 123456789012 is in use");
        assert_eq!(error.message, expected);
        assert!(error.hint().unwrap().contains("--profile"), "{:?}", error.hint());
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_group_and_one_of_another_account_are_both_named() {
    let abroad = arn_of("web").replace("123456789012", "210987654321");
    let wire = Wire::new([
        refusal(400, "TargetGroupNotFound", "One or more target groups not found"),
        described(&group("api", "")),
    ]);
    let error = over(&wire).await.groups(&texts(&["zebra", &abroad])).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::GroupNotFound);
    let begin = "no such group in eu-west-1: zebra; arn:";
    assert!(error.message.starts_with(begin), "{error}");
    assert!(error.message.ends_with("is of account 210987654321, but 123456789012 is in use"));
}

#[tokio::test(start_paused = true)]
async fn without_any_group_of_our_own_the_account_is_not_guessed() {
    let wire = Wire::new([
        refusal(400, "TargetGroupNotFound", "One or more target groups not found"),
        described(""),
    ]);
    let error = over(&wire).await.groups(&texts(&[&arn_of("web")])).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::GroupNotFound);
    assert_eq!(error.message, format!("no such group in eu-west-1: {}", arn_of("web")));
}

#[tokio::test(start_paused = true)]
async fn what_else_is_invalid_stays_in_the_words_of_the_api() {
    let wire = Wire::new([
        refusal(400, "ValidationError", "something else"),
        described(&group("web", "")),
    ]);
    let error = over(&wire).await.groups(&texts(&[&arn_of("web")])).await.unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (ErrorKind::Invalid, "ValidationError: something else")
    );
}

#[tokio::test(start_paused = true)]
async fn another_region_is_refused_without_a_call_and_the_hint_names_the_flag() {
    let wire = Wire::default();
    let abroad = arn_of("web").replace("eu-west-1", "us-east-1");
    let error = over(&wire).await.groups(&texts(&["web", &abroad])).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Elsewhere);
    assert!(error.hint().unwrap().contains("--region"), "{:?}", error.hint());
    assert!(wire.sent().is_empty());
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
    assert_eq!(wire.sent().len(), TRIES_WITHOUT_ANSWER as usize);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_attributes_that_make_a_deploy_slow_or_unsafe_are_read() {
    let attributes: String = [
        ("slow_start.duration_seconds", "60"),
        ("stickiness.enabled", "true"),
        ("load_balancing.cross_zone.enabled", "false"),
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "40"),
        ("target_group_health.dns_failover.minimum_healthy_targets.count", "off"),
    ]
    .map(|(key, value)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>"))
    .concat();
    let answer = format!("<Attributes>{attributes}</Attributes>");
    let settings = "<Protocol>HTTP</Protocol><Port>8080</Port>\
        <HealthCheckTimeoutSeconds>4</HealthCheckTimeoutSeconds>";
    let wire = Wire::new([
        described(&group("web", settings)),
        ok("DescribeTargetGroupAttributes", &answer),
    ]);
    let web = over(&wire).await.groups(&texts(&["web"])).await.unwrap().remove(0);
    assert_eq!((web.port, web.slow_start), (Some(8080), Duration::from_secs(60)));
    assert_eq!((web.sticky, web.cross_zone), (true, Some(false)));
    assert_eq!(web.fail_open, Minimum { count: Some(1), percentage: Some(40) });
    assert_eq!(web.dns_failover, Minimum { count: None, percentage: None });
    assert_eq!(web.health_check.timeout, Duration::from_secs(4));
    assert_eq!(web.deregistration_delay, Duration::from_secs(300));
}

#[tokio::test(start_paused = true)]
async fn all_groups_are_listed_but_one_deleted_meanwhile_and_those_of_an_unknown_kind() {
    let lambda = "<TargetType>lambda</TargetType>";
    let list = group("web", "") + &group("odd", "<TargetType>toaster</TargetType>");
    let wire = Wire::new([
        page(&list, "more"),
        described(&(group("gone", "") + &group("pay", lambda))),
        delay("1"),
        refusal(400, "TargetGroupNotFound", "One or more target groups not found"),
        ok("DescribeTargetGroupAttributes", "<Attributes/>"),
    ]);
    let groups = over(&wire).await.all_groups().await.unwrap();
    let kinds: Vec<_> =
        groups.iter().map(|group| (group.name.as_str(), group.target_type, group.port)).collect();
    let expected = [("web", TargetType::Instance, None), ("pay", TargetType::Lambda, None)];
    assert_eq!(kinds, expected);
    assert_eq!(groups[1].deregistration_delay, Duration::ZERO);
    assert_eq!(wire.sent()[0].field("PageSize"), Some("400"));
}

#[tokio::test(start_paused = true)]
async fn a_group_deleted_before_its_attributes_are_read_is_missing_if_it_was_asked_for() {
    let gone = refusal(400, "TargetGroupNotFound", "One or more target groups not found");
    let wire = Wire::new([described(&group("web", "")), gone]);
    let error = over(&wire).await.groups(&texts(&["web"])).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::GroupNotFound);
    assert_eq!(error.operation, "DescribeTargetGroupAttributes");
}

#[tokio::test(start_paused = true)]
async fn fifty_groups_are_asked_for_at_the_pace_of_the_looks_and_keep_their_order() {
    let wire = Wire::answering(|sent| match sent.field("Action") {
        Some("DescribeTargetGroups") => {
            let names = (0..50).map(|number| group(&format!("g{number}"), ""));
            described(&names.collect::<String>())
        }
        _ => delay("1"),
    });
    let balancer = over(&wire).await;
    let began = tokio::time::Instant::now();
    let groups = balancer.all_groups().await.unwrap();
    let names: Vec<_> = groups.iter().map(|group| group.name.clone()).collect();
    assert_eq!(names, (0..50).map(|number| format!("g{number}")).collect::<Vec<_>>());
    // Ten at once, and 41 at five a second.
    let took = began.elapsed().as_secs_f64();
    assert!((8.1..8.5).contains(&took), "51 calls took {took} s");

    // The budget is one: a look right after has to wait for its turn.
    balancer.describes().turn().await;
    assert!(began.elapsed().as_secs_f64() >= 8.3, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_question_outlasts_a_throttled_half_minute_but_not_a_refusal() {
    let throttled = || refusal(400, "Throttling", "Rate exceeded");
    let broken = || Answer::Broken(std::io::ErrorKind::ConnectionReset);
    let trouble = [throttled(), throttled(), broken(), refusal(503, "ServiceUnavailable", "no")];
    let more = std::iter::repeat_with(throttled).take(10);
    let answers = trouble.into_iter().chain(more);
    let wire = Wire::new(answers.chain([described(&group("web", "")), throttled(), delay("1")]));
    over(&wire).await.groups(&texts(&["web"])).await.unwrap();
    assert_eq!(wire.sent().len(), 17);

    let wire = Wire::answering(|_| refusal(400, "Throttling", "Rate exceeded"));
    let began = tokio::time::Instant::now();
    let error = over(&wire).await.groups(&texts(&["web"])).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Throttled);
    assert!((30..33).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());

    let wire = Wire::new([refusal(403, "AccessDenied", "no")]);
    let error = over(&wire).await.all_groups().await.unwrap_err();
    assert_eq!((error.kind, error.operation), (ErrorKind::Denied, "DescribeTargetGroups"));
}
