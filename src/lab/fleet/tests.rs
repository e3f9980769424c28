use super::*;
use crate::lab::faults::{CallKind, FaultSettings};
use crate::lab::model::HealthState;

fn refusal(text: &str) -> String {
    text.parse::<Fleet>().unwrap_err().to_string()
}

fn changed(from: &str, to: &str) -> String {
    assert!(Fleet::default_text().contains(from), "{from}");
    refusal(&Fleet::default_text().replacen(from, to, 1))
}

#[test]
fn the_ready_made_fleet_is_sound_and_comes_into_service() {
    let fleet: Fleet = Fleet::default_text().parse().unwrap();
    let mut model = fleet.model();
    let soon = Duration::from_secs(1);
    let checks = model.checks(soon);
    assert_eq!(checks.len(), 8);
    for check in &checks {
        assert_eq!(check.path, "/health");
        model.checked(soon, check, crate::lab::model::CheckResult::Code(200));
    }
    let later = Duration::from_secs(2);
    let addresses = |port, path| -> Vec<String> {
        let routed = model.route(later, port, path);
        routed.iter().map(|each| each.address.to_string()).collect()
    };
    let web = ["127.0.0.11:8080", "127.0.0.12:8080", "127.0.0.13:8080", "127.0.0.14:8080"];
    assert_eq!(addresses(18080, "/"), web);
    assert_eq!(addresses(18080, "/api/x")[0], "127.0.0.11:8080");
    assert_eq!(addresses(19090, "/")[3], "127.0.0.14:8080");
    for group in model.groups() {
        let lines = model.target_health(later, &group.arn, &[], Duration::ZERO).unwrap();
        assert!(lines.iter().all(|line| line.health.state == HealthState::Healthy));
        assert_eq!(group.attributes.deregistration_delay(), Duration::from_secs(6));
        assert_eq!(model.tags(&group.arn).unwrap()["service"], group.name);
    }
}

#[test]
fn the_ready_made_fleet_throttles_as_aws_does() {
    let fleet: Fleet = Fleet::default_text().parse().unwrap();
    assert_eq!(*fleet.faults().settings(), FaultSettings::default());
}

#[test]
fn throttling_can_be_turned_off_or_set_in_a_fleet() {
    let with = |line: &str| -> Fleet {
        let text = Fleet::default_text().replacen("throttling = true", line, 1);
        text.parse().unwrap()
    };
    assert_eq!(with("throttling = false").faults().settings().throttling, None);
    let tight = "throttling = { describe = { burst = 1, per_second = 1 } }";
    let mut faults = with(tight).faults();
    let mut throttled = || faults.strike(START, CallKind::Describe).refused.is_some();
    assert_eq!([throttled(), throttled()], [false, true]);
}

#[test]
fn an_address_of_another_machine_is_refused_by_name() {
    assert_eq!(
        changed("127.0.0.13", "10.0.0.13"),
        "instance i-00000003 has the address 10.0.0.13, which is not on loopback (127.0.0.0/8 or ::1)"
    );
    let text = Fleet::default_text()
        .replacen("name = \"web\"", "name = \"web\"\nkind = \"ip\"", 1)
        .replacen("\"i-00000001\", \"i-00000002\"", "\"127.0.0.1\", \"8.8.8.8\"", 1);
    assert!(refusal(&text).contains("8.8.8.8, which is not on loopback"), "{}", refusal(&text));
}

#[test]
fn unknown_keys_are_refused_with_their_line() {
    let sentence = changed("priority = 10", "prioritee = 10");
    assert!(sentence.contains("prioritee") && sentence.contains("line"), "{sentence}");
    assert!(changed("latency_ms = 0", "latencee = 0").contains("latencee"));
}

#[test]
fn what_makes_no_sense_is_refused_and_named() {
    for (from, to, said) in [
        ("i-00000002\"\nzone", "i-00000001\"\nzone", "instance i-00000001 is there twice"),
        ("port = 19090", "port = 18080", "listen port 18080 is there twice"),
        ("port = 18080", "port = 0", "port 0"),
        ("name = \"api\"", "name = \"web\"", "group web is there twice"),
        ("group = \"web\"", "group = \"wep\"", "names the group wep"),
        ("timeout = \"500ms\"", "timeout = \"2s\"", "timeout"),
        ("interval = \"1s\"", "interval = \"soon\"", "not a duration"),
        ("interval = \"1s\"", "interval = \"500000000000y\"", "longer than 24h"),
        ("healthy = 3", "healthy = 0", "threshold"),
        ("path = \"/health\"", "path = \"health\"", "does not start with /"),
        ("timeout_seconds\" = \"6\"", "timeout_seconds\" = \"3601\"", "'3601'"),
        ("targets = [\"i-00000001\"", "targets = [\"i-9\"", "'i-9'"),
        ("kind = \"application\"", "kind = \"network\"", "protocol"),
        ("zones = [\"lab-1a\", \"lab-1b\"]", "zones = []", "no zone"),
        ("kind = \"application\"", "kind = \"application\"\ncross_zone = false", "always reaches"),
        ("port = 8080\ntargets", "targets", "it has no port"),
        ("name = \"web\"", "name = \"web\"\nkind = \"lambda\"", "neither protocol nor port"),
        ("name = \"web\"", "name = \"web\"\nkind = \"alb\"\nprotocol = \"HTTP\"", "by TCP"),
        ("name = \"web\"", "name = \"web\"\nkind = \"toaster\"", "'toaster' is not instance"),
        ("error_percent = 0", "error_percent = 200", "error_percent"),
        ("paths = [\"/api/*\"]", "paths = []", "no paths"),
    ] {
        let sentence = changed(from, to);
        assert!(sentence.contains(said), "{to}: {sentence}");
    }
}

#[test]
fn the_same_fleet_has_the_same_arns_in_every_run() {
    let arns = || -> Vec<String> {
        let fleet: Fleet = Fleet::default_text().parse().unwrap();
        let model = fleet.model();
        model.groups().map(|group| group.arn.to_string()).collect()
    };
    assert_eq!(arns(), arns());
}
