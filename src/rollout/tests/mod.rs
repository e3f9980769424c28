//! What the core promises, held without a runtime: facts in, steps out.
//! Nothing here waits, and time is what the test says it is.

mod again;
mod around;
mod begun;
mod beside;
mod course;
mod deadline;
mod elsewhere;
mod fact;
mod flip;
mod floor;
mod gate;
mod halt;
mod health;
mod in_place;
mod legal;
mod lost;
mod oracle;
mod order;
mod overlap;
mod patience;
mod plan;
mod play;
mod property;
mod recover;
mod refusal;
mod restore;
mod resume;
mod script;
mod share;
mod sought;
mod spread;
mod strategy;
mod undo;
mod verdict;
mod window;
mod world;

use std::collections::BTreeSet;
use std::time::Duration;

use super::{
    Act, BalancerKind, Batches, Dated, Fact, Failure, Group, GroupArn, Health, HealthCheck, Look,
    Minimum, Moment, Plan, Policy, Reason, Refusal, Registration, Request, Rollout, Search, Share,
    Side, Snapshot, State, Step, TargetId, TargetType,
};

const DEREGISTER: Step = Step::old(Act::Deregister);
const AWAIT_DRAINED: Step = Step::old(Act::AwaitDrained);
const DEPLOY: Step = Step::old(Act::Deploy);
const REGISTER: Step = Step::new(Act::Register);
const AWAIT_IN_SERVICE: Step = Step::new(Act::AwaitInService);
const IN_PLACE: [Step; 5] = [DEREGISTER, AWAIT_DRAINED, DEPLOY, REGISTER, AWAIT_IN_SERVICE];

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// So many seconds after the run began.
fn at(count: u64) -> Moment {
    Moment::from_millis(1_750_000_000_000).after(seconds(count))
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
        balancers: vec!["front".to_owned()],
        deregistration_delay: seconds(300),
        slow_start: Duration::ZERO,
        sticky: false,
        cross_zone: None,
        fail_open: Minimum::default(),
        dns_failover: Minimum::default(),
        health_check: HealthCheck {
            interval: seconds(10),
            timeout: seconds(5),
            healthy_threshold: 5,
            unhealthy_threshold: 2,
            port: None,
        },
    }
}

fn id(text: &str) -> TargetId {
    TargetId::new(text)
}

fn place(group: &str, target: &str, port: u16) -> Registration {
    Registration { group: arn(group), id: id(target), port, zone: None, quic_server_id: None }
}

fn unhealthy() -> Health {
    Health::of(State::Unhealthy, Some(Reason::Other("Target.Timeout".to_owned())))
}

fn draining() -> Health {
    Health::of(State::Draining, Some(Reason::DeregistrationInProgress))
}

/// One look at every group that is named, taken at the same moment, and there are no others.
fn seen(at: Moment, places: &[(Registration, Health)]) -> Snapshot {
    let mut snapshot = Snapshot::new();
    snapshot.search = Some(Search { began: at, ended: at, groups: BTreeSet::new() });
    for (place, health) in places {
        let look = snapshot.entry(place.group.clone());
        let look = look.or_insert_with(|| Look { at, seen: Vec::new() });
        look.seen.push((place.clone(), health.clone()));
    }
    snapshot
}

/// Targets of the group `web`, all on port 80.
fn web(at: Moment, targets: &[(&str, Health)]) -> Snapshot {
    let places: Vec<_> =
        targets.iter().map(|(target, health)| (place("web", target, 80), health.clone())).collect();
    seen(at, &places)
}

fn request(groups: &[&str], policy: Policy) -> Request {
    Request {
        groups: groups.iter().map(|name| group(name)).collect(),
        targets: Vec::new(),
        exclude: Vec::new(),
        away: Vec::new(),
        policy,
        ..Request::default()
    }
}

fn bounds(batch: Share, min_healthy: Share) -> Policy {
    Policy { batch: Batches::all(batch), min_healthy, ..Policy::default() }
}

fn refusals(request: Request, seen: &Snapshot) -> Vec<Refusal> {
    Plan::in_place(request, seen).expect_err("a plan that should have been refused")
}

/// A run over healthy targets of the group `web` that begins at second 0.
fn run(targets: &[&str], batch: usize, floor: usize) -> Rollout {
    let healthy: Vec<_> = targets.iter().map(|target| (*target, Health::healthy())).collect();
    let policy = bounds(Share::Count(batch), Share::Count(floor));
    let plan = Plan::in_place(request(&["web"], policy), &web(at(0), &healthy));
    Rollout::new(plan.expect("a plan"), at(0))
}

fn dated(second: u64, fact: Fact) -> Dated {
    Dated { at: at(second), fact }
}

fn started(target: &str, step: Step) -> Fact {
    Fact::Started { target: id(target), step }
}

fn finished(target: &str, step: Step) -> Fact {
    Fact::Finished { target: id(target), step, waited: None }
}

fn failed(target: &str, step: Step, may_have_acted: bool) -> Fact {
    let failure = Failure::new("do it", None, may_have_acted);
    Fact::Failed { target: id(target), step, failure }
}

/// A failure because what was in service has left it.
fn lost(target: &str, step: Step) -> Fact {
    let failure = Failure { left_service: true, ..Failure::new("see it serve", None, true) };
    Fact::Failed { target: id(target), step, failure }
}

fn interrupted() -> Fact {
    Fact::Interrupted { signal: "SIGTERM".to_owned() }
}

/// Applies facts that must be legal, all at the same second.
fn apply(rollout: &mut Rollout, second: u64, facts: &[Fact]) {
    for fact in facts {
        rollout.apply(&dated(second, fact.clone())).expect("a legal fact");
    }
}

/// Takes a target through these steps.
fn go_through(rollout: &mut Rollout, second: u64, target: &str, steps: &[Step]) {
    for step in steps {
        apply(rollout, second, &[started(target, *step), finished(target, *step)]);
    }
}

fn held_out(rollout: &Rollout) -> Vec<&str> {
    rollout.held_out().map(TargetId::as_str).collect()
}

/// The steps that may start now.
fn starts(rollout: &Rollout, seen: &Snapshot, second: u64) -> Vec<(String, Step)> {
    let next = rollout.next(seen, at(second));
    next.start.into_iter().map(|(target, step)| (target.to_string(), step)).collect()
}
