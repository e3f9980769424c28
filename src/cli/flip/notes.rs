//! What is worth knowing before a flip and no reason to refuse it: what it leaves alone, and what nobody
//! can look at.

use std::net::IpAddr;

use crate::rollout::{Group, Plan, Registration, Target};

/// All of it.
pub(super) fn notes(plan: &Plan, named: &[Group], myself: Option<IpAddr>) -> Vec<String> {
    let left_alone = plan.targets().filter_map(|target| left_alone(target, named));
    let left_alone: Vec<_> = left_alone.collect();
    let checks = named.iter().filter_map(checks_elsewhere);
    checks.chain(left_alone).chain(unseen(plan, myself)).collect()
}

/// A group whose health checks say nothing of the port that is put in.
fn checks_elsewhere(group: &Group) -> Option<String> {
    let port = group.health_check.port?;
    Some(format!(
        "the health checks of group {} ask port {port}, whatever port serves: they tell nothing \
         of the new release; ask it with --ready or --verify-url, or let them ask the traffic port",
        group.name
    ))
}

/// The named groups in which a target is not flipped, because it does not serve there.
fn left_alone(target: &Target, named: &[Group]) -> Option<String> {
    let groups = target.groups();
    let (here, others): (Vec<_>, Vec<_>) =
        named.iter().partition(|group| groups.contains(&&group.arn));
    let live = target.old.first().filter(|_| !others.is_empty())?.port;
    let names = |groups: &[&Group]| {
        groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    Some(format!(
        "{} is flipped in {} alone: it is not registered with port {live} in {}",
        target.id,
        names(&here),
        names(&others)
    ))
}

/// Of an instance it is not known where its services listen, unless it is this one.
fn unseen(plan: &Plan, myself: Option<IpAddr>) -> Option<String> {
    let is_unseen = |place: &&Registration| myself.is_none() && place.id.is_instance();
    let idle = plan.targets().filter_map(|target| target.new.first()).filter(is_unseen);
    let idle: Vec<_> = idle.map(Registration::place).collect();
    (!idle.is_empty()).then(|| {
        format!(
            "whether something listens on {} already is not known here; if that is this machine, say --self",
            idle.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample;
    use crate::rollout::{Strategy, TargetId};

    fn plan(id: &str) -> Plan {
        let place = |port| sample::place("web", id, port);
        let (old, new) = (vec![place(8081)], vec![place(8082)]);
        let batches = vec![vec![Target { id: TargetId::new(id), old, new }]];
        Plan { strategy: Strategy::Flip, batches, ..sample::plan(&[&[id]]) }
    }

    fn named(names: &[&str]) -> Vec<Group> {
        let group = |name: &&str| {
            let arn = sample::place(name, "i-0a", 80).group;
            Group { arn, name: (*name).to_owned(), ..plan("i-0a").groups[0].clone() }
        };
        names.iter().map(group).collect()
    }

    const MYSELF: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));

    #[test]
    fn the_groups_in_which_a_target_is_not_flipped_are_named() {
        assert_eq!(notes(&plan("i-0a"), &named(&["web"]), MYSELF), [""; 0]);
        assert_eq!(
            notes(&plan("i-0a"), &named(&["web", "api", "admin"]), MYSELF),
            ["i-0a is flipped in web alone: it is not registered with port 8081 in api, admin"]
        );
    }

    #[test]
    fn an_instance_on_which_nobody_can_look_is_told_with_its_port() {
        let said = notes(&plan("i-0a"), &named(&["web"]), None);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].contains("listens on i-0a:8082 already is not known"), "{said:?}");
        assert_eq!(notes(&plan("10.0.0.7"), &named(&["web"]), None), [""; 0]);
    }
}
