//! What the AWS CLI is told of the lab.

use std::time::Duration;

use serde_json::{Value, json};

use crate::lab::Lab;

async fn lab() -> Lab {
    Lab::serve(Duration::from_millis(100), Duration::from_secs(1)).await
}

fn names(answer: &Value, list: &str, name: &str) -> Vec<String> {
    let items = answer[list].as_array().unwrap();
    items.iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

fn groups(answer: &Value) -> Vec<String> {
    names(answer, "TargetGroups", "TargetGroupName")
}

#[tokio::test]
async fn groups_are_found_by_name_by_arn_by_balancer_and_all_together() {
    let lab = lab().await;
    let asked =
        async |words: &str| lab.aws.json(&format!("elbv2 describe-target-groups {words}")).await;
    let web = asked("--names web").await;
    assert_eq!(groups(&web), ["web"]);
    let group = &web["TargetGroups"][0];
    assert_eq!((&group["Protocol"], &group["Port"]), (&json!("HTTP"), &json!(8080)));
    assert_eq!((&group["TargetType"], &group["VpcId"]), (&json!("instance"), &json!("vpc-lab")));
    let arn = group["TargetGroupArn"].as_str().unwrap();
    let balancer = group["LoadBalancerArns"][0].as_str().unwrap();
    assert_eq!(groups(&asked(&format!("--target-group-arns {arn}")).await), ["web"]);
    assert_eq!(groups(&asked("").await), ["api", "idle", "inner", "pay", "web"]);
    let used = asked(&format!("--load-balancer-arn {balancer}")).await;
    assert_eq!(groups(&used), ["api", "pay", "web"]);
}

/// The AWS CLI pages in two ways that cannot be mixed: by the API's own words, or by itself.
#[tokio::test]
async fn groups_come_in_pages_by_marker_and_by_token() {
    let lab = lab().await;
    let asked =
        async |words: &str| lab.aws.json(&format!("elbv2 describe-target-groups {words}")).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();

    let first = asked("--page-size 3").await;
    assert_eq!(groups(&first), ["api", "idle", "inner"]);
    let marker = text(&first["NextMarker"]);
    let last = asked(&format!("--page-size 3 --marker {marker}")).await;
    assert_eq!(groups(&last), ["pay", "web"]);
    assert_eq!(last["NextMarker"], Value::Null);

    let first = asked("--max-items 4").await;
    assert_eq!(groups(&first), ["api", "idle", "inner", "pay"]);
    let token = text(&first["NextToken"]);
    assert_eq!(groups(&asked(&format!("--starting-token {token}")).await), ["web"]);
}

#[tokio::test]
async fn health_is_told_of_all_of_one_and_of_what_is_not_registered() {
    let lab = lab().await;
    let web = lab.group("web").await;
    let asked = async |words: &str| {
        let words = format!("elbv2 describe-target-health --target-group-arn {web} {words}");
        lab.aws.json(&words).await["TargetHealthDescriptions"].clone()
    };
    lab.aws.json(&format!("elbv2 wait target-in-service --target-group-arn {web}")).await;
    let all = asked("").await;
    assert_eq!(all.as_array().unwrap().len(), 2);
    for (line, id) in all.as_array().unwrap().iter().zip(["i-00000001", "i-00000002"]) {
        assert_eq!((&line["Target"]["Id"], &line["Target"]["Port"]), (&json!(id), &json!(8080)));
        assert_eq!(line["TargetHealth"], json!({"State": "healthy"}));
        assert_eq!(line["HealthCheckPort"], "8080");
    }
    assert_eq!(asked("--targets Id=i-00000001").await, json!([all[0]]));
    let gone = json!({
        "State": "unused",
        "Reason": "Target.NotRegistered",
        "Description": "Target is not registered to the target group",
    });
    let other_port = asked("--targets Id=i-00000001,Port=9090 Id=i-00000003").await;
    assert_eq!(other_port[0]["Target"], json!({"Id": "i-00000001", "Port": 9090}));
    assert_eq!(other_port[0]["TargetHealth"], gone);
    assert_eq!(other_port[1]["Target"], json!({"Id": "i-00000003", "Port": 8080}));
    assert_eq!(other_port[1]["TargetHealth"], gone);
}

#[tokio::test]
async fn the_way_from_a_balancer_to_its_groups_can_be_followed() {
    let lab = lab().await;
    let (web, api) = (lab.group("web").await, lab.group("api").await);
    let balancers = lab.aws.json("elbv2 describe-load-balancers --names lab").await;
    let balancer = &balancers["LoadBalancers"][0];
    assert_eq!(
        (&balancer["Type"], &balancer["State"]["Code"]),
        (&json!("application"), &json!("active"))
    );
    let zones = names(balancer, "AvailabilityZones", "ZoneName");
    assert_eq!(zones, ["lab-1a", "lab-1b"]);
    let arn = balancer["LoadBalancerArn"].as_str().unwrap();

    let words = format!("elbv2 describe-listeners --load-balancer-arn {arn}");
    let listeners = lab.aws.json(&words).await;
    let listener = &listeners["Listeners"][0];
    assert!(lab.listener.ends_with(&format!(":{}", listener["Port"])), "{listener}");
    assert_eq!(listener["DefaultActions"][0]["TargetGroupArn"], web.as_str());

    let arn = listener["ListenerArn"].as_str().unwrap();
    let rules = lab.aws.json(&format!("elbv2 describe-rules --listener-arn {arn}")).await;
    assert_eq!(names(&rules, "Rules", "Priority"), ["10", "20", "default"]);
    assert_eq!(rules["Rules"][0]["Actions"][0]["TargetGroupArn"], api.as_str());
    assert_eq!(rules["Rules"][0]["Conditions"][0]["Values"], json!(["/api/*"]));
}

#[tokio::test]
async fn groups_of_functions_and_of_balancers_are_told_without_what_they_do_not_have() {
    let lab = lab().await;
    let asked = async |words: &str| lab.aws.json(&format!("elbv2 {words}")).await;
    let pay = asked("describe-target-groups --names pay").await["TargetGroups"][0].clone();
    assert_eq!((&pay["TargetType"], &pay["HealthCheckEnabled"]), (&json!("lambda"), &json!(false)));
    for missing in ["Protocol", "Port", "VpcId", "HealthCheckProtocol", "HealthCheckPort"] {
        assert_eq!(pay[missing], Value::Null, "{missing}");
    }
    let health = async |group: &str| {
        let words = format!("describe-target-health --target-group-arn {}", lab.group(group).await);
        asked(&words).await["TargetHealthDescriptions"][0].clone()
    };
    let function = json!({
        "Target": {"Id": "arn:aws:lambda:us-east-1:000000000000:function:pay"},
        "TargetHealth": {
            "State": "unavailable",
            "Reason": "Target.HealthCheckDisabled",
            "Description": "Health checks are not enabled for this target",
        },
    });
    assert_eq!(health("pay").await, function);
    let balancers = asked("describe-load-balancers --names lab").await;
    let balancer = &balancers["LoadBalancers"][0]["LoadBalancerArn"];
    assert_eq!(health("inner").await["Target"], json!({"Id": balancer, "Port": 18080}));
}

#[tokio::test]
async fn attributes_of_a_balancer_and_of_groups_of_each_kind_are_told() {
    let lab = lab().await;
    let asked = async |words: &str| lab.aws.json(&format!("elbv2 {words}")).await;
    let value = |answer: &Value, key: &str| {
        let all = answer["Attributes"].as_array().unwrap();
        let known = all.iter().find(|each| each["Key"] == key);
        known.map(|each| each["Value"].as_str().unwrap().to_owned())
    };
    let balancers = asked("describe-load-balancers").await;
    let arn = balancers["LoadBalancers"][0]["LoadBalancerArn"].as_str().unwrap();
    let words = format!("describe-load-balancer-attributes --load-balancer-arn {arn}");
    let told = asked(&words).await;
    assert_eq!(value(&told, "load_balancing.cross_zone.enabled").as_deref(), Some("true"));
    let of = async |group: &str| {
        let arn = lab.group(group).await;
        asked(&format!("describe-target-group-attributes --target-group-arn {arn}")).await
    };
    let (web, pay, inner) = (of("web").await, of("pay").await, of("inner").await);
    for (key, has) in [
        ("slow_start.duration_seconds", [true, false, false]),
        ("lambda.multi_value_headers.enabled", [false, true, false]),
        ("proxy_protocol_v2.enabled", [false, false, true]),
        ("target_group_health.dns_failover.minimum_healthy_targets.count", [true, true, true]),
    ] {
        let told = [&web, &pay, &inner].map(|told| value(told, key).is_some());
        assert_eq!(told, has, "{key}");
    }
}
