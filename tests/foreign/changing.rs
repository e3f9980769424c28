//! What the AWS CLI can change in the lab, and what it is refused.

use std::time::Duration;

use serde_json::{Value, json};

use crate::lab::Lab;

const DELAY: &str = "deregistration_delay.timeout_seconds";

async fn lab() -> Lab {
    Lab::serve(Duration::from_millis(100), Duration::from_secs(1)).await
}

#[tokio::test]
async fn tags_are_added_told_and_removed() {
    let lab = lab().await;
    let web = lab.group("web").await;
    let told = async || {
        let told = lab.aws.json(&format!("elbv2 describe-tags --resource-arns {web}")).await;
        told["TagDescriptions"][0]["Tags"].clone()
    };
    lab.aws.json(&format!("elbv2 add-tags --resource-arns {web} --tags Key=team,Value=a&b")).await;
    let service = json!({"Key": "service", "Value": "web"});
    assert_eq!(told().await, json!([service, {"Key": "team", "Value": "a&b"}]));
    lab.aws.json(&format!("elbv2 remove-tags --resource-arns {web} --tag-keys team")).await;
    assert_eq!(told().await, json!([service]));
}

#[tokio::test]
async fn attributes_are_told_modified_and_kept_within_their_range() {
    let lab = lab().await;
    let web = lab.group("web").await;
    let delay = |answer: &Value| {
        let all = answer["Attributes"].as_array().unwrap();
        all.iter().find(|each| each["Key"] == DELAY).unwrap()["Value"].clone()
    };
    let told = format!("elbv2 describe-target-group-attributes --target-group-arn {web}");
    let modify = |value: u32| {
        format!(
            "elbv2 modify-target-group-attributes --target-group-arn {web} --attributes Key={DELAY},Value={value}"
        )
    };
    assert_eq!(delay(&lab.aws.json(&told).await), "1");
    assert_eq!(delay(&lab.aws.json(&modify(17)).await), "17");
    assert_eq!(lab.aws.refusal(&modify(3601)).await, "ValidationError");
    assert_eq!(delay(&lab.aws.json(&told).await), "17");
}

#[tokio::test]
async fn a_group_is_created_once_and_deleted_when_nothing_uses_it() {
    let lab = lab().await;
    let create = |port: u16| {
        format!(
            "elbv2 create-target-group --name new --protocol HTTP --port {port} --vpc-id vpc-lab"
        )
    };
    let created = lab.aws.json(&create(80)).await;
    assert_eq!(lab.aws.json(&create(80)).await, created, "the same again is no error");
    assert_eq!(lab.aws.refusal(&create(81)).await, "DuplicateTargetGroupName");
    let arn = created["TargetGroups"][0]["TargetGroupArn"].as_str().unwrap();
    lab.aws.json(&format!("elbv2 delete-target-group --target-group-arn {arn}")).await;
    let words = "elbv2 describe-target-groups --names new";
    assert_eq!(lab.aws.refusal(words).await, "TargetGroupNotFound");
}

#[tokio::test]
async fn refusals_carry_the_codes_of_the_real_service() {
    let lab = lab().await;
    let web = lab.group("web").await;
    let nowhere = web.replace("/web/", "/nowhere/");
    let of = |verb: &str, group: &str, rest: &str| {
        format!("elbv2 {verb} --target-group-arn {group} {rest}")
    };
    for (words, code) in [
        (of("describe-target-health", &nowhere, ""), "TargetGroupNotFound"),
        (of("deregister-targets", &nowhere, "--targets Id=i-00000001"), "TargetGroupNotFound"),
        (of("register-targets", &web, "--targets Id=i-unknown"), "InvalidTarget"),
        (of("delete-target-group", &web, ""), "ResourceInUse"),
        ("elbv2 describe-load-balancers --names nowhere".into(), "LoadBalancerNotFound"),
        ("elbv2 describe-account-limits".into(), "InvalidAction"),
    ] {
        assert_eq!(lab.aws.refusal(&words).await, code, "{words}");
    }
    // Deregistering what is not registered changes nothing and is no error.
    lab.aws.json(&of("deregister-targets", &web, "--targets Id=i-unknown")).await;
}
