//! What is deployed, and where it is registered. Nothing here knows how it fares.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::Ipv6Addr;

use serde::{Deserialize, Serialize};

/// The thing that is deployed: an instance id (`i-0abc`) or an IP address.
///
/// It is kept as it was written. Two spellings of one IPv6 address are the same target.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TargetId(String);

impl PartialEq for TargetId {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl Eq for TargetId {}

impl PartialOrd for TargetId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TargetId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.canonical().cmp(&other.canonical())
    }
}

impl Hash for TargetId {
    fn hash<H: Hasher>(&self, to: &mut H) {
        self.canonical().hash(to);
    }
}

impl TargetId {
    /// An id as Elastic Load Balancing gave it.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn canonical(&self) -> Cow<'_, str> {
        let address = self.0.contains(':').then(|| self.0.parse::<Ipv6Addr>().ok()).flatten();
        address.map_or(Cow::Borrowed(&self.0), |address| Cow::Owned(address.to_string()))
    }

    /// Whether it is the id of an instance, as no address begins.
    pub fn is_instance(&self) -> bool {
        self.0.starts_with("i-")
    }
}

impl fmt::Display for TargetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The Amazon Resource Name of a target group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupArn(String);

impl GroupArn {
    /// An ARN as Elastic Load Balancing gave it.
    pub fn new(arn: impl Into<String>) -> Self {
        Self(arn.into())
    }

    /// The ARN as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The group's name, which is the part between `targetgroup/` and the last slash.
    pub fn name(&self) -> &str {
        self.0.split('/').nth(1).unwrap_or(&self.0)
    }
}

impl fmt::Display for GroupArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One place of a target in one group, kept exactly as the load balancer gave it, so that it can
/// be put back exactly so.
///
/// Elastic Load Balancing tells registrations apart by id *and* port: one target can be in one
/// group several times (`TargetDescription` in the API reference).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Registration {
    /// The group it belongs to.
    pub group: GroupArn,
    /// The target.
    pub id: TargetId,
    /// The port that receives traffic, always named: without it the API assumes the group's.
    pub port: u16,
    /// The Availability Zone, or `all` for an address outside the load balancer's VPC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The server id of a QUIC target; it cannot be changed while registered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quic_server_id: Option<String>,
}

impl Registration {
    /// Whether both name the same place: what the API compares, group, id and port.
    pub fn same_place(&self, other: &Self) -> bool {
        self.group == other.group && self.id == other.id && self.port == other.port
    }

    /// Target and port as people write them; an IPv6 address stands in brackets.
    pub fn place(&self) -> String {
        match self.id.as_str().contains(':') {
            true => format!("[{}]:{}", self.id, self.port),
            false => format!("{}:{}", self.id, self.port),
        }
    }

    /// The zone to name when it is registered: none for an instance, which has the zone that it
    /// runs in. The API tells that one but refuses to take it (`TargetDescription` in the API
    /// reference).
    pub fn zone_to_register(&self) -> Option<&str> {
        self.zone.as_deref().filter(|_| !self.id.is_instance())
    }
}

impl fmt::Display for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.place(), self.group.name())
    }
}

/// A target of a run, with all the registrations that the run takes out and puts in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The instance id or address.
    pub id: TargetId,
    /// What was registered before the run; what a step on [`Side::Old`] works on.
    pub old: Vec<Registration>,
    /// What shall be registered after it; the same as `old` when deploying in place.
    pub new: Vec<Registration>,
}

impl Target {
    /// A target that is put back exactly where it was.
    pub fn in_place(id: TargetId, registrations: Vec<Registration>) -> Self {
        let new = registrations.clone();
        Self { id, old: registrations, new }
    }

    /// The registrations of one side.
    pub fn side(&self, side: Side) -> &[Registration] {
        match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        }
    }

    /// Its Availability Zone, if the load balancer tells one.
    pub fn zone(&self) -> Option<&str> {
        self.old.iter().chain(&self.new).find_map(|registration| registration.zone.as_deref())
    }

    /// The ARNs of its groups, each once.
    pub fn groups(&self) -> Vec<&GroupArn> {
        let mut groups: Vec<_> =
            self.old.iter().chain(&self.new).map(|place| &place.group).collect();
        groups.sort();
        groups.dedup();
        groups
    }
}

/// Which registrations of a target a step works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Those of before the run.
    Old,
    /// Those of after it.
    New,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_of_one_address_are_the_same_target_and_each_is_kept() {
        let short = TargetId::new("fd00::1");
        for text in ["fd00:0:0:0:0:0:0:1", "FD00::1", "fd00::0001"] {
            let long = TargetId::new(text);
            assert_eq!(short, long);
            assert_eq!(std::collections::BTreeSet::from([short.clone(), long.clone()]).len(), 1);
            assert_eq!(long.as_str(), text);
        }
        assert_ne!(short, TargetId::new("fd00::2"));
        assert_ne!(TargetId::new("i-0A"), TargetId::new("i-0a"));
    }

    #[test]
    fn an_instance_is_registered_without_the_zone_that_the_api_tells_of_it() {
        let zone_of = |id: &str| {
            let group = GroupArn::new("web");
            let zone = Some("eu-west-1a".to_owned());
            let id = TargetId::new(id);
            let place = Registration { group, id, port: 80, zone, quic_server_id: None };
            place.zone_to_register().map(str::to_owned)
        };
        assert_eq!(zone_of("i-0a"), None);
        for address in ["10.0.0.7", "fd00::1"] {
            assert_eq!(zone_of(address).as_deref(), Some("eu-west-1a"), "{address}");
        }
    }
}
