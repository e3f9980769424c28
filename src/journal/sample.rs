//! Plans and facts for the tests of journals and reports. No test of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::rollout::{
    Act, BalancerKind, Dated, Fact, Failure, Group, GroupArn, HealthCheck, Minimum, Moment, Plan,
    Policy, Registration, Step, Strategy, Target, TargetId, TargetType, Waited,
};

/// 2026-11-21T12:03:04Z.
pub(crate) const NOON: Moment = Moment::from_millis(1_795_262_584_000);

pub(crate) fn arn(name: &str) -> GroupArn {
    let prefix = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup";
    GroupArn::new(format!("{prefix}/{name}/73e2d6bc24d8a067"))
}

pub(crate) fn group(name: &str) -> Group {
    Group {
        arn: arn(name),
        name: name.to_owned(),
        target_type: TargetType::Instance,
        kind: BalancerKind::Application,
        port: Some(8080),
        balancers: vec!["edge".to_owned()],
        deregistration_delay: Duration::from_secs(20),
        slow_start: Duration::ZERO,
        sticky: false,
        cross_zone: None,
        fail_open: Minimum::default(),
        dns_failover: Minimum::default(),
        health_check: HealthCheck {
            interval: Duration::from_secs(5),
            timeout: Duration::from_secs(2),
            healthy_threshold: 2,
            unhealthy_threshold: 2,
            port: None,
        },
    }
}

pub(crate) fn place(group: &str, id: &str, port: u16) -> Registration {
    Registration {
        group: arn(group),
        id: TargetId::new(id),
        port,
        zone: None,
        quic_server_id: None,
    }
}

pub(crate) fn target(id: &str) -> Target {
    Target::in_place(TargetId::new(id), vec![place("web", id, 8080)])
}

/// A plan for group `web`, one batch a slice.
pub(crate) fn plan(batches: &[&[&str]]) -> Plan {
    let batch = |ids: &&[&str]| ids.iter().map(|id| target(id)).collect();
    Plan {
        strategy: Strategy::InPlace,
        groups: vec![group("web")],
        floors: BTreeMap::from([(arn("web"), 1)]),
        batches: batches.iter().map(batch).collect(),
        policy: Policy::default(),
    }
}

pub(crate) fn at(seconds: f64) -> Moment {
    NOON.after(Duration::from_secs_f64(seconds))
}

pub(crate) fn step(act: Act) -> Step {
    let steps = Strategy::InPlace.steps();
    *steps.iter().find(|step| step.act == act).unwrap_or(&Step::old(act))
}

pub(crate) fn started(seconds: f64, id: &str, act: Act) -> Dated {
    let fact = Fact::Started { target: TargetId::new(id), step: step(act) };
    Dated { at: at(seconds), fact }
}

pub(crate) fn finished(seconds: f64, id: &str, act: Act) -> Dated {
    let waited = matches!(act, Act::AwaitDrained | Act::AwaitInService)
        .then_some(Waited { looks: 6, late_at_most: Duration::from_secs(1) });
    let fact = Fact::Finished { target: TargetId::new(id), step: step(act), waited };
    Dated { at: at(seconds), fact }
}

pub(crate) fn failed(seconds: f64, id: &str, act: Act, may_have_acted: bool) -> Dated {
    let hint = Some("look at its output".to_owned());
    let what = "run ./deploy.sh: it ended with exit code 7";
    let failure = Failure::new(what, hint, may_have_acted);
    let fact = Fact::Failed { target: TargetId::new(id), step: step(act), failure };
    Dated { at: at(seconds), fact }
}

/// One target's undisturbed way: out for 20 s, deployed in 3 s, in service after 5 s, with the
/// calls at 0.1 s each.
pub(crate) fn undisturbed(begin: f64, id: &str) -> Vec<Dated> {
    let ends = [0.1, 20.1, 23.1, 23.2, 28.2];
    let begins = [0.0, 0.1, 20.1, 23.1, 23.2];
    let steps = Strategy::InPlace.steps().iter().zip(begins.into_iter().zip(ends));
    steps
        .flat_map(|(step, (from, to))| {
            [started(begin + from, id, step.act), finished(begin + to, id, step.act)]
        })
        .collect()
}
