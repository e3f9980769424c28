//! Load balancers with their listeners and rules: what is asked, and what is made of the answers.

use super::over;
use super::wire::{Answer, Wire, ok, refusal};
use crate::balancer::{Balancer, ErrorKind};
use crate::rollout::{BalancerKind, Front, Use};

fn arn_of(name: &str) -> String {
    format!("arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/{name}/1f2e")
}

fn balancer(name: &str, kind: &str) -> String {
    let arn = arn_of(name);
    format!(
        "<member><LoadBalancerArn>{arn}</LoadBalancerArn><LoadBalancerName>{name}</LoadBalancerName>\
         <Type>{kind}</Type><AvailabilityZones><member><ZoneName>eu-west-1a</ZoneName></member>\
         <member><ZoneName>eu-west-1b</ZoneName></member></AvailabilityZones></member>"
    )
}

fn balancers(members: &str) -> Answer {
    ok("DescribeLoadBalancers", &format!("<LoadBalancers>{members}</LoadBalancers>"))
}

fn cross_zone(value: &str) -> Answer {
    let attribute = format!(
        "<Attributes><member><Key>load_balancing.cross_zone.enabled</Key><Value>{value}</Value>\
         </member></Attributes>"
    );
    ok("DescribeLoadBalancerAttributes", &attribute)
}

fn unsaid() -> Answer {
    ok("DescribeLoadBalancerAttributes", "<Attributes/>")
}

fn listeners(members: &str) -> Answer {
    ok("DescribeListeners", &format!("<Listeners>{members}</Listeners>"))
}

fn listener(arn: &str, settings: &str, actions: &str) -> String {
    format!(
        "<member><ListenerArn>{arn}</ListenerArn>{settings}<DefaultActions>{actions}\
         </DefaultActions></member>"
    )
}

const HTTPS: &str = "<Port>443</Port><Protocol>HTTPS</Protocol>";
const TCP: &str = "<Port>80</Port><Protocol>TCP</Protocol>";

fn rules(members: &str) -> Answer {
    ok("DescribeRules", &format!("<Rules>{members}</Rules>"))
}

fn rule(priority: &str, actions: &str) -> String {
    let is_default = priority == "default";
    format!(
        "<member><RuleArn>arn:rule/{priority}</RuleArn><Priority>{priority}</Priority>\
         <Actions>{actions}</Actions><IsDefault>{is_default}</IsDefault></member>"
    )
}

fn to(group: &str) -> String {
    format!("<member><Type>forward</Type><TargetGroupArn>{group}</TargetGroupArn></member>")
}

fn between(groups: &[(&str, u32)]) -> String {
    let tuple = |(group, weight): &(&str, u32)| {
        format!(
            "<member><TargetGroupArn>{group}</TargetGroupArn><Weight>{weight}</Weight></member>"
        )
    };
    let tuples: String = groups.iter().map(tuple).collect();
    format!(
        "<member><Type>forward</Type><Order>2</Order><ForwardConfig><TargetGroups>{tuples}\
         </TargetGroups></ForwardConfig></member>"
    )
}

async fn asked(wire: &Wire, names: &[&str]) -> Vec<Front> {
    let arns: Vec<_> = names.iter().map(|name| arn_of(name)).collect();
    over(wire).await.fronts(&arns).await.unwrap()
}

fn told(uses: &[Use]) -> Vec<String> {
    let rule = |each: &Use| each.rule.clone().unwrap_or_else(|| "otherwise".to_owned());
    let told = |each: &Use| {
        let Use { group, protocol, port, weight, .. } = each;
        format!("{protocol}:{port} {} {group} {weight}", rule(each))
    };
    uses.iter().map(told).collect()
}

#[tokio::test(start_paused = true)]
async fn a_front_has_its_zones_and_every_forward_of_its_rules_and_default_actions() {
    let login = "<member><Type>authenticate-oidc</Type><Order>1</Order></member>";
    let away = "<member><Type>redirect</Type></member>";
    let default = to("arn:web");
    let wire = Wire::new([
        balancers(&balancer("front", "application")),
        cross_zone("true"),
        listeners(&(listener("arn:l/1", HTTPS, &default) + &listener("arn:l/2", HTTPS, away))),
        rules(
            &(rule("10", &(login.to_owned() + &between(&[("arn:api", 90), ("arn:canary", 0)])))
                + &rule("20", away)
                + &rule("default", &default)),
        ),
        rules(&(rule("7", &to("arn:web")) + &rule("default", away))),
    ]);
    let fronts = asked(&wire, &["front"]).await;
    let [front] = fronts.as_slice() else { panic!("{fronts:?}") };
    assert_eq!((front.name.as_str(), front.kind), ("front", BalancerKind::Application));
    assert_eq!(front.arn, arn_of("front"));
    assert_eq!(front.zones, ["eu-west-1a", "eu-west-1b"]);
    assert!(front.cross_zone);
    assert_eq!(
        told(&front.uses),
        [
            "HTTPS:443 10 arn:api 90",
            "HTTPS:443 10 arn:canary 0",
            "HTTPS:443 otherwise arn:web 1",
            "HTTPS:443 7 arn:web 1",
        ]
    );
    let sent = wire.sent();
    assert_eq!(sent[0].field("LoadBalancerArns.member.1"), Some(arn_of("front").as_str()));
    assert_eq!(sent[1].field("LoadBalancerArn"), Some(arn_of("front").as_str()));
    assert_eq!(sent[2].field("LoadBalancerArn"), Some(arn_of("front").as_str()));
    assert_eq!(sent[4].field("ListenerArn"), Some("arn:l/2"));
}

#[tokio::test(start_paused = true)]
async fn network_and_gateway_load_balancers_are_not_asked_for_rules() {
    let default = between(&[("arn:flows", 1)]);
    let wire = Wire::new([
        balancers(&balancer("net", "network")),
        unsaid(),
        listeners(&listener("arn:l/1", TCP, &default)),
    ]);
    let net = asked(&wire, &["net"]).await.remove(0);
    assert_eq!(told(&net.uses), ["TCP:80 otherwise arn:flows 1"]);
    assert!(!net.cross_zone, "off unless told otherwise");

    let wire = Wire::new([
        balancers(&balancer("gate", "gateway")),
        cross_zone("true"),
        listeners(&listener("arn:l/1", "", &default)),
    ]);
    let gate = asked(&wire, &["gate"]).await.remove(0);
    assert_eq!(told(&gate.uses), ["GENEVE:6081 otherwise arn:flows 1"]);
    assert_eq!((gate.kind, gate.cross_zone), (BalancerKind::Gateway, true));
}

#[tokio::test(start_paused = true)]
async fn an_application_load_balancer_reaches_all_zones_unless_told_otherwise() {
    for (attributes, expected) in [(unsaid(), true), (cross_zone("false"), false)] {
        let answers = [balancers(&balancer("front", "application")), attributes, listeners("")];
        let fronts = asked(&Wire::new(answers), &["front"]).await;
        assert_eq!(fronts[0].cross_zone, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn listeners_and_rules_are_followed_from_page_to_page() {
    let page = |operation: &str, list: &str, members: &str| {
        let result = format!("<{list}>{members}</{list}><NextMarker>more</NextMarker>");
        ok(operation, &result)
    };
    let wire = Wire::new([
        balancers(&balancer("front", "application")),
        unsaid(),
        page("DescribeListeners", "Listeners", &listener("arn:l/1", HTTPS, &to("arn:web"))),
        listeners(&listener("arn:l/2", HTTPS, &to("arn:web"))),
        page("DescribeRules", "Rules", &rule("1", &to("arn:api"))),
        rules(&rule("2", &to("arn:api"))),
        rules(""),
    ]);
    let front = asked(&wire, &["front"]).await.remove(0);
    let rules: Vec<_> = front.uses.iter().map(|each| each.rule.as_deref()).collect();
    assert_eq!(rules, [Some("1"), Some("2"), None, None]);
    let sent = wire.sent();
    assert_eq!((sent[3].field("Marker"), sent[5].field("Marker")), (Some("more"), Some("more")));
}

#[tokio::test(start_paused = true)]
async fn no_load_balancer_asked_for_is_no_call_and_not_all_of_them() {
    let wire = Wire::default();
    assert!(asked(&wire, &[]).await.is_empty());
    assert!(wire.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn twenty_five_are_asked_for_in_two_calls_each_once_and_come_in_order() {
    let wire = Wire::answering(|sent| match sent.field("Action").unwrap() {
        "DescribeLoadBalancers" => {
            let numbers = (0..25).rev().map(|number| format!("front{number}"));
            let wanted =
                |name: &String| sent.fields.iter().any(|(_, value)| *value == arn_of(name));
            balancers(
                &numbers.filter(wanted).map(|name| balancer(&name, "network")).collect::<String>(),
            )
        }
        "DescribeListeners" => listeners(""),
        _ => unsaid(),
    });
    let names: Vec<_> = (0..25).map(|number| format!("front{number}")).collect();
    let twice: Vec<_> = names.iter().chain(&names).map(String::as_str).collect();
    let fronts = asked(&wire, &twice).await;
    assert_eq!(fronts.iter().map(|front| &front.name).collect::<Vec<_>>(), Vec::from_iter(&names));
    let sizes = [0, 1].map(|call| wire.sent()[call].count("LoadBalancerArns", ""));
    assert_eq!(sizes, [20, 5]);
}

#[tokio::test(start_paused = true)]
async fn one_that_is_deleted_between_two_calls_is_left_out() {
    let gone = || refusal(400, "LoadBalancerNotFound", "One or more load balancers not found");
    let before = Wire::new([
        gone(),
        balancers(&(balancer("other", "network") + &balancer("front", "network"))),
        unsaid(),
        listeners(""),
    ]);
    let names =
        |fronts: &[Front]| fronts.iter().map(|front| front.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&asked(&before, &["gone", "front"]).await), ["front"]);

    let after = Wire::new([balancers(&balancer("front", "network")), unsaid(), gone()]);
    assert!(asked(&after, &["front"]).await.is_empty());

    let listener_gone = Wire::new([
        balancers(&balancer("front", "application")),
        unsaid(),
        listeners(
            &(listener("arn:l/1", HTTPS, &to("arn:a")) + &listener("arn:l/2", HTTPS, &to("arn:b"))),
        ),
        refusal(400, "ListenerNotFound", "One or more listeners not found"),
        rules(""),
    ]);
    let fronts = asked(&listener_gone, &["front"]).await;
    assert_eq!(told(&fronts[0].uses), ["HTTPS:443 otherwise arn:b 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_denied_call_is_named() {
    let denied = || refusal(403, "AccessDenied", "no");
    let front = || balancers(&balancer("front", "application"));
    let listener = || listeners(&listener("arn:l/1", HTTPS, &to("arn:web")));
    for (answers, operation) in [
        (vec![denied()], "DescribeLoadBalancers"),
        (vec![front(), denied()], "DescribeLoadBalancerAttributes"),
        (vec![front(), unsaid(), denied()], "DescribeListeners"),
        (vec![front(), unsaid(), listener(), denied()], "DescribeRules"),
    ] {
        let error = over(&Wire::new(answers)).await.fronts(&[arn_of("front")]).await.unwrap_err();
        assert_eq!((error.kind, error.operation), (ErrorKind::Denied, operation));
        assert!(error.hint().unwrap().contains("allow the role this action"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_understood_is_named() {
    for (answers, word) in [
        (vec![balancers(&balancer("front", "quantum")), unsaid()], "quantum"),
        (
            vec![
                balancers(&balancer("front", "network")),
                unsaid(),
                listeners(&listener("arn:l/1", "<Port>99999</Port>", "")),
            ],
            "99999",
        ),
    ] {
        let error = over(&Wire::new(answers)).await.fronts(&[arn_of("front")]).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unexpected);
        assert!(error.message.contains(word), "{error}");
    }
}
