//! Each check with what is fine and what is not, by tables: a scene that differs in one thing from
//! a fleet with which nothing is wrong.

mod delay;
mod health_check;
mod listener;
mod minimum;
mod permission;
mod refused;
mod serving;
mod time;
mod traffic;
mod zones;

use std::time::Duration;

use super::{Change, Finding, Level, Setting, Subject, check};
use crate::rollout::{
    BalancerKind, Batches, Front, Group, GroupArn, Health, HealthCheck, Hold, Look, Minimum,
    Moment, Policy, Reason, Registration, Request, Share, Snapshot, State, TargetId, TargetType,
    Use,
};

const FRONT: &str = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/front/1";
const NOON: Moment = Moment::from_millis(1_750_000_000_000);

/// What a preflight is given; a test changes what it is about.
struct Scene {
    groups: Vec<Group>,
    seen: Snapshot,
    fronts: Option<Vec<Front>>,
    policy: Policy,
    targets: Vec<TargetId>,
    away: Vec<Registration>,
    elsewhere: Vec<(Registration, Health)>,
    holds: Vec<Hold>,
    within: Option<Duration>,
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn arn(name: &str) -> GroupArn {
    let account = "arn:aws:elasticloadbalancing:eu-west-1:111122223333";
    GroupArn::new(format!("{account}:targetgroup/{name}/0123456789abcdef"))
}

fn group(name: &str) -> Group {
    Group {
        arn: arn(name),
        name: name.to_owned(),
        target_type: TargetType::Instance,
        kind: BalancerKind::Application,
        port: Some(80),
        balancers: vec![FRONT.to_owned()],
        deregistration_delay: seconds(30),
        slow_start: Duration::ZERO,
        sticky: false,
        cross_zone: None,
        fail_open: Minimum { count: Some(1), percentage: None },
        dns_failover: Minimum { count: Some(1), percentage: None },
        health_check: HealthCheck {
            interval: seconds(10),
            timeout: seconds(5),
            healthy_threshold: 2,
            unhealthy_threshold: 2,
            port: None,
        },
    }
}

fn front() -> Front {
    Front {
        arn: FRONT.to_owned(),
        name: "front".to_owned(),
        kind: BalancerKind::Application,
        zones: vec!["a".to_owned(), "b".to_owned()],
        cross_zone: true,
        uses: vec![forward("web", None, 1)],
    }
}

fn forward(group: &str, rule: Option<&str>, weight: u32) -> Use {
    let rule = rule.map(str::to_owned);
    Use { group: arn(group), protocol: "HTTPS".to_owned(), port: 443, rule, weight }
}

fn place(group: &str, id: &str, zone: Option<&str>) -> Registration {
    let zone = zone.map(str::to_owned);
    Registration { group: arn(group), id: TargetId::new(id), port: 80, zone, quic_server_id: None }
}

fn unhealthy() -> Health {
    Health::of(State::Unhealthy, Some(Reason::Other("Target.Timeout".to_owned())))
}

fn stopped() -> Health {
    Health::of(State::Unused, Some(Reason::InvalidState))
}

fn draining() -> Health {
    Health::of(State::Draining, Some(Reason::DeregistrationInProgress))
}

fn shifted() -> Health {
    Health { kept_away: Some("zonal_shift_active".to_owned()), ..Health::healthy() }
}

impl Scene {
    /// Four targets in service in two zones, behind an application load balancer, with settings
    /// that suit a deploy.
    fn fine() -> Self {
        let ids = [("i-1", "a"), ("i-2", "b"), ("i-3", "a"), ("i-4", "b")];
        Self {
            groups: vec![group("web")],
            seen: Snapshot::new(),
            fronts: Some(vec![front()]),
            policy: Policy::default(),
            targets: Vec::new(),
            away: Vec::new(),
            elsewhere: Vec::new(),
            holds: Vec::new(),
            within: None,
        }
        .seeing(&ids.map(|(id, zone)| (id, Some(zone), Health::healthy())))
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Another setting of the group.
    fn set(self, change: impl FnOnce(&mut Group)) -> Self {
        self.with(|scene| change(&mut scene.groups[0]))
    }

    fn seeing(self, targets: &[(&str, Option<&str>, Health)]) -> Self {
        let seen =
            targets.iter().map(|(id, zone, health)| (place("web", id, *zone), health.clone()));
        let look = Look { at: NOON, seen: seen.collect() };
        self.with(|scene| scene.seen = Snapshot::from([(arn("web"), look)]))
    }

    /// These, in one zone that is not told.
    fn of(self, targets: &[(&str, Health)]) -> Self {
        let targets: Vec<_> =
            targets.iter().map(|(id, health)| (*id, None, health.clone())).collect();
        self.seeing(&targets)
    }

    fn bounded(self, batch: Share, min_healthy: Share) -> Self {
        self.with(|scene| {
            scene.policy = Policy { batch: Batches::all(batch), min_healthy, ..Policy::default() }
        })
    }

    fn findings(&self) -> Vec<Finding> {
        let request = Request {
            groups: self.groups.clone(),
            targets: self.targets.clone(),
            away: self.away.clone(),
            policy: self.policy.clone(),
            elsewhere: self.elsewhere.clone(),
            holds: self.holds.clone(),
            ..Request::default()
        };
        let (seen, fronts, within) = (&self.seen, self.fronts.as_deref(), self.within);
        check(&Subject { request: &request, seen, fronts, within })
    }

    fn of_check(&self, check: &str) -> Vec<Finding> {
        self.findings().into_iter().filter(|finding| finding.check == check).collect()
    }

    /// The only finding of a check.
    fn only(&self, check: &str) -> Finding {
        let mut findings = self.of_check(check);
        assert_eq!(findings.len(), 1, "{check}: {findings:#?}");
        findings.remove(0)
    }

    /// The check finds this, and no more.
    #[track_caller]
    fn finds(&self, check: &str, level: Level, part: &str) {
        let finding = self.only(check);
        assert_eq!(finding.level, level, "{finding:#?}");
        assert!(finding.what.contains(part), "no {part:?} in {finding:#?}");
        let silent = finding.changes.is_empty();
        assert_eq!(silent, level == Level::Ok, "a way out where it is needed: {finding:#?}");
    }
}

fn settings(finding: &Finding) -> Vec<Setting> {
    let set = finding.changes.iter().filter_map(|change| match change {
        Change::Set(setting) => Some(setting.clone()),
        Change::Words(_) => None,
    });
    set.collect()
}

fn advice(finding: &Finding) -> String {
    let words = finding.changes.iter().filter_map(|change| match change {
        Change::Words(words) => Some(words.as_str()),
        Change::Set(_) => None,
    });
    words.collect::<Vec<_>>().join("; ")
}

#[test]
fn with_a_fleet_that_suits_a_deploy_every_check_is_ok_and_told_once() {
    let findings = Scene::fine().findings();
    assert!(findings.iter().all(|finding| finding.level == Level::Ok), "{findings:#?}");
    let checks: Vec<_> = findings.iter().map(|finding| finding.check).collect();
    let expected = [
        "listener",
        "health",
        "zones",
        "targets",
        "floor",
        "fail-open",
        "dns-failover",
        "cross-zone",
        "delay",
        "time",
        "health-check",
        "recovery",
        "detection",
        "slow-start",
        "stickiness",
        "run",
        "permissions",
    ];
    assert_eq!(checks, expected);
    let of_run = findings.iter().filter(|finding| finding.group.is_none());
    assert_eq!(of_run.map(|finding| finding.check).collect::<Vec<_>>(), ["run", "permissions"]);
}

#[test]
fn groups_are_checked_each_by_itself_and_once_however_often_they_are_named() {
    let scene = Scene::fine().with(|scene| {
        let look = Look { at: NOON, seen: vec![(place("api", "i-1", None), Health::healthy())] };
        scene.seen.insert(arn("api"), look);
        scene.groups.extend([group("api"), group("web")]);
    });
    let targets = scene.of_check("targets");
    let said = targets.iter().map(|finding| (finding.group.clone().unwrap(), finding.level));
    assert_eq!(said.collect::<Vec<_>>(), [(arn("api"), Level::Fail), (arn("web"), Level::Ok)]);
}
