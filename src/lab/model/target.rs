//! What is registered in a group: its key, and what has become of the registration so far.
//! Everything that only time changes is computed from the moments kept here.

use std::sync::Arc;
use std::time::Duration;

/// A data plane that has not cut a drained target by then is not there at all.
const LATEST_CUT: Duration = Duration::from_secs(60);

/// The port of what has none: a function.
pub const NO_PORT: u16 = 0;

/// A target of a group is an id *and* a port: one instance can be in a group several times.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetKey {
    /// An instance id, an IP address as text, or the ARN of a function or balancer.
    pub id: Arc<str>,
    /// The port that gets the traffic.
    pub port: u16,
}

impl TargetKey {
    /// The key of this id and port.
    #[must_use]
    pub fn new(id: &str, port: u16) -> Self {
        Self { id: id.into(), port }
    }
}

/// What a caller says about a target when registering, deregistering or asking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetSpec {
    /// An instance id, an IP address as text, or the ARN of a function or balancer.
    pub id: String,
    /// The group's port if left out.
    pub port: Option<u16>,
    /// A zone, or `all` for an address outside of the network.
    pub zone: Option<String>,
    /// Only for QUIC; kept, and never changed on a registered target.
    pub quic_server_id: Option<String>,
}

impl TargetSpec {
    /// The target with this id and the group's port.
    #[must_use]
    pub fn id(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }

    /// The same with a port of its own.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }
}

/// One place of a target in a group.
#[derive(Clone, Debug)]
pub(super) struct Registration {
    pub(super) serial: u64,
    pub(super) zone: Option<String>,
    pub(super) quic_server_id: Option<String>,
    pub(super) registered: Duration,
    pub(super) checked_from: Duration,
    pub(super) next_check: Duration,
    pub(super) verdict: Verdict,
    pub(super) passed_in_row: u32,
    pub(super) failed_in_row: u32,
    pub(super) leaving: Option<Leaving>,
    /// Whatever health says, traffic still comes until then: the data plane had this target when it
    /// was deregistered, and does not hear of that at once.
    pub(super) routed_until: Option<Duration>,
}

/// A deregistration under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Leaving {
    /// When draining ends.
    pub(super) until: Duration,
    /// Whether what remains is cut at that moment.
    pub(super) cut: bool,
    /// Whether the cut has been handed to the data plane.
    pub(super) done: bool,
}

/// What the checks have said so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Nothing yet.
    Unknown,
    /// Passing, since then.
    Healthy(Duration),
    /// Failing; why the latest check failed.
    Unhealthy(Failure),
}

/// Why a check failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Code(u16),
    TimedOut,
    Other,
}

impl Registration {
    /// A fresh registration whose checks start at `checked_from`.
    pub(super) fn new(serial: u64, now: Duration, checked_from: Duration) -> Self {
        Self {
            serial,
            zone: None,
            quic_server_id: None,
            registered: now,
            checked_from,
            next_check: checked_from,
            verdict: Verdict::Unknown,
            passed_in_row: 0,
            failed_in_row: 0,
            leaving: None,
            routed_until: None,
        }
    }

    /// Whether it is registered, that is: neither draining nor gone.
    pub(super) fn stays(&self) -> bool {
        self.leaving.is_none()
    }

    /// Whether the API shows it as draining.
    pub(super) fn drains(&self, now: Duration) -> bool {
        self.leaving.is_some_and(|leaving| now < leaving.until)
    }

    /// Whether nothing needs it any longer: drained, cut, and forgotten by the data plane.
    pub(super) fn forgotten(&self, now: Duration) -> bool {
        self.leaving.is_some_and(|leaving| {
            let cut = leaving.done || !leaving.cut || now >= leaving.until + LATEST_CUT;
            now >= leaving.until && cut && !self.still_routed(now)
        })
    }

    /// Whether traffic comes only because the data plane lags behind.
    pub(super) fn still_routed(&self, now: Duration) -> bool {
        self.routed_until.is_some_and(|until| now < until)
    }
}
