//! What may not be asked.

use super::super::denied;
use super::*;

#[test]
fn what_a_run_needs_fails_and_what_checks_need_warns() {
    for (operation, level, part) in [
        ("DescribeTargetGroups", Level::Fail, "a run needs it"),
        ("DescribeTargetGroupAttributes", Level::Fail, "a run needs it"),
        ("DescribeTargetHealth", Level::Fail, "a run needs it"),
        ("DescribeLoadBalancers", Level::Warn, "not fully checked"),
        ("DescribeListeners", Level::Warn, "not fully checked"),
        ("DescribeRules", Level::Warn, "not fully checked"),
        ("DescribeLoadBalancerAttributes", Level::Warn, "not fully checked"),
    ] {
        let finding = denied(operation, &format!("{operation}: AccessDenied: no"));
        assert_eq!((finding.level, finding.check), (level, "permissions"));
        assert!(finding.what.starts_with(&format!("{operation}: AccessDenied")), "{finding:?}");
        assert!(finding.what.contains(part), "{finding:?}");
        let action = format!("elasticloadbalancing:{operation}");
        assert!(advice(&finding).contains(&action), "{finding:?}");
    }
}

#[test]
fn what_cannot_be_asked_without_acting_is_said() {
    Scene::fine().finds("permissions", Level::Ok, "RegisterTargets and DeregisterTargets");
}

#[test]
fn without_looks_the_settings_are_checked_all_the_same() {
    let scene = Scene::fine().with(|scene| scene.seen.clear());
    let findings = scene.findings();
    assert!(findings.iter().all(|finding| finding.level == Level::Ok), "{findings:#?}");
    let checks: Vec<_> = findings.iter().map(|finding| finding.check).collect();
    assert_eq!(
        checks,
        [
            "listener",
            "cross-zone",
            "delay",
            "time",
            "health-check",
            "recovery",
            "detection",
            "slow-start",
            "stickiness",
        ]
    );
}

#[test]
fn a_target_that_may_be_in_a_group_without_a_look_is_not_called_missing() {
    let scene = Scene::fine().with(|scene| {
        scene.groups.push(group("api"));
        scene.targets = vec![TargetId::new("i-9")];
    });
    assert_eq!(scene.of_check("chosen"), []);
    let scene = Scene::fine().with(|scene| scene.targets = vec![TargetId::new("i-9")]);
    scene.finds("chosen", Level::Fail, "i-9 is not registered in web");
}

#[test]
fn groups_that_hold_no_targets_need_no_look() {
    let scene = Scene::fine().set(|group| group.target_type = TargetType::Lambda);
    let scene = scene.with(|scene| scene.seen.clear());
    scene.finds("permissions", Level::Ok, "all that was asked is allowed");
}
