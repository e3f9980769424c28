//! What is said of a group: what can be taken out of it, and whether all is in service.

use super::*;

#[test]
fn what_can_be_taken_out_leaves_the_last_one_in_service() {
    let margins = |healths: &[Health]| {
        let ids = ["i-0a", "i-0b", "i-0c"];
        let seen: Vec<_> = ids.into_iter().zip(healths.iter().cloned()).collect();
        let status = Scene::of([group("web")]).seeing("web", &seen).status().groups.remove(0);
        (status.can_be_taken_out, heading::headline(&status, Paint::Plain))
    };
    let healthy = Health::healthy;
    let all = margins(&[healthy(), healthy(), healthy()]);
    assert_eq!(all, (2, "web  3 of 3 in service, 2 can be taken out".to_owned()));
    let (last, text) = margins(&[healthy(), failing()]);
    assert_eq!(last, 0);
    assert!(text.ends_with("none can be taken out: the last one stays in service"), "{text}");
    assert_eq!(margins(&[failing(), failing()]).0, 1, "it fails open, so both of them serve");
    assert!(margins(&[failing()]).1.ends_with(": the last one registered stays"));
    assert_eq!(
        margins(&[draining()]).1,
        "web  0 of 1 in service, none can be taken out: none is registered"
    );
    assert_eq!(margins(&[]).1, "web  no target is registered");
}

#[test]
fn a_group_fails_open_below_its_minimum() {
    let failing_open = |minimum: Minimum, healths: [Health; 3]| {
        let web = Group { fail_open: minimum, ..group("web") };
        let seen: Vec<_> = ["i-0a", "i-0b", "i-0c"].into_iter().zip(healths).collect();
        Scene::of([web]).seeing("web", &seen).status().groups.remove(0).fails_open_below
    };
    let count = |count| Minimum { count: Some(count), percentage: None };
    let share = Minimum { count: Some(1), percentage: Some(60) };
    let one = || [Health::healthy(), failing(), failing()];
    assert_eq!(failing_open(count(1), one()), None);
    assert_eq!(failing_open(count(2), one()), Some(2));
    assert_eq!(failing_open(share, one()), Some(2));
    assert_eq!(failing_open(count(1), [failing(), failing(), failing()]), Some(1));
    assert_eq!(failing_open(count(1), [draining(), draining(), draining()]), None);
}

#[test]
fn a_group_without_targets_is_not_in_service_unless_it_can_have_none() {
    let is_in_service = |target_type| {
        let empty = Group { target_type, ..group("empty") };
        let well = [("i-0a", Health::healthy())];
        let scene = Scene::of([group("web"), empty]).seeing("web", &well).seeing("empty", &[]);
        scene.status().is_in_service()
    };
    assert!(!is_in_service(TargetType::Instance) && !is_in_service(TargetType::Ip));
    assert!(is_in_service(TargetType::Lambda) && is_in_service(TargetType::Alb));
}
