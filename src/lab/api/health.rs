//! `DescribeTargetHealth`: one group a call, not paginated.
//! The zone is told of instances too, which the real service seldom does; a fault leaves it out.

use std::collections::BTreeSet;

use super::action::{Call, Written};
use super::targets::specs;
use super::xml::Xml;
use crate::lab::model::{CheckPort, Health, NO_PORT, Refusal, TargetHealth};

/// What can be asked for beyond health; the lab has no anomalies, and says so only when asked.
const INCLUDES: [&str; 2] = ["AnomalyDetection", "All"];

pub(super) fn describe(call: &mut Call<'_>) -> Result<Written, Refusal> {
    let group = call.form.required("TargetGroupArn")?;
    let included = call.form.list("Include");
    if let Some(wrong) = included.iter().find(|each| !INCLUDES.contains(&each.as_str())) {
        return Err(Refusal::Validation(format!("'{wrong}' is not a valid value for 'Include'")));
    }
    let asked = specs(call.form)?;
    let mut lines = call.model.target_health(call.now, group, &asked, call.health_age)?;
    if call.untold_zones {
        let instances: BTreeSet<_> = call.model.instances().map(|(id, _)| id.to_string()).collect();
        let untold = lines.iter_mut().filter(|line| instances.contains(&*line.target.id));
        untold.for_each(|line| line.zone = None);
    }
    let anomalies = !included.is_empty();
    Ok(Box::new(move |xml| {
        xml.list("TargetHealthDescriptions", lines, |xml, line| {
            describe_one(xml, &line, anomalies);
        });
    }))
}

fn describe_one(xml: &mut Xml, line: &TargetHealth, anomalies: bool) {
    let port = Some(line.target.port).filter(|port| *port != NO_PORT);
    xml.inside("Target", |xml| {
        xml.text("Id", &line.target.id);
        xml.optional("Port", port);
        xml.optional("AvailabilityZone", line.zone.as_ref());
        xml.optional("QuicServerId", line.quic_server_id.as_ref());
    });
    xml.optional("HealthCheckPort", port.map(|port| line.check_port.of(port)));
    xml.inside("TargetHealth", |xml| describe_health(xml, &line.health));
    if anomalies {
        xml.inside("AnomalyDetection", |xml| {
            xml.text("Result", "normal");
            xml.text("MitigationInEffect", "no");
        });
    }
    if line.shifted {
        xml.inside("AdministrativeOverride", |xml| {
            xml.text("State", "zonal_shift_active");
            xml.text("Reason", "AdministrativeOverride.ZonalShiftActive");
            xml.text("Description", "Zonal shift is active for this zone");
        });
    }
}

fn describe_health(xml: &mut Xml, health: &Health) {
    xml.text("State", health.state.as_str());
    xml.optional("Reason", health.reason.map(|reason| reason.as_str()));
    xml.optional("Description", health.description.as_ref());
}

/// As `DescribeTargetGroups` writes it.
pub(super) fn check_port(port: CheckPort) -> String {
    match port {
        CheckPort::Traffic => "traffic-port".to_owned(),
        CheckPort::Fixed(port) => port.to_string(),
    }
}
