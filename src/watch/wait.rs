//! What is waited for, and why a wait ends without it.

use std::time::Duration;

use crate::balancer::BalancerError;
use crate::rollout::{
    Began, Goal, Group, GroupArn, Health, Obstacle, Pending, Policy, Registration, Sighting,
    TargetId,
};

/// A wait on registrations of one group.
#[derive(Debug, Clone)]
pub struct Wait {
    /// The group.
    pub group: GroupArn,
    /// Which of its registrations.
    pub registrations: Vec<Registration>,
    /// Targets that are meant with every port that they have in the group, those included that
    /// they get while this waits.
    pub everywhere: Vec<TargetId>,
    /// What has to stay in service meanwhile.
    pub guarded: Vec<Registration>,
    /// What for.
    pub goal: Goal,
    /// Since when.
    pub began: Began,
    /// How long it takes from then if nothing goes wrong.
    pub expected: Duration,
    /// How long it may take from then.
    pub deadline: Duration,
}

impl Wait {
    /// Until registrations of a group are drained.
    pub fn drained(
        group: &Group,
        registrations: Vec<Registration>,
        began: Began,
        policy: &Policy,
    ) -> Self {
        let settle = policy.settle(group);
        Self {
            group: group.arn.clone(),
            registrations,
            everywhere: Vec::new(),
            guarded: Vec::new(),
            goal: Goal::Drained { settle, delay: group.deregistration_delay },
            began,
            expected: group.expected_drain(settle),
            deadline: policy.drain_deadline(group),
        }
    }

    /// Until registrations of a group are in service.
    pub fn in_service(
        group: &Group,
        registrations: Vec<Registration>,
        began: Began,
        policy: &Policy,
    ) -> Self {
        let (warm_up, drain_first) = (policy.warm_up(group), group.drain_first());
        Self {
            group: group.arn.clone(),
            registrations,
            everywhere: Vec::new(),
            guarded: Vec::new(),
            goal: Goal::InService { warm_up, drain_first },
            began,
            expected: policy.expected_in_service(group),
            deadline: policy.in_service_deadline(group),
        }
    }

    /// Until registrations of a group have stayed in service for so long.
    pub fn steady(
        group: &Group,
        registrations: Vec<Registration>,
        began: Began,
        lasts: Duration,
    ) -> Self {
        Self {
            group: group.arn.clone(),
            registrations,
            everywhere: Vec::new(),
            guarded: Vec::new(),
            goal: Goal::Steady { lasts },
            began,
            expected: lasts,
            deadline: lasts + BLIND_MARGIN,
        }
    }
}

/// What stays in service is seen to at the end; if nothing can be seen for so long beyond it, nobody knows.
const BLIND_MARGIN: Duration = Duration::from_secs(60);

/// Why a wait ended without its goal.
#[derive(Debug, thiserror::Error)]
pub enum WaitError {
    /// The deadline has passed.
    #[error("{} after {}", not_reached(.last, .trouble.as_ref()), humantime::format_duration(*.limit))]
    TimedOut {
        /// The deadline.
        limit: Duration,
        /// What the latest look said of the registrations that were not there yet.
        last: Vec<Sighting>,
        /// Why there was no later look, if calls failed.
        trouble: Option<BalancerError>,
    },
    /// It can never come true.
    #[error("{registration} is {health}: {}", .obstacle.why())]
    Never {
        /// Which registration.
        registration: Box<Registration>,
        /// What is said of it.
        health: Box<Health>,
        /// Why that is final.
        obstacle: Obstacle,
        /// The ports with which the target is registered in the group.
        ports: Vec<u16>,
    },
    /// The load balancer refuses to answer.
    #[error(transparent)]
    Balancer(#[from] BalancerError),
}

impl WaitError {
    /// What a person can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::TimedOut { trouble: Some(trouble), .. } => trouble.hint().map(str::to_owned),
            Self::TimedOut { last, .. } => {
                let pending = last.iter().find_map(|seen| seen.verdict.pending());
                pending.map(|pending| pending.hint().to_owned())
            }
            Self::Never { registration, obstacle, ports, .. } => {
                let hint = obstacle.hint();
                let others = ports.iter().filter(|port| **port != registration.port);
                let others: Vec<_> = others.map(ToString::to_string).collect();
                Some(match others.as_slice() {
                    [] => hint.to_owned(),
                    [port] => format!("{hint}; {} is registered with port {port}", registration.id),
                    ports => {
                        let ports = ports.join(", ");
                        format!("{hint}; {} is registered with ports {ports}", registration.id)
                    }
                })
            }
            Self::Balancer(error) => error.hint().map(str::to_owned),
        }
    }
}

/// Of a hundred registrations nobody reads more than the first.
const NAMED: usize = 5;

fn not_reached(last: &[Sighting], trouble: Option<&BalancerError>) -> String {
    let words = |seen: &Sighting| seen.verdict.pending().and_then(Pending::words);
    let said = last.iter().map(|seen| match words(seen) {
        Some(words) => format!("{} is still {}: {words}", seen.place, seen.health),
        None => format!("{} is still {}", seen.place, seen.health),
    });
    let mut said: Vec<_> = said.take(NAMED).collect();
    if last.len() > NAMED {
        said.push(format!("and {} more", last.len() - NAMED));
    }
    if let Some(trouble) = trouble {
        said.push(format!("the load balancer cannot be asked: {trouble}"));
    }
    if said.is_empty() { "nothing was seen".to_owned() } else { said.join("; ") }
}
