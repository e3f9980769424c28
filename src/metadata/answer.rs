//! What the metadata service may say: each answer is held to its form, since something else may
//! be answering at its address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::rollout::TargetId;

/// A region and a zone are parts of host names: a DNS label is at most so long. Ids are shorter.
const LONGEST: usize = 63;
/// What is shown of an answer that makes no sense.
const SHOWN: usize = 40;
const OCTETS_OF_A_MAC: usize = 6;

pub(super) fn instance(text: &str) -> Option<TargetId> {
    let id = is_word(text).then(|| TargetId::new(text))?;
    (id.is_instance() && text.len() > 2).then_some(id)
}

pub(super) fn region(text: &str) -> Option<String> {
    is_word(text).then(|| text.to_owned())
}

pub(super) fn zone(text: &str) -> Option<String> {
    is_word(text).then(|| text.to_owned())
}

pub(super) fn vpc(text: &str) -> Option<String> {
    (is_word(text) && text.starts_with("vpc-")).then(|| text.to_owned())
}

pub(super) fn ipv4(text: &str) -> Option<IpAddr> {
    text.parse::<Ipv4Addr>().ok().map(IpAddr::V4)
}

/// One a line.
pub(super) fn ipv6s(text: &str) -> Option<Vec<IpAddr>> {
    text.lines().map(|line| line.parse::<Ipv6Addr>().ok().map(IpAddr::V6)).collect()
}

/// It becomes a part of the next path.
pub(super) fn mac(text: &str) -> Option<String> {
    let is_octet =
        |part: &str| part.len() == 2 && part.chars().all(|sign| sign.is_ascii_hexdigit());
    let parts = text.split(':').collect::<Vec<_>>();
    (parts.len() == OCTETS_OF_A_MAC && parts.into_iter().all(is_octet)).then(|| text.to_owned())
}

/// The beginning of an answer, for a message.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

fn is_word(text: &str) -> bool {
    let is_sign = |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
    let ends = |sign: Option<char>| sign.is_some_and(|sign| sign.is_ascii_alphanumeric());
    text.len() <= LONGEST
        && text.chars().all(is_sign)
        && ends(text.chars().next())
        && ends(text.chars().next_back())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEVER: [&str; 6] = ["", "<html>", "a b", "i-0a\n", "../..", "i-0a/"];

    #[test]
    fn ids_and_names_of_the_right_form_are_taken_as_they_are() {
        assert_eq!(instance("i-0123456789abcdef0"), Some(TargetId::new("i-0123456789abcdef0")));
        for name in ["us-gov-west-1", "eu-central-1"] {
            assert_eq!(region(name).as_deref(), Some(name));
        }
        for name in ["eu-west-1a", "us-east-1-bos-1a", "us-east-1-wl1-nyc-wlz-1"] {
            assert_eq!(zone(name).as_deref(), Some(name));
        }
        assert_eq!(vpc("vpc-0a").as_deref(), Some("vpc-0a"));
    }

    #[test]
    fn what_cannot_be_an_id_or_a_name_is_none() {
        let long = "i-".to_owned() + &"0".repeat(LONGEST);
        for text in NEVER.into_iter().chain([long.as_str(), "i-", "-", "é"]) {
            assert_eq!(instance(text), None, "{text:?}");
            assert_eq!(vpc(text), None, "{text:?}");
        }
        for text in NEVER.into_iter().chain(["-eu", "eu-", "EU"]) {
            assert_eq!(region(text), None, "{text:?}");
            assert_eq!(zone(text), None, "{text:?}");
        }
        assert_eq!(instance("mi-0a"), None, "a machine of Systems Manager is no instance");
    }

    #[test]
    fn an_address_is_of_version_4_and_without_a_port() {
        assert_eq!(ipv4("10.0.0.7"), Some(IpAddr::from([10, 0, 0, 7])));
        for text in NEVER.into_iter().chain(["fd00::1", "10.0.0.7:80", "10.0.0.07", "10.0.0"]) {
            assert_eq!(ipv4(text), None, "{text:?}");
        }
    }

    #[test]
    fn nothing_but_a_hardware_address_becomes_a_part_of_a_path() {
        assert_eq!(mac("02:29:96:8f:6a:2d").as_deref(), Some("02:29:96:8f:6a:2d"));
        for text in NEVER.into_iter().chain(["02:29:96:8f:6a", "02:29:96:8f:6a:2g", "2:2:9:8:6:2"])
        {
            assert_eq!(mac(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_long_answer_is_shown_by_its_beginning_on_one_line() {
        assert_eq!(shown("a\nb"), r#""a\nb""#);
        let long = shown(&"é".repeat(SHOWN + 1));
        assert_eq!(long, format!("\"{}\"…", "é".repeat(SHOWN)));
    }
}
