//! Health checks: which are due, and what their results change.
//! The time between checks is counted from start to start, so a slow answer delays nothing.

use std::time::Duration;

use super::Model;
use super::balancer::BalancerKind;
use super::check::{Check, CheckResult, HealthCheck};
use super::group::Group;
use super::reach::Reach;
use super::target::{Failure, Registration, TargetKey, Verdict};

impl Model {
    /// The checks that are due; each is handed out once, and the next one is due an interval later.
    /// What no traffic can come to (`unused`, draining) is never checked.
    pub fn checks(&mut self, now: Duration) -> Vec<Check> {
        let mut due = Vec::new();
        for group in self.groups.values() {
            let reach = self.reach(group);
            let asked = group.registrations.iter().filter(|(key, each)| {
                each.stays() && each.next_check <= now && reach.obstacle(key, each).is_none()
            });
            due.extend(asked.filter_map(|(key, each)| group.check_of(&reach, key, each)));
        }
        for group in self.groups.values_mut() {
            group.put_off_checks(now);
        }
        due
    }

    /// Counts the result of a check; one of a registration that is gone or replaced is ignored.
    pub fn checked(&mut self, now: Duration, check: &Check, result: CheckResult) {
        let memory = self.memory;
        let Some(group) = self.groups.get_mut(&check.group) else {
            return;
        };
        let Some(before) = group
            .registrations
            .get(&check.target)
            .filter(|each| each.serial == check.serial && each.stays())
        else {
            return;
        };
        let after = before.counted(now, group.family(), &group.check, result);
        if after.verdict != before.verdict {
            group.remember(now, memory);
            self.revision += 1;
        }
        group.registrations.insert(check.target.clone(), after);
    }
}

impl Group {
    fn check_of(&self, reach: &Reach<'_>, key: &TargetKey, each: &Registration) -> Option<Check> {
        Some(Check {
            group: self.arn.clone(),
            target: key.clone(),
            address: (reach.address(key)?, self.check.port.of(key.port)).into(),
            protocol: self.check.protocol,
            path: self.check.path.clone(),
            timeout: self.check.timeout,
            serial: each.serial,
        })
    }

    fn put_off_checks(&mut self, now: Duration) {
        let next = now + self.check.interval;
        for each in self.registrations.values_mut() {
            if each.next_check <= now {
                each.next_check = next;
            }
        }
    }
}

/// A network load balancer never says more than "failed".
fn failure(family: BalancerKind, check: &HealthCheck, result: CheckResult) -> Option<Failure> {
    let failure = match result {
        CheckResult::Code(code) if check.matcher.passes(code) => return None,
        CheckResult::Connected if !check.protocol.is_http() => return None,
        CheckResult::Code(code) => Failure::Code(code),
        CheckResult::TimedOut => Failure::TimedOut,
        CheckResult::Connected | CheckResult::Failed => Failure::Other,
    };
    Some(match family {
        BalancerKind::Application => failure,
        BalancerKind::Network => Failure::Other,
    })
}

impl Registration {
    fn counted(
        &self,
        now: Duration,
        family: BalancerKind,
        check: &HealthCheck,
        result: CheckResult,
    ) -> Self {
        let mut after = self.clone();
        let failure = failure(family, check, result);
        let (in_row, other) = match failure {
            None => (&mut after.passed_in_row, &mut after.failed_in_row),
            Some(_) => (&mut after.failed_in_row, &mut after.passed_in_row),
        };
        *in_row += 1;
        *other = 0;
        let enough = *in_row >= self.threshold(family, check, failure.is_none());
        after.verdict = match (failure, self.verdict) {
            (None, Verdict::Unknown | Verdict::Unhealthy(_)) if enough => Verdict::Healthy(now),
            (Some(latest), Verdict::Unhealthy(_)) => Verdict::Unhealthy(latest),
            (Some(latest), _) if enough => Verdict::Unhealthy(latest),
            (_, same) => same,
        };
        after
    }

    /// Behind an application load balancer the very first check decides, either way: one pass is
    /// enough, and one failure costs the healthy threshold.
    fn threshold(&self, family: BalancerKind, check: &HealthCheck, passed: bool) -> u32 {
        let decides_alone = self.verdict == Verdict::Unknown && family == BalancerKind::Application;
        match (decides_alone, passed) {
            (true, _) => 1,
            (false, true) => check.healthy_threshold,
            (false, false) => check.unhealthy_threshold,
        }
    }
}
