//! The deregistration delay.

use super::*;

#[test]
fn a_delay_is_neither_too_long_nor_shorter_than_requests_still_come() {
    use BalancerKind::{Application, Gateway, Network};
    for (kind, delay, level, part) in [
        (Application, 0, Level::Warn, "ends after 0s, while requests can still arrive for 15s"),
        (Application, 14, Level::Warn, "ends after 14s"),
        (Application, 15, Level::Ok, "15s"),
        (Application, 59, Level::Ok, "59s"),
        (Application, 60, Level::Warn, "every target drains for 1m, whatever"),
        (Application, 300, Level::Warn, "every target drains for 5m"),
        (Network, 0, Level::Warn, "requests can still arrive for 2m"),
        (Network, 119, Level::Warn, "ends after 1m 59s"),
        (Network, 120, Level::Ok, "2m"),
        (Network, 121, Level::Warn, "every target drains for 2m 1s"),
        (Gateway, 300, Level::Warn, "every target drains for 5m"),
    ] {
        let scene = Scene::fine().set(|group| {
            group.kind = kind;
            group.deregistration_delay = seconds(delay);
        });
        scene.finds("delay", level, part);
    }
}

#[test]
fn a_delay_to_change_is_told_as_the_setting_that_fits() {
    let setting = |kind, delay| {
        let scene = Scene::fine().set(|group| {
            group.kind = kind;
            group.deregistration_delay = seconds(delay);
        });
        settings(&scene.only("delay"))
    };
    let set = |seconds: &str| {
        let pair = ("deregistration_delay.timeout_seconds", seconds.to_owned());
        [Setting::Attributes(vec![pair])]
    };
    assert_eq!(setting(BalancerKind::Application, 300), set("30"));
    assert_eq!(setting(BalancerKind::Application, 5), set("30"));
    assert_eq!(setting(BalancerKind::Network, 60), set("120"));
    assert_eq!(setting(BalancerKind::Network, 3600), set("120"));
}

#[test]
fn the_settle_time_makes_up_for_a_short_delay_only_if_it_is_long_enough() {
    for (settle, part) in [
        (None, "the settle time of 15s makes up for it"),
        (Some(60), "the settle time of 1m makes up for it"),
        (Some(1), "the settle time of 1s does not make up for it"),
    ] {
        let scene = Scene::fine()
            .set(|group| group.deregistration_delay = seconds(5))
            .with(|scene| scene.policy.settle = settle.map(seconds));
        scene.finds("delay", Level::Warn, part);
    }
}

#[test]
fn a_limit_that_no_drain_can_keep_is_told_in_the_words_of_the_refusal() {
    let scene = Scene::fine().with(|scene| scene.policy.drain_timeout = Some(seconds(20)));
    let part = "a drain in group web takes 30s, so a limit of 20s would always be passed";
    scene.finds("delay", Level::Fail, part);
}
