//! From the model's types to the core's, as the API and the tool's adapter do it in two steps.

use crate::balancer::Settings;
use crate::lab::model::{
    self, BalancerKind, CheckPort, Listener, Model, NO_PORT, TargetHealth, TargetKind,
};
use crate::rollout::{
    self, Front, Group, GroupArn, Health, HealthCheck, Listed, Registration, TargetId, TargetType,
    Use,
};

/// What a forward to one group is described with.
const WEIGHT: u32 = 1;

/// A group; none if an attribute makes no sense, which the model does not take.
pub(super) fn group(model: &Model, group: &model::Group) -> Option<Group> {
    let target_type = target_type(group.kind);
    let settings = Settings::read(target_type, |key| group.attributes.get(key)).ok()?;
    Some(Group {
        arn: GroupArn::new(&*group.arn),
        name: group.name.clone(),
        target_type,
        kind: kind(group.family()),
        port: Some(group.port).filter(|port| *port != NO_PORT),
        balancers: model.balancers_of(&group.arn).map(|user| user.arn.to_string()).collect(),
        deregistration_delay: settings.deregistration_delay,
        slow_start: settings.slow_start,
        sticky: settings.sticky,
        cross_zone: settings.cross_zone,
        fail_open: settings.fail_open,
        dns_failover: settings.dns_failover,
        health_check: HealthCheck {
            interval: group.check.interval,
            timeout: group.check.timeout,
            healthy_threshold: group.check.healthy_threshold,
            unhealthy_threshold: group.check.unhealthy_threshold,
            port: match group.check.port {
                CheckPort::Traffic => None,
                CheckPort::Fixed(port) => Some(port),
            },
        },
    })
}

pub(super) fn listed(model: &Model, group: &model::Group) -> Listed {
    Listed {
        arn: GroupArn::new(&*group.arn),
        target_type: target_type(group.kind),
        in_use: model.balancers_of(&group.arn).next().is_some(),
        vpc: (group.kind != TargetKind::Lambda).then(|| group.vpc.clone()),
    }
}

fn target_type(kind: TargetKind) -> TargetType {
    match kind {
        TargetKind::Instance => TargetType::Instance,
        TargetKind::Ip => TargetType::Ip,
        TargetKind::Lambda => TargetType::Lambda,
        TargetKind::Alb => TargetType::Alb,
    }
}

pub(super) fn front(balancer: &model::Balancer) -> Front {
    Front {
        arn: balancer.arn.to_string(),
        name: balancer.name.clone(),
        kind: kind(balancer.kind),
        zones: balancer.zones.clone(),
        cross_zone: balancer.cross_zone,
        uses: balancer.listeners.iter().flat_map(uses).collect(),
    }
}

fn uses(listener: &Listener) -> Vec<Use> {
    let using = |group: &model::Arn, rule: Option<String>| Use {
        group: GroupArn::new(&**group),
        protocol: listener.protocol.to_string(),
        port: listener.port,
        rule,
        weight: WEIGHT,
    };
    let own = listener.rules.iter();
    let own = own.map(|rule| using(&rule.group, Some(rule.priority.to_string())));
    own.chain([using(&listener.default_group, None)]).collect()
}

fn kind(family: BalancerKind) -> rollout::BalancerKind {
    match family {
        BalancerKind::Application => rollout::BalancerKind::Application,
        BalancerKind::Network => rollout::BalancerKind::Network,
    }
}

/// One entry of a look.
pub(super) fn sight(group: &GroupArn, said: TargetHealth) -> (Registration, Health) {
    let registration = Registration {
        group: group.clone(),
        id: TargetId::new(&*said.target.id),
        port: said.target.port,
        zone: said.zone,
        quic_server_id: said.quic_server_id,
    };
    let health = Health {
        state: said.health.state.as_str().to_owned().into(),
        reason: said.health.reason.map(|reason| reason.as_str().to_owned().into()),
        description: said.health.description,
        kept_away: said.shifted.then(|| "zonal_shift_active".to_owned()),
    };
    (registration, health)
}
