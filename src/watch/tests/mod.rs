//! Waits on a load balancer that answers as a test says, under paused time.

mod deadline;
mod drained;
mod gone;
mod guarded;
mod in_service;
mod looks;
mod scripted;
mod steady;
mod trouble;

use std::sync::Arc;
use std::time::Duration;

use self::scripted::Scripted;
use super::*;
use crate::balancer::ErrorKind;
use crate::rollout::{Began, Goal, Health, Moment, Reason, Registration, State, TargetId};

fn place(number: usize) -> Registration {
    Registration {
        group: GroupArn::new("arn:aws:elasticloadbalancing:r:a:targetgroup/web/1"),
        id: TargetId::new(format!("i-{number}")),
        port: 80,
        zone: None,
        quic_server_id: None,
    }
}

fn draining() -> Health {
    Health::of(State::Draining, Some(Reason::DeregistrationInProgress))
}

fn drains(seconds: u64) -> impl Fn(Duration, &Registration) -> Result<Option<Health>, ErrorKind> {
    move |now, _| Ok((now < Duration::from_secs(seconds)).then(draining))
}

fn wait(goal: Goal, expected: u64, deadline: u64) -> Wait {
    Wait {
        group: place(1).group,
        registrations: vec![place(1)],
        everywhere: Vec::new(),
        guarded: Vec::new(),
        goal,
        began: Began::Called(Moment::from_millis(0)),
        expected: Duration::from_secs(expected),
        deadline: Duration::from_secs(deadline),
    }
}

const IN_SERVICE: Goal = Goal::InService { warm_up: Duration::ZERO, drain_first: Duration::ZERO };

fn drained(expected: u64) -> Wait {
    let (settle, delay) = (Duration::from_secs(5), Duration::from_secs(expected));
    wait(Goal::Drained { settle, delay }, expected, expected + 60)
}

fn watch(balancer: &Arc<Scripted>) -> Watch {
    watch_spread(balancer, Spread::none())
}

fn watch_by_chance(balancer: &Arc<Scripted>) -> Watch {
    watch_spread(balancer, Spread::random())
}

fn watch_spread(balancer: &Arc<Scripted>, spread: Spread) -> Watch {
    let balancer: Arc<dyn Balancer> = Arc::<Scripted>::clone(balancer);
    let clock = Clock::starting_at(Moment::from_millis(0));
    Watch::new(balancer, clock, Arc::new(Pace::of_looks()), spread)
}
