//! Asking for tags: which groups are on hold, and who is asked for them how.

use super::over;
use super::wire::{Answer, Wire, ok, refusal};
use crate::balancer::{Balancer, ErrorKind};
use crate::rollout::{GroupArn, Hold};

fn arn(name: &str) -> GroupArn {
    let account = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";
    GroupArn::new(format!("{account}:targetgroup/{name}/0a1b2c"))
}

fn tagged(group: &GroupArn, tags: &[(&str, &str)]) -> String {
    let tag = |(key, value): &(&str, &str)| format!("<member><Key>{key}</Key>{value}</member>");
    let tags: String = tags.iter().map(tag).collect();
    format!("<member><ResourceArn>{group}</ResourceArn><Tags>{tags}</Tags></member>")
}

fn described(members: &str) -> Answer {
    ok("DescribeTags", &format!("<TagDescriptions>{members}</TagDescriptions>"))
}

fn hold(group: &str, reason: &str) -> Hold {
    Hold { group: arn(group), reason: reason.to_owned() }
}

#[tokio::test(start_paused = true)]
async fn a_hold_is_told_with_its_reason_which_may_be_empty_and_other_tags_are_not() {
    let why = "<Value>migration, ask ann</Value>";
    let members = [
        tagged(&arn("pay"), &[("elb-deploy:hold", "<Value></Value>")]),
        tagged(&arn("web"), &[("team", "<Value>web</Value>"), ("elb-deploy:hold", why)]),
        tagged(&arn("api"), &[("elb-deploy:holder", "<Value>ann</Value>"), ("hold", "")]),
        tagged(&arn("cart"), &[("elb-deploy:hold", "")]),
        tagged(&arn("auth"), &[]),
    ];
    let wire = Wire::new([described(&members.concat())]);
    let groups = ["web", "api", "pay", "cart", "auth"].map(arn);
    let holds = over(&wire).await.holds(&groups).await.unwrap();
    assert_eq!(holds, [hold("web", "migration, ask ann"), hold("pay", ""), hold("cart", "")]);
    assert_eq!(wire.sent()[0].field("Action"), Some("DescribeTags"));
    assert_eq!(wire.sent()[0].field("ResourceArns.member.1"), Some(arn("web").as_str()));
}

#[tokio::test(start_paused = true)]
async fn forty_five_groups_are_asked_for_in_three_calls() {
    let groups: Vec<_> = (0..45).map(|number| arn(&format!("g{number}"))).collect();
    let wire = Wire::answering(|sent| {
        let arns = sent.fields.iter().filter(|(key, _)| key.starts_with("ResourceArns"));
        let held = [("elb-deploy:hold", "<Value>why</Value>")];
        described(&arns.map(|(_, arn)| tagged(&GroupArn::new(arn), &held)).collect::<String>())
    });
    let holds = over(&wire).await.holds(&groups).await.unwrap();
    assert_eq!(holds.into_iter().map(|hold| hold.group).collect::<Vec<_>>(), groups);
    let sizes: Vec<_> = wire.sent().iter().map(|sent| sent.count("ResourceArns", "")).collect();
    assert_eq!(sizes, [20, 20, 5]);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_for_no_group() {
    let wire = Wire::default();
    assert_eq!(over(&wire).await.holds(&[]).await.unwrap(), []);
    assert!(wire.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_may_not_ask_is_told_so_and_a_throttled_question_is_asked_again() {
    let wire = Wire::new([refusal(403, "AccessDenied", "no")]);
    let error = over(&wire).await.holds(&[arn("web")]).await.unwrap_err();
    assert_eq!((error.kind, error.operation), (ErrorKind::Denied, "DescribeTags"));

    let throttled = refusal(400, "Throttling", "Rate exceeded");
    let wire = Wire::new([throttled, described(&tagged(&arn("web"), &[]))]);
    assert_eq!(over(&wire).await.holds(&[arn("web")]).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_leaves_out_a_group_is_no_answer() {
    let wire = Wire::new([described(&tagged(&arn("api"), &[]))]);
    let error = over(&wire).await.holds(&[arn("api"), arn("web")]).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unexpected);
    assert!(error.message.contains("the tags of group web"), "{error}");
}
