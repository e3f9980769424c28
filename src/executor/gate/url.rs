//! URLs with placeholders: filled in for a target, and checked before anything depends on them.
//! Pure.

use hyper::Uri;

use crate::executor::ExecutorError;
use crate::executor::command::{PORT, TARGET, ZONE, ports};
use crate::rollout::Target;
use crate::user_info::hidden;

/// Stand for a target where there is none yet; an address that is reserved for examples (RFC 5737).
const SAMPLE: [(&str, &str); 3] = [(TARGET, "192.0.2.1"), (PORT, "80"), (ZONE, "zone-a")];

/// What to ask for a target: the URL with each of its ports, or once if no port is in it.
///
/// # Errors
/// As [`check`].
pub(super) fn urls(url: &str, target: &Target) -> Result<Vec<String>, ExecutorError> {
    let ports = if url.contains(PORT) { ports(target) } else { vec![String::new()] };
    let zone = target.zone().unwrap_or_default();
    let urls: Vec<_> = ports
        .iter()
        .map(|port| fill(url, [(TARGET, target.id.as_str()), (PORT, port), (ZONE, zone)]))
        .collect();
    urls.iter().try_for_each(|url| check_filled(url, url))?;
    Ok(urls)
}

/// Whether it is a URL that can be asked, whatever the target.
///
/// # Errors
/// [`ExecutorError::NoUrl`], with what is wrong with it.
pub(super) fn check(url: &str) -> Result<(), ExecutorError> {
    check_filled(url, &fill(url, SAMPLE))
}

/// Whether the host is the target itself, whose id then has to be an address.
pub fn host_is_target(url: &str) -> bool {
    let (host, _) = split(url);
    let host = host.split_once("://").map_or(host, |(_, host)| host);
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    name == TARGET || name == "[{target}]"
}

/// Without what follows the path: a query may have a token.
pub(super) fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

/// An IPv6 address gets its brackets where the host stands.
fn fill(url: &str, values: [(&str, &str); 3]) -> String {
    let (host, rest) = split(url);
    let [(_, target), ..] = values;
    let host = match target.contains(':') {
        true => host.replace("[{target}]", TARGET).replace(TARGET, "[{target}]"),
        false => host.to_owned(),
    };
    values.iter().fold(host + rest, |url, (name, value)| url.replace(name, value))
}

/// Scheme and authority, and what follows.
fn split(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + "://".len());
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    url.split_at(end)
}

fn check_filled(given: &str, filled: &str) -> Result<(), ExecutorError> {
    let wrong = |(why, hint)| Err(ExecutorError::NoUrl { url: hidden(given), why, hint });
    let (host, _) = split(filled);
    if filled.contains(['{', '}']) {
        return wrong((
            "braces that are no placeholder",
            "{target}, {port} and {zone} are replaced; any other brace is written %7B or %7D",
        ));
    }
    let example = "write it as http://{target}:{port}/health";
    if !host.to_ascii_lowercase().starts_with("http://")
        && !host.to_ascii_lowercase().starts_with("https://")
    {
        return wrong(("neither http:// nor https://", example));
    }
    if host.contains('@') {
        return wrong((
            "a user or password in it",
            "they would stand in the journal; a command can log in, e.g. one that runs curl",
        ));
    }
    let Ok(uri) = filled.parse::<Uri>() else {
        return wrong(("not a URL", "blanks and other signs are written in percent, e.g. %20"));
    };
    let Some(authority) = uri.authority().filter(|it| !it.host().is_empty()) else {
        return wrong(("no host", example));
    };
    let has_port = authority.as_str() != authority.host();
    if has_port && authority.port_u16().is_none_or(|port| port == 0) {
        return wrong(("no port from 1 to 65535", example));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::{GroupArn, Registration, TargetId};

    fn target(id: &str, ports: &[u16], zone: Option<&str>) -> Target {
        let id = TargetId::new(id);
        let place = |&port: &u16| Registration {
            group: GroupArn::new(format!("arn:x:targetgroup/web-{port}/0a")),
            id: id.clone(),
            port,
            zone: zone.map(str::to_owned),
            quic_server_id: None,
        };
        Target::in_place(id.clone(), ports.iter().map(place).collect())
    }

    fn filled(url: &str, target: &Target) -> Vec<String> {
        urls(url, target).unwrap()
    }

    #[test]
    fn placeholders_are_filled_in_wherever_they_stand() {
        let target = target("10.0.0.7", &[80], Some("eu-west-1a"));
        assert_eq!(
            filled("http://{target}:{port}/{zone}?at={target}", &target),
            ["http://10.0.0.7:80/eu-west-1a?at=10.0.0.7"]
        );
    }

    #[test]
    fn each_port_is_asked_once_and_a_url_without_one_only_once() {
        let target = target("10.0.0.7", &[80, 81, 80], None);
        let each = ["http://10.0.0.7:80/", "http://10.0.0.7:81/"];
        assert_eq!(filled("http://{target}:{port}/", &target), each);
        assert_eq!(filled("http://{target}:9000/", &target), ["http://10.0.0.7:9000/"]);
    }

    #[test]
    fn an_ipv6_address_stands_in_brackets_as_a_host_only() {
        let target = target("fd00::1", &[80], None);
        for url in ["http://{target}:{port}/{target}", "http://[{target}]:{port}/{target}"] {
            assert_eq!(filled(url, &target), ["http://[fd00::1]:80/fd00::1"]);
        }
    }

    #[test]
    fn what_can_be_asked_passes() {
        for url in [
            "http://{target}:{port}/health",
            "HTTPS://{target}/",
            "http://{target}",
            "http://{target}?deep=1",
            "http://[::1]:8080/",
            "http://{zone}.example.com/%7Bx%7D#part",
        ] {
            assert!(check(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn the_host_is_the_target_where_nothing_else_is_in_it() {
        for url in ["http://{target}/", "https://{target}:{port}/x", "http://[{target}]:80"] {
            assert!(host_is_target(url), "{url}");
        }
        for url in ["http://{target}.internal:{port}/", "http://web/{target}", "http://10.0.0.1/"] {
            assert!(!host_is_target(url), "{url}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_told_with_what_is_wrong() {
        for (url, what) in [
            ("", "neither http:// nor https://"),
            ("{target}:{port}/health", "neither http:// nor https://"),
            ("ftp://{target}/", "neither http:// nor https://"),
            ("http://", "not a URL"),
            ("http:///health", "not a URL"),
            ("http://:80/", "no host"),
            ("http://{target}:99999/", "no port"),
            ("http://{target}:0/", "no port"),
            ("http://{target}:/", "no port"),
            ("http://{target}/a b", "not a URL"),
            ("http://{host}:{port}/", "braces"),
            ("http://{target}/{prot}", "braces"),
            ("http://alice:secret@{target}/", "a user or password"),
        ] {
            let error = check(url).unwrap_err();
            assert!(error.to_string().contains(what), "{url}: {error}");
            assert!(error.hint().is_some());
        }
    }

    #[test]
    fn what_a_target_makes_of_it_is_checked_too() {
        let target = target("no host", &[80], None);
        let error = urls("http://{target}/", &target).unwrap_err();
        assert!(error.to_string().contains("http://no host/"), "{error}");
    }
}
