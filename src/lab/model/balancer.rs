//! Load balancers, their listeners and rules: which group a request belongs to.
//! A listener or rule forwards to exactly one group; weighted forwards are not modelled.

use super::arn::{self, Arn};
use super::protocol::Protocol;

/// The two families whose behaviour differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BalancerKind {
    /// Speaks HTTP; one passed check is enough; cuts what remains when draining is over.
    Application,
    /// Speaks TCP or UDP; registers slowly; leaves old connections alone unless told otherwise.
    Network,
}

impl BalancerKind {
    /// The API's word: `application` or `network`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Network => "network",
        }
    }

    /// The word inside an ARN: `app` or `net`.
    #[must_use]
    pub fn in_arn(self) -> &'static str {
        match self {
            Self::Application => "app",
            Self::Network => "net",
        }
    }
}

/// A load balancer.
#[derive(Clone, Debug)]
pub struct Balancer {
    /// Its ARN.
    pub arn: Arn,
    /// Its name, unique in the lab.
    pub name: String,
    /// Application or network.
    pub kind: BalancerKind,
    /// The name that clients would look up; nothing in the lab resolves it.
    pub dns_name: String,
    /// The network that it lives in.
    pub vpc: String,
    /// The zones that it has a foot in; targets of other zones are `unused`.
    pub zones: Vec<String>,
    /// Whether a zone's traffic reaches the targets of the others. It is described, and traffic
    /// is spread over all zones whatever it says: the lab's listeners are in no zone.
    pub cross_zone: bool,
    /// Where it listens.
    pub listeners: Vec<Listener>,
}

/// One port that a balancer listens on.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Its ARN.
    pub arn: Arn,
    /// The port on loopback; unique in the whole lab.
    pub port: u16,
    /// What it speaks.
    pub protocol: Protocol,
    /// The group of every request that no rule takes.
    pub default_group: Arn,
    /// The ARN of the rule that the default action is described as.
    pub default_rule: Arn,
    /// By priority, the lowest number first.
    pub rules: Vec<Rule>,
}

/// Sends the requests whose path matches to a group of its own.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its ARN.
    pub arn: Arn,
    /// The lowest number is asked first.
    pub priority: u32,
    /// Path patterns, any of which is enough; `*` stands for any characters, `?` for one.
    pub paths: Vec<String>,
    /// Where its requests go.
    pub group: Arn,
}

impl Balancer {
    /// A balancer without listeners.
    #[must_use]
    pub fn new(name: &str, kind: BalancerKind, vpc: &str, zones: Vec<String>) -> Self {
        Self {
            arn: arn::balancer(kind.in_arn(), name),
            name: name.to_owned(),
            kind,
            dns_name: format!("{name}.elb.localhost"),
            vpc: vpc.to_owned(),
            zones,
            cross_zone: kind == BalancerKind::Application,
            listeners: Vec::new(),
        }
    }

    /// Adds a listener on `port` whose default action forwards to `group`.
    pub fn listen(&mut self, port: u16, protocol: Protocol, group: Arn) -> &mut Listener {
        self.listeners.push(Listener {
            arn: arn::listener(self.kind.in_arn(), &self.name, port),
            port,
            protocol,
            default_group: group,
            default_rule: arn::rule(self.kind.in_arn(), &self.name, port, "default"),
            rules: Vec::new(),
        });
        let last = self.listeners.len() - 1;
        &mut self.listeners[last]
    }

    /// Adds a rule to the listener on `port`; without such a listener nothing happens.
    pub fn rule(&mut self, port: u16, priority: u32, paths: Vec<String>, group: Arn) {
        let arn = arn::rule(self.kind.in_arn(), &self.name, port, &priority.to_string());
        if let Some(listener) = self.listeners.iter_mut().find(|each| each.port == port) {
            listener.rules.push(Rule { arn, priority, paths, group });
            listener.rules.sort_by_key(|rule| rule.priority);
        }
    }

    /// Whether any listener or rule forwards to this group.
    #[must_use]
    pub fn uses(&self, group: &str) -> bool {
        self.listeners.iter().any(|listener| listener.uses(group))
    }
}

impl Listener {
    /// Whether the default action or a rule forwards to this group.
    #[must_use]
    pub fn uses(&self, group: &str) -> bool {
        &*self.default_group == group || self.rules.iter().any(|rule| &*rule.group == group)
    }

    /// Whether this is the ARN of one of its rules, the default one included.
    #[must_use]
    pub fn has_rule(&self, arn: &str) -> bool {
        &*self.default_rule == arn || self.rules.iter().any(|rule| &*rule.arn == arn)
    }

    /// The group that a request for `path` (without its query) goes to.
    #[must_use]
    pub fn group_for(&self, path: &str) -> &Arn {
        self.rules
            .iter()
            .find(|rule| rule.takes(path))
            .map_or(&self.default_group, |rule| &rule.group)
    }
}

impl Rule {
    fn takes(&self, path: &str) -> bool {
        self.paths.iter().any(|pattern| matches(pattern.as_bytes(), path.as_bytes()))
    }
}

/// Goes back to the last `*` only, so a hostile pattern costs pattern × path and no more.
fn matches(pattern: &[u8], path: &[u8]) -> bool {
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < path.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == path[seen] => {
                at += 1;
                seen += 1;
            }
            _ => match star {
                Some((after, from)) => {
                    star = Some((after, from + 1));
                    at = after + 1;
                    seen = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_patterns_match_as_documented() {
        let cases = [
            ("/img/*", "/img/picture", true),
            ("/img/*", "/img", false),
            ("/a?c", "/abc", true),
            ("/a?c", "/ac", false),
            ("*", "", true),
            ("/*/b/*", "/a/x/b/c", true),
            ("/exact", "/exact", true),
            ("/exact", "/Exact", false),
            ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(matches(pattern.as_bytes(), path.as_bytes()), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn the_rule_with_the_lowest_priority_wins_and_the_default_takes_the_rest() {
        let mut balancer = Balancer::new("lab", BalancerKind::Application, "vpc-1", vec![]);
        balancer.listen(80, Protocol::Http, "default".into());
        balancer.rule(80, 20, vec!["/*".into()], "late".into());
        balancer.rule(80, 10, vec!["/api/*".into()], "early".into());
        let listener = &balancer.listeners[0];
        assert_eq!(&**listener.group_for("/api/x"), "early");
        assert_eq!(&**listener.group_for("/x"), "late");
        assert_eq!(&**listener.group_for("x"), "default");
        assert!(balancer.uses("early") && balancer.uses("default") && !balancer.uses("other"));
    }
}
