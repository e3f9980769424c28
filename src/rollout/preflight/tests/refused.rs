//! Whatever would refuse a run is a fail here, in the same words.

use super::*;
use crate::rollout::{Plan, Refusal};

/// Scenes that are refused, and by which check.
fn refused() -> Vec<(&'static str, Scene)> {
    let count = Share::Count;
    let healthy = |ids: &[&'static str]| -> Vec<_> {
        ids.iter().map(|id| (*id, Health::healthy())).collect()
    };
    let fine = Scene::fine;
    vec![
        ("type", fine().set(|group| group.target_type = TargetType::Lambda)),
        ("type", fine().set(|group| group.target_type = TargetType::Alb)),
        ("listener", fine().set(|group| group.balancers.clear())),
        ("targets", fine().of(&[])),
        ("targets", fine().of(&healthy(&["i-1"]))),
        ("hold", fine().with(|scene| scene.holds = vec![hold("web", "migration")])),
        (
            "elsewhere",
            fine().with(|scene| scene.elsewhere = vec![(place("pay", "i-1", None), H())]),
        ),
        (
            "elsewhere",
            fine().with(|scene| scene.elsewhere = vec![(place("pay", "i-1", None), draining())]),
        ),
        ("chosen", fine().with(|scene| scene.targets = vec![TargetId::new("i-9")])),
        ("health", fine().of(&[("i-1", draining()), ("i-2", H()), ("i-3", H())])),
        ("health", fine().of(&[("i-1", stopped()), ("i-2", H()), ("i-3", H())])),
        ("batch", fine().bounded(Share::Percent(10), count(1))),
        ("floor", fine().bounded(count(1), count(5))),
        ("floor", fine().bounded(count(1), count(4))),
        ("floor", fine().bounded(count(4), count(1))),
        ("delay", fine().with(|scene| scene.policy.drain_timeout = Some(seconds(1)))),
    ]
}

fn hold(group: &str, reason: &str) -> Hold {
    Hold { group: arn(group), reason: reason.to_owned() }
}

const H: fn() -> Health = Health::healthy;

fn plan(scene: &Scene) -> Result<Plan, Vec<Refusal>> {
    let request = Request {
        groups: scene.groups.clone(),
        targets: scene.targets.clone(),
        away: scene.away.clone(),
        policy: scene.policy.clone(),
        elsewhere: scene.elsewhere.clone(),
        holds: scene.holds.clone(),
        ..Request::default()
    };
    Plan::in_place(request, &scene.seen)
}

#[test]
fn each_refusal_is_a_fail_of_its_check_in_its_words_and_with_its_way_out() {
    for (check, scene) in refused() {
        let refusals = plan(&scene).expect_err(check);
        let findings = scene.of_check(check);
        for refusal in refusals {
            let fits = |finding: &&Finding| finding.what.ends_with(&refusal.to_string());
            let Some(finding) = findings.iter().find(fits) else {
                panic!("{check}: {refusal} is not in {findings:#?}");
            };
            assert_eq!(finding.level, Level::Fail, "{finding:#?}");
            assert_eq!(advice(finding), refusal.hint());
        }
        let ok = |finding: &Finding| finding.level == Level::Ok;
        assert!(!findings.iter().any(ok), "{check} is not ok as well: {findings:#?}");
    }
}

#[test]
fn a_hold_is_told_of_its_group_with_the_tag_to_remove() {
    let scene = Scene::fine().with(|scene| scene.holds = vec![hold("web", "migration")]);
    let finding = scene.only("hold");
    assert_eq!((finding.group.as_ref(), finding.level), (Some(&arn("web")), Level::Fail));
    assert_eq!(settings(&finding), [Setting::Untagged("elb-deploy:hold")]);
}

#[test]
fn without_a_plan_no_time_of_the_run_is_told() {
    for (check, scene) in refused() {
        assert_eq!(scene.of_check("run"), [], "{check}");
    }
}

#[test]
fn of_functions_nothing_else_is_checked() {
    let scene = Scene::fine().set(|group| group.target_type = TargetType::Lambda);
    let of_group = scene.findings().into_iter().filter(|finding| finding.group.is_some());
    assert_eq!(of_group.map(|finding| finding.check).collect::<Vec<_>>(), ["type"]);
}
