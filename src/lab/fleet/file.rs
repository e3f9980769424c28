//! A fleet file as people write it: the shape of the TOML, and nothing of its meaning.
//! An unknown key is refused, because a mistyped one would silently do nothing.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use serde::Deserialize;

use crate::duration;
use crate::lab::faults::FaultSettings;

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) seed: u64,
    #[serde(default)]
    pub(super) lags: LagsTable,
    #[serde(default)]
    pub(super) faults: FaultSettings,
    #[serde(default)]
    pub(super) instance: Vec<InstanceTable>,
    pub(super) group: Vec<GroupTable>,
    pub(super) balancer: Vec<BalancerTable>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LagsTable {
    pub(super) registration: Option<Span>,
    pub(super) register: Option<Span>,
    pub(super) deregister: Option<Span>,
    pub(super) describe: Option<Span>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InstanceTable {
    pub(super) id: String,
    pub(super) zone: String,
    pub(super) address: IpAddr,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupTable {
    pub(super) name: String,
    #[serde(default = "instance")]
    pub(super) kind: String,
    pub(super) protocol: Option<String>,
    pub(super) port: Option<u16>,
    #[serde(default = "vpc")]
    pub(super) vpc: String,
    #[serde(default)]
    pub(super) check: CheckTable,
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) targets: Vec<TargetEntry>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckTable {
    pub(super) protocol: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) path: Option<String>,
    pub(super) interval: Option<Span>,
    pub(super) timeout: Option<Span>,
    pub(super) healthy: Option<u32>,
    pub(super) unhealthy: Option<u32>,
    pub(super) matcher: Option<String>,
}

/// An id alone, or a table for what is special about it.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum TargetEntry {
    Id(String),
    Table(TargetTable),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetTable {
    pub(super) id: String,
    pub(super) port: Option<u16>,
    pub(super) zone: Option<String>,
    pub(super) quic_server_id: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BalancerTable {
    pub(super) name: String,
    pub(super) kind: KindWord,
    #[serde(default = "vpc")]
    pub(super) vpc: String,
    pub(super) zones: Vec<String>,
    pub(super) cross_zone: Option<bool>,
    pub(super) listener: Vec<ListenerTable>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum KindWord {
    Application,
    Network,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListenerTable {
    pub(super) port: u16,
    pub(super) group: String,
    #[serde(default)]
    pub(super) rule: Vec<RuleTable>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleTable {
    pub(super) priority: u32,
    pub(super) paths: Vec<String>,
    pub(super) group: String,
}

/// A duration as people write it: `300ms`, `2s`, `1m 30s`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Span(pub(super) Duration);

impl TryFrom<String> for Span {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        duration::parse(&text).map(Self)
    }
}

fn instance() -> String {
    "instance".to_owned()
}

fn vpc() -> String {
    "vpc-lab".to_owned()
}
