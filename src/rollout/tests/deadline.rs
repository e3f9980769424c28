//! How long the waits take and may take, from the group's own settings and the policy.

use super::super::{BalancerKind, Group, Policy};
use super::{group, seconds};

fn network() -> Group {
    Group { kind: BalancerKind::Network, ..group("udp") }
}

#[test]
fn settle_follows_the_kind_of_load_balancer_unless_given() {
    let given = Policy { settle: Some(seconds(3)), ..Policy::default() };
    assert_eq!(Policy::default().settle(&group("web")), seconds(15));
    assert_eq!(Policy::default().settle(&network()), seconds(120));
    assert_eq!(given.settle(&network()), seconds(3));
}

#[test]
fn a_drain_takes_the_whole_delay_and_never_less_than_settle() {
    let table = [(300, 15, 300), (0, 15, 15), (0, 120, 120), (30, 30, 30)];
    for (delay, settle, expected) in table {
        let group = Group { deregistration_delay: seconds(delay), ..group("web") };
        assert_eq!(group.expected_drain(seconds(settle)), seconds(expected));
        assert_eq!(group.drain_deadline(seconds(settle)), seconds(expected + 60));
    }
}

#[test]
fn a_given_settle_lengthens_the_drain_deadline_with_it() {
    let policy = Policy { settle: Some(seconds(400)), ..Policy::default() };
    assert_eq!(policy.drain_deadline(&group("web")), seconds(460));
}

#[test]
fn coming_into_service_takes_one_check_and_may_take_the_threshold_and_the_boot() {
    assert_eq!(group("web").expected_in_service(), seconds(10));
    assert_eq!(group("web").in_service_deadline(), seconds(6 * 10 + 120));
}

#[test]
fn a_network_load_balancer_starts_checking_late() {
    assert_eq!(network().expected_in_service(), seconds(180 + 10));
    assert_eq!(network().in_service_deadline(), seconds(180 + 6 * 10 + 120));
}

#[test]
fn deadlines_that_are_given_win() {
    let policy = Policy {
        drain_timeout: Some(seconds(7)),
        in_service_timeout: Some(seconds(8)),
        ..Policy::default()
    };
    assert_eq!(policy.drain_deadline(&network()), seconds(7));
    assert_eq!(policy.in_service_deadline(&network()), seconds(8));
}
