//! The AWS CLI's waiters on the lab. They poll every 15 s, so that each wait costs two polls of real time.
//! Tests start in the order of their names, and this file's name makes the longest one start first.

use std::time::Duration;

use serde_json::json;

use crate::lab::Lab;

/// A waiter's first poll comes before this is over, and its second one, 15 s later, always after it.
const UNFINISHED: Duration = Duration::from_secs(12);

#[tokio::test]
async fn both_waiters_see_a_change_that_takes_its_time() {
    let lab = Lab::serve(UNFINISHED, UNFINISHED).await;
    let web = lab.group("web").await;
    let of = |verb: &str, targets: &str| {
        format!("elbv2 {verb} --target-group-arn {web} --targets {targets}")
    };
    let health = async || {
        let told = lab.aws.json(&of("describe-target-health", "Id=i-00000001 Id=i-00000003")).await;
        let told = told["TargetHealthDescriptions"].clone();
        let of = |line: usize| told[line]["TargetHealth"].clone();
        [0, 1].map(|line| json!([of(line)["State"], of(line)["Reason"]]))
    };
    lab.aws.json(&of("deregister-targets", "Id=i-00000001")).await;
    lab.aws.json(&of("register-targets", "Id=i-00000003")).await;
    let draining = json!(["draining", "Target.DeregistrationInProgress"]);
    assert_eq!(health().await, [draining, json!(["initial", "Elb.RegistrationInProgress"])]);

    let polls = lab.calls("DescribeTargetHealth").await;
    let (out, back) = (
        of("wait target-deregistered", "Id=i-00000001"),
        of("wait target-in-service", "Id=i-00000003"),
    );
    tokio::join!(lab.aws.json(&out), lab.aws.json(&back));
    let polls = lab.calls("DescribeTargetHealth").await - polls;
    assert!(polls >= 4, "each had to poll again, but there were {polls} polls");
    let gone = json!(["unused", "Target.NotRegistered"]);
    assert_eq!(health().await, [gone, json!(["healthy", null])]);
}

/// Why this tool does not use that waiter: it takes every `unused` for deregistered.
#[tokio::test]
async fn the_waiter_takes_a_registered_target_of_an_idle_group_for_deregistered() {
    let lab = Lab::serve(Duration::ZERO, Duration::from_secs(300)).await;
    let idle = lab.group("idle").await;
    let of = |verb: &str| format!("elbv2 {verb} --target-group-arn {idle} --targets Id=i-00000001");
    lab.aws.json(&of("wait target-deregistered")).await;
    let told = lab.aws.json(&of("describe-target-health")).await;
    let health = &told["TargetHealthDescriptions"][0]["TargetHealth"];
    assert_eq!(
        (&health["State"], &health["Reason"]),
        (&json!("unused"), &json!("Target.NotInUse"))
    );
}
