//! What a command is told of its target: in its arguments and in its environment. Pure.

use crate::executor::Work;
use crate::rollout::{Ports, Registration, Side, Target};

pub(in crate::executor) const TARGET: &str = "{target}";
pub(in crate::executor) const PORT: &str = "{port}";
pub(in crate::executor) const ZONE: &str = "{zone}";
const OLD_PORT: &str = "{old_port}";
const COLOR: &str = "{color}";
/// All that are replaced in a script of a flip.
const IN_FLIPS: [&str; 5] = [TARGET, PORT, ZONE, OLD_PORT, COLOR];

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
    let places = places_of(target, work);
    let ports = distinct(places.iter().map(|place| place.port.to_string()));
    let names = distinct(places.iter().map(|place| place.group.name().to_owned()));
    let arns = distinct(places.iter().map(|place| place.group.to_string()));
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

/// What a flip tells beside all that.
pub(super) struct Flipping {
    port: String,
    old_port: String,
    color: &'static str,
}

/// What a flip between these ports tells of this work.
pub(super) fn flip(target: &Target, work: Work, ports: Option<Ports>) -> Option<Flipping> {
    let ports = ports?;
    let port = places_of(target, work).first().map(|place| place.port);
    let text = |port: Option<u16>| port.map(|port| port.to_string()).unwrap_or_default();
    let color = port.and_then(|port| ports.color(port)).unwrap_or_default();
    let old_port = text(target.old.first().map(|place| place.port));
    Some(Flipping { port: text(port), old_port, color })
}

impl Flipping {
    pub(super) fn variables(&self) -> [(&'static str, &str); 2] {
        [("ELB_DEPLOY_OLD_PORT", &self.old_port), ("ELB_DEPLOY_COLOR", self.color)]
    }
}

/// Whether a script of a flip goes by the color of its port.
pub fn names_color(script: &str) -> bool {
    script.contains("ELB_DEPLOY_COLOR") || braced(script).any(|name| name == COLOR)
}

/// What looks like a placeholder in a script of a flip and is none: it stays as it is.
pub fn unknown_placeholders(script: &str) -> Vec<String> {
    distinct(braced(script).filter(|name| !IN_FLIPS.contains(name)).map(str::to_owned))
}

/// Names with their braces, but for those of the shell's own variables.
fn braced(script: &str) -> impl Iterator<Item = &str> {
    let is_sign = |sign: char| sign.is_ascii_lowercase() || sign == '_';
    script.match_indices('{').filter_map(move |(at, _)| {
        let end = at + script[at..].find('}')?;
        let name = &script[at + 1..end];
        let is_name = !name.is_empty() && name.chars().all(is_sign);
        (is_name && !script[..at].ends_with('$')).then_some(&script[at..=end])
    })
}

/// A script with its placeholders filled in.
pub(super) fn fill_shell(script: &str, target: &Target, told: &Flipping) -> String {
    let zone = target.zone().unwrap_or_default();
    let values = [target.id.as_str(), &told.port, zone, &told.old_port, told.color];
    let fill = |script: String, (placeholder, value): (&str, &str)| {
        let mut parts = script.split(placeholder);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |before, part| match before.ends_with('$') {
            true => before + placeholder + part,
            false => before + value + part,
        })
    };
    IN_FLIPS.into_iter().zip(values).fold(script.to_owned(), fill)
}

/// Its ports, each once.
pub(in crate::executor) fn ports(target: &Target) -> Vec<String> {
    distinct(places(target).iter().map(|place| place.port.to_string()))
}

/// The registrations that work is about: what is stopped no longer has any.
fn places_of(target: &Target, work: Work) -> &[Registration] {
    match work {
        Work::Stop(Side::Old) => &target.old,
        _ => places(target),
    }
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
    fn a_flip_tells_the_port_that_it_works_on_and_leaves_what_is_the_shells() {
        let mut target = target(vec![place("web", 8081)]);
        target.new = vec![place("web", 8082)];
        let ports = Some(Ports { blue: 8081, green: 8082 });
        let filled = |work| {
            let script = "run {target} {port} {old_port} {color} ${port} $PORT";
            fill_shell(script, &target, &flip(&target, work, ports).unwrap())
        };
        assert_eq!(filled(Work::Start), "run i-0abc 8082 8081 green ${port} $PORT");
        assert_eq!(filled(Work::Stop(Side::New)), "run i-0abc 8082 8081 green ${port} $PORT");
        assert_eq!(filled(Work::Stop(Side::Old)), "run i-0abc 8081 8081 blue ${port} $PORT");
        let told = environment(&target, Work::Stop(Side::Old), "run-1");
        assert!(told.contains(&("ELB_DEPLOY_PORT", "8081".to_owned())), "{told:?}");
    }

    #[test]
    fn the_port_is_the_one_that_will_be_registered() {
        let mut target = target(vec![place("web", 8080)]);
        target.new = vec![place("web", 8081)];
        assert_eq!(fill("{port}", &target), "8081");
        target.new.clear();
        assert_eq!(fill("{port}", &target), "8080");
    }

    #[test]
    fn what_is_no_placeholder_is_known_from_what_is_the_shells_own() {
        let script = "run {ports} {port} ${name} {a,b} awk '{ print }' {color} {ports} {}";
        assert_eq!(unknown_placeholders(script), ["{ports}"]);
        assert!(names_color(script) && names_color("echo $ELB_DEPLOY_COLOR"));
        assert!(!names_color("run ${color} {port}"));
    }
}
