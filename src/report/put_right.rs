//! The commands that put right what a run leaves out of service, as a person can paste them.

use std::collections::{BTreeMap, BTreeSet};

use super::access::Access;
use crate::rollout::{GroupArn, Registration, TargetId};

/// The command that puts these targets back: one line, or none if nothing is out.
pub fn put_right<'a>(
    out: impl IntoIterator<Item = &'a Registration>,
    access: &Access,
) -> Option<String> {
    let ids: BTreeSet<_> = out.into_iter().map(|place| place.id.as_str()).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    (!ids.is_empty()).then(|| access.command(&format!("restore {}", ids.join(" "))))
}

/// The commands that put these targets in where a person says so, whatever journals know: one line
/// per group and port.
pub fn put_in_again<'a>(
    out: impl IntoIterator<Item = &'a Registration>,
    access: &Access,
) -> Vec<String> {
    let mut ids: BTreeMap<(&GroupArn, u16), BTreeSet<&str>> = BTreeMap::new();
    for place in out {
        ids.entry((&place.group, place.port)).or_default().insert(place.id.as_str());
    }
    let command = |((group, port), ids): ((&GroupArn, u16), BTreeSet<&str>)| {
        let ids = ids.into_iter().collect::<Vec<_>>().join(" ");
        access.command(&format!("restore {ids} --group {group} --port {port}"))
    };
    ids.into_iter().map(command).collect()
}

/// The command that gives these targets up in one group, wholly.
pub fn give_up<'a>(
    out: impl IntoIterator<Item = &'a Registration>,
    group: &GroupArn,
    access: &Access,
) -> String {
    let ids: BTreeSet<_> = out.into_iter().map(|place| place.id.as_str()).collect();
    let ids = ids.into_iter().collect::<Vec<_>>().join(" ");
    access.command(&format!("runs forget {ids} --group {group}"))
}

/// For each of these targets the command that gives up it alone, in the groups of these places
/// alone.
pub fn give_up_each<'a>(
    out: impl IntoIterator<Item = &'a Registration>,
    access: &Access,
) -> Vec<(&'a TargetId, String)> {
    let mut groups: BTreeMap<&TargetId, BTreeSet<&GroupArn>> = BTreeMap::new();
    for place in out {
        groups.entry(&place.id).or_default().insert(&place.group);
    }
    let command = |(id, groups): (&'a TargetId, BTreeSet<&GroupArn>)| {
        let groups: String = groups.iter().map(|group| format!(" --group {group}")).collect();
        (id, access.command(&format!("runs forget {id}{groups}")))
    };
    groups.into_iter().map(command).collect()
}

/// The commands that put these registrations back without this tool's journals: one `aws elbv2 register-targets` line per group, for
/// exactly these registrations.
pub fn put_right_by_hand<'a>(
    out: impl IntoIterator<Item = &'a Registration>,
    access: &Access,
) -> Vec<String> {
    commands("register-targets", out, access, registered)
}

/// One `aws elbv2 deregister-targets` line per group, for exactly these registrations.
pub fn take_out_by_hand<'a>(
    out: impl IntoIterator<Item = &'a Registration>,
    access: &Access,
) -> Vec<String> {
    commands("deregister-targets", out, access, place)
}

/// One `aws elbv2 describe-target-health` line per group, for exactly these registrations.
pub fn ask_health<'a>(
    of: impl IntoIterator<Item = &'a Registration>,
    access: &Access,
) -> Vec<String> {
    commands("describe-target-health", of, access, place)
}

fn commands<'a>(
    verb: &str,
    places: impl IntoIterator<Item = &'a Registration>,
    access: &Access,
    target: impl Fn(&Registration) -> String,
) -> Vec<String> {
    let mut groups: BTreeMap<&GroupArn, Vec<String>> = BTreeMap::new();
    for place in places {
        groups.entry(&place.group).or_default().push(target(place));
    }
    let command = |(group, targets): (&GroupArn, Vec<String>)| {
        let (region, targets) = (region(group), targets.join(" "));
        let access = access.options();
        format!("aws elbv2 {verb}{region}{access} --target-group-arn {group} --targets {targets}")
    };
    groups.into_iter().map(command).collect()
}

pub(super) fn region(group: &GroupArn) -> String {
    match group.as_str().split(':').nth(3) {
        Some(region) if !region.is_empty() => format!(" --region {region}"),
        _ => String::new(),
    }
}

fn place(place: &Registration) -> String {
    format!("Id={},Port={}", place.id, place.port)
}

fn registered(registration: &Registration) -> String {
    let mut text = place(registration);
    if let Some(zone) = registration.zone_to_register() {
        text += &format!(",AvailabilityZone={zone}");
    }
    if let Some(id) = &registration.quic_server_id {
        text += &format!(",QuicServerId={id}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::sample::place;

    #[test]
    fn each_group_is_one_command_with_all_its_registrations() {
        let out = [place("web", "i-0a", 80), place("api", "i-0a", 81), place("web", "i-0a", 82)];
        let prefix = "aws elbv2 register-targets --region eu-west-1 --target-group-arn \
                      arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup";
        assert_eq!(
            put_right_by_hand(&out, &Access::default()),
            [
                format!("{prefix}/api/73e2d6bc24d8a067 --targets Id=i-0a,Port=81"),
                format!("{prefix}/web/73e2d6bc24d8a067 --targets Id=i-0a,Port=80 Id=i-0a,Port=82"),
            ]
        );
    }

    #[test]
    fn what_is_out_is_put_back_by_one_command_that_names_each_target_once() {
        let out = [place("web", "i-0b", 80), place("api", "i-0a", 81), place("web", "i-0a", 80)];
        let command = put_right(&out, &Access::default());
        assert_eq!(command.as_deref(), Some("elb-deploy restore i-0a i-0b"));
        assert_eq!(put_right(&[], &Access::default()), None);
    }

    #[test]
    fn what_a_person_named_is_put_in_once_more_by_group_and_port() {
        let out = [place("web", "i-0b", 80), place("web", "i-0a", 80), place("web", "i-0a", 82)];
        let group = &out[0].group;
        assert_eq!(
            put_in_again(&out, &Access::default()),
            [
                format!("elb-deploy restore i-0a i-0b --group {group} --port 80"),
                format!("elb-deploy restore i-0a --group {group} --port 82"),
            ]
        );
    }

    #[test]
    fn what_is_gone_is_given_up_target_by_target_and_only_where_it_is_out() {
        let out = [place("web", "i-0b", 80), place("api", "i-0a", 81), place("web", "i-0a", 80)];
        let arn = |name: &str| place(name, "", 0).group;
        let [(a, of_a), (b, of_b)] = &give_up_each(&out, &Access::default())[..] else { panic!() };
        assert_eq!((a.as_str(), b.as_str()), ("i-0a", "i-0b"));
        let (web, api) = (arn("web"), arn("api"));
        assert_eq!(*of_a, format!("elb-deploy runs forget i-0a --group {api} --group {web}"));
        assert_eq!(*of_b, format!("elb-deploy runs forget i-0b --group {web}"));
    }

    #[test]
    fn zones_are_named_for_addresses_and_left_out_for_instances() {
        let zoned = |id: &str| Registration { zone: Some("all".into()), ..place("web", id, 80) };
        let quic = Registration { quic_server_id: Some("0x1f".into()), ..zoned("fd00::1") };
        let command = put_right_by_hand(&[zoned("i-0a"), quic], &Access::default()).remove(0);
        let targets = command.split_once("--targets ").map(|(_, targets)| targets);
        let expected = "Id=i-0a,Port=80 Id=fd00::1,Port=80,AvailabilityZone=all,QuicServerId=0x1f";
        assert_eq!(targets, Some(expected));
    }

    #[test]
    fn health_is_asked_by_id_and_port() {
        let zoned = Registration { zone: Some("all".into()), ..place("web", "10.0.0.7", 80) };
        let command = ask_health(&[zoned], &Access::default()).remove(0);
        assert!(command.starts_with("aws elbv2 describe-target-health --region eu-west-1"));
        assert!(command.ends_with("--targets Id=10.0.0.7,Port=80"), "{command}");
    }
}
