//! A target as people name it: an instance or an address, with a port or without.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::str::FromStr;

use super::typed::Example;
use crate::rollout::{Group, Health, Look, Registration, TargetId};

/// A target that was named, and the port if it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) id: TargetId,
    pub(super) port: Option<u16>,
}

impl Example for Place {
    const EXAMPLE: &str = "target such as i-0abc, i-0abc:8080, 10.0.0.7:80 or [fd00::1]:80";
}

impl Place {
    /// The registrations that are meant, spelt as the load balancer spells them. Without a port
    /// these are all that the target has in the group: with AWS's own tools it would be the
    /// group's port alone, and one with another port would serve on unseen. If it has none, the
    /// group's port is meant.
    pub(super) fn registrations(
        &self,
        group: &Group,
        look: Option<&Look>,
        counts: impl Fn(&Health) -> bool,
    ) -> Vec<Registration> {
        let listed = look.into_iter().flat_map(|look| &look.seen);
        let mine = listed.filter(|(place, _)| place.id == self.id);
        let id = mine.clone().next().map_or(&self.id, |(place, _)| &place.id);
        let mut ports: BTreeSet<_> = match self.port {
            Some(port) => BTreeSet::from([port]),
            None => {
                mine.filter(|(_, health)| counts(health)).map(|(place, _)| place.port).collect()
            }
        };
        if ports.is_empty() {
            ports.extend(group.port);
        }
        let registration = |port| Registration {
            group: group.arn.clone(),
            id: id.clone(),
            port,
            zone: None,
            quic_server_id: None,
        };
        ports.into_iter().map(registration).collect()
    }
}

impl FromStr for Place {
    type Err = String;

    /// Reads `ID`, `ID:PORT`, or what the AWS CLI takes, `Id=ID,Port=PORT`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains('=') {
            return shorthand(text);
        }
        if text.starts_with("arn:") {
            return Err("functions and load balancers as targets cannot be drained".to_owned());
        }
        // A bare IPv6 address ends like one with a port.
        if let Ok(address) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Ok(Self { id: TargetId::new(address.to_string()), port: None });
        }
        match text.rsplit_once(':') {
            Some((id, port)) => Ok(Self { id: id_of(id)?, port: Some(port_of(port)?) }),
            None => Ok(Self { id: id_of(text)?, port: None }),
        }
    }
}

/// `Id=i-0abc,Port=8080`; a zone and a server id may stand there too, and no health depends on them.
fn shorthand(text: &str) -> Result<Place, String> {
    let (mut id, mut port) = (None, None);
    for part in text.split(',') {
        match part.split_once('=') {
            Some(("Id", _)) if id.is_some() => return Err("Id= stands there twice".to_owned()),
            Some(("Port", _)) if port.is_some() => {
                return Err("Port= stands there twice".to_owned());
            }
            Some(("Id", value)) => id = Some(id_of(value)?),
            Some(("Port", value)) => port = Some(port_of(value)?),
            Some(("AvailabilityZone" | "QuicServerId", _)) => {}
            _ => {
                return Err(format!(
                    "{part} is none of Id=, Port=, AvailabilityZone=, QuicServerId="
                ));
            }
        }
    }
    let id = id.ok_or("it has no Id=")?;
    Ok(Place { id, port })
}

fn id_of(text: &str) -> Result<TargetId, String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(TargetId::new(address.to_string()));
    }
    let digits = text.strip_prefix("i-").unwrap_or_default();
    let is_digit = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    match !digits.is_empty() && digits.chars().all(is_digit) {
        true => Ok(TargetId::new(text)),
        false => Err("neither the id of an instance, in lower case, nor an address".to_owned()),
    }
}

pub(super) fn port_of(text: &str) -> Result<u16, String> {
    match text.parse::<u16>() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(format!("{text} is no port: ports go from 1 to 65535")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(String, Option<u16>), String> {
        text.parse::<Place>().map(|place| (place.id.to_string(), place.port))
    }

    #[test]
    fn a_target_is_read_as_people_and_the_aws_cli_write_it() {
        let rows = [
            ("i-0abc", "i-0abc", None),
            ("i-0abc:8080", "i-0abc", Some(8080)),
            ("10.0.0.7", "10.0.0.7", None),
            ("10.0.0.7:80", "10.0.0.7", Some(80)),
            ("[fd00::1]:80", "fd00::1", Some(80)),
            ("[fd00::1]", "fd00::1", None),
            ("fd00::1", "fd00::1", None),
            ("fd00:0::1", "fd00::1", None),
            ("Id=i-0abc,Port=8080", "i-0abc", Some(8080)),
            ("Port=80,Id=10.0.0.7,AvailabilityZone=all", "10.0.0.7", Some(80)),
            ("Id=fd00::1,Port=80", "fd00::1", Some(80)),
            ("Id=i-0abc", "i-0abc", None),
        ];
        for (text, id, port) in rows {
            assert_eq!(read(text), Ok((id.to_owned(), port)), "{text}");
        }
    }

    #[test]
    fn what_is_no_target_is_refused_with_its_reason() {
        let rows = [
            ("i-0abc:0", "0 is no port"),
            ("i-0abc:70000", "70000 is no port"),
            ("i-0abc:http", "http is no port"),
            ("[fd00::1]:", " is no port"),
            ("web", "neither"),
            ("", "neither"),
            ("i-", "neither"),
            ("i-0abc;rm", "neither"),
            ("i-0ABC", "neither"),
            ("i-0xyz", "neither"),
            ("Id=i-0a,Id=i-0b", "Id= stands there twice"),
            ("Id=i-0a,Port=80,Port=81", "Port= stands there twice"),
            ("10.0.0.7.8:80", "neither"),
            ("Port=80", "no Id="),
            ("Id=i-0abc,port=80", "port=80 is none of"),
            ("Id=,Port=80", "neither"),
            ("arn:aws:lambda:eu-west-1:1:function:f", "cannot be drained"),
        ];
        for (text, why) in rows {
            let said = read(text).expect_err(text);
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
