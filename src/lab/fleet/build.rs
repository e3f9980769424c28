//! From the file's tables to a model, checking on the way what TOML cannot.
//! Times below AWS's ranges are taken on purpose: a demonstration should not take minutes.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::file::{CheckTable, File, GroupTable, LagsTable, Span, TargetEntry};
use super::{FleetError, START};
use crate::lab::model::{
    Arn, CheckPort, Group, HealthCheck, Instance, Lags, Matcher, Model, NO_PORT, Power, Protocol,
    TargetKind, TargetSpec,
};

mod balancers;

pub(super) fn model(file: &File) -> Result<Model, FleetError> {
    let mut model = Model::new(lags(&file.lags));
    add_instances(&mut model, file)?;
    add_groups(&mut model, file)?;
    balancers::add(&mut model, file)?;
    for table in &file.group {
        register(&mut model, table)?;
    }
    Ok(model)
}

fn lags(table: &LagsTable) -> Lags {
    let default = Lags::default();
    let given = |span: Option<Span>, default| span.map_or(default, |span| span.0);
    Lags {
        registration: given(table.registration, default.registration),
        register: given(table.register, default.register),
        deregister: given(table.deregister, default.deregister),
        describe: given(table.describe, default.describe),
    }
}

fn add_instances(model: &mut Model, file: &File) -> Result<(), FleetError> {
    let mut seen = BTreeSet::new();
    for table in &file.instance {
        let what = format!("instance {}", table.id);
        once(&mut seen, &what)?;
        loopback(&what, table.address)?;
        let instance =
            Instance { zone: table.zone.clone(), address: table.address, power: Power::Running };
        model.add_instance(&table.id, instance);
    }
    Ok(())
}

fn add_groups(model: &mut Model, file: &File) -> Result<(), FleetError> {
    let mut seen = BTreeSet::new();
    for table in &file.group {
        once(&mut seen, &format!("group {}", table.name))?;
        let group = group(table)?;
        let arn = group.arn.clone();
        model.add_group(group);
        let tags: Vec<_> = table.tags.clone().into_iter().collect();
        let attributes: Vec<_> = table.attributes.clone().into_iter().collect();
        model
            .set_attributes(&arn, &attributes)
            .map(|_| ())
            .and_then(|()| model.add_tags(&arn, &tags))
            .map_err(|refusal| refused(table, refusal))?;
    }
    Ok(())
}

fn group(table: &GroupTable) -> Result<Group, FleetError> {
    let wrong = |why: String| senseless(&format!("group {}", table.name), &why);
    let mut group = match table.kind.as_str() {
        "instance" => served(table, TargetKind::Instance, Protocol::Http).map_err(wrong)?,
        "ip" => served(table, TargetKind::Ip, Protocol::Http).map_err(wrong)?,
        "alb" => served(table, TargetKind::Alb, Protocol::Tcp).map_err(wrong)?,
        "lambda" if table.protocol.is_none() && table.port.is_none() => {
            Group::of_functions(&table.name)
        }
        "lambda" => return Err(wrong("functions have neither protocol nor port".to_owned())),
        other => {
            return Err(wrong(format!("kind '{other}' is not instance, ip, lambda or alb")));
        }
    };
    group.check = check(&table.check, group.check).map_err(wrong)?;
    Ok(group)
}

fn served(table: &GroupTable, kind: TargetKind, default: Protocol) -> Result<Group, String> {
    let protocol = table.protocol.as_ref().map_or(Ok(default), |word| word.parse())?;
    if kind == TargetKind::Alb && protocol != Protocol::Tcp {
        return Err(format!("load balancers are reached by TCP, not by {protocol}"));
    }
    let port = table.port.ok_or("it has no port")?;
    if port == NO_PORT {
        return Err("port 0 is no port".to_owned());
    }
    Ok(Group::new(&table.name, kind, protocol, port, &table.vpc))
}

fn check(table: &CheckTable, default: HealthCheck) -> Result<HealthCheck, String> {
    let span = |given: Option<Span>, default| given.map_or(default, |span| span.0);
    let protocol = match &table.protocol {
        Some(word) => word.parse()?,
        None => default.protocol,
    };
    let matcher = match &table.matcher {
        Some(text) => Matcher::parse(text)?,
        None => default.matcher,
    };
    let check = HealthCheck {
        protocol,
        port: table.port.map_or(CheckPort::Traffic, CheckPort::Fixed),
        path: table.path.clone().unwrap_or(default.path),
        interval: span(table.interval, default.interval),
        timeout: span(table.timeout, default.timeout),
        healthy_threshold: table.healthy.unwrap_or(default.healthy_threshold),
        unhealthy_threshold: table.unhealthy.unwrap_or(default.unhealthy_threshold),
        matcher,
    };
    if check.timeout.is_zero() || check.timeout >= check.interval {
        return Err("the check's timeout is not between 0 and its interval".to_owned());
    }
    if check.healthy_threshold == 0 || check.unhealthy_threshold == 0 {
        return Err("a threshold of the check is 0".to_owned());
    }
    if !check.path.starts_with('/') {
        return Err(format!("the check's path '{}' does not start with /", check.path));
    }
    Ok(check)
}

fn register(model: &mut Model, table: &GroupTable) -> Result<(), FleetError> {
    let mut specs: Vec<TargetSpec> = table.targets.iter().map(spec).collect();
    for spec in &mut specs {
        // Nobody knows the ARNs of a fleet before it is served.
        let named =
            model.balancers().iter().find(|each| table.kind == "alb" && each.name == spec.id);
        if let Some(balancer) = named {
            spec.id = balancer.arn.to_string();
        }
    }
    let addresses = specs.iter().filter_map(|spec| spec.id.parse().ok());
    for address in addresses {
        loopback(&format!("a target of group {}", table.name), address)?;
    }
    let arn = arn(model, &format!("group {}", table.name), &table.name)?;
    model.register(START, &arn, &specs).map_err(|refusal| refused(table, refusal))
}

fn spec(entry: &TargetEntry) -> TargetSpec {
    match entry {
        TargetEntry::Id(id) => TargetSpec::id(id),
        TargetEntry::Table(table) => TargetSpec {
            id: table.id.clone(),
            port: table.port,
            zone: table.zone.clone(),
            quic_server_id: table.quic_server_id.clone(),
        },
    }
}

fn arn(model: &Model, what: &str, name: &str) -> Result<Arn, FleetError> {
    let group = model
        .group_named(name)
        .ok_or_else(|| FleetError::NoGroup { what: what.to_owned(), group: name.to_owned() })?;
    Ok(group.arn.clone())
}

fn once(seen: &mut BTreeSet<String>, what: &str) -> Result<(), FleetError> {
    if seen.insert(what.to_owned()) {
        return Ok(());
    }
    Err(FleetError::Twice { what: what.to_owned() })
}

fn loopback(what: &str, address: IpAddr) -> Result<(), FleetError> {
    if address.is_loopback() {
        return Ok(());
    }
    Err(FleetError::NotLoopback { what: what.to_owned(), address })
}

fn senseless(what: &str, why: &str) -> FleetError {
    FleetError::Senseless { what: what.to_owned(), why: why.to_owned() }
}

fn refused(table: &GroupTable, refusal: crate::lab::model::Refusal) -> FleetError {
    FleetError::Refused { group: table.name.clone(), refusal }
}
