//! Registering and deregistering: what is sent, in how many calls, and how often it is tried.

use super::wire::{Answer, Wire, ok, refusal};
use super::{ARN, arn, over, registration};
use crate::balancer::elb::connect::ATTEMPTS;
use crate::balancer::{Balancer, ErrorKind};
use crate::rollout::Registration;

fn many(count: u16) -> Vec<Registration> {
    (1..=count).map(|port| registration("10.0.0.7", port)).collect()
}

fn registered() -> Answer {
    ok("RegisterTargets", "")
}

#[tokio::test(start_paused = true)]
async fn four_hundred_and_fifty_registrations_go_in_three_calls() {
    let wire = Wire::new([registered(), registered(), registered()]);
    over(&wire).await.register(&arn(), &many(450)).await.unwrap();
    let sizes: Vec<_> = wire.sent().iter().map(|sent| sent.count("Targets", ".Id")).collect();
    assert_eq!(sizes, [200, 200, 50]);
    assert_eq!(wire.sent()[2].field("Targets.member.50.Port"), Some("450"));
    assert_eq!(wire.sent()[2].field("TargetGroupArn"), Some(ARN));
}

#[tokio::test(start_paused = true)]
async fn deregister_names_every_port_and_nothing_that_register_alone_takes() {
    let wire = Wire::new([ok("DeregisterTargets", "")]);
    let mut place = registration("10.0.0.7", 8443);
    place.zone = Some("all".to_owned());
    place.quic_server_id = Some("0x0011223344556677".to_owned());
    over(&wire).await.deregister(&arn(), &[place]).await.unwrap();
    let sent = &wire.sent()[0];
    assert_eq!(sent.field("Action"), Some("DeregisterTargets"));
    assert_eq!(sent.field("Targets.member.1.Id"), Some("10.0.0.7"));
    assert_eq!(sent.field("Targets.member.1.Port"), Some("8443"));
    assert_eq!(sent.count("Targets", ""), 2);
}

#[tokio::test(start_paused = true)]
async fn an_address_is_put_back_into_its_zone_with_its_quic_server_id() {
    let wire = Wire::new([registered()]);
    let mut place = registration("10.0.0.7", 443);
    place.zone = Some("all".to_owned());
    place.quic_server_id = Some("0x0011223344556677".to_owned());
    over(&wire).await.register(&arn(), &[place]).await.unwrap();
    let sent = &wire.sent()[0];
    assert_eq!(sent.field("Targets.member.1.AvailabilityZone"), Some("all"));
    assert_eq!(sent.field("Targets.member.1.QuicServerId"), Some("0x0011223344556677"));
}

#[tokio::test(start_paused = true)]
async fn an_instance_is_registered_without_the_zone_that_the_api_would_refuse() {
    let wire = Wire::new([registered()]);
    let mut place = registration("i-0abc", 80);
    place.zone = Some("eu-west-1a".to_owned());
    over(&wire).await.register(&arn(), &[place]).await.unwrap();
    assert_eq!(wire.sent()[0].field("Targets.member.1.AvailabilityZone"), None);
    assert_eq!(wire.sent()[0].field("Targets.member.1.Port"), Some("80"));
}

#[tokio::test(start_paused = true)]
async fn nothing_to_change_makes_no_call() {
    let wire = Wire::default();
    let balancer = over(&wire).await;
    balancer.register(&arn(), &[]).await.unwrap();
    balancer.deregister(&arn(), &[]).await.unwrap();
    assert!(wire.sent().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_change_is_tried_again_when_throttled_broken_or_unavailable() {
    let wire = Wire::new([
        refusal(400, "Throttling", "Rate exceeded"),
        Answer::Broken(std::io::ErrorKind::ConnectionReset),
        refusal(503, "ServiceUnavailable", "not now"),
        Answer::Never,
        registered(),
    ]);
    over(&wire).await.register(&arn(), &many(1)).await.unwrap();
    assert_eq!(wire.sent().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_change_is_given_up_after_several_tries() {
    let throttled = || refusal(400, "Throttling", "Rate exceeded");
    let wire = Wire::new(std::iter::repeat_with(throttled).take(20));
    let error = over(&wire).await.deregister(&arn(), &many(1)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Throttled);
    assert_eq!(wire.sent().len(), ATTEMPTS as usize);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_not_tried_again_and_has_changed_nothing() {
    let wire = Wire::new([refusal(400, "InvalidTarget", "i-0abc is not running")]);
    let error = over(&wire).await.register(&arn(), &many(1)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::InvalidTarget);
    assert_eq!(wire.sent().len(), 1);
    assert!(!error.may_have_acted());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_of_the_second_part_may_have_acted_and_ends_the_rest() {
    let denied = || refusal(403, "AccessDenied", "no");
    let wire = Wire::new([registered(), denied()]);
    let error = over(&wire).await.register(&arn(), &many(450)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(error.may_have_acted());
    assert_eq!(wire.sent().len(), 2);
    let wire = Wire::new([denied()]);
    let error = over(&wire).await.deregister(&arn(), &many(450)).await.unwrap_err();
    assert!(!error.may_have_acted());
}
