//! The balancers of a fleet, with their listeners and rules.
//! A listen port belongs to one listener of the whole file, because all share loopback.

use std::collections::BTreeSet;

use super::super::FleetError;
use super::super::file::{BalancerTable, File, KindWord, ListenerTable};
use super::{arn, once, senseless};
use crate::lab::model::{Arn, Balancer, BalancerKind, Model, Protocol};

pub(super) fn add(model: &mut Model, file: &File) -> Result<(), FleetError> {
    let mut seen = BTreeSet::new();
    for table in &file.balancer {
        let what = format!("balancer {}", table.name);
        once(&mut seen, &what)?;
        if table.zones.is_empty() {
            return Err(senseless(&what, "it is in no zone"));
        }
        let mut balancer =
            Balancer::new(&table.name, kind(table.kind), &table.vpc, table.zones.clone());
        if table.cross_zone == Some(false) && balancer.kind == BalancerKind::Application {
            let why = "an application load balancer always reaches all its zones";
            return Err(senseless(&what, why));
        }
        balancer.cross_zone = table.cross_zone.unwrap_or(balancer.cross_zone);
        for listener in &table.listener {
            once(&mut seen, &format!("listen port {}", listener.port))?;
            add_listener(model, table, listener, &mut balancer)?;
        }
        model.add_balancer(balancer);
    }
    Ok(())
}

fn add_listener(
    model: &Model,
    table: &BalancerTable,
    listener: &ListenerTable,
    balancer: &mut Balancer,
) -> Result<(), FleetError> {
    let what = format!("listener {} of balancer {}", listener.port, table.name);
    if listener.port == 0 {
        return Err(senseless(&what, "port 0 is no port"));
    }
    let default = usable(model, &what, &listener.group, balancer.kind)?;
    let protocol = match balancer.kind {
        BalancerKind::Application => Protocol::Http,
        BalancerKind::Network => Protocol::Tcp,
    };
    balancer.listen(listener.port, protocol, default);
    let mut seen = BTreeSet::new();
    for rule in &listener.rule {
        let what = format!("rule {} of {what}", rule.priority);
        once(&mut seen, &what)?;
        if balancer.kind == BalancerKind::Network {
            return Err(senseless(&what, "a network load balancer has no rules"));
        }
        if rule.paths.is_empty() {
            return Err(senseless(&what, "it has no paths"));
        }
        let group = usable(model, &what, &rule.group, balancer.kind)?;
        balancer.rule(listener.port, rule.priority, rule.paths.clone(), group);
    }
    Ok(())
}

fn usable(model: &Model, what: &str, group: &str, kind: BalancerKind) -> Result<Arn, FleetError> {
    let arn = arn(model, what, group)?;
    let fits = model.group(&arn).is_some_and(|group| group.family() == kind);
    if fits {
        return Ok(arn);
    }
    let why =
        format!("group {group} speaks a protocol that no {} load balancer does", kind.as_str());
    Err(senseless(what, &why))
}

fn kind(word: KindWord) -> BalancerKind {
    match word {
        KindWord::Application => BalancerKind::Application,
        KindWord::Network => BalancerKind::Network,
    }
}
