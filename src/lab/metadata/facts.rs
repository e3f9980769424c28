//! What an instance's metadata says of it, by path below `/latest/meta-data/`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use crate::lab::model::{Instance, REGION};

/// Values by path.
#[derive(Debug)]
pub(super) struct Facts(BTreeMap<String, String>);

pub(super) fn facts(id: &str, instance: &Instance, vpc: Option<&str>) -> Facts {
    let mac = mac(instance.address);
    let own = |name: &str| format!("network/interfaces/macs/{mac}/{name}");
    let mut all = BTreeMap::from([
        ("instance-id".to_owned(), id.to_owned()),
        ("placement/region".to_owned(), REGION.to_owned()),
        ("placement/availability-zone".to_owned(), instance.zone.clone()),
        ("mac".to_owned(), mac.clone()),
        (own("mac"), mac.clone()),
    ]);
    all.extend(vpc.map(|vpc| (own("vpc-id"), vpc.to_owned())));
    // An instance has only those of its kind of address.
    let name = if instance.address.is_ipv4() { "local-ipv4".to_owned() } else { own("ipv6s") };
    all.insert(name, instance.address.to_string());
    Facts(all)
}

impl Facts {
    /// A value, with or without a slash at the end, or the names in a folder.
    pub(super) fn look_up(&self, path: &str) -> Option<String> {
        let path = path.trim_matches('/');
        self.0.get(path).cloned().or_else(|| self.names_in(path))
    }

    /// One a line, folders with a slash at the end.
    fn names_in(&self, folder: &str) -> Option<String> {
        let prefix = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let inside = self.0.keys().filter_map(|path| path.strip_prefix(&prefix));
        let names = inside.filter_map(|path| path.split_inclusive('/').next());
        let names: Vec<_> = names.collect::<BTreeSet<_>>().into_iter().collect();
        (!names.is_empty()).then(|| names.join("\n"))
    }
}

/// Locally administered, and the address itself, so that no two instances share one.
fn mac(address: IpAddr) -> String {
    let [.., a, b, c, d] = match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    };
    format!("02:00:{a:02x}:{b:02x}:{c:02x}:{d:02x}")
}
