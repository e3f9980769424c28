//! What a command is told of its target: in its arguments and in its environment. Pure.

use crate::executor::Work;
use crate::rollout::{Registration, Target};

pub(in crate::executor) const TARGET: &str = "{target}";
pub(in crate::executor) const PORT: &str = "{port}";
pub(in crate::executor) const ZONE: &str = "{zone}";

/// A word of the command with its placeholders filled in; other braces stay as they are.
pub(super) fn fill(word: &str, target: &Target) -> String {
    let port = places(target).first().map(|place| place.port.to_string()).unwrap_or_default();
    let word = word.replace(TARGET, target.id.as_str()).replace(PORT, &port);
    word.replace(ZONE, target.zone().unwrap_or_default())
}

/// Whether the word means something else for each target.
pub(super) fn has_placeholder(word: &str) -> bool {
    [TARGET, PORT, ZONE].iter().any(|placeholder| word.contains(placeholder))
}

/// The variables that the command finds in its environment.
pub(super) fn environment(target: &Target, work: Work, run: &str) -> [(&'static str, String); 8] {
    let ports = ports(target);
    let names = distinct(places(target).iter().map(|place| place.group.name().to_owned()));
    let arns = distinct(places(target).iter().map(|place| place.group.to_string()));
    [
        ("ELB_DEPLOY_TARGET", target.id.to_string()),
        ("ELB_DEPLOY_PORT", ports.first().cloned().unwrap_or_default()),
        ("ELB_DEPLOY_PORTS", ports.join(",")),
        ("ELB_DEPLOY_ZONE", target.zone().unwrap_or_default().to_owned()),
        ("ELB_DEPLOY_GROUPS", names.join(",")),
        ("ELB_DEPLOY_GROUP_ARNS", arns.join(",")),
        ("ELB_DEPLOY_RUN", run.to_owned()),
        ("ELB_DEPLOY_WORK", work.to_string()),
    ]
}

/// Its ports, each once.
pub(in crate::executor) fn ports(target: &Target) -> Vec<String> {
    distinct(places(target).iter().map(|place| place.port.to_string()))
}

/// What shall be registered once the command is through: that is what it must make ready.
fn places(target: &Target) -> &[Registration] {
    match target.new.is_empty() {
        true => &target.old,
        false => &target.new,
    }
}

fn distinct(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut once = Vec::new();
    for text in texts {
        if !once.contains(&text) {
            once.push(text);
        }
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::{GroupArn, TargetId};

    fn place(group: &str, port: u16) -> Registration {
        let arn = format!("arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/{group}/0a");
        Registration {
            group: GroupArn::new(arn),
            id: TargetId::new("i-0abc"),
            port,
            zone: None,
            quic_server_id: None,
        }
    }

    fn target(places: Vec<Registration>) -> Target {
        Target::in_place(TargetId::new("i-0abc"), places)
    }

    #[test]
    fn fills_target_port_and_zone_anywhere_in_a_word_and_leaves_other_braces() {
        let target = target(vec![place("web", 8080), place("api", 9090)]);
        assert_eq!(fill("user@{target}:{port}/{target}", &target), "user@i-0abc:8080/i-0abc");
        assert_eq!(fill("{{}} {x} ${HOME} { target }", &target), "{{}} {x} ${HOME} { target }");
        assert_eq!(fill("in {zone}", &target), "in ", "nobody told it");
        let zone = Some("eu-west-1a".to_owned());
        let place = Registration { zone, ..place("web", 8080) };
        assert_eq!(fill("in {zone}", &self::target(vec![place])), "in eu-west-1a");
    }

    #[test]
    fn several_groups_and_ports_are_listed_each_once() {
        let target = target(vec![place("web", 8080), place("api", 9090), place("admin", 8080)]);
        let found = environment(&target, Work::Verify, "run-1");
        let value = |name: &str| &found.iter().find(|(key, _)| *key == name).unwrap().1;
        assert_eq!(value("ELB_DEPLOY_PORT"), "8080");
        assert_eq!(value("ELB_DEPLOY_PORTS"), "8080,9090");
        assert_eq!(value("ELB_DEPLOY_GROUPS"), "web,api,admin");
        assert_eq!(value("ELB_DEPLOY_GROUP_ARNS").split(',').count(), 3);
        assert_eq!(value("ELB_DEPLOY_ZONE"), "");
        assert_eq!(value("ELB_DEPLOY_RUN"), "run-1");
        assert_eq!(value("ELB_DEPLOY_WORK"), "verify");
    }

    #[test]
    fn the_port_is_the_one_that_will_be_registered() {
        let mut target = target(vec![place("web", 8080)]);
        target.new = vec![place("web", 8081)];
        assert_eq!(fill("{port}", &target), "8081");
        target.new.clear();
        assert_eq!(fill("{port}", &target), "8080");
    }
}
