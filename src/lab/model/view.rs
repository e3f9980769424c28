//! The API's view: what `DescribeTargetHealth` says of a registration at a moment.
//! Reads only; it must not matter how often it is asked.

use std::time::Duration;

use super::group::{Group, Registrations};
use super::health::{Health, HealthState, TargetHealth};
use super::reach::Reach;
use super::refusal::Refusal;
use super::target::{Registration, TargetKey, TargetSpec, Verdict};
use super::{Balancer, Model, TargetKind};

impl Model {
    /// The health of every registered or draining target of a group; or, if `asked` names some,
    /// of exactly those, in which case one that is not registered is `unused`, not an error.
    /// With `age` the answer is as old as that, as far back as [`Model::remember_for`] reaches.
    ///
    /// # Errors
    /// [`Refusal::GroupNotFound`].
    pub fn target_health(
        &self,
        now: Duration,
        group: &str,
        asked: &[TargetSpec],
        age: Duration,
    ) -> Result<Vec<TargetHealth>, Refusal> {
        let group = self.groups.get(group).ok_or(Refusal::GroupNotFound)?;
        let now = now.saturating_sub(age);
        let known = group.as_of(now);
        let reach = self.reach(group);
        let listed = |key: &TargetKey| self.listed(now, group, &reach, known, key);
        if asked.is_empty() {
            return Ok(known.keys().filter_map(listed).collect());
        }
        let keys = asked.iter().map(|spec| group.key(spec));
        Ok(keys.map(|key| listed(&key).unwrap_or_else(|| not_registered(group, key))).collect())
    }

    /// The balancers that send traffic to a group.
    pub fn balancers_of(&self, group: &str) -> impl Iterator<Item = &Balancer> {
        self.balancers.iter().filter(move |balancer| balancer.uses(group))
    }

    fn listed(
        &self,
        now: Duration,
        group: &Group,
        reach: &Reach<'_>,
        known: &Registrations,
        key: &TargetKey,
    ) -> Option<TargetHealth> {
        let each = known.get(key)?;
        Some(TargetHealth {
            target: key.clone(),
            zone: reach.zone(key, each).map(str::to_owned),
            quic_server_id: each.quic_server_id.clone(),
            check_port: group.check.port,
            health: self.health(now, group.kind, reach, key, each)?,
            shifted: reach.is_shifted(key, each),
        })
    }

    /// None if the API no longer, or not yet, knows of the registration.
    fn health(
        &self,
        now: Duration,
        kind: TargetKind,
        reach: &Reach<'_>,
        key: &TargetKey,
        each: &Registration,
    ) -> Option<Health> {
        if !each.stays() {
            return each.drains(now).then(Health::draining);
        }
        if now < each.registered + self.lags.describe {
            return None;
        }
        if let Some(obstacle) = reach.obstacle(key, each) {
            return Some(Health::unused(obstacle));
        }
        Some(match each.verdict {
            _ if kind == TargetKind::Lambda => Health::unchecked(),
            // Nothing checks it, and it always answers.
            _ if kind == TargetKind::Alb => Health::HEALTHY,
            Verdict::Unknown if now < each.checked_from => Health::registering(),
            Verdict::Unknown => Health::first_checks(),
            Verdict::Healthy(_) => Health::HEALTHY,
            Verdict::Unhealthy(failure) => Health::failing(failure),
        })
    }
}

fn not_registered(group: &Group, target: TargetKey) -> TargetHealth {
    TargetHealth {
        target,
        zone: None,
        quic_server_id: None,
        check_port: group.check.port,
        health: Health::not_registered(),
        shifted: false,
    }
}

impl TargetHealth {
    /// Whether it is `healthy` and gets traffic.
    #[must_use]
    pub fn in_service(&self) -> bool {
        self.health.state == HealthState::Healthy && !self.shifted
    }
}
