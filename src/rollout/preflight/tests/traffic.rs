//! Slow start and stickiness.

use super::*;

#[test]
fn slow_start_is_told_with_its_time() {
    Scene::fine().finds("slow-start", Level::Ok, "off");
    let slow = Scene::fine().set(|group| group.slow_start = seconds(90));
    slow.finds("slow-start", Level::Warn, "less than its share for 1m 30s");
}

#[test]
fn stickiness_is_told_with_what_it_costs() {
    Scene::fine().finds("stickiness", Level::Ok, "off");
    let sticky = Scene::fine().set(|group| group.sticky = true);
    sticky.finds("stickiness", Level::Warn, "session");
}

#[test]
fn both_are_turned_off_by_a_setting() {
    let scene = Scene::fine().set(|group| {
        group.slow_start = seconds(30);
        group.sticky = true;
    });
    for (check, key, value) in [
        ("slow-start", "slow_start.duration_seconds", "0"),
        ("stickiness", "stickiness.enabled", "false"),
    ] {
        let expected = Setting::Attributes(vec![(key, value.to_owned())]);
        assert_eq!(settings(&scene.only(check)), [expected]);
    }
}
