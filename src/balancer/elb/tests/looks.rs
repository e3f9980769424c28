//! What a look sends, and what it makes of every state, reason and override.

use super::wire::{Answer, Wire, ok, refusal};
use super::{ARN, arn, over, registration};
use crate::balancer::{Balancer, ErrorKind};
use crate::rollout::{Health, Reason, Registration, State};

fn member(target: &str, rest: &str) -> String {
    format!("<member><Target>{target}</Target>{rest}</member>")
}

fn health_of(state: &str, reason: &str, description: &str) -> String {
    let optional = |tag: &str, text: &str| match text {
        "" => String::new(),
        text => format!("<{tag}>{text}</{tag}>"),
    };
    let reason = optional("Reason", reason);
    let description = optional("Description", description);
    format!("<TargetHealth><State>{state}</State>{reason}{description}</TargetHealth>")
}

fn answer(members: &str) -> Answer {
    let list = format!("<TargetHealthDescriptions>{members}</TargetHealthDescriptions>");
    ok("DescribeTargetHealth", &list)
}

async fn seen(members: &str) -> Vec<(Registration, Health)> {
    over(&Wire::new([answer(members)])).await.look(&arn(), &[]).await.unwrap()
}

const TARGET: &str = "<Id>i-0abc</Id><Port>8080</Port>";

#[tokio::test(start_paused = true)]
async fn every_state_and_reason_is_kept_as_the_api_spells_it() {
    let known = [
        ("initial", "Elb.RegistrationInProgress", State::Initial),
        ("initial", "Elb.InitialHealthChecking", State::Initial),
        ("healthy", "", State::Healthy),
        ("unhealthy", "Target.ResponseCodeMismatch", State::Unhealthy),
        ("unhealthy", "Target.Timeout", State::Unhealthy),
        ("unhealthy", "Target.FailedHealthChecks", State::Unhealthy),
        ("unhealthy", "Elb.InternalError", State::Unhealthy),
        ("unhealthy.draining", "Target.FailedHealthChecks", State::UnhealthyDraining),
        ("unused", "Target.NotRegistered", State::Unused),
        ("unused", "Target.NotInUse", State::Unused),
        ("unused", "Target.InvalidState", State::Unused),
        ("unused", "Target.IpUnusable", State::Unused),
        ("draining", "Target.DeregistrationInProgress", State::Draining),
        ("unavailable", "Target.HealthCheckDisabled", State::Unavailable),
        ("resting", "Target.Tired", State::Other("resting".to_owned())),
    ];
    let members: String = known
        .iter()
        .map(|(state, reason, _)| member(TARGET, &health_of(state, reason, "in words")))
        .collect();
    let seen = seen(&members).await;
    assert_eq!(seen.len(), known.len());
    for ((_, health), (_, reason, state)) in seen.iter().zip(known) {
        assert_eq!(health.state, state);
        assert_eq!(health.reason.as_ref().map_or("", Reason::as_str), reason);
        assert_eq!(health.description.as_deref(), Some("in words"));
    }
    assert_eq!(seen[8].1.reason, Some(Reason::NotRegistered));
}

#[tokio::test(start_paused = true)]
async fn zone_and_quic_server_id_are_captured() {
    let target = "<Id>10.0.0.7</Id><Port>443</Port><AvailabilityZone>all</AvailabilityZone>\
                  <QuicServerId>0x0011223344556677</QuicServerId>";
    let seen = seen(&member(target, &health_of("healthy", "", ""))).await;
    let mut expected = registration("10.0.0.7", 443);
    expected.zone = Some("all".to_owned());
    expected.quic_server_id = Some("0x0011223344556677".to_owned());
    assert_eq!(seen, [(expected, Health::healthy())]);
}

#[tokio::test(start_paused = true)]
async fn only_an_active_zonal_shift_keeps_traffic_away() {
    let with = |state: &str| {
        let shift = format!(
            "<AdministrativeOverride><State>{state}</State><Reason>x</Reason>\
             <Description>shifted by hand</Description></AdministrativeOverride>"
        );
        member(TARGET, &(health_of("healthy", "", "") + &shift))
    };
    let states = ["zonal_shift_active", "no_override", "zonal_shift_delegated_to_dns", "unknown"];
    let seen = seen(&states.map(with).concat()).await;
    let kept_away: Vec<_> = seen.iter().map(|(_, health)| health.kept_away.as_deref()).collect();
    assert_eq!(kept_away, [Some("shifted by hand"), None, None, None]);
    assert!(!seen[0].1.is_in_service() && seen[1].1.is_in_service());
}

#[tokio::test(start_paused = true)]
async fn names_no_target_unless_asked_and_each_with_its_port() {
    let wire = Wire::new([answer(""), answer("")]);
    let balancer = over(&wire).await;
    balancer.look(&arn(), &[]).await.unwrap();
    let named = [registration("i-0abc", 80), registration("i-0abc", 81)];
    balancer.look(&arn(), &named).await.unwrap();
    let sent = wire.sent();
    assert_eq!(sent[0].field("Action"), Some("DescribeTargetHealth"));
    assert_eq!(sent[0].field("TargetGroupArn"), Some(ARN));
    assert_eq!(sent[0].count("Targets", ""), 0);
    assert_eq!(sent[1].field("Targets.member.1.Port"), Some("80"));
    assert_eq!(sent[1].field("Targets.member.2.Id"), Some("i-0abc"));
    assert_eq!(sent[1].field("Targets.member.2.Port"), Some("81"));
    assert!(sent[0].user_agent.contains("app/elb-deploy-"), "{}", sent[0].user_agent);
}

#[tokio::test(start_paused = true)]
async fn asks_once_however_it_fails() {
    for (answer, kind) in [
        (refusal(400, "Throttling", "Rate exceeded"), ErrorKind::Throttled),
        (refusal(500, "HealthUnavailable", "not now"), ErrorKind::Unavailable),
        (Answer::Broken(std::io::ErrorKind::ConnectionReset), ErrorKind::Unreachable),
        (Answer::Never, ErrorKind::Unreachable),
        (Answer::Cut, ErrorKind::Unreachable),
        (Answer::Http(200, "<html>welcome".to_owned()), ErrorKind::Unexpected),
    ] {
        let what = format!("{answer:?}");
        let wire = Wire::new([answer]);
        let error = over(&wire).await.look(&arn(), &[]).await.unwrap_err();
        assert_eq!(error.kind, kind, "{what}: {error}");
        assert_eq!(wire.sent().len(), 1, "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_entry_without_id_port_or_state_is_unexpected_not_guessed() {
    let health = health_of("healthy", "", "");
    for (entry, word) in [
        (member("<Id>i-0abc</Id>", &health), "port"),
        (member("<Port>80</Port>", &health), "id"),
        (member("<Id>i-0abc</Id><Port>99999</Port>", &health), "99999"),
        (member(TARGET, ""), "state"),
    ] {
        let wire = Wire::new([answer(&entry)]);
        let error = over(&wire).await.look(&arn(), &[]).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unexpected);
        assert!(error.message.contains(word), "{error}");
        assert_eq!(error.request_id.as_deref(), Some("req-1"));
    }
}
