//! Health checks: how a group wants its targets asked, and what an answer means.
//! The asking itself is the data plane's.

use std::net::SocketAddr;
use std::time::Duration;

use super::arn::Arn;
use super::group::TargetKind;
use super::protocol::Protocol;
use super::target::TargetKey;

/// A group's health check settings.
///
/// The lab takes shorter times than AWS does (interval 5–300 s, timeout 2–120 s) when a fleet file
/// says so, because a demonstration should not take minutes; the API keeps to AWS's ranges.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthCheck {
    /// HTTP and HTTPS ask for a path; all others only connect.
    pub protocol: Protocol,
    /// Where to ask.
    pub port: CheckPort,
    /// What to ask for.
    pub path: String,
    /// From the start of one check to the start of the next.
    pub interval: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Passed checks in a row from unhealthy to healthy.
    pub healthy_threshold: u32,
    /// Failed checks in a row from healthy to unhealthy.
    pub unhealthy_threshold: u32,
    /// The status codes that pass.
    pub matcher: Matcher,
}

impl HealthCheck {
    /// AWS's defaults for a group of such targets that speaks `protocol`. Functions are not checked
    /// unless asked for, and have their times all the same.
    #[must_use]
    pub fn defaults(kind: TargetKind, protocol: Protocol) -> Self {
        let (interval, timeout) = match (kind, protocol.is_http()) {
            (TargetKind::Lambda, _) => (35, 30),
            (_, true) => (30, 5),
            (TargetKind::Alb, false) => (30, 6),
            (_, false) => (30, 10),
        };
        Self {
            protocol: match kind {
                TargetKind::Alb => Protocol::Http,
                _ if protocol.is_http() => protocol,
                _ => Protocol::Tcp,
            },
            port: CheckPort::Traffic,
            path: "/".to_owned(),
            interval: Duration::from_secs(interval),
            timeout: Duration::from_secs(timeout),
            healthy_threshold: 5,
            unhealthy_threshold: 2,
            matcher: Matcher::default(),
        }
    }
}

/// Which port of a target is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckPort {
    /// `traffic-port`: the one that gets the traffic.
    Traffic,
    /// The same one for every target.
    Fixed(u16),
}

impl CheckPort {
    /// The port to check of a target that is registered with `port`.
    #[must_use]
    pub fn of(self, port: u16) -> u16 {
        match self {
            Self::Traffic => port,
            Self::Fixed(fixed) => fixed,
        }
    }
}

/// The status codes that pass: a list of codes and ranges, such as `200,202` or `200-299`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher {
    text: String,
    ranges: Vec<(u16, u16)>,
}

impl Matcher {
    /// Reads the API's text; codes from 200 to 599 are taken (gRPC codes are not modelled).
    ///
    /// # Errors
    /// A sentence saying which part is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let ranges = text
            .split(',')
            .map(|part| range(part).ok_or_else(|| format!("Health check matcher HTTP code '{part}' must be within '200-499' or a range of such codes")))
            .collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), ranges })
    }

    /// Whether a status code passes.
    #[must_use]
    pub fn passes(&self, code: u16) -> bool {
        self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&code))
    }

    /// As it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Default for Matcher {
    fn default() -> Self {
        Self { text: "200".to_owned(), ranges: vec![(200, 200)] }
    }
}

fn range(part: &str) -> Option<(u16, u16)> {
    let (low, high) = part.split_once('-').unwrap_or((part, part));
    let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (200 <= low && low <= high && high <= 599).then_some((low, high))
}

/// One health check to be made now; hand it back with its result.
#[derive(Clone, Debug)]
pub struct Check {
    /// The group whose check this is.
    pub group: Arn,
    /// The registration that is checked.
    pub target: TargetKey,
    /// Where to connect.
    pub address: SocketAddr,
    /// HTTP asks for `path`; anything else only connects.
    pub protocol: Protocol,
    /// What to ask for.
    pub path: String,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Which registration of this target, so that a late result of an earlier one is not counted.
    pub(super) serial: u64,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckResult {
    /// An HTTP answer with this status code.
    Code(u16),
    /// The connection was made; enough where only connecting is asked for.
    Connected,
    /// No answer within the timeout.
    TimedOut,
    /// Refused, reset, or not understood.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matcher_takes_codes_lists_and_ranges() {
        let matcher = Matcher::parse("200,301-303").unwrap();
        for (code, passes) in [(200, true), (201, false), (302, true), (304, false)] {
            assert_eq!(matcher.passes(code), passes, "{code}");
        }
        for wrong in ["", "abc", "199", "300-200", "200,", "600"] {
            assert!(Matcher::parse(wrong).is_err(), "{wrong}");
        }
    }
}
