//! A role that may not ask everything.

use super::{fit, is_found, with};
use crate::gate::gate;
use crate::run::Ran;
use crate::stage::{A, B, Stage};

async fn verified(stage: &Stage, denied: &'static [&'static str]) -> Ran {
    let url = gate(stage.server.api(), denied).await;
    stage.run(&["verify", "good", "--endpoint-url", &url]).await
}

#[tokio::test]
async fn each_denied_call_is_told_with_what_to_allow_and_the_rest_is_checked() {
    let stage = with(2, "good", &fit("good", &[A, B])).await;
    for (denied, code, level, told, checked) in [
        (&[][..], 0, "ok", "all that was asked is allowed", &["health", "listener", "delay"][..]),
        (&["DescribeRules"], 0, "warn", "DescribeRules: AccessDenied", &["health", "delay"]),
        (&["DescribeLoadBalancers"], 0, "warn", "DescribeLoadBalancers: Acc", &["floor", "time"]),
        (&["DescribeTargetHealth"], 3, "fail", "DescribeTargetHealth: Acc", &["delay", "listener"]),
        (&["DescribeTags"], 3, "fail", "DescribeTags: AccessDenied", &["health", "elsewhere"]),
        (&["DescribeTargetGroups"], 3, "fail", "DescribeTargetGroups: AccessDenied", &[]),
        (&["DescribeTargetGroupAttributes"], 3, "fail", "DescribeTargetGroupAttributes: A", &[]),
    ] {
        let ran = verified(&stage, denied).await;
        is_found(&stage, &ran, code);
        let lines = |check: &str| -> Vec<_> {
            ran.stdout.lines().filter(|line| line.contains(&format!("  {check} "))).collect()
        };
        let permissions = lines("permissions");
        assert_eq!(permissions.len(), 1, "{}", ran.stdout);
        assert!(permissions[0].starts_with(level), "{}", ran.stdout);
        assert!(permissions[0].contains(told), "{}", ran.stdout);
        for check in checked {
            assert_eq!(lines(check).len(), 1, "{check} in\n{}", ran.stdout);
        }
        for action in denied {
            let allow = format!("elasticloadbalancing:{action}");
            assert!(ran.stdout.contains(&allow), "{allow} in\n{}", ran.stdout);
        }
    }
}

#[tokio::test]
async fn without_looks_no_target_is_called_missing() {
    let stage = with(2, "good", &fit("good", &[A, B])).await;
    let ran = verified(&stage, &["DescribeTargetHealth"]).await;
    let fails = ran.stdout.lines().filter(|line| line.starts_with("fail"));
    assert_eq!(fails.count(), 1, "{}", ran.stdout);
}
