//! The names that Amazon gives to things, made up in the lab's own account and region.
//! They follow from the name alone, so that the same fleet has the same ARNs in every run.

use std::sync::Arc;

/// An Amazon resource name; cheap to clone, because every endpoint carries one.
pub type Arn = Arc<str>;

/// A region that every client knows, so that none refuses to sign for it.
pub const REGION: &str = "us-east-1";
/// An account that nobody has.
pub const ACCOUNT: &str = "000000000000";

/// The ARN of the group with this name.
#[must_use]
pub fn group(name: &str) -> Arn {
    elb(&format!("targetgroup/{name}/{}", hash(&["group", name])))
}

/// The ARN of the balancer with this name; `kind` is `app` or `net`.
#[must_use]
pub fn balancer(kind: &str, name: &str) -> Arn {
    elb(&format!("loadbalancer/{kind}/{name}/{}", hash(&["balancer", name])))
}

/// The ARN of the listener on `port` of the balancer with this name.
#[must_use]
pub fn listener(kind: &str, name: &str, port: u16) -> Arn {
    elb(&format!("listener/{}", listener_path(kind, name, port)))
}

/// The ARN of one rule of a listener; `priority` is a number or `default`.
#[must_use]
pub fn rule(kind: &str, name: &str, port: u16, priority: &str) -> Arn {
    let listener = listener_path(kind, name, port);
    elb(&format!("listener-rule/{listener}/{}", hash(&["rule", name, &port.to_string(), priority])))
}

fn listener_path(kind: &str, name: &str, port: u16) -> String {
    let balancer = hash(&["balancer", name]);
    let listener = hash(&["listener", name, &port.to_string()]);
    format!("{kind}/{name}/{balancer}/{listener}")
}

fn elb(resource: &str) -> Arn {
    format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:{resource}").into()
}

/// Sixteen hex digits, as in a real ARN (64-bit FNV-1a: short, and the same in every build).
fn hash(parts: &[&str]) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let joined = parts.join("\u{0}");
    let hash =
        joined.bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_have_the_shape_of_real_ones_and_never_change() {
        assert_eq!(
            &*group("web"),
            "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/".to_owned()
                + &hash(&["group", "web"])
        );
        assert_eq!(group("web"), group("web"));
        assert_ne!(group("web"), group("api"));
        assert!(listener("app", "lab", 80).contains(":listener/app/lab/"));
        assert_ne!(rule("app", "lab", 80, "1"), rule("app", "lab", 80, "default"));
    }
}
