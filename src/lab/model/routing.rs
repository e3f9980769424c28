//! The data plane's view of the groups: who gets new requests now.
//! It lags behind the API on purpose; that lag is what a deployment has to survive.

use std::net::SocketAddr;
use std::time::Duration;

use super::Model;
use super::arn::Arn;
use super::balancer::Listener;
use super::group::Group;
use super::reach::Reach;
use super::target::{Registration, TargetKey, Verdict};

/// A full share of the requests, in percent.
const FULL_SHARE: u8 = 100;

/// Where a request can be sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// The group that it is a target of.
    pub group: Arn,
    /// Which target.
    pub target: TargetKey,
    /// Which registration of it: registering again after draining makes a new one.
    pub serial: u64,
    /// Where to connect.
    pub address: SocketAddr,
    /// How much of a full share it should get, 1 to 100 percent: less than 100 in slow start only.
    pub share: u8,
}

impl Model {
    /// The listener on this port, with its balancer's rules.
    #[must_use]
    pub fn listener(&self, port: u16) -> Option<&Listener> {
        self.balancers
            .iter()
            .flat_map(|balancer| &balancer.listeners)
            .find(|listener| listener.port == port)
    }

    /// The targets that get a new request for `path` on the listener with this port; none at all
    /// is what a client sees as 503.
    #[must_use]
    pub fn route(&self, now: Duration, port: u16, path: &str) -> Vec<Endpoint> {
        self.listener(port)
            .map(|listener| self.endpoints(now, listener.group_for(path)))
            .unwrap_or_default()
    }

    /// The targets of a group that get new requests:
    /// - healthy ones, from [`super::Lags::register`] after they became so;
    /// - deregistered ones that had traffic, until [`super::Lags::deregister`] has passed;
    /// - with too few healthy ones, all registered ones that traffic can reach (fail-open).
    #[must_use]
    pub fn endpoints(&self, now: Duration, group: &str) -> Vec<Endpoint> {
        let Some(group) = self.groups.get(group) else {
            return Vec::new();
        };
        let reach = self.reach(group);
        self.routed(now, group, &reach)
            .filter_map(|(key, each)| group.endpoint(now, &reach, key, each))
            .collect()
    }

    pub(super) fn routed<'a>(
        &self,
        now: Duration,
        group: &'a Group,
        reach: &'a Reach<'a>,
    ) -> impl Iterator<Item = (&'a TargetKey, &'a Registration)> {
        let lag = self.lags.register;
        let serving: Vec<_> = group
            .registrations
            .iter()
            .filter(|(_, each)| each.stays())
            .map(|(key, each)| each.serves(now, lag) && reach.is_open(key, each))
            .collect();
        let served = serving.iter().filter(|serves| **serves).count();
        let open = served < group.attributes.minimum_healthy(serving.len());
        let mut serving = serving.into_iter();
        group.registrations.iter().filter(move |(key, each)| {
            let serves = each.stays() && serving.next() == Some(true);
            let fails_open = || open && each.stays() && reach.is_open(key, each);
            serves || each.still_routed(now) || fails_open()
        })
    }
}

impl Reach<'_> {
    /// Whether traffic can come to it at all.
    fn is_open(&self, key: &TargetKey, each: &Registration) -> bool {
        self.obstacle(key, each).is_none() && !self.is_shifted(key, each)
    }
}

impl Registration {
    /// Healthy for long enough that the data plane knows it.
    fn serves(&self, now: Duration, lag: Duration) -> bool {
        matches!(self.verdict, Verdict::Healthy(since) if now >= since + lag)
    }

    /// Slow start is linear from the moment a target becomes healthy; the state says `healthy` all along.
    fn share(&self, now: Duration, span: Duration) -> u8 {
        let Verdict::Healthy(since) = self.verdict else {
            return FULL_SHARE;
        };
        let passed = now.saturating_sub(since);
        if passed >= span {
            return FULL_SHARE;
        }
        let percent = passed.as_millis() * u128::from(FULL_SHARE) / span.as_millis().max(1);
        u8::try_from(percent).unwrap_or(FULL_SHARE).max(1)
    }
}

impl Group {
    pub(super) fn endpoint(
        &self,
        now: Duration,
        reach: &Reach<'_>,
        key: &TargetKey,
        each: &Registration,
    ) -> Option<Endpoint> {
        Some(Endpoint {
            group: self.arn.clone(),
            target: key.clone(),
            serial: each.serial,
            address: SocketAddr::new(reach.address(key)?, key.port),
            share: each.share(now, self.attributes.slow_start()),
        })
    }
}
