//! The lab's model as a balancer in this process: no socket, so that it obeys paused time.
//! Health checks are answered by a function instead of a service.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::model::{CheckResult, NO_PORT, Refusal, TargetKey, TargetSpec};
use super::state::Lab;
use crate::balancer::{Balancer, BalancerError, ErrorKind};
use crate::rollout::{Front, Group, GroupArn, HOLD_TAG, Health, Hold, Listed, Registration};

mod described;

/// How often due health checks are made.
const CHECK_EVERY: Duration = Duration::from_millis(500);

/// The model of a lab, asked directly.
#[derive(Clone)]
pub struct Direct {
    lab: Arc<Lab>,
    calls: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Direct {
    /// A balancer on this lab's model.
    pub fn new(lab: Arc<Lab>) -> Self {
        Self { lab, calls: Arc::default() }
    }

    /// Makes the lab's health checks for ever; `answer` is the service behind a registration.
    pub async fn check(&self, answer: impl Fn(&TargetKey, Duration) -> CheckResult) {
        loop {
            self.lab.with_model(|model, now| {
                for check in model.checks(now) {
                    model.checked(now, &check, answer(&check.target, now));
                }
            });
            tokio::time::sleep(CHECK_EVERY).await;
        }
    }

    /// How often each operation was called.
    pub fn calls(&self) -> BTreeMap<&'static str, usize> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, operation: &'static str) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry(operation).or_default() += 1;
    }
}

#[async_trait]
impl Balancer for Direct {
    async fn groups(&self, names_or_arns: &[String]) -> Result<Vec<Group>, BalancerError> {
        self.count("DescribeTargetGroups");
        let missing = |wanted: &String| {
            BalancerError::new(ErrorKind::GroupNotFound, "DescribeTargetGroups", wanted)
        };
        self.lab.with_model(|model, _| {
            let find = |wanted: &String| {
                let group = model.group(wanted).or_else(|| model.group_named(wanted))?;
                described::group(model, group)
            };
            names_or_arns.iter().map(|wanted| find(wanted).ok_or_else(|| missing(wanted))).collect()
        })
    }

    async fn all_groups(&self) -> Result<Vec<Group>, BalancerError> {
        self.count("DescribeTargetGroups");
        Ok(self.lab.with_model(|model, _| {
            model.groups().filter_map(|group| described::group(model, group)).collect()
        }))
    }

    async fn listed(&self) -> Result<Vec<Listed>, BalancerError> {
        self.count("DescribeTargetGroups");
        Ok(self.lab.with_model(|model, _| {
            model.groups().map(|group| described::listed(model, group)).collect()
        }))
    }

    async fn fronts(&self, arns: &[String]) -> Result<Vec<Front>, BalancerError> {
        self.count("DescribeLoadBalancers");
        Ok(self.lab.with_model(|model, _| {
            let find = |arn: &String| model.balancers().iter().find(|each| *each.arn == **arn);
            let first = |(index, arn): &(usize, &String)| !arns[..*index].contains(arn);
            let once = arns.iter().enumerate().filter(first).map(|(_, arn)| arn);
            once.filter_map(find).map(described::front).collect()
        }))
    }

    async fn holds(&self, groups: &[GroupArn]) -> Result<Vec<Hold>, BalancerError> {
        const OPERATION: &str = "DescribeTags";
        self.count(OPERATION);
        self.lab.with_model(|model, _| {
            let mut holds = Vec::new();
            for group in groups {
                let tags = model.tags(group.as_str()).map_err(|why| error(OPERATION, &why))?;
                let reason = tags.get(HOLD_TAG).cloned();
                holds.extend(reason.map(|reason| Hold { group: group.clone(), reason }));
            }
            Ok(holds)
        })
    }

    async fn look(
        &self,
        group: &GroupArn,
        named: &[Registration],
    ) -> Result<Vec<(Registration, Health)>, BalancerError> {
        const OPERATION: &str = "DescribeTargetHealth";
        self.count(OPERATION);
        let asked: Vec<_> = named.iter().map(spec).collect();
        let answer = self.lab.with_model(|model, now| {
            model.target_health(now, group.as_str(), &asked, Duration::ZERO)
        });
        let seen = answer.map_err(|refusal| error(OPERATION, &refusal))?;
        match seen.iter().find(|health| health.target.port == NO_PORT) {
            Some(function) => Err(BalancerError::of_functions(OPERATION, &function.target.id)),
            None => Ok(seen.into_iter().map(|health| described::sight(group, health)).collect()),
        }
    }

    async fn register(
        &self,
        group: &GroupArn,
        registrations: &[Registration],
    ) -> Result<(), BalancerError> {
        self.count("RegisterTargets");
        let specs: Vec<_> = registrations.iter().map(spec).collect();
        let answer = self.lab.with_model(|model, now| model.register(now, group.as_str(), &specs));
        answer.map_err(|refusal| error("RegisterTargets", &refusal))
    }

    async fn deregister(
        &self,
        group: &GroupArn,
        registrations: &[Registration],
    ) -> Result<(), BalancerError> {
        self.count("DeregisterTargets");
        let specs: Vec<_> = registrations.iter().map(spec).collect();
        let answer =
            self.lab.with_model(|model, now| model.deregister(now, group.as_str(), &specs));
        answer.map_err(|refusal| error("DeregisterTargets", &refusal))
    }
}

fn spec(place: &Registration) -> TargetSpec {
    TargetSpec {
        id: place.id.to_string(),
        port: Some(place.port),
        zone: place.zone_to_register().map(str::to_owned),
        quic_server_id: place.quic_server_id.clone(),
    }
}

fn error(operation: &'static str, refusal: &Refusal) -> BalancerError {
    let kind = match refusal {
        Refusal::GroupNotFound => ErrorKind::GroupNotFound,
        Refusal::InvalidTarget(_) => ErrorKind::InvalidTarget,
        _ => ErrorKind::Invalid,
    };
    BalancerError::new(kind, operation, refusal.to_string())
}
