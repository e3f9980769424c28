//! Each rule of the real service that the model keeps has a test that is named after it.

mod draining;
mod groups;
mod in_service;
mod routing;
mod states;

use std::time::Duration;

use super::*;

pub(super) const LISTEN: u16 = 18080;
pub(super) const DELAY: u64 = 300;

pub(super) fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) fn at(id: &str) -> Vec<TargetSpec> {
    vec![TargetSpec::id(id)]
}

pub(super) fn running(zone: &str, last: u8) -> Instance {
    Instance { zone: zone.into(), address: [127, 0, 0, last].into(), power: Power::Running }
}

/// One balancer in zones a and b, a group `web` behind it with `i-1` (a), `i-2` (b) not yet
/// registered, `i-3` in a zone that is not enabled, and a group `spare` behind nothing.
pub(super) struct Bench {
    pub(super) model: Model,
    pub(super) web: Arn,
    pub(super) spare: Arn,
}

pub(super) fn bench(protocol: Protocol, kind: TargetKind, lags: Lags) -> Bench {
    let mut model = Model::new(lags);
    let web = Group::new("web", kind, protocol, 80, "vpc-1");
    let spare = Group::new("spare", kind, protocol, 80, "vpc-1");
    let mut balancer = Balancer::new("lab", web.family(), "vpc-1", vec!["a".into(), "b".into()]);
    balancer.listen(LISTEN, protocol, web.arn.clone());
    model.add_balancer(balancer);
    let bench = (web.arn.clone(), spare.arn.clone());
    model.add_group(web);
    model.add_group(spare);
    for (id, zone, last) in [("i-1", "a", 11), ("i-2", "b", 12), ("i-3", "c", 13)] {
        model.add_instance(id, running(zone, last));
    }
    Bench { model, web: bench.0, spare: bench.1 }
}

pub(super) fn application(lags: Lags) -> Bench {
    bench(Protocol::Http, TargetKind::Instance, lags)
}

pub(super) fn network(lags: Lags) -> Bench {
    bench(Protocol::Tcp, TargetKind::Instance, lags)
}

impl Bench {
    pub(super) fn register(&mut self, now: Duration, id: &str) {
        let web = self.web.clone();
        self.model.register(now, &web, &at(id)).unwrap();
    }

    pub(super) fn deregister(&mut self, now: Duration, id: &str) {
        let web = self.web.clone();
        self.model.deregister(now, &web, &at(id)).unwrap();
    }

    pub(super) fn set(&mut self, key: &str, value: &str) {
        let web = self.web.clone();
        let wanted = [(key.to_owned(), value.to_owned())];
        self.model.set_attributes(&web, &wanted).unwrap();
    }

    /// Lets one check of `id` be due at `now`, and answers it.
    pub(super) fn check(&mut self, now: Duration, id: &str, result: CheckResult) {
        let mut due = self.model.checks(now);
        due.retain(|check| &*check.target.id == id);
        assert_eq!(due.len(), 1, "checks of {id} at {now:?}");
        self.model.checked(now, &due[0], result);
    }

    /// Registers `ids` at `now` and has all of them pass their first checks.
    pub(super) fn serve(&mut self, now: Duration, ids: &[&str]) {
        for id in ids {
            self.register(now, id);
        }
        let family = self.model.group(&self.web).unwrap().family();
        let result = match family {
            BalancerKind::Application => CheckResult::Code(200),
            BalancerKind::Network => CheckResult::Connected,
        };
        for round in 0..5 {
            let now = now + s(30) * round;
            for check in self.model.checks(now) {
                self.model.checked(now, &check, result);
            }
        }
    }

    pub(super) fn health(&self, now: Duration, id: &str) -> Health {
        self.line(now, TargetSpec::id(id)).health
    }

    pub(super) fn line(&self, now: Duration, spec: TargetSpec) -> TargetHealth {
        let mut lines = self.model.target_health(now, &self.web, &[spec], Duration::ZERO).unwrap();
        assert_eq!(lines.len(), 1);
        lines.remove(0)
    }

    pub(super) fn listed(&self, now: Duration) -> Vec<String> {
        self.model
            .target_health(now, &self.web, &[], Duration::ZERO)
            .unwrap()
            .iter()
            .map(|line| format!("{} {}", line.target.id, line.health.state.as_str()))
            .collect()
    }

    pub(super) fn routed(&self, now: Duration) -> Vec<String> {
        self.model
            .route(now, LISTEN, "/")
            .iter()
            .map(|endpoint| endpoint.target.id.to_string())
            .collect()
    }
}

pub(super) fn said(health: &Health) -> (&str, &str, &str) {
    (
        health.state.as_str(),
        health.reason.map_or("", Reason::as_str),
        health.description.as_deref().unwrap_or(""),
    )
}
