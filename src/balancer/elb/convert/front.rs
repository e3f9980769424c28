//! Load balancers, listeners and rules as the core knows them.

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, Listener, LoadBalancer, LoadBalancerAttribute, Rule,
};

use crate::rollout::{BalancerKind, Front, GroupArn, Use};

const CROSS_ZONE: &str = "load_balancing.cross_zone.enabled";
/// A forward to one group has no weight, or one that has no effect.
const DEFAULT_WEIGHT: u32 = 1;
/// Listeners of gateway load balancers are described without protocol and port: they take all
/// traffic, and pass it on by this protocol on this port.
const GATEWAY_LISTENER: (&str, u16) = ("GENEVE", 6081);

/// A load balancer without its listeners.
pub(in super::super) fn front(
    seen: &LoadBalancer,
    attributes: &[LoadBalancerAttribute],
) -> Result<Front, String> {
    let arn = seen.load_balancer_arn().ok_or("a load balancer without an ARN")?;
    let kind = match seen.r#type().map(|kind| kind.as_str()) {
        Some("application") => BalancerKind::Application,
        Some("network") => BalancerKind::Network,
        Some("gateway") => BalancerKind::Gateway,
        other => return Err(format!("{arn} is of type {}", other.unwrap_or("nothing"))),
    };
    let zones = seen.availability_zones().iter().filter_map(|zone| zone.zone_name());
    let cross_zone = attributes.iter().find(|attribute| attribute.key() == Some(CROSS_ZONE));
    Ok(Front {
        arn: arn.to_owned(),
        name: seen.load_balancer_name().unwrap_or(arn).to_owned(),
        kind,
        zones: zones.map(str::to_owned).collect(),
        cross_zone: match cross_zone.and_then(|attribute| attribute.value()) {
            Some(value) => value == "true",
            None => kind == BalancerKind::Application,
        },
        uses: Vec::new(),
    })
}

/// What a listener's rules and its default action forward to, in the order in which they are asked.
pub(in super::super) fn uses(listener: &Listener, rules: &[Rule]) -> Result<Vec<Use>, String> {
    let (protocol, port) = listens(listener)?;
    let forwards = |actions: &[Action], rule: Option<&str>| -> Vec<Use> {
        let forwarded = actions.iter().flat_map(forwarded);
        let using = |(group, weight)| Use {
            group: GroupArn::new(group),
            protocol: protocol.clone(),
            port,
            rule: rule.map(str::to_owned),
            weight,
        };
        forwarded.map(using).collect()
    };
    // The default action is told twice, as a rule and by the listener.
    let own = rules.iter().filter(|rule| rule.is_default() != Some(true));
    let mut uses: Vec<_> = own
        .flat_map(|rule| forwards(rule.actions(), Some(rule.priority().unwrap_or_default())))
        .collect();
    uses.extend(forwards(listener.default_actions(), None));
    Ok(uses)
}

fn listens(listener: &Listener) -> Result<(String, u16), String> {
    let (default_protocol, default_port) = GATEWAY_LISTENER;
    let protocol = listener.protocol().map_or(default_protocol, |protocol| protocol.as_str());
    let port = match listener.port() {
        Some(port) => u16::try_from(port).map_err(|_| format!("{port} is no listener's port"))?,
        None => default_port,
    };
    Ok((protocol.to_owned(), port))
}

/// The groups of a forward with their weights. One group alone may be told in the short form only.
fn forwarded(action: &Action) -> Vec<(&str, u32)> {
    if action.r#type() != Some(&ActionTypeEnum::Forward) {
        return Vec::new();
    }
    let groups = action.forward_config().map(|config| config.target_groups()).unwrap_or_default();
    let weighted = groups.iter().filter_map(|group| {
        let weight = group.weight().and_then(|weight| u32::try_from(weight).ok());
        Some((group.target_group_arn()?, weight.unwrap_or(DEFAULT_WEIGHT)))
    });
    let weighted: Vec<_> = weighted.collect();
    match action.target_group_arn() {
        Some(group) if weighted.is_empty() => vec![(group, DEFAULT_WEIGHT)],
        _ => weighted,
    }
}
